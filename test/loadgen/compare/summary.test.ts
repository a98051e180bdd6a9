// Shows what a comparison says of its runs: medians over rounds, ratios to the first client, failed runs kept out, and that
// runs which were asked for different things are not compared at all.
import { describe, expect, it } from 'vitest'
import { comparisonModel } from '../../../loadgen/compare/model.ts'
import { type ComparedRun, compare } from '../../../loadgen/compare/summary.ts'
import type { ClientName } from '../../../loadgen/plan.ts'
import { compareSvg } from '../../../loadgen/report/compare-svg.ts'
import { compareText } from '../../../loadgen/report/compare-text.ts'
import type { Result } from '../../../loadgen/result.ts'
import { produceResult } from '../report/result-fixture.ts'

const order: ClientName[][] = [
  ['wire', 'kafkajs'],
  ['kafkajs', 'wire'],
]

function run(client: ClientName, round: number, recordsPerSec: number, changes: Partial<Result> = {}): ComparedRun {
  const own = { name: 'kafkajs', package: 'kafkajs', version: '2.2.4', byMillrace: [], notObserved: [] } as const
  const notHonoured = [{ setting: 'consume.verifyCrc', why: 'never' }]
  const result: Result = {
    ...produceResult,
    verdict: 'ok',
    reasons: [],
    settings: { ...produceResult.settings, ...(client === 'wire' ? {} : { driver: client }) },
    ...(client === 'kafkajs' ? { client: { ...own, byMillrace: [], notObserved: [], notHonoured } } : {}),
    produce: { ...produceResult.produce!, recordsPerSec },
    memory: { rssBytesMax: 200 * 2 ** 20, rssBytesEnd: 0 },
    cpuUsPerRecord: client === 'wire' ? 0.1 : 5,
    ...changes,
  }
  return { client, round, result }
}

const runs = [
  run('wire', 1, 1_000_000),
  run('kafkajs', 1, 40_000),
  run('kafkajs', 2, 60_000),
  run('wire', 2, 1_200_000),
]
const compared = (changed = runs) => compare({ mode: 'produce', order, runs: changed, skipped: [] })

describe('a comparison', () => {
  it('has medians and ranges over the rounds, and ratios to the first client', () => {
    const comparison = compared()
    expect(comparison.clients).toMatchObject([
      { client: 'wire', recordsPerSec: { median: 1_100_000, min: 1_000_000, max: 1_200_000 }, ratio: 1, failed: 0 },
      { client: 'kafkajs', version: '2.2.4', recordsPerSec: { median: 50_000 }, cpuUsPerRecord: { median: 5 } },
    ])
    expect(comparison.clients[1]!.ratio).toBeCloseTo(0.0455, 3)
    expect(comparison).toMatchObject({ rounds: 2, balanced: true })
    expect(comparison.settings).not.toHaveProperty('driver')
    expect(comparisonModel.parse(JSON.parse(JSON.stringify(comparison)))).toBeDefined()
  })

  it('keeps failed runs out of the figures, and tells them', () => {
    const failed = run('kafkajs', 2, 9, { verdict: 'failed', reasons: [{ code: 'SENDS_FAILED', message: 'no' }] })
    const comparison = compared([...runs.slice(0, 2), failed, runs[3]!])
    expect(comparison.clients[1]).toMatchObject({ recordsPerSec: { count: 1, median: 40_000 }, failed: 1 })
    expect(compareText(comparison)).toContain('kafkajs: 1 run failed and not counted')
  })

  it('a client of which every run failed has no figures', () => {
    const failed = [1, 2].map(round => run('kafkajs', round, 9, { verdict: 'failed' }))
    const text = compareText(compared([runs[0]!, ...failed, runs[3]!]))
    expect(text).toMatch(/kafkajs +2\.2\.4 +- +- +- +- /)
  })

  it('refuses to compare what was not the same', () => {
    const other = run('kafkajs', 2, 1, { settings: { ...produceResult.settings, driver: 'kafkajs', workers: 7 } })
    expect(() => compared([...runs.slice(0, 2), other, runs[3]!])).toThrow(/wire and kafkajs differ.*workers: .* and 7/)
    const { environment } = produceResult
    const moved = { ...environment, cluster: { ...environment.cluster, clusterId: 'another' } }
    expect(() => compared([runs[0]!, run('kafkajs', 1, 1, { environment: moved })])).toThrow('environment.cluster')
  })

  it('as text: a table, a chart from zero, and notes', () => {
    const text = compareText(compared())
    expect(text).toContain('wire kafkajs | kafkajs wire, balanced')
    expect(text).toMatch(/^ {2}wire +0\.\S+ +1,100,000 +1,000,000 +1,200,000 +1\.000 +0\.10/m)
    expect(text).toMatch(/^ {2}kafkajs +2\.2\.4 +50,000 +40,000 +60,000 +0\.045 +5\.00/m)
    const bars = [...text.matchAll(/█+/g)].map(([bar]) => bar.length)
    expect(bars).toEqual([40, 2])
    expect(text).toContain('kafkajs: consume.verifyCrc not honoured: never')
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })

  it('as SVG: one bar a client and figure, names escaped, no script', () => {
    const svg = compareSvg(compared())
    expect(svg.match(/<rect class="b"/g)).toHaveLength(8)
    expect(svg).toContain('1,100,000')
    expect(svg).not.toContain('<script')
    expect(svg).toMatch(/^<svg xmlns=/)
  })
})

// Shows what a comparison says of its runs: medians over rounds, ratios to the first client, failed runs kept out, and that
// runs which were asked for different things are not compared at all.
import { describe, expect, it } from 'vitest'
import { comparisonModel } from '../../../loadgen/compare/model.ts'
import { type ComparedRun, compare } from '../../../loadgen/compare/summary.ts'
import type { ClientName } from '../../../loadgen/plan.ts'
import { compareSvg } from '../../../loadgen/report/compare-svg.ts'
import { compareText } from '../../../loadgen/report/compare-text.ts'
import { compareHtml } from '../../../loadgen/report/html/compare-html.ts'
import type { Result } from '../../../loadgen/result.ts'
import type { TestResult } from '../../../loadgen/test/result.ts'
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
const compared = (changed = runs) => compare({ order, runs: changed, skipped: [] })

describe('a comparison', () => {
  it('has medians and ranges over the rounds, and ratios to the first client', () => {
    const comparison = compared()
    const [part, ...others] = comparison.parts
    expect(others).toEqual([])
    expect(part!.clients).toMatchObject([
      { client: 'wire', recordsPerSec: { median: 1_100_000, min: 1_000_000, max: 1_200_000 }, ratio: 1, failed: 0 },
      { client: 'kafkajs', version: '2.2.4', recordsPerSec: { median: 50_000 }, cpuUsPerRecord: { median: 5 } },
    ])
    expect(part!.clients[1]!.ratio).toBeCloseTo(0.0455, 3)
    expect(comparison).toMatchObject({ rounds: 2, balanced: true })
    expect(part!.settings).not.toHaveProperty('driver')
    expect(comparisonModel.parse(JSON.parse(JSON.stringify(comparison)))).toBeDefined()
  })

  it('keeps failed runs out of the figures, and tells them', () => {
    const failed = run('kafkajs', 2, 9, { verdict: 'failed', reasons: [{ code: 'SENDS_FAILED', message: 'no' }] })
    const comparison = compared([...runs.slice(0, 2), failed, runs[3]!])
    expect(comparison.parts[0]!.clients[1]).toMatchObject({ recordsPerSec: { count: 1, median: 40_000 }, failed: 1 })
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

  it('of a test has a part for each scenario; a run whose test has failed is in none of them', () => {
    const test = (client: ClientName, round: number, perSec: number, verdict: TestResult['verdict'] = 'ok') => {
      const scenarios = ['shop', 'billing'].map((name, index) => ({
        ...{ name, executor: 'constant-vus', lane: 'declarative' as const, startSeconds: 0, tags: {} },
        ...{ iterations: 1, dropped: 0, interrupted: 0, result: run(client, round, perSec * (index + 1)).result },
      }))
      const result: TestResult = {
        ...{ kind: 'millrace-test', schemaVersion: 1, verdict, reasons: [], startedAt: '', durationSeconds: 1 },
        ...{ tags: {}, metrics: {}, delivery: {}, scenarios },
      }
      return { client, round, result }
    }
    const tests = [test('wire', 1, 100), test('kafkajs', 1, 10), test('kafkajs', 2, 30), test('wire', 2, 100, 'failed')]
    const comparison = compare({ script: 'shop.ts', order, runs: tests, skipped: [] })
    expect(
      comparison.parts.map(({ scenario, clients }) => [scenario, clients.map(each => each.recordsPerSec.median)]),
    ).toEqual([
      ['shop', [100, 20]],
      ['billing', [200, 40]],
    ])
    expect(comparison.parts[0]!.clients[0]).toMatchObject({ failed: 1, recordsPerSec: { count: 1 } })
    const text = compareText(comparison)
    expect(text).toContain('millrace compare-clients shop.ts: wire, kafkajs; 2 rounds')
    expect(text).toContain('  scenario billing, which is to produce')
    expect(text).toContain('do not add up')
    expect(compareSvg(comparison).match(/<rect class="b"/g)).toHaveLength(16)
    expect(comparisonModel.parse(JSON.parse(JSON.stringify(comparison))).script).toBe('shop.ts')
  })

  it('as one page: tables, charts, notes and the data, and nothing that is fetched or run', () => {
    const html = compareHtml(compared())
    expect(html).toMatch(/^<!doctype html>/)
    expect(html.match(/<svg xmlns="http/g)).toHaveLength(1)
    expect(html).toContain('<td class="number">1,100,000</td>')
    expect(html).toContain('kafkajs: consume.verifyCrc not honoured: never')
    expect(html).not.toMatch(/<script(?! type="application\/json")/)
    expect(html).not.toMatch(/(src|href)="(?!data:)/)
    const data = /id="millrace-data">(.*)<\/script>/.exec(html)![1]!
    expect(comparisonModel.parse(JSON.parse(data)).parts).toHaveLength(1)
  })

  it('as SVG: one bar a client and figure, names escaped, no script', () => {
    const svg = compareSvg(compared())
    expect(svg.match(/<rect class="b"/g)).toHaveLength(8)
    expect(svg).toContain('1,100,000')
    expect(svg).not.toContain('<script')
    expect(svg).toMatch(/^<svg xmlns=/)
  })
})

// Shows that a search that is broken off goes on from what was kept, trial for trial, and that it does not begin where nothing gets
// through. Method: results by hand of a service with a limit, in place of bench runs.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { type Step, searchDefaults } from '../../../loadgen/capacity/saturate/model.ts'
import { type SearchFile, searchFileModel } from '../../../loadgen/capacity/saturate/report.ts'
import { runSearch, type SearchDeps } from '../../../loadgen/capacity/saturate/run.ts'
import type { Result } from '../../../loadgen/result.ts'

const settings = { ...searchDefaults, recordBytes: 100, slo: { ...searchDefaults.slo, responseP99Ms: 50 } }
const fresh: SearchFile = {
  kind: 'millrace-saturate',
  version: 1,
  startedAt: '2026-01-01T00:00:00Z',
  fingerprint: 'f',
  trials: [],
}
const limitPerSec = 20_000

function resultOf({ ratePerSec = Number.POSITIVE_INFINITY, measuredSec }: Step): Result {
  const recordsPerSec = Math.min(ratePerSec, limitPerSec)
  return {
    verdict: 'ok',
    reasons: [],
    measuredSeconds: measuredSec,
    settings: { mode: 'produce' },
    environment: { cluster: { version: '4.3', brokers: [{}] }, topic: { partitions: 6, replicationFactor: 1 } },
    produce: {
      records: recordsPerSec * measuredSec,
      recordsPerSec,
      offered: Math.min(ratePerSec, 1e9) * measuredSec,
      errors: 0,
      latency: { p50Ms: 2, p99Ms: ratePerSec > limitPerSec ? 900 : 5 },
    },
    windows: [],
  } as unknown as Result
}

interface World {
  /** The run dies in this trial. */
  readonly crashIn?: number
  readonly resultOf?: (step: Step) => Result
}

async function search(file: SearchFile, { crashIn, resultOf: made = resultOf }: World = {}) {
  const steps: Step[] = []
  const pauses: number[] = []
  let kept = file
  const deps: SearchDeps = {
    runTrial: async step => {
      steps.push(step)
      if (steps.length === crashIn) throw new Error('the machine is gone')
      return made(step)
    },
    pause: async sec => void pauses.push(sec),
    // As it comes back from a disk.
    save: async saved => {
      kept = searchFileModel.parse(JSON.parse(JSON.stringify(saved))) as SearchFile
    },
    onTrial: async () => {},
  }
  const report = await runSearch(settings, file, deps).catch((error: Error) => error)
  return { report, steps, pauses, kept }
}

describe('running a search', () => {
  it('finds the limit, and tells the cluster and the settings behind it', async () => {
    const { report } = await search(fresh)
    if (report instanceof Error) throw report
    expect(report).toMatchObject({ status: 'found', limiting: 'achieved', startedAt: fresh.startedAt })
    expect(report.interval.low).toBeLessThanOrEqual(limitPerSec)
    expect(report.interval.high).toBeGreaterThanOrEqual(limitPerSec)
    expect(report.about).toMatchObject({ settings: { mode: 'produce' }, environment: { topic: { partitions: 6 } } })
  })

  it('a search that was broken off repeats the trial in which it was, and no other', async () => {
    const whole = await search(fresh)
    const broken = await search(fresh, { crashIn: 7 })
    expect(broken.report).toBeInstanceOf(Error)
    expect(broken.kept.trials).toHaveLength(6)
    const rest = await search(broken.kept)
    expect([...broken.steps.slice(0, 6), ...rest.steps]).toEqual(whole.steps)
    expect(JSON.parse(JSON.stringify(rest.report))).toEqual(JSON.parse(JSON.stringify(whole.report)))
  })

  it('a finished search is told again without a trial', async () => {
    const { kept, report } = await search(fresh)
    const again = await search(kept)
    expect(again.steps).toEqual([])
    expect(again.report).toMatchObject({ status: 'found', interval: (report as { interval: object }).interval })
  })

  it('interrupted, it answers with what is known by then', async () => {
    let trials = 0
    const interrupted = (step: Step) => {
      if (++trials === 8) throw new MillraceError('INTERRUPTED', 'Ctrl-C')
      return resultOf(step)
    }
    const { report } = await search(fresh, { resultOf: interrupted })
    expect(report).toMatchObject({ status: 'unconfirmed', why: 'the search was broken off' })
    const { interval } = report as { interval: { low: number; high: number } }
    expect(interval.low).toBeGreaterThan(10_000)
    expect(interval.high).toBeLessThan(25_000)
  })

  it('pauses before each trial, the first apart', async () => {
    const { pauses, steps } = await search(fresh)
    expect(pauses).toEqual(steps.map(({ settleSec }) => settleSec))
    expect([pauses[0], Math.max(...pauses)]).toEqual([0, 3])
  })

  it('says why when nothing gets through at all', async () => {
    const dead = () =>
      ({ ...resultOf({ phase: 'flood', ratePerSec: undefined, measuredSec: 1, settleSec: 0 }), produce: { recordsPerSec: 0 }, reasons: [{ code: 'X', message: 'no leader' }] }) as unknown as Result // biome-ignore format: one line
    const { report, kept } = await search(fresh, { resultOf: dead })
    expect(report).toMatchObject({ code: 'SENDS_FAILED', message: 'the flood delivered nothing: no leader' })
    expect(kept.trials).toEqual([])
  })
})

// Shows how several runs become one document: topics of their own, runs that do not count, a set that is cut short, and its
// exit code; and what is printed of it.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import type { BenchPlan } from '../../../loadgen/plan.ts'
import { type ResultSet, setModel } from '../../../loadgen/repeat/model.ts'
import { runSet } from '../../../loadgen/repeat/run-set.ts'
import { exitCodeOfSet } from '../../../loadgen/report/exit-code.ts'
import { setText } from '../../../loadgen/report/set-text.ts'
import type { Result } from '../../../loadgen/result.ts'
import type { Validity } from '../../../loadgen/verdict/model.ts'
import { benchOf, produceOf } from '../plans.ts'
import { failedRoundtripResult, produceResult } from '../report/result-fixture.ts'

const disturbed: Validity = failedRoundtripResult.validity!

const withRate = (recordsPerSec: number, changes: Partial<Result> = {}): Result => ({
  ...produceResult,
  produce: { ...produceResult.produce!, recordsPerSec },
  ...changes,
})

const failed: Partial<Result> = {
  verdict: 'failed',
  reasons: [{ code: 'SENDS_FAILED', message: '3 records were given up on' }],
}

interface Made {
  readonly set: ResultSet
  readonly topics: string[]
  readonly notices: string[]
}

async function made(runs: readonly (Result | Error)[], repeat = runs.length, signal?: AbortSignal): Promise<Made> {
  const topics: string[] = []
  const notices: string[] = []
  const plan: BenchPlan = benchOf({
    produce: produceOf(),
    topic: { name: 'load', create: { partitions: 1, replicationFactor: 1, configs: {}, keep: false } },
  })
  const set = await runSet({
    plan,
    repeat,
    signal,
    onNotice: text => notices.push(text),
    runOne: async ({ topic }, run) => {
      topics.push(topic.name)
      const result = runs[run - 1]!
      if (result instanceof Error) throw result
      return result
    },
  })
  return { set: setModel.parse(set), topics, notices }
}

const rates = [100, 300, 200].map(rate => withRate(rate))

describe('a set of runs', () => {
  it('keeps every run and says what they say together', async () => {
    const { set, notices } = await made(rates)
    expect(set).toMatchObject({ verdict: 'ok', asked: 3, counted: 3, over: 'valid', reasons: [] })
    expect(set.runs.map(({ run, result }) => [run, result.produce!.recordsPerSec])).toEqual([
      [1, 100],
      [2, 300],
      [3, 200],
    ])
    expect(set.summary['produce.recordsPerSec']).toMatchObject({ count: 3, median: 200, min: 100, max: 300 })
    expect(set.summary['produce.latency.p99Ms']).toMatchObject({ median: 12.4, iqr: 0 })
    expect(notices).toEqual(['run 1 of 3', 'run 2 of 3', 'run 3 of 3'])
  })

  it('gives each run a topic of its own if the run creates it, and else the one that is there', async () => {
    expect((await made(rates)).topics).toEqual(['load', 'load-r2', 'load-r3'])
    const { environment } = produceResult
    const existing = { environment: { ...environment, topic: { ...environment.topic, created: false } } }
    expect((await made(rates.map(each => ({ ...each, ...existing })))).topics).toEqual(['load', 'load', 'load'])
  })

  it('leaves runs that are not valid or failed out of the summary, and says so', async () => {
    const { set } = await made([
      withRate(100),
      withRate(1, { validity: disturbed }),
      withRate(2, failed),
      withRate(300),
    ])
    expect(set).toMatchObject({ verdict: 'failed', counted: 2, over: 'valid' })
    expect(set.runs.map(({ counted }) => counted)).toEqual([true, false, false, true])
    expect(set.summary['produce.recordsPerSec']).toMatchObject({ count: 2, min: 100, max: 300 })
    expect(set.reasons).toEqual([{ code: 'SENDS_FAILED', message: '3 records were given up on', run: 3 }])
    expect(setText(set)).toContain('2 valid, 2 NOT VALID and left out of the summary')
    expect(setText(set)).toContain('run 2: disturbed: the hypervisor gave')
  })

  it('without a valid run is over those that delivered, and says that loudly', async () => {
    const { set } = await made([withRate(100, { validity: disturbed }), withRate(300, { validity: disturbed })])
    expect(set).toMatchObject({ verdict: 'ok', over: 'complete', counted: 2 })
    expect(setText(set)).toContain('NO RUN IS VALID')
    expect([exitCodeOfSet(set), exitCodeOfSet(set, { requireValid: true })]).toEqual([0, 12])
  })

  it('without a run that delivered has nothing to say', async () => {
    const { set } = await made([withRate(1, failed)])
    expect(set).toMatchObject({ verdict: 'failed', over: 'none', counted: 0, summary: {} })
    expect(setText(set)).toContain('there is nothing to summarise')
    expect(exitCodeOfSet(set)).toBe(11)
  })

  it('that is interrupted is reported as far as it came', async () => {
    const control = new AbortController()
    const cut = withRate(50, { verdict: 'interrupted', reasons: [{ code: 'INTERRUPTED', message: 'by a signal' }] })
    const runs = [withRate(100), cut]
    const topics = made(runs, 5, control.signal)
    // The signal comes during the second run, which reports what it has.
    control.abort()
    const { set } = await topics
    expect(set.verdict).toBe('interrupted')
    expect(set.runs.length).toBeLessThan(5)
    expect(exitCodeOfSet(set)).toBe(105)
    expect(setText(set)).toContain('verdict: interrupted')
  })

  it('ends when a later run cannot begin, with the runs so far', async () => {
    const { set } = await made([withRate(100), new MillraceError('BROKER_UNREACHABLE', 'nobody there')], 3)
    expect(set).toMatchObject({ verdict: 'failed', asked: 3, counted: 1 })
    expect(set.reasons).toEqual([{ code: 'BROKER_UNREACHABLE', message: 'nobody there', run: 2 }])
    expect(exitCodeOfSet(set)).toBe(20)
  })

  it('whose first run cannot begin is an error like that of a single run', async () => {
    await expect(made([new MillraceError('TOPIC_UNKNOWN', 'no topic')], 3)).rejects.toThrow('no topic')
  })

  it('is printed as a table of runs and a table of what they say together', async () => {
    const { set } = await made([100, 300, 200, 250, 150, 220].map(rate => withRate(rate)))
    await expect(setText(set)).toMatchFileSnapshot('../../golden/report-set.txt')
  })
})

// Shows that the metrics of a bench run say what the meter measured: merged over workers, of one worker, over a window, without
// warm-up; and what only the result knows.
import { describe, expect, it } from 'vitest'
import { Meter } from '../../../../loadgen/meter.ts'
import { definitionsOf } from '../../../../loadgen/verdict/thresholds/bench-metrics.ts'
import { BenchSource, resultSource } from '../../../../loadgen/verdict/thresholds/bench-source.ts'
import { parseThreshold } from '../../../../loadgen/verdict/thresholds/grammar.ts'
import { type Reading, readingValue } from '../../../../loadgen/verdict/thresholds/readings.ts'
import { withThresholds } from '../../../../loadgen/verdict/thresholds/verdict.ts'
import { ThresholdWatch, thresholdProblem } from '../../../../loadgen/verdict/thresholds/watch.ts'
import { allocateSlots, SlotReader, WorkerSlots } from '../../../../loadgen/worker/slots.ts'
import { failedRoundtripResult, produceResult } from '../../report/result-fixture.ts'

const planOf = (text: string) => {
  const parsed = parseThreshold(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.value
}

/** Two producing workers; every threshold's value after these windows of [worker, records, ms]. */
function valuesOf(texts: readonly string[], windows: readonly (readonly (readonly [number, number, number])[])[]) {
  const memories = [allocateSlots(), allocateSlots()]
  const slots = memories.map(memory => new WorkerSlots(memory))
  const meter = new Meter(
    0,
    memories.map(memory => new SlotReader(memory)),
    [],
  )
  const plans = texts.map(planOf)
  const source = new BenchSource(meter, plans, { scenario: 'default', topic: 'orders' })
  for (const [index, window] of windows.entries()) {
    const part = index === 0 ? 'warmup' : 'measured'
    for (const [worker, records, ms] of window) {
      slots[worker]!.add('records', records)
      slots[worker]![part].latency.record(ms * 1e6, records)
    }
    meter.close((index + 1) * 1e9, index === 0 ? 'warm-up' : 'measuring')
  }
  const read = (plan: ReturnType<typeof planOf>) => source.read(plan.metric, plan.tags, plan.windowMs)!
  return plans.map(plan => Math.round((readingValue(plan, read(plan)) ?? -1) * 10) / 10)
}

describe('a running bench', () => {
  const windows = [
    [[0, 7, 900]],
    [
      [0, 60, 10],
      [1, 40, 20],
    ],
    [[1, 100, 40]],
    [[0, 100, 5]],
  ] as const

  it('is merged over its workers, without the warm-up', () => {
    const texts = [
      'records_produced: count>0',
      'records_produced: rate>0',
      'response_time: max<1',
      'response_time: p(50)<1',
    ]
    expect(valuesOf(texts, windows)).toEqual([300, 100, 40, 10])
  })

  it('tells one worker from the others', () => {
    const texts = [
      'records_produced{worker:0}: count>0',
      'response_time{worker:0}: max<1',
      'response_time{worker:1}: min<1',
    ]
    expect(valuesOf(texts, windows)).toEqual([160, 10, 20])
  })

  it('forgets what is older than a window', () => {
    const texts = [
      'records_produced: count>0, over 2s',
      'response_time: min<1, over 1s',
      'response_time: max<1, over 1s',
      'response_time: max<1, over 2s',
      'response_time{worker:0}: avg<1, over 3s',
    ]
    expect(valuesOf(texts, windows)).toEqual([200, 5, 5, 40, 6.9])
  })

  it('knows its own scenario and topic, and nothing of others', () => {
    const texts = ['records_produced{topic:orders}: count>0', 'records_produced{scenario:other}: count>0']
    expect(valuesOf(texts, windows)).toEqual([300, 0])
  })
})

describe('a result', () => {
  const read = (metric: string, result = failedRoundtripResult) => resultSource(result).read(metric, {}) as Reading
  it('says what only the end knows', () => {
    expect(read('achieved')).toEqual({ kind: 'rate', samples: 31_500_000, passes: 31_296_330 })
    expect(read('records_dropped')).toMatchObject({ count: 203_000 })
    expect(read('valid')).toMatchObject({ value: 0 })
    expect(read('valid', produceResult)).toMatchObject({ value: 1 })
    expect(read('delivery_confirmed', produceResult)).toMatchObject({ value: 1 })
    // Flat out nothing was offered: no samples, and not "all of it".
    expect(read('achieved', produceResult)).toMatchObject({ samples: 0 })
  })

  it('fails by its thresholds, after everything else that went wrong', () => {
    const settings = { definitions: definitionsOf('roundtrip'), noSamples: 'fail' } as const
    const judged = (text: string, result: typeof produceResult) =>
      withThresholds(
        result,
        new ThresholdWatch({ ...settings, plans: [planOf(text)], source: resultSource(result) }).finish(),
      )
    expect(judged('valid: value==1', produceResult)).toMatchObject({
      verdict: 'ok',
      thresholds: [{ ok: true, value: 1 }],
    })
    const failed = judged('valid: value==1', failedRoundtripResult)
    expect(failed.reasons.map(({ code }) => code)).toEqual(['SENDS_FAILED', 'DELIVERY_MISMATCH', 'THRESHOLDS_CROSSED'])
    expect(judged('valid: value==0', produceResult)).toMatchObject({
      verdict: 'failed',
      reasons: [{ code: 'THRESHOLDS_CROSSED', message: 'valid: value==0 was 1' }],
    })
  })

  it('counts the commits of consumers that pass records on, where no producer is', () => {
    const memory = allocateSlots()
    const slots = new WorkerSlots(memory)
    const meter = new Meter(0, [], [new SlotReader(memory)])
    const texts = [
      'commit_time: max<1',
      'commit_time{worker:0}: max<1',
      'transactions_committed: count>0',
      'records_dead_lettered: count<1',
    ]
    const plans = texts.map(planOf)
    expect(plans.map(plan => thresholdProblem(plan, definitionsOf('consume')))).toEqual([...Array(4)])
    const source = new BenchSource(meter, plans, { scenario: 'default', topic: 'orders' })
    slots.measured.commit.record(7e6, 2)
    slots.add('commits', 2)
    slots.add('deadLettered', 3)
    meter.close(1e9, 'measuring')
    const values = plans.map(plan => readingValue(plan, source.read(plan.metric, plan.tags, plan.windowMs)!)!)
    expect(values.map(Math.round)).toEqual([7, 7, 2, 3])
  })

  it('has the metrics of its mode only', () => {
    expect(thresholdProblem(planOf('consumer_lag: value<1'), definitionsOf('produce'))).toMatch(
      /no metric consumer_lag/,
    )
    expect(thresholdProblem(planOf('kafka_writer_error_count: count==0'), definitionsOf('produce'))).toBeUndefined()
  })
})

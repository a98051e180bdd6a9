// Shows that a result in OMB's form has its fields, with its units: arrays of every ten seconds, scalars and quantiles of the whole.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../../core/histogram.ts'
import { OmbResult } from '../../../loadgen/omb/result.ts'
import { readWorkload } from '../../../loadgen/omb/workload.ts'
import type { Progress } from '../../../loadgen/progress.ts'

const read = readWorkload({
  name: '1 topic',
  topics: 1,
  partitionsPerTopic: 4,
  messageSize: 1024,
  producersPerTopic: 2,
  consumerPerSubscription: 3,
  subscriptionsPerTopic: 2,
  producerRate: 1000,
  testDurationMinutes: 1,
  warmupDurationMinutes: 0.5,
})
if (!('value' in read)) throw new Error('not a workload')
const settings = { workload: read.value, driverName: 'Kafka' }
const warmupSec = 30

const times = (...ms: readonly number[]) => {
  const histogram = makeHistogram()
  for (const value of ms) histogram.recordValue(value * 1e6)
  return histogram
}

/** As a run tells it: every second a window, its times before its counts. */
function run(seconds: number): OmbResult {
  const result = new OmbResult(settings)
  for (let sec = 1; sec <= warmupSec + seconds; sec++) {
    const isWarmup = sec <= warmupSec
    const at = { part: isWarmup ? 'warmup' : 'measured', startedAtMs: 0, fromSec: sec - 1, toSec: sec + 0.01 } as const
    // Of the second period of ten seconds everything takes longer.
    const isLate = sec > warmupSec + 10
    result.onTimes({ ...at, name: 'service', histogram: times(...(isLate ? [10, 20] : [1, 2])) })
    result.onTimes({ ...at, name: 'lateness', histogram: times(isLate ? 5 : 0.5) })
    result.onTimes({ ...at, name: 'e2e', histogram: times(isLate ? 30 : 3) })
    result.onTimes({ ...at, name: 'response', histogram: times(1000) })
    const common = { sec: sec + 0.01, warmup: isWarmup, seconds: 1 }
    const produced = { ...common, produced: 1000, produceErrors: isLate ? 2 : 0 }
    result.onProgress('produce-0', progress({ window: produced, producedTotal: 1000 * sec }))
    for (const subscription of [0, 1]) {
      const window = { ...common, consumed: isLate ? 900 : 1000 }
      const lost = Math.max(0, sec - warmupSec - 10) * 100
      const consumedTotal = 1000 * sec - lost
      result.onProgress(`subscription-${subscription}-0`, progress({ window, consumedTotal }))
    }
  }
  return result
}

const progress = (part: object): Progress =>
  ({ producedTotal: 0, consumedTotal: 0, inFlight: 0, errorsByCode: {}, ...part }) as unknown as Progress

describe('OmbResult', () => {
  const document = run(20).document(20)

  it('says which workload it is of', () => {
    expect(document).toMatchObject({
      ...{ workload: '1 topic', driver: 'Kafka', messageSize: 1024, topics: 1, partitions: 4 },
      ...{ producersPerTopic: 2, consumersPerTopic: 3 },
    })
  })

  it('has a value for every ten seconds of the measured time', () => {
    expect(document).toMatchObject({
      publishRate: [1000, 1000],
      publishErrorRate: [0, 2],
      consumeRate: [2000, 1800],
      backlog: [0, 2000],
      publishLatencyAvg: [expect.closeTo(1.5, 2), expect.closeTo(15, 1)],
      publishLatency50pct: [expect.closeTo(1, 2), expect.closeTo(10, 1)],
      publishLatencyMax: [expect.closeTo(2, 2), expect.closeTo(20, 1)],
      endToEndLatency9999pct: [expect.closeTo(3, 2), expect.closeTo(30, 1)],
    })
  })

  it('tells the publish delay in whole microseconds', () => {
    const { publishDelayLatency99pct, aggregatedPublishDelayLatencyMax } = document as Record<string, never>
    expect(publishDelayLatency99pct).toEqual([expect.closeTo(500, -1), expect.closeTo(5000, -1)])
    expect(Number.isInteger(aggregatedPublishDelayLatencyMax)).toBe(true)
  })

  it('sums up the whole, without the warm-up', () => {
    expect(document).toMatchObject({
      aggregatedPublishLatencyAvg: expect.closeTo(8.25, 1),
      aggregatedPublishLatency999pct: expect.closeTo(20, 1),
      aggregatedEndToEndLatency50pct: expect.closeTo(3, 2),
    })
    const quantiles = document.aggregatedPublishLatencyQuantiles as Record<string, number>
    expect(quantiles['100.0']).toBeCloseTo(20, 1)
    expect(quantiles['25.0']).toBeCloseTo(1, 2)
    for (const kind of ['PublishLatency', 'PublishDelayLatency', 'EndToEndLatency']) {
      expect(document).toHaveProperty(`aggregated${kind}Quantiles`)
      for (const suffix of ['Avg', '50pct', '75pct', '95pct', '99pct', '999pct', '9999pct', 'Max']) {
        expect(document[`aggregated${kind}${suffix}`]).toEqual(expect.any(Number))
        expect(document[`${kind[0]!.toLowerCase()}${kind.slice(1)}${suffix}`]).toHaveLength(2)
      }
    }
  })

  it('leaves out a last period that is not full', () => {
    expect(run(27).document(27).publishRate).toEqual([1000, 1000])
    expect(run(4).document(4).publishRate).toHaveLength(1)
  })
})

// What is told of the meter's histograms: percentiles of a window, summaries of the measured time.
import type { Histogram } from '../core/histogram.ts'
import type { MeterSide } from './meter.ts'
import type { LatencySummary } from './result.ts'
import type { Counts } from './worker/slots.ts'

const ms = (ns: number) => ns / 1e6

export function produceWindow(growth: Counts, { interval, intervalService, intervalLateness }: MeterSide) {
  const counts = {
    sent: growth.made,
    produced: growth.records,
    produceBytes: growth.bytes,
    produceErrors: growth.errors,
    produceRetries: growth.retries,
  }
  if (interval.totalCount === 0) return counts
  const [produceP50Ms, produceP99Ms, produceP999Ms, produceMaxMs] = percentilesMs(interval)
  const produceServiceP99Ms = ms(intervalService.getValueAtPercentile(99))
  const times = { ...counts, produceP50Ms, produceP99Ms, produceP999Ms, produceMaxMs, produceServiceP99Ms }
  if (intervalLateness.totalCount === 0) return times
  const [, produceLatenessP99Ms, , produceLatenessMaxMs] = percentilesMs(intervalLateness)
  return { ...times, produceLatenessP99Ms, produceLatenessMaxMs }
}

export function consumeWindow(growth: Counts, { interval }: MeterSide, consumeLag: number) {
  const counts = { consumed: growth.records, consumeBytes: growth.bytes, consumeLag }
  if (interval.totalCount === 0) return counts
  const [e2eP50Ms, e2eP99Ms, e2eP999Ms, e2eMaxMs] = percentilesMs(interval)
  return { ...counts, e2eP50Ms, e2eP99Ms, e2eP999Ms, e2eMaxMs }
}

/** p50, p99, p99.9 and the maximum. */
export const percentilesMs = (interval: Histogram): [number, number, number, number] => [
  ms(interval.getValueAtPercentile(50)),
  ms(interval.getValueAtPercentile(99)),
  ms(interval.getValueAtPercentile(99.9)),
  ms(interval.getValueAtPercentile(100)),
]

export function summariseLatency(histogram: Histogram, from: LatencySummary['from']): LatencySummary | undefined {
  if (histogram.totalCount === 0) return undefined
  // The ends too: what the library keeps as its extremes are the values that it was given, here the bottoms of buckets, while
  // a percentile is the top of its bucket; and of values that are all zero it does not know the least.
  const at = (percentile: number) => ms(histogram.getValueAtPercentile(percentile))
  return {
    count: histogram.totalCount,
    meanMs: ms(histogram.mean),
    minMs: at(0),
    p50Ms: at(50),
    p75Ms: at(75),
    p90Ms: at(90),
    p95Ms: at(95),
    p99Ms: at(99),
    p999Ms: at(99.9),
    p9999Ms: at(99.99),
    maxMs: at(100),
    from,
  }
}

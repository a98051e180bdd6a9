// The distribution of any numbers, negative ones too, in bounded memory. While they are few, all values are kept and percentiles are
// exact, between two values by linear interpolation as in k6; k6 keeps all of them for ever, and runs out of memory. From then
// on there are buckets, each 0.2 % wide, so a percentile is right to 0.1 %.

import { type Histogram, histogramMaxNs, makeHistogram } from '../../core/histogram.ts'

export interface Distribution {
  count: number
  sum: number
  min: number
  max: number
  /** Undefined: there are buckets. */
  values: number[] | undefined
  /** By bucket of the magnitude; negative values apart. */
  readonly above: Map<number, number>
  readonly below: Map<number, number>
  zeros: number
}

const exactMax = 5_000
const logWidth = Math.log(1.002)

export const emptyDistribution = (): Distribution => ({
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  values: [],
  above: new Map(),
  below: new Map(),
  zeros: 0,
})

export function addValue(into: Distribution, value: number): void {
  into.count++
  into.sum += value
  if (value < into.min) into.min = value
  if (value > into.max) into.max = value
  if (into.values === undefined) return toBucket(into, value, 1)
  into.values.push(value)
  if (into.values.length > exactMax) toBuckets(into)
}

export function mergeDistribution(into: Distribution, more: Distribution): void {
  into.count += more.count
  into.sum += more.sum
  into.min = Math.min(into.min, more.min)
  into.max = Math.max(into.max, more.max)
  if (into.values !== undefined && more.values !== undefined && into.values.length + more.values.length <= exactMax) {
    into.values.push(...more.values)
    return
  }
  toBuckets(into)
  for (const value of more.values ?? []) toBucket(into, value, 1)
  for (const side of ['above', 'below'] as const) {
    for (const [bucket, count] of more[side]) into[side].set(bucket, (into[side].get(bucket) ?? 0) + count)
  }
  into.zeros += more.zeros
}

function toBuckets(distribution: Distribution): void {
  for (const value of distribution.values ?? []) toBucket(distribution, value, 1)
  distribution.values = undefined
}

function toBucket(into: Distribution, value: number, count: number): void {
  if (value === 0) {
    into.zeros += count
    return
  }
  const side = value > 0 ? into.above : into.below
  const bucket = Math.round(Math.log(Math.abs(value)) / logWidth)
  side.set(bucket, (side.get(bucket) ?? 0) + count)
}

/** Percentile, 0 to 100; 0 of nothing. */
export function percentileOf(distribution: Distribution, percentile: number): number {
  const { count, values, min, max } = distribution
  if (count === 0) return 0
  const rank = (percentile / 100) * (count - 1)
  if (values !== undefined) return interpolated(values, rank)
  if (rank <= 0) return min
  if (rank >= count - 1) return max
  let seen = 0
  for (const [value, amount] of ascending(distribution)) {
    seen += amount
    if (seen > rank) return Math.min(max, Math.max(min, value))
  }
  return max
}

function interpolated(values: number[], rank: number): number {
  values.sort((a, b) => a - b)
  const low = values[Math.floor(rank)]!
  const high = values[Math.ceil(rank)]!
  return low + (high - low) * (rank - Math.floor(rank))
}

/** Of times in milliseconds, as nanoseconds: to be read together with what millrace has measured itself. */
export function histogramOf(distribution: Distribution): Histogram {
  const histogram = makeHistogram()
  const add = (ms: number, count: number) =>
    histogram.recordValueWithCount(Math.min(histogramMaxNs, Math.max(0, Math.round(ms * 1e6))), count)
  if (distribution.values !== undefined) for (const value of distribution.values) add(value, 1)
  else for (const [value, count] of ascending(distribution)) add(value, count)
  return histogram
}

function* ascending({ above, below, zeros }: Distribution): Generator<readonly [value: number, count: number]> {
  const middle = (bucket: number) => Math.exp(bucket * logWidth)
  for (const bucket of [...below.keys()].sort((a, b) => b - a)) yield [-middle(bucket), below.get(bucket)!]
  if (zeros > 0) yield [0, zeros]
  for (const bucket of [...above.keys()].sort((a, b) => a - b)) yield [middle(bucket), above.get(bucket)!]
}

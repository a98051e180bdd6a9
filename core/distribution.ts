// What becomes of a histogram outside of a run: text that goes into a result and comes back, and the curve that is drawn.
import { decodeHistogram, encodeHistogram, type Histogram, histogramSlots, lowestOf } from './histogram.ts'

/** HdrHistogram's V2 encoding, compressed, base64: nanoseconds, three significant digits. Other people's tools read it. */
export const encodeDistribution = (histogram: Histogram): string => encodeHistogram(histogram)

/** Throws on text that is none. */
export const decodeDistribution = (text: string): Histogram => decodeHistogram(text)

/** Milliseconds at each percentile (0 to 100), both rising. */
export interface PercentileCurve {
  readonly percentiles: readonly number[]
  readonly ms: readonly number[]
}

/** Points for each tenfold of 1 / (1 - share): from 90 to 99 %, from 99 to 99.9 %. */
const pointsPerDecade = 24

/**
 * Evenly spaced on the axis on which tails are looked at, log10(1 / (1 - share)), down to the last value. One pass over the
 * slots, because the page that grows asks every second.
 */
export function percentileCurve(histogram: Histogram): PercentileCurve {
  const total = histogram.totalCount
  const percentiles: number[] = []
  const ms: number[] = []
  if (total === 0) return { percentiles, ms }
  let step = 0
  let seen = 0
  for (let slot = 0; slot < histogramSlots && seen < total; slot++) {
    const count = histogram.getCountAtIndex(slot)
    if (count === 0) continue
    seen += count
    const topMs = (lowestOf(slot + 1) - 1) / 1e6
    for (; shareOf(step) <= seen / total; step++) {
      if (seen === total) break
      percentiles.push(shareOf(step) * 100)
      ms.push(topMs)
    }
    if (seen < total) continue
    percentiles.push(100)
    ms.push(topMs)
  }
  return { percentiles, ms }
}

const shareOf = (step: number): number => 1 - 10 ** (-step / pointsPerDecade)

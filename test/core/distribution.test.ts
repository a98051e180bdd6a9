// Shows that a distribution comes back from its text as it was, and that the curve that is drawn says what the percentiles say.
import { describe, expect, it } from 'vitest'
import { decodeDistribution, encodeDistribution, percentileCurve } from '../../core/distribution.ts'
import { makeHistogram } from '../../core/histogram.ts'

function filled(entries: readonly (readonly [ns: number, count: number])[]) {
  const histogram = makeHistogram()
  for (const [ns, count] of entries) histogram.recordValueWithCount(ns, count)
  return histogram
}

describe('text', () => {
  it('keeps every count, also beyond 32 bits, and every percentile', () => {
    const before = filled([
      [0, 3],
      [900, 5],
      [1_000_000, 6e9],
      [70_000_000_000, 2],
    ])
    const after = decodeDistribution(encodeDistribution(before))
    expect(after.totalCount).toBe(before.totalCount)
    for (const percentile of [0, 50, 99.9, 99.99999999, 100]) {
      expect(after.getValueAtPercentile(percentile)).toBe(before.getValueAtPercentile(percentile))
    }
  })
})

describe('the curve', () => {
  it('agrees with the percentiles, and ends at the greatest value', () => {
    const histogram = filled(Array.from({ length: 10_000 }, (_, index) => [(index + 1) * 1000, 1] as const))
    const { percentiles, ms } = percentileCurve(histogram)
    expect(percentiles.slice(0, 1)).toEqual([0])
    expect(percentiles.at(-1)).toBe(100)
    for (const [index, percentile] of percentiles.entries()) {
      expect(ms[index]! * 1e6).toBeCloseTo(histogram.getValueAtPercentile(percentile), -3)
    }
    // Evenly spaced in the tail: 24 points from 90 to 99 %, as many to 99.9 %.
    expect(percentiles.filter(p => p >= 90 - 1e-9 && p < 99 - 1e-9)).toHaveLength(24)
    expect(percentiles.filter(p => p >= 99 - 1e-9 && p < 99.9 - 1e-9)).toHaveLength(24)
  })

  it('of nothing is nothing', () => {
    expect(percentileCurve(makeHistogram())).toEqual({ percentiles: [], ms: [] })
  })
})

// Shows that percentiles of a script's trends are exact while values are few, right to 0.1 % when they are many, and the same
// whichever threads the values came from.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import {
  addValue,
  type Distribution,
  emptyDistribution,
  histogramOf,
  mergeDistribution,
  percentileOf,
} from '../../../loadgen/script/distribution.ts'

function of(values: Iterable<number>): Distribution {
  const distribution = emptyDistribution()
  for (const value of values) addValue(distribution, value)
  return distribution
}

describe('a distribution', () => {
  it('of few values interpolates between two, as k6', () => {
    const few = of([10, 0, 20, 30])
    expect([0, 50, 90, 100].map(p => percentileOf(few, p))).toEqual([0, 15, 27, 30])
    expect(few).toMatchObject({ count: 4, sum: 60, min: 0, max: 30 })
  })

  it('of nothing is 0', () => {
    expect(percentileOf(emptyDistribution(), 95)).toBe(0)
  })

  it.each([
    ['positive', (fraction: number) => 1 + fraction * 1e6],
    ['negative', (fraction: number) => -1 - fraction * 1e6],
    ['tiny', (fraction: number) => 1e-9 + fraction * 1e-6],
    ['of both signs', (fraction: number) => (fraction - 0.5) * 1000],
  ])('of many %s values is right to 0.2 %%', (_what, make) => {
    const random = makeRandom(1)
    const values = Array.from({ length: 20_000 }, () => make(random.fraction()))
    const many = of(values)
    expect(many.values).toBeUndefined()
    values.sort((a, b) => a - b)
    for (const percentile of [1, 10, 50, 90, 99, 99.9]) {
      const exact = values[Math.floor((percentile / 100) * (values.length - 1))]!
      expect(Math.abs(percentileOf(many, percentile) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.002 + 1e-12)
    }
    expect([percentileOf(many, 0), percentileOf(many, 100)]).toEqual([values[0], values.at(-1)])
  })

  it('is the same from one thread and from many', () => {
    const random = makeRandom(2)
    const values = Array.from({ length: 12_000 }, () => random.fraction() * 100)
    const merged = emptyDistribution()
    for (let from = 0; from < values.length; from += 1500)
      mergeDistribution(merged, of(values.slice(from, from + 1500)))
    const whole = of(values)
    expect(merged.count).toBe(whole.count)
    for (const percentile of [5, 50, 99]) expect(percentileOf(merged, percentile)).toBe(percentileOf(whole, percentile))
  })

  it('counts zeros', () => {
    expect(percentileOf(of(Array.from({ length: 9_000 }, (_, index) => (index < 6_000 ? 0 : 5))), 50)).toBe(0)
  })

  it('of milliseconds becomes a histogram of nanoseconds', () => {
    expect(histogramOf(of([1, 2, 3])).getValueAtPercentile(50) / 1e6).toBeCloseTo(2, 2)
  })
})

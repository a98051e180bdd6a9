// Shows that the spread and the intervals are those of the textbooks, and that they keep their promise: so many of a hundred
// sets hold the true value. Method: published values, and sets drawn from a known distribution.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import { quantile, spreadOf } from '../../../loadgen/repeat/statistics.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('spread', () => {
  it('has quartiles as R and NumPy have them', () => {
    expect(spreadOf([7, 15, 36, 39, 40, 41])).toMatchObject({
      median: 37.5,
      min: 7,
      max: 41,
      q1: 20.25,
      q3: 39.75,
      iqr: 19.5,
    })
    expect(quantile([1, 2, 3, 4], 0.1)).toBeCloseTo(1.3, 12)
  })

  it('of nothing is nothing, of one run has no interval', () => {
    expect(spreadOf([])).toBeUndefined()
    expect(spreadOf([5])).toMatchObject({ median: 5, min: 5, max: 5, iqr: 0, confidence: null })
  })
})

describe('confidence of the median', () => {
  // Ranks and levels of the sign test, as in Conover, Practical Nonparametric Statistics, and in R's binom.test.
  it.each([
    [6, 1, 6, 0.96875],
    [8, 1, 8, 0.9921875],
    [9, 2, 8, 0.9609375],
    [10, 2, 9, 0.978515625],
    [15, 4, 12, 0.96484375],
    [20, 6, 15, 0.95861053],
  ])('%i runs: from the value of rank %i to that of rank %i, %f', (count, low, high, level) => {
    const { confidence } = spreadOf(upTo(count))!
    expect(confidence).toMatchObject({ of: 'median', method: 'order statistics', low, high })
    expect(confidence!.level).toBeCloseTo(level, 8)
  })

  it('works for a thousand runs', () => {
    const { confidence } = spreadOf(upTo(1000))!
    expect([confidence!.low, confidence!.high]).toEqual([469, 532])
  })
})

describe('confidence of few runs', () => {
  it('is the t interval of the logarithms', () => {
    const { confidence } = spreadOf([1, Math.E, Math.E ** 2])!
    // Mean 1, standard deviation 1, t(0.975, 2) = 4.303.
    expect(confidence).toMatchObject({ of: 'geometric mean', method: 't on logarithms', level: 0.95 })
    expect(Math.log(confidence!.high)).toBeCloseTo(1 + 4.303 / Math.sqrt(3), 10)
    expect(Math.log(confidence!.low)).toBeCloseTo(1 - 4.303 / Math.sqrt(3), 10)
  })

  it('does not exist for a value without a logarithm', () => expect(spreadOf([0, 1, 2])!.confidence).toBeNull())
})

describe('the promise', () => {
  const random = makeRandom(7)
  const uniform = () => 1 - random.fraction()
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())

  it.each([2, 3, 5, 6, 8, 10, 20])('%i runs: 95 of 100 intervals hold the true value, or more', count => {
    const sets = 4_000
    let held = 0
    let level = 0
    for (let set = 0; set < sets; set++) {
      // Log-normal around a median (and geometric mean) of 100.
      const { confidence } = spreadOf(Array.from({ length: count }, () => 100 * Math.exp(0.1 * normal())))!
      level = confidence!.level
      if (confidence!.low <= 100 && 100 <= confidence!.high) held++
    }
    // Four standard errors of a share of 0.95 in 4,000.
    expect(Math.abs(held / sets - level)).toBeLessThan(0.014)
  })
})

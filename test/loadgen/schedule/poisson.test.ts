// Shows that Poisson arrivals are just that: exponential gaps, independent of each other, counts of Poisson's variance at every
// scale from a gap to millions, the same for every worker wherever it looks first.
// Method: textbook tests with fixed seeds, at a level at which one test in a thousand would fail by chance; with the seeds
// here none does, today or on any machine. Each test is also shown something that is not Poisson, and must refuse it.
import { describe, expect, it } from 'vitest'
import { makeSchedule } from '../../../loadgen/schedule/make.ts'
import { UnitArrivals } from '../../../loadgen/schedule/poisson.ts'
import { ownedOf } from '../../../loadgen/schedule/schedule.ts'

const leaf = 1024
const tract = leaf * 1024

function gapsOf(seed: number, first: number, count: number): Float64Array {
  const arrivals = new UnitArrivals(seed)
  let last = first === 0 ? 0 : arrivals.at(first - 1)
  return Float64Array.from({ length: count }, (_, index) => {
    const at = arrivals.at(first + index)
    const gap = at - last
    last = at
    return gap
  })
}

/** Largest distance between the gaps' distribution and the exponential one, times sqrt(n): above 1.95 once in a thousand. */
function kolmogorov(gaps: Float64Array): number {
  const sorted = gaps.toSorted()
  let distance = 0
  sorted.forEach((gap, index) => {
    const expected = 1 - Math.exp(-gap)
    distance = Math.max(distance, expected - index / sorted.length, (index + 1) / sorted.length - expected)
  })
  return distance * Math.sqrt(sorted.length)
}
const kolmogorovMax = 1.95

/** Variance over mean of the counts in cells, as its distance from 1 in standard deviations: beyond 3.3 once in a thousand. */
function dispersion(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1)
  return (variance / mean - 1) / Math.sqrt(2 / (counts.length - 1))
}
const deviationsMax = 3.3

function countsIn(seed: number, cell: number, cells: number): number[] {
  const arrivals = new UnitArrivals(seed)
  return Array.from(
    { length: cells },
    (_, index) => arrivals.countBy((index + 1) * cell) - arrivals.countBy(index * cell),
  )
}

describe('gaps between Poisson arrivals', () => {
  it.each([1, 2, 3, 42, 4_000_000_000])('are exponential (seed %i)', seed => {
    expect(kolmogorov(gapsOf(seed, 0, 200_000))).toBeLessThan(kolmogorovMax)
  })

  it('are exponential where leaves and tracts of the construction meet', () => {
    const meeting = Array.from({ length: 3_000 }, (_, index) => (index + 1) * leaf)
    const arrivals = new UnitArrivals(5)
    const gaps = Float64Array.from(meeting, index => arrivals.at(index) - arrivals.at(index - 1))
    expect(kolmogorov(gaps)).toBeLessThan(kolmogorovMax)
    expect(kolmogorov(gapsOf(5, tract - 20_000, 40_000))).toBeLessThan(kolmogorovMax)
  })

  it('do not depend on the one before', () => {
    const gaps = gapsOf(6, 0, 200_000)
    let covariance = 0
    for (let index = 1; index < gaps.length; index++) covariance += (gaps[index]! - 1) * (gaps[index - 1]! - 1)
    expect(Math.abs(covariance / Math.sqrt(gaps.length))).toBeLessThan(deviationsMax)
  })

  it('would be refused if they were even, or of another rate', () => {
    expect(kolmogorov(new Float64Array(10_000).fill(1))).toBeGreaterThan(kolmogorovMax)
    expect(kolmogorov(gapsOf(1, 0, 100_000).map(gap => gap * 1.02))).toBeGreaterThan(kolmogorovMax)
  })
})

describe('counts of Poisson arrivals', () => {
  const scales = [
    { cell: 0.5, cells: 50_000 },
    { cell: 10, cells: 20_000 },
    { cell: leaf, cells: 4_000 },
    { cell: 50 * leaf, cells: 600 },
    { cell: tract, cells: 300 },
  ]
  it.each(scales)('vary as they must in cells of $cell', ({ cell, cells }) => {
    expect(Math.abs(dispersion(countsIn(11, cell, cells)))).toBeLessThan(deviationsMax)
  })

  it('would be refused if every cell held the same', () => {
    expect(Math.abs(dispersion(new Array<number>(600).fill(1000)))).toBeGreaterThan(deviationsMax)
  })
})

describe('the construction', () => {
  it('gives the same arrival wherever one looks first', () => {
    const inOrder = new UnitArrivals(9)
    const places = Array.from({ length: 5_000 }, (_, index) => inOrder.at(index * 1_009))
    const jumping = new UnitArrivals(9)
    for (let index = 4_999; index >= 0; index -= 7) expect(jumping.at(index * 1_009)).toBe(places[index])
  })

  it('counts what it places', () => {
    const arrivals = new UnitArrivals(10)
    for (let index = 0; index < 4_000_000; index += 9_973) {
      const place = arrivals.at(index)
      expect(arrivals.countBy(place)).toBe(index + 1)
      expect(arrivals.countBy(place - 1e-7)).toBeLessThanOrEqual(index)
    }
  })

  it('is another one for another seed', () => {
    expect(new UnitArrivals(1).at(0)).not.toBe(new UnitArrivals(2).at(0))
  })

  it('lets workers that do not speak share a shape with Poisson arrivals', () => {
    const rate = { kind: 'records', perSec: 50_000, arrivals: 'poisson' } as const
    const shares = [0, 1, 2].map(worker => ownedOf(makeSchedule(rate, 3).dueBy(20), { worker, workers: 3 }))
    const total = shares.reduce((sum, share) => sum + share, 0)
    expect(total).toBe(makeSchedule(rate, 3).dueBy(20))
    // A million expected, give or take a thousand.
    expect(Math.abs(total - 1_000_000)).toBeLessThan(3_300)
  })
})

// Shows that the gate's statistics are the textbook's.
// Method: reference values that scripts/gate-fixtures.py has had from SciPy (test/fixtures/gate), and published tables.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { holm } from '../../../../loadgen/verdict/gate/statistics/holm.ts'
import { normalCdf, normalQuantile, studentPValue } from '../../../../loadgen/verdict/gate/statistics/normal.ts'
import { detectableShift } from '../../../../loadgen/verdict/gate/statistics/power.ts'
import {
  rankSumPValue,
  smallestUnpairedPValue,
  unpairedShift,
} from '../../../../loadgen/verdict/gate/statistics/rank-sum.ts'
import {
  pairedShift,
  signedRankPValue,
  smallestPairedPValue,
} from '../../../../loadgen/verdict/gate/statistics/signed-rank.ts'
import { lookLimits, obrienFlemingSpending } from '../../../../loadgen/verdict/gate/statistics/spending.ts'

const fixture = <Cases>(name: string): Cases =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/gate/${name}.json`, import.meta.url), 'utf8')).cases

const close = (found: number, wanted: number, share = 1e-9) =>
  expect(Math.abs(found - wanted), `${found} for ${wanted}`).toBeLessThanOrEqual(Math.abs(wanted) * share + 1e-15)

describe('the signed-rank test', () => {
  const cases = fixture<{ differences: number[]; p: number; ties: boolean }[]>('signed-rank')

  it.each(cases.map(each => ({ ...each, n: each.differences.length })))(
    'of $n pairs (ties: $ties) has the p-value of SciPy',
    ({ differences, p }) => close(signedRankPValue(differences), p, 1e-6),
  )

  it('says nothing when no pair differs', () => {
    expect(signedRankPValue([0, 0, 0])).toBe(1)
  })

  it('cannot find anything in five pairs', () => {
    expect(signedRankPValue([1, 2, 3, 4, 5])).toBe(smallestPairedPValue(5))
    expect(smallestPairedPValue(5)).toBe(0.0625)
  })
})

describe('the rank-sum test', () => {
  it.each(fixture<{ first: number[]; second: number[]; p: number }[]>('rank-sum'))(
    'of $first and $second has the p-value of SciPy',
    ({ first, second, p }) => close(rankSumPValue(first, second), p, 1e-6),
  )

  it('knows the smallest p-value of sides of four and five', () => {
    close(smallestUnpairedPValue(4, 4), 2 / 70)
    close(smallestUnpairedPValue(5, 5), 2 / 252)
  })
})

interface IntervalCase {
  kind: 'paired' | 'unpaired'
  differences: number[]
  first: number[]
  second: number[]
  level: number
  estimate: number
  interval: [number, number] | null
}

describe('the estimate of Hodges and Lehmann', () => {
  it.each(fixture<IntervalCase[]>('intervals'))(
    '$kind, $level: is the middle, in the interval that the test does not reject',
    ({ kind, differences, first, second, level, estimate, interval }) => {
      const shift = kind === 'paired' ? pairedShift(differences) : unpairedShift(first, second)
      close(shift.estimate, estimate)
      const found = shift.interval(level)
      if (interval === null) return expect(found).toBeUndefined()
      close(found!.low, interval[0])
      close(found!.high, interval[1])
    },
  )
})

describe('distributions', () => {
  const { normal, quantile, student } = fixture<{
    normal: { x: number; cdf: number }[]
    quantile: { p: number; x: number }[]
    student: { t: number; freedom: number; p: number }[]
  }>('distributions')

  it('normal', () => {
    for (const { x, cdf } of normal) close(normalCdf(x), cdf)
    for (const { p, x } of quantile) close(normalQuantile(p), x)
  })

  it("Student's t", () => {
    for (const { t, freedom, p } of student) close(studentPValue(t, freedom), p, 1e-8)
  })
})

describe('spending alpha over looks', () => {
  it.each(fixture<{ alpha: number; shares: number[]; limits: number[] }[]>('spending'))(
    'alpha $alpha at $shares has the limits of the multivariate normal distribution',
    ({ alpha, shares, limits }) => {
      for (const [look, limit] of lookLimits(alpha, shares).entries()) close(limit, limits[look]!, 2e-3)
    },
  )

  it('has the boundaries of Lan and DeMets for five looks', () => {
    const shares = [0.2, 0.4, 0.6, 0.8, 1]
    const boundaries = (limits: readonly number[]) => limits.map(limit => -normalQuantile(limit / 2))
    const published = {
      obrienFleming: [4.8769, 3.3569, 2.6803, 2.2898, 2.031],
      pocock: [2.438, 2.4268, 2.4101, 2.3966, 2.3859],
    }
    for (const [look, boundary] of boundaries(lookLimits(0.05, shares)).entries()) {
      expect(boundary).toBeCloseTo(published.pocock[look]!, 3)
    }
    for (const [look, boundary] of boundaries(lookLimits(0.05, shares, obrienFlemingSpending)).entries()) {
      expect(boundary).toBeCloseTo(published.obrienFleming[look]!, 3)
    }
  })

  it('leaves alpha alone with one look', () => {
    expect(lookLimits(0.05, [1])[0]).toBeCloseTo(0.05, 12)
  })
})

describe("Holm's procedure", () => {
  it('is stricter with the first, and stops at the first that does not hold', () => {
    const found = holm([0.03, 0.001, 0.04, 0.016], among => 0.05 / among)
    expect(found.map(({ rejected }) => rejected)).toEqual([false, true, false, true])
    expect(found.map(({ limit }) => limit)).toEqual([0.025, 0.0125, 0.05, 0.05 / 3])
  })
})

describe('what could have been found', () => {
  it('agrees with the power of simulated runs', () => {
    // Paired Wilcoxon, alpha .05, 10 pairs: a 10 % change with runs that vary by 5 % is found 98 times in 100, one of 5 % 47
    // times (load-testing practice); at 80 % it must lie between.
    const shift = detectableShift(10, 0.05)!
    const deviation = Math.SQRT2 * 0.05
    expect(shift * deviation).toBeGreaterThan(0.05)
    expect(shift * deviation).toBeLessThan(0.1)
  })

  it('is nothing with too few pairs, and less with more pairs', () => {
    expect(detectableShift(5, 0.05)).toBeUndefined()
    expect(detectableShift(6, 0.01)).toBeUndefined()
    expect(detectableShift(20, 0.05)!).toBeLessThan(detectableShift(10, 0.05)!)
    expect(detectableShift(61, 0.05)!).toBeCloseTo(detectableShift(60, 0.05)!, 1)
  })
})

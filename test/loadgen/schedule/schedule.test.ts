// Shows that a schedule's count and its inverse agree, that a run of a given length owes exactly rate times length, and that
// workers that never speak to each other make every record of the run exactly once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constantRate } from '../../../loadgen/schedule/constant.ts'
import { dueBefore, globalIndex, ownedOf } from '../../../loadgen/schedule/schedule.ts'

const rates = fc.oneof(fc.integer({ min: 1, max: 5_000_000 }), fc.double({ min: 0.01, max: 1e6, noNaN: true }))

describe('a constant rate', () => {
  const counts = [
    { why: 'before the start nothing is due', perSec: 10, sec: -0.1, due: 0 },
    { why: 'the first record is due at the start', perSec: 10, sec: 0, due: 1 },
    { why: 'the second a period later', perSec: 10, sec: 0.1, due: 2 },
    { why: 'and not before', perSec: 10, sec: 0.0999, due: 1 },
    { why: 'less than one a second', perSec: 0.25, sec: 7.9, due: 2 },
    { why: 'an hour at a period that binary fractions cannot hold', perSec: 3, sec: 3600, due: 10_801 },
    { why: 'a day at a million a second', perSec: 1e6, sec: 86_400, due: 86_400_000_001 },
  ]
  it.each(counts)('$why', ({ perSec, sec, due }) => {
    expect(constantRate(perSec).dueBy(sec)).toBe(due)
  })

  it('dueAt is the inverse of dueBy: due at its time, not a microsecond before (or a hundredth of the period)', () => {
    fc.assert(
      fc.property(rates, fc.nat(100_000_000), (perSec, index) => {
        const schedule = constantRate(perSec)
        const atSec = schedule.dueAt(index)
        expect(schedule.dueBy(atSec)).toBe(index + 1)
        expect(schedule.dueBy(atSec - Math.max(1e-6, atSec * 1e-12, 0.01 / perSec))).toBeLessThanOrEqual(index)
      }),
    )
  })

  it('never takes back what was due', () => {
    fc.assert(
      fc.property(
        rates,
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (perSec, sec, more) => {
          const schedule = constantRate(perSec)
          expect(schedule.dueBy(sec + more)).toBeGreaterThanOrEqual(schedule.dueBy(sec))
        },
      ),
    )
  })

  it('shows its rate', () => {
    expect(constantRate(7).rateAt(3)).toBe(7)
  })
})

describe('what a run owes', () => {
  const runs = [
    { why: 'ten seconds at 1000/s are 10,000 records, not one more', perSec: 1_000, sec: 10, owed: 10_000 },
    { why: 'half a period: the first record', perSec: 1, sec: 0.5, owed: 1 },
    { why: 'a period and a half', perSec: 1, sec: 1.5, owed: 2 },
    { why: 'no time, nothing', perSec: 1_000, sec: 0, owed: 0 },
    { why: 'a period that binary fractions cannot hold', perSec: 3, sec: 30, owed: 90 },
    { why: 'thirty seconds of 70,000/s', perSec: 70_000, sec: 30, owed: 2_100_000 },
  ]
  it.each(runs)('$why', ({ perSec, sec, owed }) => {
    expect(dueBefore(constantRate(perSec), sec)).toBe(owed)
  })

  it('is rate times length for whole numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000 }), (perSec, sec) => {
        expect(dueBefore(constantRate(perSec), sec)).toBe(perSec * sec)
      }),
    )
  })
})

describe('shares of workers', () => {
  it('add up, and every record of the run belongs to exactly one worker', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 17 }), fc.nat(500), (workers, total) => {
        const owners = new Array<number>(total).fill(0)
        for (let worker = 0; worker < workers; worker++) {
          const own = ownedOf(total, { worker, workers })
          for (let index = 0; index < own; index++) owners[globalIndex(index, { worker, workers })]!++
          // The next one would lie beyond the end: no worker is short.
          expect(globalIndex(own, { worker, workers })).toBeGreaterThanOrEqual(total)
        }
        expect(owners.every(count => count === 1)).toBe(true)
      }),
    )
  })

  const edges = [
    { why: 'fewer records than workers', total: 2, workers: 5, shares: [1, 1, 0, 0, 0] },
    { why: 'no records', total: 0, workers: 2, shares: [0, 0] },
    {
      why: 'no limit',
      total: Number.POSITIVE_INFINITY,
      workers: 2,
      shares: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
    { why: 'more than 32 bits', total: 2 ** 33 + 1, workers: 2, shares: [2 ** 32 + 1, 2 ** 32] },
  ]
  it.each(edges)('$why', ({ total, workers, shares }) => {
    expect(shares.map((_, worker) => ownedOf(total, { worker, workers }))).toEqual(shares)
  })
})

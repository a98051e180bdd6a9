// Shows that every shape owes what the area under its rate says, that the moments of its records are the inverse of their
// count, and that workers that never speak to each other make exactly the total.
// Method: the tables were worked out by hand from rectangles, trapezia and the integral of a sine.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RatePlan, RateShape } from '../../../loadgen/plan.ts'
import { lengthMsOf, makeSchedule, scaled } from '../../../loadgen/schedule/make.ts'
import { dueBefore, globalIndex, ownedOf } from '../../../loadgen/schedule/schedule.ts'

const rateOf = (shape: RateShape): RatePlan => ({ kind: 'records', perSec: 1, shape })
const stage = (fromPerSec: number, toPerSec: number, durationMs: number) => ({ fromPerSec, toPerSec, durationMs })

const up: RateShape = { kind: 'ramp', stages: [stage(0, 10, 4_000)] }
const down: RateShape = { kind: 'ramp', stages: [stage(10, 0, 4_000)] }
const stages: RateShape = { kind: 'stages', stages: [stage(0, 10, 2_000), stage(10, 10, 3_000), stage(10, 0, 2_000)] }
const pause: RateShape = { kind: 'stages', stages: [stage(10, 10, 1_000), stage(0, 0, 2_000), stage(10, 10, 1_000)] }
const steps: RateShape = { kind: 'steps', stages: [stage(10, 10, 1_000), stage(20, 20, 1_000), stage(30, 30, 1_000)] }
const burst: RateShape = { kind: 'burst', basePerSec: 5, peakPerSec: 50, burstMs: 1_000, periodMs: 10_000 }
const silent: RateShape = { ...burst, basePerSec: 0 }
const sine: RateShape = { kind: 'sine', lowPerSec: 0, highPerSec: 20, periodMs: 8_000 }

const owed = [
  { why: 'ramp from zero: half way is a quarter of the area', shape: up, sec: 2, due: 5 },
  { why: 'ramp from zero: all of it', shape: up, sec: 4, due: 20 },
  { why: 'after a ramp its last rate goes on', shape: up, sec: 6, due: 40 },
  { why: 'ramp to zero: the first half holds three quarters', shape: down, sec: 2, due: 15 },
  { why: 'after a ramp to zero nothing comes', shape: down, sec: 99, due: 20 },
  { why: 'stages: up', shape: stages, sec: 2, due: 10 },
  { why: 'stages: and along', shape: stages, sec: 5, due: 40 },
  { why: 'stages: and down', shape: stages, sec: 7, due: 50 },
  { why: 'a pause in between owes nothing', shape: pause, sec: 3, due: 10 },
  { why: 'and is over when it is over', shape: pause, sec: 4, due: 20 },
  { why: 'steps', shape: steps, sec: 2.5, due: 45 },
  { why: 'burst: at its end', shape: burst, sec: 1, due: 50 },
  { why: 'burst: a period', shape: burst, sec: 10, due: 95 },
  { why: 'burst: two periods and half a burst', shape: burst, sec: 20.5, due: 215 },
  { why: 'bursts with nothing between them', shape: silent, sec: 9.9, due: 50 },
  { why: 'sine: a period is its mean', shape: sine, sec: 8, due: 80 },
  // 10 * 2 + 10 * 8 / (2 pi) = 32.7: records 0 to 32.
  { why: 'sine: a quarter, at its highest', shape: sine, sec: 2, due: 33 },
  // 10 * 4 + 2 * 10 * 8 / (2 pi) = 65.46
  { why: 'sine: the upper half', shape: sine, sec: 4, due: 66 },
]

describe('a shape owes the area under its rate', () => {
  it.each(owed)('$why', ({ shape, sec, due }) => {
    expect(dueBefore(makeSchedule(rateOf(shape), 1), sec)).toBe(due)
  })

  // "CorrectTiming" of k6's ramping-arrival-rate: 0 to 1 in 5 s, 1 for 1 s, 1 to 0 in 5 s; whole milliseconds.
  it('agrees with the vector that k6 is tested with', () => {
    const shape: RateShape = { kind: 'stages', stages: [stage(0, 1, 5_000), stage(1, 1, 1_000), stage(1, 0, 5_000)] }
    const schedule = makeSchedule(rateOf(shape), 1)
    const atMs = [1, 2, 3, 4, 5].map(index => Math.floor(schedule.dueAt(index) * 1000))
    expect(atMs).toEqual([3162, 4472, 5500, 6527, 7837])
    // The last one stands at the foot of the ramp, where the area is flat and rounding shows.
    expect(schedule.dueBy(10.99)).toBe(6)
  })
})

const perSec = fc.double({ min: 1, max: 1e6, noNaN: true })
const ms = fc.integer({ min: 1, max: 100_000 })
const anyStage = fc.record({
  fromPerSec: fc.oneof(fc.constant(0), perSec),
  toPerSec: fc.oneof(fc.constant(0), perSec),
  durationMs: ms,
})
const anyShape: fc.Arbitrary<RateShape> = fc.oneof(
  fc.record({ kind: fc.constant('stages' as const), stages: fc.array(anyStage, { minLength: 1, maxLength: 8 }) }),
  fc
    .record({ base: fc.oneof(fc.constant(0), perSec), more: perSec, burstMs: ms, restMs: ms })
    .map(({ base, more, burstMs, restMs }) => {
      const periodMs = burstMs + restMs
      return { kind: 'burst' as const, basePerSec: base, peakPerSec: base + more, burstMs, periodMs }
    }),
  fc
    .record({ low: fc.oneof(fc.constant(0), perSec), more: perSec, periodMs: ms })
    .map(({ low, more, periodMs }) => ({ kind: 'sine' as const, lowPerSec: low, highPerSec: low + more, periodMs })),
)
const anyRate = fc
  .record({ shape: anyShape, poisson: fc.boolean() })
  .map(({ shape, poisson }): RatePlan => (poisson ? { ...rateOf(shape), arrivals: 'poisson' } : rateOf(shape)))

describe('every shape, evenly spaced or random', () => {
  it('has moments that are the inverse of its count', () => {
    fc.assert(
      fc.property(anyRate, fc.nat(2_000_000), (rate, index) => {
        const schedule = makeSchedule(rate, 7)
        const atSec = schedule.dueAt(index)
        if (atSec === Number.POSITIVE_INFINITY) return
        // A microsecond of slack, and more where the area is nearly flat, so that the inverse is soft there.
        const slackSec = 1e-6 + atSec * 1e-9 + Math.sqrt(1e-9 / Math.max(1, schedule.rateAt(atSec)))
        expect(schedule.dueBy(atSec + slackSec)).toBeGreaterThanOrEqual(index + 1)
        expect(schedule.dueBy(atSec - slackSec)).toBeLessThanOrEqual(index)
      }),
      { numRuns: 300 },
    )
  })

  it('goes forward: no record is due before the one in front of it, and what was due stays due', () => {
    fc.assert(
      fc.property(anyRate, fc.nat(1_000_000), (rate, first) => {
        const schedule = makeSchedule(rate, 7)
        let last = schedule.dueAt(first)
        for (let index = first + 1; index < first + 50; index++) {
          const atSec = schedule.dueAt(index)
          // Equal, where a shape is steeper than a double can tell apart.
          expect(atSec).toBeGreaterThanOrEqual(last - 1e-9)
          last = atSec
        }
        if (last < 1e9) expect(schedule.dueBy(last * 2)).toBeGreaterThanOrEqual(schedule.dueBy(last))
      }),
      { numRuns: 200 },
    )
  })

  it('is shared out exactly: the workers together make the count of the schedule, each record once', () => {
    fc.assert(
      fc.property(anyRate, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20_000 }), (rate, workers, at) => {
        const atSec = at / 1000
        // A schedule of its own for each, as in threads.
        const total = dueBefore(makeSchedule(rate, 7), atSec)
        let sum = 0
        for (let worker = 0; worker < workers; worker++) {
          const own = ownedOf(dueBefore(makeSchedule(rate, 7), atSec), { worker, workers })
          if (own > 0) expect(globalIndex(own - 1, { worker, workers })).toBeLessThan(total)
          sum += own
        }
        expect(sum).toBe(total)
      }),
      { numRuns: 200 },
    )
  })

  it('owes 60,000,000 records in 60 s at a million a second, whatever the number of workers', () => {
    for (const workers of [1, 2, 3, 4, 7, 16]) {
      let sum = 0
      for (let worker = 0; worker < workers; worker++) {
        const schedule = makeSchedule({ kind: 'records', perSec: 1_000_000 }, 1)
        sum += ownedOf(dueBefore(schedule, 60), { worker, workers })
      }
      expect(sum).toBe(60_000_000)
    }
  })
})

describe('a rate plan', () => {
  it('has a length where its shape ends', () => {
    expect(lengthMsOf(rateOf(stages))).toBe(7_000)
    expect(lengthMsOf(rateOf(sine))).toBeUndefined()
    expect(lengthMsOf({ kind: 'records', perSec: 1 })).toBeUndefined()
  })

  it.each([{ shape: stages }, { shape: burst }, { shape: sine }])(
    'scales all of its rates: $shape.kind',
    ({ shape }) => {
      const once = makeSchedule(rateOf(shape), 1)
      const tenfold = makeSchedule(scaled(rateOf(shape), 10), 1)
      for (const sec of [0.5, 1, 3, 6.5, 12]) expect(tenfold.rateAt(sec)).toBeCloseTo(10 * once.rateAt(sec), 9)
    },
  )
})

// Shows that pauses double up to their maximum, spread by a fifth to both sides, and never exceed the maximum.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../wire/backoff.ts'

const range = { initialMs: 50, maxMs: 1_200 }
const middle = () => 0.5

describe('backoffMs', () => {
  it.each([
    { failures: 0, pauseMs: 0 },
    { failures: 1, pauseMs: 50 },
    { failures: 2, pauseMs: 100 },
    { failures: 5, pauseMs: 800 },
    { failures: 6, pauseMs: 1_000 },
    { failures: 5_000, pauseMs: 1_000 },
  ])('pauses $pauseMs ms after $failures failures, jitter aside', ({ failures, pauseMs }) => {
    expect(backoffMs(range, failures, middle)).toBeCloseTo(pauseMs)
  })

  it('spreads from 80 to 120 percent', () => {
    expect(backoffMs(range, 3, () => 0)).toBeCloseTo(160)
    expect(backoffMs(range, 3, () => 1)).toBeCloseTo(240)
  })

  it('still spreads at the maximum, and stays below it', () => {
    expect(backoffMs(range, 99, () => 0)).toBeCloseTo(800)
    expect(backoffMs(range, 99, () => 1)).toBeCloseTo(1_200)
  })

  it('is positive and within the maximum for any input', () => {
    const numbers = fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 5_000 }))
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (pair, failures, draw) => {
          const [initialMs, maxMs] = pair
          const pauseMs = backoffMs({ initialMs, maxMs }, failures, () => draw)
          expect(pauseMs).toBeGreaterThan(0)
          expect(pauseMs).toBeLessThanOrEqual(maxMs * (1 + 1e-9))
        },
      ),
    )
  })
})

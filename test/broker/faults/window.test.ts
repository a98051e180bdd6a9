// Shows when a fault is on. Method: a table of timings with the moments worked out by hand.
import { describe, expect, it } from 'vitest'
import { nextWindow, windowAt } from '../../../broker/faults/window.ts'

const forever = Number.POSITIVE_INFINITY
const addedMs = 1000

const cases = [
  { why: 'without times it is on at once and for good', timing: {}, at: 1000, on: [0, forever], next: undefined },
  { why: 'not yet', timing: { afterMs: 50 }, at: 1049, on: undefined, next: 1050 },
  { why: 'now', timing: { afterMs: 50 }, at: 1050, on: [0, forever], next: undefined },
  { why: 'the first moment counts', timing: { forMs: 20 }, at: 1000, on: [0, 1020], next: undefined },
  { why: 'the last', timing: { forMs: 20 }, at: 1019.9, on: [0, 1020], next: undefined },
  { why: 'the end does not', timing: { forMs: 20 }, at: 1020, on: undefined, next: undefined },
  { why: 'again: first', timing: { afterMs: 10, forMs: 5, everyMs: 100 }, at: 1012, on: [0, 1015], next: 1110 },
  { why: 'again: between', timing: { afterMs: 10, forMs: 5, everyMs: 100 }, at: 1015, on: undefined, next: 1110 },
  { why: 'again: fourth', timing: { afterMs: 10, forMs: 5, everyMs: 100 }, at: 1314, on: [3, 1315], next: 1410 },
  { why: 'again without a length: until the next', timing: { everyMs: 100 }, at: 1250, on: [2, 1300], next: 1300 },
] as const

describe('when a fault is on', () => {
  it.each(cases)('$why', ({ timing, at, on, next }) => {
    const window = windowAt(timing, addedMs, at)
    expect(window && [window.index, window.endMs]).toEqual(on)
    expect(nextWindow(timing, addedMs, at)?.startMs).toBe(next)
  })
})

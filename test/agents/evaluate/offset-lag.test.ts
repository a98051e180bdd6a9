// Shows what each of the lags says in the cases in which other exporters say something wrong.
// Method: the table was worked out by hand; `logStart`, `lastStable`, `highWatermark` as a broker tells them.
import { describe, expect, it } from 'vitest'
import { offsetLag } from '../../../agents/evaluate/offset-lag.ts'

const none = { toEnd: 0, toStable: 0, toRead: 0, lost: 0, ahead: 0 }
const cases = [
  { why: 'caught up', committed: 100, ends: [0, 100, 100], lag: none },
  { why: 'an empty partition', committed: 0, ends: [0, 0, 0], lag: none },
  { why: 'behind', committed: 40, ends: [0, 100, 100], lag: { ...none, toEnd: 60, toStable: 60, toRead: 60 } },
  {
    why: 'an open transaction is no lag of a read_committed consumer',
    committed: 200,
    ends: [0, 200, 1663],
    lag: { ...none, toEnd: 1463, toRead: 1463 },
  },
  {
    why: 'retention has overtaken the group: what is left can still be read, the rest is lost',
    committed: 10,
    ends: [60, 100, 100],
    lag: { ...none, toEnd: 90, toStable: 90, toRead: 40, lost: 50 },
  },
  {
    why: 'everything was deleted: nothing to read, all of it lost',
    committed: 10,
    ends: [100, 100, 100],
    lag: { ...none, toEnd: 90, toStable: 90, lost: 90 },
  },
  { why: 'a topic made again, and smaller', committed: 500, ends: [0, 20, 20], lag: { ...none, ahead: 480 } },
  {
    why: 'offsets beyond 2^52 stay exact',
    committed: Number.MAX_SAFE_INTEGER - 3,
    ends: [0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    lag: { ...none, toEnd: 3, toStable: 3, toRead: 3 },
  },
] as const

describe('offset lag', () => {
  it.each(cases)('$why', ({ committed, ends, lag }) => {
    const [logStart, lastStable, highWatermark] = ends
    expect(offsetLag(committed, { logStart, lastStable, highWatermark })).toEqual(lag)
  })
})

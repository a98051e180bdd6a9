// Shows that a time lag is a bracket around the truth, that it is zero when caught up, and that what cannot be known is said.
// Method: a partition whose every append is known; the history sees it every few seconds only.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EndHistory } from '../../../agents/evaluate/end-history.ts'
import { timeLag } from '../../../agents/evaluate/time-lag.ts'

function historyOf(samples: readonly (readonly [endOffset: number, atMs: number])[], entriesMax?: number): EndHistory {
  const history = new EndHistory(entriesMax)
  for (const [endOffset, atMs] of samples) history.saw(endOffset, atMs)
  return history
}

const steady = historyOf([
  [10, 0],
  [20, 1000],
  [30, 2000],
  [30, 3000],
])

describe('time lag', () => {
  it.each([
    { why: 'caught up', committed: 30, lag: { kind: 'known', lowSec: 0, highSec: 0 } },
    { why: 'between two samples', committed: 15, lag: { kind: 'known', lowSec: 3, highSec: 4 } },
    {
      why: 'exactly at a sample: the next record came after it',
      committed: 20,
      lag: { kind: 'known', lowSec: 2, highSec: 3 },
    },
    { why: 'older than the history: a bound on one side', committed: 5, lag: { kind: 'at-least', lowSec: 4 } },
    { why: 'beyond the end', committed: 31, lag: { kind: 'unknown', reason: 'ahead' } },
    { why: 'no commit', committed: undefined, lag: { kind: 'unknown', reason: 'no_commit' } },
  ])('$why', ({ committed, lag }) => {
    expect(timeLag(committed, steady, 4000)).toEqual(lag)
  })

  it('after a long pause the first record of the new burst is young, however old the one before', () => {
    const history = historyOf([
      [10, 0],
      [10, 3_600_000],
      [11, 3_601_000],
    ])
    expect(timeLag(10, history, 3_602_000)).toEqual({ kind: 'known', lowSec: 1, highSec: 2 })
  })

  it('knows nothing before the first look, and nothing of a topic that was made again', () => {
    expect(timeLag(3, undefined, 0)).toEqual({ kind: 'unknown', reason: 'no_history' })
    const history = historyOf([
      [1000, 0],
      [5, 1000],
      [8, 2000],
    ])
    expect(timeLag(6, history, 3000)).toEqual({ kind: 'known', lowSec: 1, highSec: 2 })
    expect(timeLag(2, history, 3000)).toEqual({ kind: 'at-least', lowSec: 2 })
  })

  it('holds the truth, however irregular the appends and the looks, and with any thinning out', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 20, maxLength: 200 })
    fc.assert(
      fc.property(gaps, gaps, fc.integer({ min: 4, max: 64 }), fc.nat(), (appendGaps, lookGaps, entriesMax, pick) => {
        let sum = 0
        const appendedAtMs = appendGaps.map(gap => (sum += gap))
        const history = new EndHistory(entriesMax)
        let nowMs = 0
        for (const gap of lookGaps) {
          nowMs += gap
          history.saw(appendedAtMs.filter(atMs => atMs <= nowMs).length, nowMs)
        }
        const end = history.endOffset(history.length - 1)
        expect(history.length).toBeLessThanOrEqual(entriesMax)
        const committed = pick % (end + 1)
        const lag = timeLag(committed, history, nowMs)
        if (committed === end) {
          expect(lag).toEqual({ kind: 'known', lowSec: 0, highSec: 0 })
          return
        }
        const truthSec = (nowMs - appendedAtMs[committed]!) / 1000
        if (lag.kind === 'unknown') throw new Error('something is known')
        expect(truthSec).toBeGreaterThanOrEqual(lag.lowSec)
        if (lag.kind === 'known') expect(truthSec).toBeLessThanOrEqual(lag.highSec)
      }),
    )
  })
})

// How many seconds a group is behind on one partition, from the agent's own history of end offsets. Pure.
//
// The next record that the group has to read was appended between the last moment at which the end was still at or before
// the commit, and the first at which it was beyond. That bracket is the answer. Outside the history there is a bound on one
// side only; it is said and not extrapolated (that is how peers show 30 s for 0.2 s).
import type { EndHistory } from './end-history.ts'

export type TimeLag =
  | { readonly kind: 'known'; readonly lowSec: number; readonly highSec: number }
  | { readonly kind: 'at-least'; readonly lowSec: number }
  | { readonly kind: 'unknown'; readonly reason: 'no_commit' | 'no_history' | 'ahead' }

export const caughtUp: TimeLag = { kind: 'known', lowSec: 0, highSec: 0 }
const noCommit: TimeLag = { kind: 'unknown', reason: 'no_commit' }
const noHistory: TimeLag = { kind: 'unknown', reason: 'no_history' }
const ahead: TimeLag = { kind: 'unknown', reason: 'ahead' }

export function timeLag(committed: number | undefined, history: EndHistory | undefined, nowMs: number): TimeLag {
  if (committed === undefined) return noCommit
  const newest = (history?.length ?? 0) - 1
  if (history === undefined || newest < 0) return noHistory
  if (committed > history.endOffset(newest)) return ahead
  if (committed === history.endOffset(newest)) return caughtUp

  const first = firstBeyond(history, committed)
  const secondsSince = (ms: number) => Math.max(0, (nowMs - ms) / 1000)
  const lowSec = secondsSince(history.firstSeenMs(first))
  if (first === 0) return { kind: 'at-least', lowSec }
  return { kind: 'known', lowSec, highSec: secondsSince(history.lastSeenMs(first - 1)) }
}

/** For clocks that differ a little, and for the way of a record from its producer into the log. */
const toleranceSec = 1

/** Seconds by the time that a record carries. */
export interface StampedLag {
  readonly lowSec: number
  readonly highSec: number
}

/**
 * How long a record has been waiting by the time that it carries, as far as what was seen allows it; undefined: it cannot be that. A
 * producer whose clock is wrong, or that puts the time of an event there, tells nothing of it. What was there before the first look could
 * belie no time that is too old, so that time is an upper bound only, unless the broker itself stamps records (`isAppendTime`).
 */
export function stampedLag(ageSec: number, seen: TimeLag, isAppendTime: boolean): StampedLag | undefined {
  const seenLowSec = seen.kind === 'unknown' ? 0 : seen.lowSec
  const isTooOld = seen.kind === 'known' && ageSec > seen.highSec + toleranceSec
  const isTooYoung = seen.kind !== 'unknown' && ageSec < seenLowSec - toleranceSec
  if (isTooOld || isTooYoung) return undefined
  const highSec = Math.max(ageSec, seenLowSec)
  return { lowSec: seen.kind === 'known' || isAppendTime ? highSec : seenLowSec, highSec }
}

/** Ends only rise, and the newest is beyond. */
function firstBeyond(history: EndHistory, committed: number): number {
  let [low, high] = [0, history.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (history.endOffset(middle) > committed) high = middle
    else low = middle + 1
  }
  return low
}

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

/**
 * The age of a record by the time that it carries, as far as what was seen allows it; undefined: it cannot be that. A producer whose
 * clock is wrong, or that puts the time of an event there, tells nothing of how long the record has been waiting.
 */
export function believableSec(ageSec: number, seen: TimeLag): number | undefined {
  if (seen.kind === 'unknown') return Math.max(0, ageSec)
  const isTooOld = seen.kind === 'known' && ageSec > seen.highSec + toleranceSec
  if (isTooOld || ageSec < seen.lowSec - toleranceSec) return undefined
  return Math.max(ageSec, seen.lowSec)
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

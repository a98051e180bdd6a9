// How many seconds a group is behind on one partition, from the agent's own history of end offsets. Pure.
//
// The next record that the group has to read was appended between the last moment at which the end was still at or before
// the commit, and the first at which it was beyond. That bracket is the answer. Outside the history there is a bound on one
// side only; it is said and not extrapolated (that is how peers show 30 s for 0.2 s).
import type { SeenEnd } from './end-history.ts'

export type TimeLag =
  | { readonly kind: 'known'; readonly lowSec: number; readonly highSec: number }
  | { readonly kind: 'at-least'; readonly lowSec: number }
  | { readonly kind: 'unknown'; readonly reason: 'no_commit' | 'no_history' | 'ahead' }

export const caughtUp: TimeLag = { kind: 'known', lowSec: 0, highSec: 0 }

/** `history`: oldest first. */
export function timeLag(committed: number | undefined, history: readonly SeenEnd[], nowMs: number): TimeLag {
  if (committed === undefined) return { kind: 'unknown', reason: 'no_commit' }
  const newest = history.at(-1)
  if (newest === undefined) return { kind: 'unknown', reason: 'no_history' }
  if (committed > newest.endOffset) return { kind: 'unknown', reason: 'ahead' }
  if (committed === newest.endOffset) return caughtUp

  const first = history.findIndex(({ endOffset }) => endOffset > committed)
  const secondsSince = (ms: number) => Math.max(0, (nowMs - ms) / 1000)
  const lowSec = secondsSince(history[first]!.firstSeenMs)
  const before = history[first - 1]
  if (before === undefined) return { kind: 'at-least', lowSec }
  return { kind: 'known', lowSec, highSec: secondsSince(before.lastSeenMs) }
}

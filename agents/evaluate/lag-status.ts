// What a group is doing on one partition, judged over a window of time. Pure: observations in, a state out.
//
// The states are Burrow's, the rules are not, where its users were misled:
//   - the window is time, not a number of commits: a consumer that commits in bursts is not stopped between them;
//   - idle is not stopped: without anything to read, nothing is wrong, however long ago the last commit was;
//   - a few offsets that are nothing but transaction markers are nothing to read;
//   - every step back within the window counts, also one that came after another had recovered;
//   - a lag that is flat is told apart from one that grows, and a small one is not worth a word (dead band);
//   - how long is too long is learnt from the group itself: one that commits once a minute, as Kafka Connect does, is not
//     stopped after half of one, and one that commits every five seconds is, which is known before a minute is over.

export const lagStates = ['ok', 'lagging', 'stalled', 'stopped', 'rewound', 'unknown'] as const
/**
 * ok: keeps up, or has nothing to read. lagging: reads, but the lag grows all the time. stalled: a member owns the partition
 * and does not get on. stopped: nobody owns it while records wait. rewound: the commit went back and has not caught up with
 * where it was. unknown: no commit, or no end, or a topic that the group has left.
 */
export type LagState = (typeof lagStates)[number]

/** What was seen of one partition of a group, oldest first; NaN: not known. Half a million of these are looked at in a second. */
export interface Observations {
  readonly length: number
  atMs(index: number): number
  committed(index: number): number
  /** High watermark. */
  endOffset(index: number): number
  /** From an exact look: what is left are markers only. */
  isMarkersOnly(index: number): boolean
  /** Whether a member of the group is to read the partition, at the newest observation, or will be when a rebalance is over. */
  readonly isOwned: boolean
  /** The group has members, and none of them reads anything of the topic: what it once committed is left over. */
  readonly isLeftBehind: boolean
}

export interface StatusRules {
  readonly windowMs: number
  /** A lag of so many offsets is none. */
  readonly deadBandOffsets: number
  /**
   * No progress for so long, while records wait, is a stall or a stop: of a group that got on within the window, and unless it had
   * waited as long as half of that before and then got on. Between two and three looks at the default interval.
   */
  readonly noProgressMs: number
  /** The same of a group that was not seen to get on: how often it commits is not known. */
  readonly patienceMs: number
  /** A lag that grows for so long is worth a word. */
  readonly growingMs: number
}

export const statusRulesDefault: StatusRules = {
  windowMs: 300_000,
  deadBandOffsets: 1,
  noProgressMs: 25_000,
  patienceMs: 120_000,
  growingMs: 60_000,
}

/** Observations before the window are left out of account. */
export function lagStatus(seen: Observations, nowMs: number, rules: StatusRules = statusRulesDefault): LagState {
  const first = firstWithin(seen, nowMs, rules)
  const newest = seen.length - 1
  if (newest < first || Number.isNaN(seen.committed(newest)) || Number.isNaN(seen.endOffset(newest))) return 'unknown'
  if (isRewound(seen, first)) return 'rewound'
  if (hasNothingToRead(seen, newest, rules)) return 'ok'
  const waitingMs = nowMs - sinceWhenStuck(seen, first, rules)
  if (waitingMs >= rules.noProgressMs && waitingMs >= patienceMs(seen, first, rules)) {
    if (seen.isLeftBehind) return 'unknown'
    return seen.isOwned ? 'stalled' : 'stopped'
  }
  return isGrowing(seen, first, rules) ? 'lagging' : 'ok'
}

/** For how long the commit has stood still although records wait; undefined: nothing waits, or it is not known. */
export function noProgressMs(seen: Observations, nowMs: number, rules: StatusRules = statusRulesDefault) {
  const first = firstWithin(seen, nowMs, rules)
  const newest = seen.length - 1
  if (newest < first || Number.isNaN(seen.committed(newest)) || Number.isNaN(seen.endOffset(newest))) return undefined
  if (seen.isLeftBehind || hasNothingToRead(seen, newest, rules)) return undefined
  return nowMs - sinceWhenStuck(seen, first, rules)
}

function firstWithin(seen: Observations, nowMs: number, { windowMs }: StatusRules): number {
  let first = 0
  while (first < seen.length && seen.atMs(first) <= nowMs - windowMs) first++
  return first
}

/** Twice the longest wait of the window that ended with a commit. */
function patienceMs(seen: Observations, first: number, rules: StatusRules): number {
  let [longestMs, hasGotOn, sinceMs] = [0, false, seen.atMs(first)]
  for (let index = first + 1; index < seen.length; index++) {
    const [before, now] = [seen.committed(index - 1), seen.committed(index)]
    if (now !== before) {
      if (now > before) {
        hasGotOn = true
        longestMs = Math.max(longestMs, seen.atMs(index - 1) - sinceMs)
      }
      sinceMs = seen.atMs(index)
    } else if (hasNothingToRead(seen, index, rules)) sinceMs = seen.atMs(index)
  }
  return hasGotOn ? Math.max(rules.noProgressMs, 2 * longestMs) : rules.patienceMs
}

function hasNothingToRead(seen: Observations, index: number, rules: StatusRules): boolean {
  return seen.isMarkersOnly(index) || seen.endOffset(index) - seen.committed(index) <= rules.deadBandOffsets
}

/** Below the highest commit of the window. */
function isRewound(seen: Observations, first: number): boolean {
  const committed = seen.committed(seen.length - 1)
  for (let index = first; index < seen.length; index++) if (seen.committed(index) > committed) return true
  return false
}

/** The moment since which the commit stands still although records wait; now, when it moves. */
function sinceWhenStuck(seen: Observations, first: number, rules: StatusRules): number {
  const newest = seen.length - 1
  let sinceMs = seen.atMs(newest)
  for (let index = newest; index >= first; index--) {
    const isStuck = seen.committed(index) === seen.committed(newest) && !Number.isNaN(seen.endOffset(index))
    if (!isStuck || hasNothingToRead(seen, index, rules)) break
    sinceMs = seen.atMs(index)
  }
  return sinceMs
}

/** From the first observation to the last, and at no step less than before: a sawtooth is a consumer that works in batches. */
function isGrowing(seen: Observations, first: number, { growingMs }: StatusRules): boolean {
  let [count, oldestMs, oldestLag, lag] = [0, 0, 0, Number.NEGATIVE_INFINITY]
  for (let index = first; index < seen.length; index++) {
    const here = seen.endOffset(index) - seen.committed(index)
    if (Number.isNaN(here)) continue
    if (here < lag) return false
    lag = here
    if (count++ === 0) [oldestMs, oldestLag] = [seen.atMs(index), here]
  }
  return count >= 3 && seen.atMs(seen.length - 1) - oldestMs >= growingMs && lag > oldestLag
}

const order: Readonly<Record<LagState, number>> = { unknown: 0, ok: 1, lagging: 2, rewound: 3, stalled: 4, stopped: 5 }

/** Of a group: the worst of its partitions; unknown only when nothing else is known. */
export function worstState(states: Iterable<LagState>): LagState {
  let worst: LagState = 'unknown'
  for (const state of states) if (order[state] > order[worst]) worst = state
  return worst
}

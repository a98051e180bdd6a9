// What a group is doing on one partition, judged over a window of time. Pure: observations in, a state out.
//
// The states are Burrow's, the rules are not, where its users were misled:
//   - the window is time, not a number of commits: a consumer that commits in bursts is not stopped between them;
//   - idle is not stopped: without anything to read, nothing is wrong, however long ago the last commit was;
//   - a few offsets that are nothing but transaction markers are nothing to read;
//   - every step back within the window counts, also one that came after another had recovered;
//   - a lag that is flat is told apart from one that grows, and a small one is not worth a word (dead band).

export const lagStates = ['ok', 'lagging', 'stalled', 'stopped', 'rewound', 'unknown'] as const
/**
 * ok: keeps up, or has nothing to read. lagging: reads, but the lag grows all the time. stalled: a member owns the partition
 * and does not get on. stopped: nobody owns it while records wait. rewound: the commit went back and has not caught up with
 * where it was. unknown: no commit, or no end.
 */
export type LagState = (typeof lagStates)[number]

export interface Observation {
  readonly atMs: number
  readonly committed: number | undefined
  readonly endOffset: number | undefined
  /** Whether a member of the group is to read the partition. */
  readonly isOwned: boolean
  /** From an exact look: what is left are markers only. */
  readonly isMarkersOnly?: boolean
}

export interface StatusRules {
  readonly windowMs: number
  /** A lag of so many offsets is none. */
  readonly deadBandOffsets: number
  /** No progress for so long, while records wait, is a stall or a stop. */
  readonly noProgressMs: number
}

export const statusRulesDefault: StatusRules = { windowMs: 300_000, deadBandOffsets: 1, noProgressMs: 60_000 }

/** `observations`: oldest first; those before the window are left out of account. */
export function lagStatus(
  observations: readonly Observation[],
  nowMs: number,
  rules: StatusRules = statusRulesDefault,
): LagState {
  const window = observations.filter(({ atMs }) => atMs > nowMs - rules.windowMs)
  const newest = window.at(-1)
  if (newest?.committed === undefined || newest.endOffset === undefined) return 'unknown'
  if (isRewound(window, newest.committed)) return 'rewound'
  if (hasNothingToRead(newest, rules)) return 'ok'
  const waitingMs = nowMs - sinceWhenStuck(window, rules)
  if (waitingMs >= rules.noProgressMs) return newest.isOwned ? 'stalled' : 'stopped'
  return isGrowing(window, rules) ? 'lagging' : 'ok'
}

function hasNothingToRead({ committed, endOffset, isMarkersOnly }: Observation, rules: StatusRules): boolean {
  return isMarkersOnly === true || endOffset! - committed! <= rules.deadBandOffsets
}

/** Below the highest commit of the window. */
function isRewound(window: readonly Observation[], committed: number): boolean {
  return window.some(earlier => earlier.committed !== undefined && earlier.committed > committed)
}

/** The moment since which the commit stands still although records wait; now, when it moves. */
function sinceWhenStuck(window: readonly Observation[], rules: StatusRules): number {
  const newest = window.at(-1)!
  let sinceMs = newest.atMs
  for (const observation of window.toReversed()) {
    const { committed, endOffset, atMs } = observation
    if (committed !== newest.committed || endOffset === undefined || hasNothingToRead(observation, rules)) break
    sinceMs = atMs
  }
  return sinceMs
}

/** From the first observation to the last, and at no step less than before: a sawtooth is a consumer that works in batches. */
function isGrowing(window: readonly Observation[], { noProgressMs }: StatusRules): boolean {
  const known = window.filter(({ committed, endOffset }) => committed !== undefined && endOffset !== undefined)
  const [first, last] = [known[0]!, known.at(-1)!]
  if (known.length < 3 || last.atMs - first.atMs < noProgressMs) return false
  const lags = known.map(({ committed, endOffset }) => endOffset! - committed!)
  return lags.at(-1)! > lags[0]! && lags.every((lag, index) => index === 0 || lag >= lags[index - 1]!)
}

const order: Readonly<Record<LagState, number>> = { unknown: 0, ok: 1, lagging: 2, rewound: 3, stalled: 4, stopped: 5 }

/** Of a group: the worst of its partitions; unknown only when nothing else is known. */
export function worstState(states: Iterable<LagState>): LagState {
  let worst: LagState = 'unknown'
  for (const state of states) if (order[state] > order[worst]) worst = state
  return worst
}

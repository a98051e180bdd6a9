// What the agent remembers of groups and partitions from one look to the next: end offsets for time lags, commits for states.
// Bounded: what has not been seen in a look is forgotten with it, and each row keeps few observations.
import type { LagRow } from '../lag-rows.ts'
import { EndHistory } from './end-history.ts'
import { type LagState, lagStatus, type Observation, type StatusRules, statusRulesDefault } from './lag-status.ts'
import { type TimeLag, timeLag } from './time-lag.ts'

/** More would not change a verdict: a window needs its ends and a few points between. */
const observationsMax = 20

export interface Judged {
  readonly timeLag: TimeLag
  readonly state: LagState
}

export class LagMemory {
  readonly #rules: StatusRules
  #ends = new Map<string, EndHistory>()
  #observed = new Map<string, Observation[]>()

  constructor(rules: StatusRules = statusRulesDefault) {
    this.#rules = rules
  }

  /** Takes in one look and judges each of its rows, in their order. `endsAtMs`: when the ends were read. */
  look(rows: readonly LagRow[], endsAtMs: number): Judged[] {
    const ends = new Map<string, EndHistory>()
    const observed = new Map<string, Observation[]>()
    for (const row of rows) {
      const name = partitionKey(row)
      if (row.ends === undefined || ends.has(name)) continue
      const history = this.#ends.get(name) ?? new EndHistory()
      history.saw(row.ends.highWatermark, endsAtMs)
      ends.set(name, history)
    }
    // A partition that has no leader for a moment keeps its past.
    for (const row of rows) {
      const name = partitionKey(row)
      const history = this.#ends.get(name)
      if (!ends.has(name) && history !== undefined) ends.set(name, history)
    }
    const judged = rows.map(row => {
      const key = `${row.groupId}\0${partitionKey(row)}`
      const observations = this.#observe(this.#observed.get(key) ?? [], row, endsAtMs)
      observed.set(key, observations)
      return {
        timeLag: timeLag(row.committed, row.ends === undefined ? [] : ends.get(partitionKey(row))!.entries, endsAtMs),
        state: lagStatus(observations, endsAtMs, this.#rules),
      }
    })
    this.#ends = ends
    this.#observed = observed
    return judged
  }

  /** At most so many in a window: the newest takes the place of the one before while that one is young. */
  #observe(observations: Observation[], { committed, ends, member }: LagRow, atMs: number): Observation[] {
    const now: Observation = { atMs, committed, endOffset: ends?.highWatermark, isOwned: member !== undefined }
    const startMs = atMs - this.#rules.windowMs
    while (observations.length > 0 && observations[0]!.atMs <= startMs) observations.shift()
    const before = observations.at(-2)
    const last = observations.at(-1)
    const isYoung = before !== undefined && atMs - before.atMs < this.#rules.windowMs / observationsMax
    // A step back must not be lost between two observations.
    const isStepBack = last?.committed !== undefined && committed !== undefined && committed < last.committed
    if (isYoung && !isStepBack) observations.pop()
    observations.push(now)
    return observations
  }
}

const partitionKey = ({ topic, partition }: LagRow) => `${topic}\0${partition}`

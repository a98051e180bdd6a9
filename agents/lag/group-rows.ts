// What one group has to do with the partitions of one topic, as columns: a row for each that is committed or assigned. Lags are
// computed from the columns when they are asked for, so half a million rows take some dozen bytes each.
import type { LagState } from '../evaluate/lag-status.ts'
import { lagStates } from '../evaluate/lag-status.ts'
import { believableSec, caughtUp, type TimeLag, timeLag } from '../evaluate/time-lag.ts'
import type { Member } from '../source/members.ts'
import type { ExactTimes, RecordRead } from './exact-times.ts'
import { slotsMax } from './observation-axis.ts'
import type { TopicColumns } from './topic-columns.ts'

export interface Wanted {
  readonly partition: number
  /** NaN: nothing is committed. */
  readonly committed: number
  readonly member: Member | undefined
  /** Of a share group, as the broker counts it; NaN: it does not say. Undefined: no share group. */
  readonly shareLag: number | undefined
}

export class GroupRows {
  readonly topic: TopicColumns
  /** Rising. */
  readonly partitions: Int32Array
  readonly committed: Float64Array
  readonly members: readonly (Member | undefined)[]
  readonly #shareLags: Float64Array | undefined
  readonly #exact: ExactTimes
  readonly #states: Uint8Array
  #seen: Float64Array
  /** Undefined: each row has series of its own. */
  shown: Uint8Array | undefined
  /** How long none of the rows for which records wait has got on; undefined: there is no such row. */
  noProgressMs: number | undefined

  /** `wanted`: by partition, rising. */
  constructor(topic: TopicColumns, wanted: readonly Wanted[], exact: ExactTimes, before: GroupRows | undefined) {
    this.topic = topic
    this.partitions = Int32Array.from(wanted, ({ partition }) => partition)
    this.committed = Float64Array.from(wanted, ({ committed }) => committed)
    this.members = wanted.some(({ member }) => member !== undefined) ? wanted.map(({ member }) => member) : []
    const isShare = wanted[0]?.shareLag !== undefined
    this.#shareLags = isShare ? Float64Array.from(wanted, ({ shareLag = Number.NaN }) => shareLag) : undefined
    this.#exact = exact
    this.#states = new Uint8Array(wanted.length)
    this.#seen = this.#takeOver(before)
  }

  #takeOver(before: GroupRows | undefined): Float64Array {
    const isPast = before !== undefined && before.topic.id === this.topic.id
    if (isPast && isSame(before.partitions, this.partitions)) return before.#seen
    const seen = new Float64Array(this.length * slotsMax).fill(Number.NaN)
    if (!isPast) return seen
    this.partitions.forEach((partition, at) => {
      const from = before.partitions.indexOf(partition)
      if (from < 0) return
      for (let slot = 0; slot < slotsMax; slot++)
        seen[slot * this.length + at] = before.#seen[slot * before.length + from]!
    })
    return seen
  }

  get length(): number {
    return this.partitions.length
  }

  /** A step back must not be lost when an observation is replaced: the higher commit moves to the one before. */
  observe(slot: number, slotBefore: number | undefined, isReplacing: boolean): void {
    const [now, before] = [slot * this.length, slotBefore === undefined ? undefined : slotBefore * this.length]
    for (let at = 0; at < this.length; at++) {
      const replaced = this.#seen[now + at]!
      if (isReplacing && before !== undefined && replaced > this.committed[at]!)
        this.#seen[before + at] = Math.max(replaced, this.#seen[before + at]! || 0)
      this.#seen[now + at] = this.committed[at]!
    }
  }

  seenCommit(slot: number, at: number): number {
    return this.#seen[slot * this.length + at]!
  }

  setState(at: number, state: LagState): void {
    this.#states[at] = lagStates.indexOf(state)
  }

  state(at: number): LagState {
    return lagStates[this.#states[at]!]!
  }

  // ---- lags: NaN where there is no commit or no end ----

  lag(at: number): number {
    if (this.#shareLags !== undefined) return this.#shareLags[at]!
    return behind(this.topic.highWatermark[this.partitions[at]!]!, this.committed[at]!)
  }

  stableLag(at: number): number {
    if (this.#shareLags !== undefined) return this.#shareLags[at]!
    return behind(this.topic.lastStable[this.partitions[at]!]!, this.committed[at]!)
  }

  readableLag(at: number): number {
    if (this.#shareLags !== undefined) return this.#shareLags[at]!
    const partition = this.partitions[at]!
    return behind(this.topic.highWatermark[partition]!, Math.max(this.committed[at]!, this.topic.logStart[partition]!))
  }

  lost(at: number): number {
    return behind(this.topic.logStart[this.partitions[at]!]!, this.committed[at]!)
  }

  ahead(at: number): number {
    return behind(this.committed[at]!, this.topic.highWatermark[this.partitions[at]!]!)
  }

  /** Offset of the next record that is still there. */
  nextOffset(at: number): number {
    return Math.max(this.committed[at]!, this.topic.logStart[this.partitions[at]!]!)
  }

  isMarkersOnly(at: number): boolean {
    const partition = this.partitions[at]!
    const until = this.#exact.markersUntil(this.topic, partition, this.nextOffset(at))
    return until !== undefined && until >= this.topic.highWatermark[partition]!
  }

  /** Exact where the record was read and the ends that were seen do not belie its time, else from those. */
  timeLag(at: number): TimeLag & { readonly method?: 'exact' } {
    const { endsAtMs } = this.topic
    const partition = this.partitions[at]!
    if (!Number.isNaN(this.lag(at)) && this.readableLag(at) > 0) {
      if (this.isMarkersOnly(at)) return caughtUp
      const seconds = this.#believed(at)
      if (seconds !== undefined) return { kind: 'known', lowSec: seconds, highSec: seconds, method: 'exact' }
    }
    // What a share group has done with out of order lies beyond its start offset.
    if (this.#shareLags?.[at] === 0) return caughtUp
    const committed = this.committed[at]!
    if (Number.isNaN(committed)) return timeLag(undefined, undefined, endsAtMs)
    if (Number.isNaN(this.topic.highWatermark[partition]!)) return timeLag(committed, undefined, endsAtMs)
    return timeLag(this.nextOffset(at), this.topic.history(partition), endsAtMs)
  }

  /** Age of the next record by the time that it carries, negative if that is to come; undefined: it was not read. */
  stampedSeconds(at: number): number | undefined {
    const { timestampMs } = this.#recordAt(at)
    // Negative: the record has none.
    return timestampMs === undefined || timestampMs < 0 ? undefined : (this.topic.endsAtMs - timestampMs) / 1000
  }

  #believed(at: number): number | undefined {
    const seconds = this.stampedSeconds(at)
    if (seconds === undefined) return undefined
    const history = this.topic.history(this.partitions[at]!)
    const seen = timeLag(this.#recordAt(at).recordOffset, history, this.topic.endsAtMs)
    return believableSec(seconds, seen)
  }

  #recordAt(at: number): Partial<RecordRead> {
    return this.#exact.recordAt(this.topic, this.partitions[at]!, this.nextOffset(at)) ?? {}
  }

  lowSeconds(at: number): number {
    const lag = this.timeLag(at)
    return lag.kind === 'unknown' ? Number.NaN : lag.lowSec
  }

  highSeconds(at: number): number {
    const lag = this.timeLag(at)
    return lag.kind === 'known' ? lag.highSec : Number.NaN
  }
}

/** Never negative; NaN when either is not known. */
const behind = (end: number, from: number) => Math.max(0, end - from)

const isSame = (a: Int32Array, b: Int32Array) => a.length === b.length && a.every((value, at) => value === b[at])

// What one group has to do with the partitions of one topic: a range of the columns of the group. Lags are computed from the columns
// when they are asked for.
import type { LagState } from '../evaluate/lag-status.ts'
import { lagStates } from '../evaluate/lag-status.ts'
import { caughtUp, type StampedLag, stampedLag, type TimeLag, timeLag } from '../evaluate/time-lag.ts'
import type { Member } from '../source/members.ts'
import type { ExactTimes, RecordRead } from './exact-times.ts'
import type { GroupColumns } from './group-columns.ts'
import type { TopicColumns } from './topic-columns.ts'

export class GroupRows {
  readonly topic: TopicColumns
  readonly length: number
  readonly #columns: GroupColumns
  readonly #from: number
  readonly #exact: ExactTimes
  /** Undefined: each row has series of its own. */
  shown: Uint8Array | undefined
  /** How long none of the rows for which records wait has got on; undefined: there is no such row. */
  noProgressMs: number | undefined

  /** `index`: of the topic in the columns. */
  constructor(columns: GroupColumns, index: number, exact: ExactTimes) {
    this.topic = columns.topics[index]!
    this.#columns = columns
    this.#from = columns.starts[index]!
    this.length = columns.starts[index + 1]! - this.#from
    this.#exact = exact
  }

  /** Rising. */
  get partitions(): Int32Array {
    return this.#columns.partitions.subarray(this.#from, this.#from + this.length)
  }

  partition(at: number): number {
    return this.#columns.partitions[this.#from + at]!
  }

  /** NaN: nothing is committed. */
  commit(at: number): number {
    return this.#columns.committed[this.#from + at]!
  }

  member(at: number): Member | undefined {
    return this.#columns.members?.[this.#from + at]
  }

  /** Whether a member reads any of it. */
  get isRead(): boolean {
    const { members } = this.#columns
    return members?.slice(this.#from, this.#from + this.length).some(member => member !== undefined) === true
  }

  /** Whether it has series of its own. */
  isShown(at: number): boolean {
    return this.shown === undefined || this.shown[at] === 1
  }

  seenCommit(slot: number, at: number): number {
    return this.#columns.seenCommit(slot, this.#from + at)
  }

  setState(at: number, state: LagState): void {
    this.#columns.states[this.#from + at] = lagStates.indexOf(state)
  }

  state(at: number): LagState {
    return lagStates[this.#columns.states[this.#from + at]!]!
  }

  // ---- lags: NaN where there is no commit or no end ----

  lag(at: number): number {
    if (this.#columns.shareLags !== undefined) return this.#columns.shareLags[this.#from + at]!
    return behind(this.topic.highWatermark[this.partition(at)]!, this.commit(at))
  }

  stableLag(at: number): number {
    if (this.#columns.shareLags !== undefined) return this.#columns.shareLags[this.#from + at]!
    return behind(this.topic.lastStable[this.partition(at)]!, this.commit(at))
  }

  readableLag(at: number): number {
    if (this.#columns.shareLags !== undefined) return this.#columns.shareLags[this.#from + at]!
    const partition = this.partition(at)
    return behind(this.topic.highWatermark[partition]!, Math.max(this.commit(at), this.topic.logStart[partition]!))
  }

  lost(at: number): number {
    return behind(this.topic.logStart[this.partition(at)]!, this.commit(at))
  }

  ahead(at: number): number {
    return behind(this.commit(at), this.topic.highWatermark[this.partition(at)]!)
  }

  /** Offset of the next record that is still there; of a share group the last one that it can be, which it is when it reads in order. */
  nextOffset(at: number): number {
    if (this.#columns.shareLags !== undefined) return this.topic.highWatermark[this.partition(at)]! - this.lag(at)
    return Math.max(this.commit(at), this.topic.logStart[this.partition(at)]!)
  }

  isMarkersOnly(at: number): boolean {
    const partition = this.partition(at)
    const until = this.#exact.markersUntil(this.topic, partition, this.nextOffset(at))
    return until !== undefined && until >= this.topic.highWatermark[partition]!
  }

  /** By the time of the record where it was read and the ends that were seen do not belie it, else from those. */
  timeLag(at: number): TimeLag & { readonly method?: 'exact' | 'stamped' } {
    const least = this.#timeLagAtNext(at)
    const { shareDone } = this.#columns
    if (shareDone === undefined || !(this.lag(at) > 0) || this.isMarkersOnly(at)) return least
    const partition = this.partition(at)
    const first = Math.max(this.commit(at), this.topic.logStart[partition]!, shareDone[this.#from + at]!)
    if (first >= this.nextOffset(at) || least.kind === 'unknown') return least
    // Done with out of order, or the broker has not told of it yet: the first that waits may be any from here on.
    const most = timeLag(first, this.topic.history(partition), this.topic.endsAtMs)
    if (most.kind !== 'known') return { kind: 'at-least', lowSec: least.lowSec }
    return { kind: 'known', lowSec: least.lowSec, highSec: Math.max(least.lowSec, most.highSec) }
  }

  #timeLagAtNext(at: number): TimeLag & { readonly method?: 'exact' | 'stamped' } {
    const { endsAtMs } = this.topic
    const partition = this.partition(at)
    if (!Number.isNaN(this.lag(at)) && this.readableLag(at) > 0) {
      if (this.isMarkersOnly(at)) return caughtUp
      const stamped = this.#stamped(at)
      if (stamped !== undefined) {
        return { kind: 'known', ...stamped, method: stamped.lowSec === stamped.highSec ? 'exact' : 'stamped' }
      }
    }
    // What a share group has done with out of order lies beyond its start offset.
    if (this.#columns.shareLags?.[this.#from + at] === 0) return caughtUp
    const committed = this.commit(at)
    if (Number.isNaN(committed)) return timeLag(undefined, undefined, endsAtMs)
    if (Number.isNaN(this.nextOffset(at))) return timeLag(committed, undefined, endsAtMs)
    return timeLag(this.nextOffset(at), this.topic.history(partition), endsAtMs)
  }

  /** Age of the next record by the time that it carries, negative if that is to come; undefined: it was not read. */
  stampedSeconds(at: number): number | undefined {
    const { timestampMs } = this.#recordAt(at)
    // Negative: the record has none.
    return timestampMs === undefined || timestampMs < 0 ? undefined : (this.topic.endsAtMs - timestampMs) / 1000
  }

  #stamped(at: number): StampedLag | undefined {
    const seconds = this.stampedSeconds(at)
    if (seconds === undefined) return undefined
    const history = this.topic.history(this.partition(at))
    const { recordOffset, isAppendTime = false } = this.#recordAt(at)
    return stampedLag(seconds, timeLag(recordOffset, history, this.topic.endsAtMs), isAppendTime)
  }

  #recordAt(at: number): Partial<RecordRead> {
    return this.#exact.recordAt(this.topic, this.partition(at), this.nextOffset(at)) ?? {}
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

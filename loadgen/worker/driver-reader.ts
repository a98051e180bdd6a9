// Counts and times what a client under test hands over, record by record: the same counts, limits, ends and accounting as
// the batch reader's, without the batches, which clients keep to themselves.
import type { Clock } from '../../core/clock.ts'
import type { RecordSink } from '../driver.ts'
import { Stamp } from '../payload/stamp.ts'
import type { Assignment } from './contract.ts'
import type { RecordLimit } from './record-limit.ts'
import type { Reading } from './record-times.ts'
import { RecordTimes } from './record-times.ts'
import type { WorkerSlots } from './slots.ts'

interface Position {
  readonly startOffset: number
  /** The next offset to be read. */
  next: number
  end: number
  /** Of the log, as far as the client tells. */
  logEnd: number
}

export interface DriverReaderDeps {
  readonly clock: Pick<Clock, 'nowNs' | 'wallUsAt'>
  readonly slots: WorkerSlots
  readonly limit?: RecordLimit
}

/** Records that share a look at the clock, where the client hands over record by record. */
const recordsPerLook = 50

export class DriverReader implements RecordSink {
  /** Resolves when everything is read that was to be read, or at `stop`. */
  readonly done: Promise<void>
  readonly wantsTimestamps: boolean
  readonly #done = Promise.withResolvers<void>()
  readonly #reading: Reading
  readonly #deps: DriverReaderDeps
  readonly #times: RecordTimes
  readonly #stamp = new Stamp()
  readonly #partitions = new Map<number, Position>()
  #isStopped = false
  #isCut = false
  #nowUs = 0
  #looks = 0
  #lag = 0

  constructor(reading: Reading, assignments: readonly Assignment[], deps: DriverReaderDeps) {
    this.done = this.#done.promise
    this.wantsTimestamps = reading.measureBy === 'createTime'
    this.#reading = reading
    this.#deps = deps
    this.#times = new RecordTimes(reading, deps.slots)
    for (const { partition, startOffset, endOffset = Number.POSITIVE_INFINITY } of assignments) {
      this.#partitions.set(partition, { startOffset, next: startOffset, end: endOffset, logEnd: -1 })
    }
  }

  get ledger() {
    return this.#times.ledger.outcome
  }

  get positions(): ReadonlyMap<number, number> {
    const moved = [...this.#partitions].filter(([, { next, startOffset }]) => next > startOffset)
    return new Map(moved.map(([partition, { next, end }]) => [partition, Math.min(next, end)]))
  }

  get reachedEnd(): boolean {
    return this.#isAllRead && !this.#isCut
  }

  /** Counters in the slots are brought up to date; called now and then, and at the end. */
  flush(): void {
    this.#times.flush()
    let lag = 0
    for (const { next, logEnd } of this.#partitions.values()) if (logEnd > next) lag += logEnd - next
    this.#deps.slots.shift('lag', lag - this.#lag)
    this.#lag = lag
  }

  stop(): void {
    this.#isStopped = true
    this.flush()
    this.#done.resolve()
  }

  readUntil(endOffsets: readonly number[]): void {
    for (const [partition, position] of this.#partitions) position.end = endOffsets[partition] ?? position.end
    this.#stopIfDone()
  }

  // ---- what the client hands over ----

  record(
    partition: number,
    offset: number,
    keyBytes: number,
    value: Buffer | null | undefined,
    stampHeader: Buffer | undefined,
    timestampMs: number,
  ): void {
    const position = this.#partitions.get(partition)
    // Before: read already, by this or an earlier member of the group. Behind: not wanted any more.
    if (this.#isStopped || position === undefined || offset < position.next) return
    if (offset >= position.end) return this.reached(partition, position.end)
    if (this.#deps.limit !== undefined && this.#deps.limit.claim(1) === 0) return this.#cut()
    position.next = offset + 1
    const { slots } = this.#deps
    slots.add('records', 1)
    slots.add('bytes', keyBytes + (value?.length ?? 0))
    this.#time(partition, value, stampHeader, timestampMs)
    if (position.next >= position.end) this.#stopIfDone()
  }

  reached(partition: number, nextOffset: number, endOffset?: number): void {
    const position = this.#partitions.get(partition)
    if (this.#isStopped || position === undefined) return
    position.next = Math.max(position.next, nextOffset)
    if (endOffset !== undefined) position.logEnd = endOffset
    this.flush()
    if (position.next >= position.end) this.#stopIfDone()
  }

  burst(): void {
    this.#look()
  }

  fetched(): void {
    if (!this.#isStopped) this.#deps.slots.add('requests', 1)
  }

  // ---- time ----

  #time(partition: number, value: Buffer | null | undefined, header: Buffer | undefined, timestampMs: number): void {
    const { measureBy } = this.#reading
    if (measureBy === 'nothing') return
    if (++this.#looks >= recordsPerLook) this.#look()
    if (measureBy === 'createTime') this.#times.madeAt(timestampMs * 1000, this.#nowUs)
    else if (this.#stamp.readFrom(value, header)) this.#times.stamped(this.#stamp, partition, this.#nowUs)
    else this.#times.ledger.unstamped++
  }

  #look(): void {
    const { clock } = this.#deps
    this.#nowUs = clock.wallUsAt(clock.nowNs())
    this.#looks = 0
  }

  // ---- the end ----

  get #isAllRead(): boolean {
    for (const { next, end } of this.#partitions.values()) if (next < end) return false
    return true
  }

  #stopIfDone(): void {
    if (!this.#isStopped && this.#isAllRead) this.stop()
  }

  #cut(): void {
    this.#isCut = true
    this.stop()
  }
}

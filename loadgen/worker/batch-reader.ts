// DATA PLANE: checks and counts what was fetched. With `headers` 25 ns a batch and the checksum; with `records` 20 ns a record, 30 with its stamp.
import type { Clock } from '../../core/clock.ts'
import { isAbortMarker } from '../../wire/record-batch/control.ts'
import { BatchHeader, RecordCursor } from '../../wire/record-batch/scan.ts'
import { Stamp } from '../payload/stamp.ts'
import type { ConsumePlan } from '../plan.ts'
import type { Ledger, LedgerOutcome } from './ledger.ts'
import type { PartitionPosition } from './partition-position.ts'
import type { ReadPositions } from './read-positions.ts'
import type { RecordLimit } from './record-limit.ts'
import { type Reading, RecordTimes } from './record-times.ts'
import type { WorkerSlots } from './slots.ts'

export interface BatchReaderDeps {
  readonly clock: Clock
  readonly slots: WorkerSlots
  /** Absent: there is no limit. */
  readonly limit?: RecordLimit
  /** Absent: no offset is read twice. */
  readonly readPositions?: ReadPositions
}

export class BatchReader {
  readonly #plan: ConsumePlan
  readonly #measureBy: Reading['measureBy']
  readonly #slots: WorkerSlots
  readonly #clock: Clock
  /** Absent: there is no limit. */
  readonly #limit: RecordLimit | undefined
  readonly #readPositions: ReadPositions | undefined
  readonly #header = new BatchHeader()
  readonly #cursor = new RecordCursor()
  /** Of the first of the records at hand that were made at one moment, and how many there are: they are taken together. */
  readonly #stamp = new Stamp()
  #stampCount = 0
  readonly #times: RecordTimes
  #redelivered = 0
  #records = 0
  #bytes = 0
  #batches = 0
  #wireBytes = 0

  constructor(plan: ConsumePlan, reading: Reading, { slots, clock, limit, readPositions }: BatchReaderDeps) {
    this.#plan = plan
    this.#measureBy = reading.measureBy
    this.#times = new RecordTimes(reading, slots)
    this.#slots = slots
    this.#clock = clock
    this.#limit = limit
    this.#readPositions = readPositions
  }

  get ledger(): Ledger {
    return this.#times.ledger
  }

  get outcome(): LedgerOutcome {
    return this.#times.outcome
  }

  /** Reads what `advance` has set ready at each partition. */
  readAdvanced(partitions: readonly PartitionPosition[]): number {
    const nowUs = this.#clock.wallUsAt(this.#clock.nowNs())
    this.#records = this.#bytes = this.#batches = this.#wireBytes = this.#redelivered = 0
    for (const position of partitions) {
      this.#readPartition(position, nowUs)
      position.clear()
    }
    this.#times.flush()
    this.#slots.add('records', this.#records)
    this.#slots.add('bytes', this.#bytes)
    this.#slots.add('batches', this.#batches)
    this.#slots.add('wireBytes', this.#wireBytes)
    this.#slots.add('redelivered', this.#redelivered)
    return this.#records
  }

  #readPartition(position: PartitionPosition, nowUs: number): void {
    if (position.records.length === 0) return
    position.newFrom = this.#readPositions?.claim(position.partition, position.readUpTo) ?? 0
    try {
      this.#readBatches(position, nowUs)
    } catch (error) {
      throw position.located(error)
    }
  }

  #readBatches(position: PartitionPosition, nowUs: number): void {
    const header = this.#header
    const { records } = position
    const passedOver = new Set<number>()
    let abortedSeen = 0
    for (let at = 0; header.read(records, at); at += header.byteLength) {
      if (this.#plan.verifyCrc) header.verifyCrc()
      // A batch that was read already, as a repeated fetch brings it, only counts for its marker.
      const isNew = header.lastOffset >= position.readFrom
      if (isNew) this.#batches++
      if (isNew) this.#wireBytes += header.byteLength
      for (; abortedSeen < position.aborted.length; abortedSeen++) {
        const { producerId, firstOffset } = position.aborted[abortedSeen]!
        if (firstOffset > header.lastOffset) break
        passedOver.add(producerId)
      }
      if (header.isControl) this.#endAbort(passedOver)
      else if (isNew) {
        if (header.isTransactional && passedOver.has(header.producerId)) this.#passOver(position)
        else this.#count(position, nowUs)
      }
    }
  }

  /** Records of an aborted transaction are not counted, but known: what they leave is no hole. */
  #passOver(position: PartitionPosition): void {
    if (this.#plan.decode !== 'records' || this.#measureBy !== 'stamp') return
    const cursor = this.#cursor
    const { baseOffset, recordsCount } = this.#header
    const records = this.#header.records()
    cursor.start(records, recordsCount)
    while (cursor.next()) {
      const offset = baseOffset + cursor.offsetDelta
      if (!isWanted(position, offset) || offset < position.newFrom) continue
      if (this.#stamp.read(records, cursor)) this.#times.passOver(this.#stamp, position.partition)
    }
  }

  /** An abort marker ends the passing over of its producer. */
  #endAbort(passedOver: Set<number>): void {
    const { producerId, recordsCount } = this.#header
    if (!passedOver.has(producerId)) return
    const cursor = this.#cursor
    cursor.start(this.#header.records(), recordsCount)
    if (cursor.next() && isAbortMarker(cursor.buffer, cursor.keyAt)) passedOver.delete(producerId)
  }

  #count(position: PartitionPosition, nowUs: number): void {
    if (this.#limit !== undefined) this.#claim(position, this.#limit)
    if (this.#plan.decode === 'records') return this.#decode(position, nowUs)
    const { recordsCount, byteLength } = this.#header
    const { newFrom } = position
    this.#records += this.#isWithin(position) ? recordsCount : this.#countWithin(position)
    this.#bytes += byteLength
    if (this.#header.baseOffset < newFrom) this.#redelivered += this.#countWithin(position, newFrom)
  }

  /** Where the limit is reached, the partition ends behind the last record that may be counted. */
  #claim(position: PartitionPosition, limit: RecordLimit): void {
    const wanted = this.#isWithin(position) ? this.#header.recordsCount : this.#countWithin(position)
    const granted = limit.claim(wanted)
    if (granted < wanted) position.cutAt(this.#offsetBehind(position, granted))
  }

  /** The offset that follows so many wanted records of this batch. */
  #offsetBehind(position: PartitionPosition, count: number): number {
    const { baseOffset, recordsCount } = this.#header
    const cursor = this.#cursor
    let behind = Math.max(baseOffset, position.readFrom)
    cursor.start(this.#header.records(), recordsCount)
    for (let left = count; left > 0 && cursor.next(); ) {
      const offset = baseOffset + cursor.offsetDelta
      if (!isWanted(position, offset)) continue
      behind = offset + 1
      left--
    }
    return behind
  }

  /** The first batch of a fetch may begin before the offset that was asked for, the last may go beyond the end. */
  #countWithin(position: PartitionPosition, before = Number.POSITIVE_INFINITY): number {
    const { baseOffset, recordsCount } = this.#header
    const cursor = this.#cursor
    let count = 0
    cursor.start(this.#header.records(), recordsCount)
    while (cursor.next()) {
      const offset = baseOffset + cursor.offsetDelta
      if (offset < before && isWanted(position, offset)) count++
    }
    return count
  }

  #decode(position: PartitionPosition, nowUs: number): void {
    const header = this.#header
    const cursor = this.#cursor
    const records = header.records()
    const isWhole = this.#isWithin(position)
    const isNew = header.baseOffset >= position.newFrom
    const measureBy = this.#measureBy
    let count = 0
    let bytes = 0
    cursor.start(records, header.recordsCount)
    while (cursor.next()) {
      if (!isWhole && !isWanted(position, header.baseOffset + cursor.offsetDelta)) continue
      count++
      bytes += Math.max(cursor.keyBytes, 0) + Math.max(cursor.valueBytes, 0)
      // Its age is not that of a delivery, and its sequence is known: it is the same record, not the same one stored twice.
      if (!isNew && header.baseOffset + cursor.offsetDelta < position.newFrom) this.#redelivered++
      else if (measureBy === 'stamp') {
        if (this.#stamp.isFollowed(records, cursor, this.#stampCount)) this.#stampCount++
        else this.#readStamp(records, position.partition, nowUs)
      } else if (measureBy === 'createTime') this.#times.madeAt(this.#timestampMs() * 1000, nowUs)
    }
    this.#takeStamped(position.partition, nowUs)
    if (header.isLogAppendTime) this.#slots.add('logAppended', count)
    this.#records += count
    this.#bytes += bytes
  }

  /** With LogAppendTime the records keep their producers' times, and only the batch has the broker's. */
  #timestampMs(): number {
    const { isLogAppendTime, maxTimestampMs, baseTimestampMs } = this.#header
    return isLogAppendTime ? maxTimestampMs : baseTimestampMs + this.#cursor.timestampDeltaMs
  }

  #isWithin({ readFrom, endOffset }: PartitionPosition): boolean {
    return this.#header.baseOffset >= readFrom && this.#header.lastOffset < endOffset
  }

  #readStamp(records: Buffer, partition: number, nowUs: number): void {
    this.#takeStamped(partition, nowUs)
    if (this.#stamp.read(records, this.#cursor)) this.#stampCount = 1
    else this.ledger.unstamped++
  }

  #takeStamped(partition: number, nowUs: number): void {
    if (this.#stampCount > 0) this.#times.stamped(this.#stamp, partition, nowUs, this.#stampCount)
    this.#stampCount = 0
  }
}

const isWanted = ({ readFrom, endOffset }: PartitionPosition, offset: number) =>
  offset >= readFrom && offset < endOffset

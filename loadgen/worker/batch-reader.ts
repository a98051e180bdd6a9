// DATA PLANE: checks and counts what was fetched. With `headers` 25 ns a batch and the checksum; with `records` 20 ns a record.
import type { Clock } from '../../core/clock.ts'
import { isAbortMarker } from '../../wire/record-batch/control.ts'
import { BatchHeader, RecordCursor } from '../../wire/record-batch/scan.ts'
import type { SharedOffsets } from '../clock/shared-offsets.ts'
import { Stamp } from '../payload/stamp.ts'
import type { ConsumePlan } from '../plan.ts'
import { Ledger } from './ledger.ts'
import type { PartitionPosition } from './partition-position.ts'
import type { ReadPositions } from './read-positions.ts'
import type { RecordLimit } from './record-limit.ts'
import type { WorkerSlots } from './slots.ts'

/** What tells the age of a record, and whose records are accounted for. */
export interface Reading {
  readonly measureBy: 'stamp' | 'createTime' | 'nothing'
  /** Only the records of this run are measured and accounted for; absent: those of every run. */
  readonly run?: number
  /** Only records of this host are measured, whose clock is ours, and of runs whose clock is known. */
  readonly host?: number
  /** What the clocks of two runs of this host may be apart, microseconds; absent: nothing worth telling, it is one run. */
  readonly hostErrorUs?: number
  readonly offsets?: Pick<SharedOffsets, 'find'>
  /** Only records intended after this are measured: older ones waited for the consumer, not for the brokers. */
  readonly sinceUs?: number
  /** Whether everything that a run has written to the partition comes after the offset at which reading starts. */
  readonly startsAtZero: (partition: number) => boolean
}

export interface BatchReaderDeps {
  readonly clock: Clock
  readonly slots: WorkerSlots
  /** Absent: there is no limit. */
  readonly limit?: RecordLimit
  /** Absent: no offset is read twice. */
  readonly readPositions?: ReadPositions
}

/** By which clock records are timed: this host's, or another's whose offset is known; or not at all. */
type Timing = 'not' | 'thisHost' | 'peer'

export class BatchReader {
  readonly ledger: Ledger
  readonly #plan: ConsumePlan
  readonly #reading: Reading
  readonly #slots: WorkerSlots
  readonly #clock: Clock
  /** Absent: there is no limit. */
  readonly #limit: RecordLimit | undefined
  readonly #readPositions: ReadPositions | undefined
  readonly #header = new BatchHeader()
  readonly #cursor = new RecordCursor()
  readonly #stamp = new Stamp()
  /** Records of one age come in runs: they are counted together. */
  #ageUs = 0
  #ageCount = 0
  /** The same of the times since the records were made. */
  #sentAgeUs = 0
  #sentAgeCount = 0
  /** Of the run whose records come at the moment: how it is timed. */
  #timedRun = -1
  #timedHost = -1
  #timing: Timing = 'not'
  #offsetUs = 0
  #errorUs = 0
  #errorUsMax = 0
  readonly #timed: Record<Timing, number> = { not: 0, thisHost: 0, peer: 0 }
  readonly #ageCounts = { agesNegative: 0, agesSubMs: 0, agesBelowError: 0 }
  #redelivered = 0
  #records = 0
  #bytes = 0
  #batches = 0
  #wireBytes = 0

  constructor(plan: ConsumePlan, reading: Reading, { slots, clock, limit, readPositions }: BatchReaderDeps) {
    this.#plan = plan
    this.#reading = reading
    this.ledger = new Ledger(reading.run, reading.startsAtZero)
    this.#slots = slots
    this.#clock = clock
    this.#limit = limit
    this.#readPositions = readPositions
  }

  /** Reads what `advance` has set ready at each partition. */
  readAdvanced(partitions: readonly PartitionPosition[]): void {
    const nowUs = this.#clock.wallUsAt(this.#clock.nowNs())
    this.#records = this.#bytes = this.#batches = this.#wireBytes = this.#redelivered = 0
    // Estimates of offsets grow better, and older.
    this.#timedRun = -1
    for (const position of partitions) {
      this.#readPartition(position, nowUs)
      position.clear()
    }
    this.#recordAges()
    this.#recordSentAges()
    this.#slots.add('records', this.#records)
    this.#slots.add('bytes', this.#bytes)
    this.#slots.add('batches', this.#batches)
    this.#slots.add('wireBytes', this.#wireBytes)
    this.#slots.add('redelivered', this.#redelivered)
    this.#tellTiming()
  }

  #tellTiming(): void {
    const { not, thisHost } = this.#timed
    const { agesNegative, agesSubMs, agesBelowError } = this.#ageCounts
    this.#slots.add('ofOtherHosts', not)
    this.#slots.add('ofThisHost', thisHost)
    this.#slots.add('agesNegative', agesNegative)
    this.#slots.add('agesSubMs', agesSubMs)
    this.#slots.add('agesBelowError', agesBelowError)
    this.#slots.raise('clockErrorUs', Math.ceil(this.#errorUsMax))
    this.#timed.not = this.#timed.thisHost = this.#timed.peer = 0
    this.#ageCounts.agesNegative = this.#ageCounts.agesSubMs = this.#ageCounts.agesBelowError = 0
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
      else if (isNew && !(header.isTransactional && passedOver.has(header.producerId))) this.#count(position, nowUs)
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
    const { measureBy } = this.#reading
    let count = 0
    let bytes = 0
    cursor.start(records, header.recordsCount)
    while (cursor.next()) {
      if (!isWhole && !isWanted(position, header.baseOffset + cursor.offsetDelta)) continue
      count++
      bytes += Math.max(cursor.keyBytes, 0) + Math.max(cursor.valueBytes, 0)
      // Its age is not that of a delivery, and its sequence is known: it is the same record, not the same one stored twice.
      if (!isNew && header.baseOffset + cursor.offsetDelta < position.newFrom) this.#redelivered++
      else if (measureBy === 'stamp') this.#readStamp(records, position.partition, nowUs)
      else if (measureBy === 'createTime') this.#measure(this.#timestampMs() * 1000, nowUs)
    }
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
    const stamp = this.#stamp
    if (!stamp.read(records, this.#cursor)) {
      this.ledger.unstamped++
      return
    }
    if (!this.ledger.take(stamp.run, stamp.stream, partition, stamp.sequence)) return
    if (stamp.run !== this.#timedRun || stamp.host !== this.#timedHost) this.#timeRun(stamp.run, stamp.host)
    const intendedUs = stamp.intendedUs - this.#offsetUs
    const { sinceUs } = this.#reading
    if (this.#timing !== 'not' && sinceUs !== undefined && intendedUs < sinceUs) return
    this.#timed[this.#timing]++
    if (this.#timing === 'not') return
    this.#measure(intendedUs, nowUs)
    this.#measureSent(intendedUs + stamp.lateUs, nowUs)
  }

  /** Whose clock is not known, by that nothing is timed. */
  #timeRun(run: number, host: number): void {
    const { host: ownHost, hostErrorUs = 0, offsets } = this.#reading
    const known = offsets?.find(run)
    this.#timedRun = run
    this.#timedHost = host
    this.#offsetUs = known?.offsetUs ?? 0
    this.#timing = known !== undefined ? 'peer' : ownHost === undefined || host === ownHost ? 'thisHost' : 'not'
    // Those at hand are of the run before, and of its error.
    this.#recordAges()
    this.#errorUs = known?.errorUs ?? hostErrorUs
  }

  #measure(madeUs: number, nowUs: number): void {
    const ageUs = nowUs - madeUs
    if (ageUs !== this.#ageUs) {
      this.#recordAges()
      this.#ageUs = ageUs
    }
    this.#ageCount++
  }

  /** An age below zero, of two clocks that differ, counts as zero, and that is told. */
  #recordAges(): void {
    const count = this.#ageCount
    if (count === 0) return
    this.#slots.latency.record(this.#ageUs * 1000, count)
    const counts = this.#ageCounts
    if (this.#ageUs < 0) counts.agesNegative += count
    else if (this.#ageUs < 1000) counts.agesSubMs += count
    if (this.#ageUs < this.#errorUs) counts.agesBelowError += count
    if (this.#errorUs > this.#errorUsMax) this.#errorUsMax = this.#errorUs
    this.#ageCount = 0
  }

  #measureSent(madeUs: number, nowUs: number): void {
    const ageUs = nowUs - madeUs
    if (ageUs !== this.#sentAgeUs) {
      this.#recordSentAges()
      this.#sentAgeUs = ageUs
    }
    this.#sentAgeCount++
  }

  #recordSentAges(): void {
    if (this.#sentAgeCount === 0) return
    this.#slots.measured.sinceSent.record(this.#sentAgeUs * 1000, this.#sentAgeCount)
    this.#sentAgeCount = 0
  }
}

const isWanted = ({ readFrom, endOffset }: PartitionPosition, offset: number) =>
  offset >= readFrom && offset < endOffset

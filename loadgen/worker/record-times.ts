// DATA PLANE: 3 ns a record whose age is that of the record before, less where records in a row are taken together.
//
// What a consumer learns from a record's stamp or time: its place among the records of its producer, and its age. The same
// for every client.
import type { SharedOffsets } from '../clock/shared-offsets.ts'
import type { Stamp } from '../payload/stamp.ts'
import { Ledger, type LedgerOutcome } from './ledger.ts'
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

/** By which clock records are timed: this host's, or another's whose offset is known; or not at all. */
type Timing = 'not' | 'thisHost' | 'peer'

export class RecordTimes {
  readonly ledger: Ledger
  /** Records of aborted transactions; made when the first comes. */
  #passedOver: Ledger | undefined
  readonly #reading: Reading
  readonly #slots: WorkerSlots
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

  constructor(reading: Reading, slots: WorkerSlots) {
    this.#reading = reading
    this.#slots = slots
    this.ledger = new Ledger(reading.run, reading.startsAtZero)
  }

  /** So many records in a row, of which this is the stamp of the first: the others differ in their sequences alone. */
  stamped(stamp: Stamp, partition: number, nowUs: number, count = 1): void {
    if (!this.ledger.take(stamp.run, stamp.stream, partition, stamp.sequence, count)) return
    if (stamp.run !== this.#timedRun || stamp.host !== this.#timedHost) this.#timeRun(stamp.run, stamp.host)
    const intendedUs = stamp.intendedUs - this.#offsetUs
    const { sinceUs } = this.#reading
    if (this.#timing !== 'not' && sinceUs !== undefined && intendedUs < sinceUs) return
    this.#timed[this.#timing] += count
    if (this.#timing === 'not') return
    this.madeAt(intendedUs, nowUs, count)
    this.#measureSent(intendedUs + stamp.lateUs, nowUs, count)
  }

  /** A record of an aborted transaction: nobody is to see it, and it is no hole. */
  passOver({ run, stream, sequence }: Stamp, partition: number): void {
    this.#passedOver ??= new Ledger(this.#reading.run, this.#reading.startsAtZero)
    this.#passedOver.take(run, stream, partition, sequence)
  }

  get outcome(): LedgerOutcome {
    const { outcome } = this.ledger
    return this.#passedOver === undefined ? outcome : { ...outcome, passedOver: this.#passedOver.outcome.streams }
  }

  /** To the slots. */
  flush(): void {
    this.#recordAges()
    this.#recordSentAges()
    this.#tellTiming()
    // Estimates of offsets grow better, and older.
    this.#timedRun = -1
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

  madeAt(madeUs: number, nowUs: number, count = 1): void {
    const ageUs = nowUs - madeUs
    if (ageUs !== this.#ageUs) {
      this.#recordAges()
      this.#ageUs = ageUs
    }
    this.#ageCount += count
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

  #measureSent(madeUs: number, nowUs: number, count: number): void {
    const ageUs = nowUs - madeUs
    if (ageUs !== this.#sentAgeUs) {
      this.#recordSentAges()
      this.#sentAgeUs = ageUs
    }
    this.#sentAgeCount += count
  }

  #recordSentAges(): void {
    if (this.#sentAgeCount === 0) return
    this.#slots.measured.sinceSent.record(this.#sentAgeUs * 1000, this.#sentAgeCount)
    this.#sentAgeCount = 0
  }
}

// What a producer owes: which of its records of the run are due, which are too late to be made, and when it owes no more.
//
// Worker w of W owns the records w, w + W, w + 2W, … They are taken in order, and each is either made or dropped: so made,
// dropped and still owed always add up to what the schedule asked for, whatever the brokers do.
import type { LatePlan } from '../plan.ts'
import { dueBefore, ownedOf, type Schedule, type Stripe } from '../schedule/schedule.ts'
import type { WorkerSlots } from './slots.ts'

/** Records between two looks at the clock: some ten microseconds of work. */
const chunkRecordsMax = 4_000
const chunkRecordsPaced = 1_000

export interface PacerSettings {
  /** Absent: flat out. */
  readonly schedule?: Schedule
  readonly stripe: Stripe
  /** Total over all workers. */
  readonly recordsMax: number
  readonly warmupMs: number
  /** Flat out, what is made at one moment fills about one batch, which then leaves at once. */
  readonly batchRecords: number
  /** Absent: what is late is made late, however late. */
  readonly late?: LatePlan
}

export class Pacer {
  /** Records taken so far, made or dropped: the next one's place among this worker's own. */
  taken = 0
  made = 0
  readonly #settings: PacerSettings
  readonly #slots: WorkerSlots
  readonly #recordsMax: number
  readonly #chunkRecords: number
  readonly #lateNsMax: number
  readonly #firstMeasured: number
  #startNs = 0
  #stopNs = Number.POSITIVE_INFINITY
  #isAbandoned = false
  #isPastStop = false

  constructor(settings: PacerSettings, slots: WorkerSlots) {
    const { schedule, stripe, recordsMax, warmupMs, batchRecords, late } = settings
    this.#settings = settings
    this.#slots = slots
    this.#recordsMax = ownedOf(recordsMax, stripe)
    const flatOut = Math.max(1, Math.min(chunkRecordsMax, Math.floor(batchRecords)))
    this.#chunkRecords = schedule === undefined ? flatOut : chunkRecordsPaced
    this.#lateNsMax = late === undefined ? Number.POSITIVE_INFINITY : late.maxMs * 1e6
    this.#firstMeasured = schedule === undefined ? 0 : ownedOf(dueBefore(schedule, warmupMs / 1000), stripe)
  }

  begin(startNs: number, stopNs: number): void {
    this.#startNs = startNs
    this.#stopNs = Math.min(this.#stopNs, stopNs)
  }

  /** The user ends the run before its time: what is owed then is not worked off. */
  abandon(nowNs: number): void {
    this.#isAbandoned = true
    this.#stopNs = Math.min(this.#stopNs, nowNs)
  }

  /** No more records will be made. */
  get isOver(): boolean {
    return this.#isPastStop || this.taken >= this.#recordsMax
  }

  /** How many records may be made now, a chunk at most. Drops what is too late to be made. */
  due(nowNs: number): number {
    if (nowNs < this.#startNs || this.isOver) return 0
    const { schedule, stripe } = this.#settings
    const left = () => Math.min(this.#recordsMax - this.taken, this.#chunkRecords)
    if (schedule === undefined) return nowNs < this.#stopNs ? left() : 0
    // Before counting what is left: more may be dropped now than would be made.
    this.#dropLate(schedule, nowNs)
    return Math.max(0, Math.min(left(), ownedOf(this.#dueOf(schedule, nowNs), stripe) - this.taken))
  }

  took(made: number): void {
    if (this.#settings.schedule !== undefined) this.#slots.add('dueMade', this.#measuredIn(made))
    this.taken += made
    this.made += made
    this.#slots.add('made', made)
  }

  /** Nothing could be made just now. After the stop what is still owed is worked off, unless the user wants to go. */
  rested(nowNs: number): void {
    const { schedule, stripe } = this.#settings
    if (nowNs < this.#stopNs || this.#isPastStop) return
    const isWorkedOff = schedule === undefined || this.taken >= ownedOf(this.#dueOf(schedule, nowNs), stripe)
    this.#isPastStop = this.#isAbandoned || isWorkedOff
  }

  /** Over all workers. What falls due between the last look at the clock and the stop is still made. */
  #dueOf(schedule: Schedule, nowNs: number): number {
    if (nowNs < this.#stopNs) return schedule.dueBy((nowNs - this.#startNs) / 1e9)
    return dueBefore(schedule, (this.#stopNs - this.#startNs) / 1e9)
  }

  #dropLate(schedule: Schedule, nowNs: number): void {
    const tooLateNs = nowNs - this.#lateNsMax
    if (tooLateNs <= this.#startNs) return
    const kept = Math.min(this.#recordsMax, ownedOf(this.#dueOf(schedule, tooLateNs), this.#settings.stripe))
    const dropped = kept - this.taken
    if (dropped <= 0) return
    this.#slots.add('dropped', dropped)
    this.#slots.add('dueDropped', this.#measuredIn(dropped))
    this.taken = kept
  }

  /** How many of the next so many records are of the measured time. */
  #measuredIn(count: number): number {
    return Math.max(0, Math.min(count, this.taken + count - this.#firstMeasured))
  }
}

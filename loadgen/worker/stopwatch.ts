// DATA PLANE: 10 ns a record for each histogram that it goes into.
//
// Turns an acknowledged batch into times: response (acknowledged minus intended), lateness (sent minus intended) for each of
// its records, service (acknowledged minus sent) for all of them at once. A record belongs to the warm-up or to the measured
// time by its intended moment: what was asked for before the end is counted however late its answer comes.
import type { Batch } from './batch.ts'
import type { WorkerSlots } from './slots.ts'

export class Stopwatch {
  readonly #slots: WorkerSlots
  /** Flat out nothing is intended: the wait in the buffer is no lateness, and is not recorded as such. */
  readonly #hasIntended: boolean
  #measuredFromNs = 0
  // Of the batch at hand; fields, so that the visitor is made once.
  #ackNs = 0
  #sentNs = 0
  #measured = 0
  #warmup = 0

  readonly #isOff: boolean

  constructor(slots: WorkerSlots, hasIntended: boolean, isOff = false) {
    this.#slots = slots
    this.#isOff = isOff
    this.#hasIntended = hasIntended
  }

  measureFrom(ns: number): void {
    this.#measuredFromNs = ns
  }

  /** How many records of the batch are of the measured time. */
  measuredOf(batch: Batch): number {
    let measured = 0
    batch.eachRun((fromNs, count) => {
      if (fromNs >= this.#measuredFromNs) measured += count
    })
    return measured
  }

  acknowledged(batch: Batch, ackNs: number): void {
    if (this.#isOff) return
    const { measured, warmup } = this.#slots
    this.#ackNs = ackNs
    this.#sentNs = batch.sentAtNs
    this.#measured = this.#warmup = 0
    batch.eachRun(this.#visit)
    const serviceNs = ackNs - batch.sentAtNs
    if (this.#measured > 0) measured.service.record(serviceNs, this.#measured)
    if (this.#warmup > 0) warmup.service.record(serviceNs, this.#warmup)
  }

  readonly #visit = (fromNs: number, count: number): void => {
    const isMeasured = fromNs >= this.#measuredFromNs
    const times = isMeasured ? this.#slots.measured : this.#slots.warmup
    if (isMeasured) this.#measured += count
    else this.#warmup += count
    times.latency.record(this.#ackNs - fromNs, count)
    if (this.#hasIntended) times.lateness.record(this.#sentNs - fromNs, count)
  }
}

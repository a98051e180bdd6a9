// How long a producer could not go on, and why: the evidence on whether the brokers held it up. Asked once a turn of its
// loop, never per record.
import type { Waits } from './health-probe.ts'

/**
 * A producer that waits looks again every millisecond. When it comes back later than this, it was the thread that did not get
 * to run, and the brokers are not blamed for the rest of the pause.
 */
const pauseNsMax = 5e6

export class ProducerWaits implements Waits {
  bufferFullNs = 0
  brokerWaitNs = 0
  #sinceNs = 0
  #bufferFull = false
  #brokerWait = false

  /** The turn is over, and this is what it left undone. */
  pause(nowNs: number, bufferFull: boolean, brokerWait: boolean): void {
    this.#sinceNs = nowNs
    this.#bufferFull = bufferFull
    this.#brokerWait = brokerWait
  }

  /** The next turn begins. */
  resume(nowNs: number): void {
    if (!this.#bufferFull && !this.#brokerWait) return
    const waitedNs = Math.min(Math.max(0, nowNs - this.#sinceNs), pauseNsMax)
    if (this.#bufferFull) this.bufferFullNs += waitedNs
    if (this.#brokerWait) this.brokerWaitNs += waitedNs
    this.#bufferFull = false
    this.#brokerWait = false
  }
}

// Holds back what a client hands over before the run has begun: to be a member of a group takes seconds, and what is read
// before everything is counted would be read in no time.
import { setTimeout as pause } from 'node:timers/promises'

const heartbeatMs = 500

export class Gate {
  isClosed = false
  #isOpen = false
  readonly #opening = Promise.withResolvers<void>()
  readonly opened: Promise<void> = this.#opening.promise

  /** Until it is open; calls back now and then meanwhile. */
  async wait(heartbeat: () => Promise<void>): Promise<void> {
    while (!this.#isOpen) {
      const timer = new AbortController()
      const paused = pause(heartbeatMs, undefined, { signal: timer.signal }).catch(() => {})
      await Promise.race([this.opened, paused])
      timer.abort()
      if (!this.#isOpen) await heartbeat()
    }
  }

  open(): void {
    this.#isOpen = true
    this.#opening.resolve()
  }

  /** What is still held back is let go, and to be thrown away. */
  close(): void {
    this.isClosed = true
    this.#isOpen = true
    this.#opening.resolve()
  }
}

// Time that a test turns by hand. Timers run in order of their due time; after each one whatever was waiting for it goes on
// before the next, as it would on a real event loop.
import type { Scheduler } from '../../../broker/scheduler.ts'

interface Timer {
  readonly dueMs: number
  readonly run: () => void
}

export class FakeTime implements Scheduler {
  #nowMs = 1_700_000_000_000
  #timers: Timer[] = []

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(each => each !== timer)
    }
  }

  get timers(): number {
    return this.#timers.length
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise(resolve => this.after(delayMs, resolve))
  }

  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs
    await settled()
    for (let next = this.#nextUpTo(endMs); next !== undefined; next = this.#nextUpTo(endMs)) {
      this.#timers = this.#timers.filter(each => each !== next)
      this.#nowMs = next.dueMs
      next.run()
      await settled()
    }
    this.#nowMs = endMs
  }

  #nextUpTo(endMs: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer
    }
    return first
  }
}

/** Every promise that could go on has gone on. */
export const settled = () => new Promise<void>(resolve => setImmediate(resolve))

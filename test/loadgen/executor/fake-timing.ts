// A clock that stands still until everything that is ready has had its turn, and then jumps to the next moment at which somebody
// wants to be woken: a test of an hour takes as long as what happens in it.
import type { Timing } from '../../../loadgen/executor/contract.ts'

interface Sleeper {
  readonly ns: number
  readonly order: number
  readonly wake: () => void
}

export class FakeTiming implements Timing {
  #nowNs = 0
  #order = 0
  /** Whoever waits for a turn has something to do at this moment. */
  #turning = 0
  #sleepers: Sleeper[] = []

  nowNs(): number {
    return this.#nowNs
  }

  until(ns: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ns <= this.#nowNs) return Promise.resolve()
    return new Promise(resolve => {
      const sleeper = { ns, order: this.#order++, wake: resolve }
      this.#sleepers.push(sleeper)
      signal.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter(other => other !== sleeper)
        resolve()
      })
    })
  }

  /** The thread is busy for so long: nobody is woken meanwhile. */
  block(ms: number): void {
    this.#nowNs += ms * 1e6
  }

  async turn(): Promise<void> {
    this.#turning++
    await new Promise(resolve => setImmediate(resolve))
    this.#turning--
  }

  pause(ms: number): Promise<void> {
    return this.until(this.#nowNs + ms * 1e6, new AbortController().signal)
  }

  /** Until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    done.catch(() => {})
    for (;;) {
      await this.turn()
      await this.turn()
      if (isDone) return done
      if (this.#turning > 0) continue
      this.#sleepers.sort((a, b) => a.ns - b.ns || a.order - b.order)
      const next = this.#sleepers.shift()
      if (next === undefined) throw new Error(`nobody is waiting for the clock any more at ${this.#nowNs / 1e6} ms`)
      this.#nowNs = Math.max(this.#nowNs, next.ns)
      next.wake()
    }
  }
}

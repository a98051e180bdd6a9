// The VUs of one executor, and the end that all executors share: what is under way may finish, but not for ever.
import type { ExecutorContext, ExecutorVu } from './contract.ts'

export class Vus {
  readonly all: ExecutorVu[] = []
  /** At work, or between two iterations of a loop. */
  active = 0
  readonly #context: ExecutorContext
  #asked = 0

  constructor(context: ExecutorContext) {
    this.#context = context
  }

  /** With those that are being made. */
  get asked(): number {
    return this.#asked
  }

  async make(): Promise<ExecutorVu> {
    const vu = await this.#context.makeVu(this.#asked++)
    this.all.push(vu)
    return vu
  }

  async makeAll(count: number): Promise<void> {
    // One after the other, in order: what a VU costs at its beginning, all of them together would cost at once.
    while (this.#asked < count) await this.make()
  }

  /** Waits for the work, until the graceful stop is over; then interrupts it. */
  async finish(work: Iterable<Promise<unknown>>, endNs: number): Promise<void> {
    const { timing, stop, gracefulStopMs } = this.#context
    const over = new AbortController()
    const done = Promise.all(work).finally(() => over.abort())
    await timing.until(endNs + gracefulStopMs * 1e6, AbortSignal.any([over.signal, stop]))
    if (!over.signal.aborted) for (const vu of this.all) vu.interrupt()
    await done
  }
}

// A slow consumer: it works on each record, and on each answer, before it goes on. One after the other, as a consumer has one thread,
// however many connections its records come over.
import type { Clock } from '../../core/clock.ts'

/** Timers cannot do less: shorter work adds up. */
const pauseMsMin = 1

export interface WorkPlan {
  readonly recordMs: number
  readonly batchMs: number
}

export class WorkTime {
  readonly #plan: WorkPlan
  readonly #clock: Pick<Clock, 'nowNs'>
  readonly #pause: (ms: number) => Promise<void>
  #busyUntilNs = Number.NEGATIVE_INFINITY

  constructor(plan: WorkPlan, clock: Pick<Clock, 'nowNs'>, pause: (ms: number) => Promise<void>) {
    this.#plan = plan
    this.#clock = clock
    this.#pause = pause
  }

  /** Resolves when an answer with so many records is worked on. */
  async after(records: number): Promise<void> {
    if (records === 0) return
    const { recordMs, batchMs } = this.#plan
    const nowNs = this.#clock.nowNs()
    this.#busyUntilNs = Math.max(nowNs, this.#busyUntilNs) + (records * recordMs + batchMs) * 1e6
    const waitMs = (this.#busyUntilNs - nowNs) / 1e6
    if (waitMs >= pauseMsMin) await this.#pause(waitMs)
  }
}

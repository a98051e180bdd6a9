// A slow consumer: after each answer that it has read it rests, until so many records are due by its schedule.
import type { Clock } from '../../core/clock.ts'
import { globalIndex, ownedOf, type Schedule, type Stripe } from '../schedule/schedule.ts'

/** The longest that a timer can. */
const pauseMsMax = 2 ** 31 - 1

export class ReadPace {
  readonly #schedule: Schedule
  readonly #stripe: Stripe
  readonly #clock: Pick<Clock, 'nowNs'>
  readonly #pause: (ms: number) => Promise<void>
  #startNs = 0
  #read = 0

  constructor(schedule: Schedule, stripe: Stripe, clock: Pick<Clock, 'nowNs'>, pause: (ms: number) => Promise<void>) {
    this.#schedule = schedule
    this.#stripe = stripe
    this.#clock = clock
    this.#pause = pause
  }

  begin(startNs: number): void {
    this.#startNs = startNs
  }

  /** Resolves when the next record is due. */
  async after(records: number): Promise<void> {
    this.#read += records
    if (records === 0) return
    const waitMs = this.restMs
    if (waitMs > 1) await this.#pause(Math.min(waitMs, pauseMsMax))
  }

  /** For readers that take record by record: so many were read. */
  took(records: number): void {
    this.#read += records
  }

  /** How many may be read now. */
  get due(): number {
    const sec = (this.#clock.nowNs() - this.#startNs) / 1e9
    return sec < 0 ? 0 : Math.max(0, ownedOf(this.#schedule.dueBy(sec), this.#stripe) - this.#read)
  }

  get restMs(): number {
    const dueNs = this.#startNs + this.#schedule.dueAt(globalIndex(this.#read, this.#stripe)) * 1e9
    return (dueNs - this.#clock.nowNs()) / 1e6
  }
}

// A warm-up by count: the first records of a producer are its warm-up, and the measured time begins with the next one.
import { ownedOf, type Stripe } from '../schedule/schedule.ts'

export class WarmupRecords {
  #left: number
  #isWarmingUp: boolean

  /** `records`: over all producers. */
  constructor(records: number, stripe: Stripe) {
    this.#left = ownedOf(records, stripe)
    this.#isWarmingUp = this.#left > 0
  }

  get isWarmingUp(): boolean {
    return this.#isWarmingUp
  }

  /** Of so many that are due, how many may be made in one go: warm-up and measured records share no moment. */
  cut(count: number): number {
    return this.#left > 0 ? Math.min(count, this.#left) : count
  }

  took(made: number): void {
    this.#left = Math.max(0, this.#left - made)
  }

  /** True once: what is made from now on is measured. */
  ends(): boolean {
    if (!this.#isWarmingUp || this.#left > 0) return false
    this.#isWarmingUp = false
    return true
  }
}

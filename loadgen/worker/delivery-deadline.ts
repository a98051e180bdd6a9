// When a producer gives up: a record has waited for longer than the delivery timeout, or the time after the end is over.
import { MillraceError } from '../../core/errors.ts'
import type { ProducePlan } from '../plan.ts'

export class DeliveryDeadline {
  /** Why the last batch that was to be sent again was. */
  lastRetry = ''
  readonly #topic: string
  readonly #plan: Pick<ProducePlan, 'deliveryTimeoutMs' | 'drainMsMax'>
  #overNs: number | undefined

  constructor(topic: string, plan: Pick<ProducePlan, 'deliveryTimeoutMs' | 'drainMsMax'>) {
    this.#topic = topic
    this.#plan = plan
  }

  /** `stuckSince`: a partition with records that have waited since this moment or longer. */
  expired(nowNs: number, isOver: boolean, stuckSince: (ns: number) => number | undefined): MillraceError | undefined {
    const { deliveryTimeoutMs, drainMsMax = Number.POSITIVE_INFINITY } = this.#plan
    if (isOver) this.#overNs ??= nowNs
    const isDrainOver = this.#overNs !== undefined && nowNs - this.#overNs > drainMsMax * 1e6
    const partition = stuckSince(nowNs - deliveryTimeoutMs * 1e6)
    if (partition === undefined && !isDrainOver) return undefined
    const what = isDrainOver
      ? `did not acknowledge all records within ${drainMsMax / 1000} s of the end (gracefulStop)`
      : `partition ${partition} took no records for ${deliveryTimeoutMs / 1000} s (delivery timeout)`
    const last = this.lastRetry === '' ? '' : `; last: ${this.lastRetry}`
    return new MillraceError('SENDS_FAILED', `topic '${this.#topic}' ${what}${last}`)
  }
}

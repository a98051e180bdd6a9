// One producer's link to a client under test: gathers ready batches of the partitions that a broker leads, as the link of the
// wire client does, hands them to the client, and keeps the limit of what is handed over and not settled.
import { MillraceError } from '../../core/errors.ts'
import type { DriverBatch, DriverProducer } from '../driver.ts'
import type { ProducePlan } from '../plan.ts'
import type { Batch } from './batch.ts'
import type { LinkEvents, ProducerLink } from './broker-link.ts'
import { gatherBatches } from './gather.ts'
import type { PartitionSender } from './partition-sender.ts'

export interface DriverLinkSettings {
  readonly plan: ProducePlan
  readonly producer: DriverProducer
  /** What the client threw, with a code. */
  readonly errorOf: (error: unknown) => MillraceError
}

export class DriverLink implements ProducerLink {
  readonly brokerId: number
  readonly senders: PartitionSender[] = []
  inFlight = 0
  readonly #plan: ProducePlan
  readonly #producer: DriverProducer
  readonly #errorOf: (error: unknown) => MillraceError
  readonly #events: LinkEvents

  constructor(brokerId: number, { plan, producer, errorOf }: DriverLinkSettings, events: LinkEvents) {
    this.brokerId = brokerId
    this.#plan = plan
    this.#producer = producer
    this.#errorOf = errorOf
    this.#events = events
  }

  get hasRoom(): boolean {
    return this.inFlight < this.#plan.inFlightMax
  }

  get isHeldUp(): boolean {
    return !this.hasRoom && this.senders.some(sender => sender.waiting > 0)
  }

  send(nowNs: number, requestsMax = Number.POSITIVE_INFINITY): number {
    let sends = 0
    while (this.hasRoom && sends < requestsMax) {
      const batches = gatherBatches(this.senders, this.#plan.requestBytesMax, nowNs)
      if (batches.length === 0) break
      void this.#dispatch(batches)
      sends++
    }
    return sends
  }

  /** Settled sends are all that a client tells; acks=0 is refused for it. */
  async flush(): Promise<void> {}

  /** The client is shared by all links, and closed by its owner. */
  async close(): Promise<void> {}

  async #dispatch(batches: readonly Batch[]): Promise<void> {
    this.inFlight++
    const failure = await this.#settled(batches)
    this.inFlight--
    for (const batch of batches) {
      if (failure === undefined) this.#events.answered(batch, 0)
      else this.#events.failed(batch, failure)
    }
    this.#events.requestDone()
  }

  /** The error it ended with; a client that never settles it has failed by the delivery timeout. */
  async #settled(batches: readonly Batch[]): Promise<MillraceError | undefined> {
    const { deliveryTimeoutMs } = this.#plan
    const late = Promise.withResolvers<MillraceError>()
    const timer = setTimeout(() => late.resolve(notAcknowledged(batches, deliveryTimeoutMs)), deliveryTimeoutMs)
    try {
      const sent = this.#producer.send(batches.map(handedOver)).then(() => undefined)
      return await Promise.race([sent, late.promise])
    } catch (error) {
      return this.#errorOf(error)
    } finally {
      clearTimeout(timer)
    }
  }
}

const handedOver = ({ partition, count, sealed }: Batch): DriverBatch => ({ partition, count, bytes: sealed! })

const notAcknowledged = (batches: readonly Batch[], timeoutMs: number) =>
  new MillraceError(
    'SENDS_FAILED',
    `partition ${batches[0]!.partition}: the client has not settled a send within ${timeoutMs / 1000} s (delivery timeout)`,
  )

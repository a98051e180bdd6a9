// A producer's links, one to each broker that leads a partition of its, and the search for leaders that have moved.
import type { MillraceError } from '../../core/errors.ts'
import type { ProducerLink } from './broker-link.ts'
import type { InFlightLimit } from './in-flight-limit.ts'
import type { PartitionSender } from './partition-sender.ts'

export interface ProducerLinksDeps {
  readonly retryBackoffMs: number
  /** Full batches that one request holds. */
  readonly requestBatches: number
  makeLink(brokerId: number): ProducerLink
  /** Asks for leaders anew; resolves with the leader of each partition (-1: none at the moment). */
  refreshLeaders(): Promise<readonly number[]>
  /** Leaders were heard of: partitions may be sent to that were not before. */
  moved(): void
  /** The search has ended for good. */
  failed(error: MillraceError): void
}

export class ProducerLinks {
  /** Requests that no answer has come for, and whether any broker holds batches up: as of the last `send`. */
  inFlight = 0
  isHeldUp = false
  readonly #senders: readonly PartitionSender[]
  readonly #deps: ProducerLinksDeps
  readonly #links = new Map<number, ProducerLink>()
  #isRefreshing = false
  #isStopped = false

  constructor(senders: readonly PartitionSender[], deps: ProducerLinksDeps) {
    this.#senders = senders
    this.#deps = deps
    this.#assign()
  }

  /** The link over which the partition is sent; undefined while it has no leader. */
  of(partition: number): ProducerLink | undefined {
    return this.#links.get(this.#senders[partition]!.leader)
  }

  /**
   * Batches that may wait flat out. One broker's next request is enough: what is made sooner has left the processor's cache by the
   * time it is sent. Of several brokers a slow one may have all that waits, and the others need some more.
   */
  get waitingMax(): number {
    const ample = 2 * this.#senders.length
    return this.#links.size === 1 ? Math.min(ample, Math.max(1, this.#deps.requestBatches)) : ample
  }

  /** Sends what is ready and may leave; the number of requests that left. */
  send(nowNs: number, limit: InFlightLimit): number {
    let requests = 0
    this.inFlight = 0
    this.isHeldUp = false
    for (const link of this.#links.values()) this.inFlight += link.inFlight
    limit.update(nowNs, this.inFlight)
    for (const link of this.#links.values()) {
      const sent = link.send(nowNs, limit.left)
      limit.inFlight += sent
      requests += sent
      if (link.isHeldUp) this.isHeldUp = true
    }
    this.inFlight = limit.inFlight
    return requests
  }

  refreshSoon(): void {
    if (this.#isRefreshing || this.#isStopped) return
    this.#isRefreshing = true
    setTimeout(() => void this.#refresh(), this.#deps.retryBackoffMs)
  }

  /** Looks for leaders no more. */
  stop(): void {
    this.#isStopped = true
  }

  /** With `flush`, after the brokers have said that everything before is handled. */
  async close(flush: boolean): Promise<void> {
    const links = [...this.#links.values()]
    try {
      if (flush) await Promise.all(links.map(link => link.flush()))
    } finally {
      await Promise.all(links.map(link => link.close()))
    }
  }

  #assign(): void {
    for (const link of this.#links.values()) link.senders.length = 0
    for (const sender of this.#senders) {
      if (sender.leader < 0) continue
      let link = this.#links.get(sender.leader)
      if (link === undefined) {
        link = this.#deps.makeLink(sender.leader)
        this.#links.set(sender.leader, link)
      }
      link.senders.push(sender)
    }
  }

  async #refresh(): Promise<void> {
    if (this.#isStopped) return
    try {
      const leaders = await this.#deps.refreshLeaders()
      for (const sender of this.#senders) sender.moveTo(leaders[sender.partition] ?? sender.leader)
      this.#assign()
      this.#isRefreshing = false
      if (leaders.includes(-1)) this.refreshSoon()
      this.#deps.moved()
    } catch (error) {
      this.#isRefreshing = false
      if (!(error as MillraceError).retriable) return this.#deps.failed(error as MillraceError)
      this.refreshSoon()
    }
  }
}

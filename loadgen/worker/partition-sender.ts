// Order and retries of one partition. Batches leave in the order in which they were sealed. Several may be in flight; when
// one comes back with a retriable error the rest in flight is awaited, everything that failed goes back to the front in
// order and is sent again one by one, and sending goes on: with an idempotent producer the broker then sees each sequence
// exactly once and in order (KIP-98), whatever was answered, lost or answered twice in between.
import type { Batch } from './batch.ts'

export class PartitionSender {
  readonly partition: number
  /** Its transaction has not been told of the partition: nothing leaves. */
  isHeld = false
  /** Records acknowledged on this partition over the whole run. */
  acked = 0
  /** Sequence of the next record to be sealed; wraps at 2^31 as the protocol says. */
  #nextSequence = 0
  readonly #ready: Batch[] = []
  readonly #failed: Batch[] = []
  readonly #inFlight: Batch[] = []
  #notBeforeNs = 0
  #leader: number
  #hasMoved = false

  constructor(partition: number, leader: number) {
    this.partition = partition
    this.#leader = leader
  }

  /** -1: none at the moment. */
  get leader(): number {
    return this.#leader
  }

  moveTo(leader: number): void {
    if (leader === this.#leader) return
    this.#leader = leader
    this.#hasMoved = true
  }

  /** Takes `count` sequence numbers and returns the first. */
  takeSequence(count: number): number {
    const first = this.#nextSequence
    this.#nextSequence = (first + count) % 0x8000_0000
    return first
  }

  /** The producer has another identity, under which brokers count anew. */
  restartSequences(): void {
    this.#nextSequence = 0
  }

  /** Batches that wait, in flight not counted. */
  get waiting(): number {
    return this.#ready.length + this.#failed.length
  }

  get hasInFlight(): boolean {
    return this.#inFlight.length > 0
  }

  get isIdle(): boolean {
    return this.waiting === 0 && this.#inFlight.length === 0
  }

  /** The longest-waiting batch, to see whether its delivery timeout has passed. */
  get oldest(): Batch | undefined {
    return this.#failed[0] ?? this.#ready[0]
  }

  /** Sealed and not acknowledged, in no order. */
  get unacknowledged(): readonly Batch[] {
    return [...this.#ready, ...this.#failed, ...this.#inFlight]
  }

  enqueue(batch: Batch): void {
    this.#ready.push(batch)
  }

  /** The batch that may be sent now, if any; it counts as in flight from here on. */
  next(nowNs: number, bytesMax: number): Batch | undefined {
    if (this.isHeld || (this.#failed.length > 0 && !this.#requeueFailed(nowNs))) return undefined
    const batch = this.#ready[0]
    if (batch === undefined || batch.sealed!.length > bytesMax || this.#mustWait(batch)) return undefined
    this.#ready.shift()
    this.#inFlight.push(batch)
    if (batch.attempts === 0) batch.sentAtNs = nowNs
    batch.attempts++
    return batch
  }

  acknowledged(batch: Batch): void {
    this.#landed(batch)
    this.acked += batch.count
  }

  /** To be sent again, not before the given moment. */
  retry(batch: Batch, notBeforeNs: number): void {
    this.#landed(batch)
    this.#failed.push(batch)
    this.#notBeforeNs = Math.max(this.#notBeforeNs, notBeforeNs)
  }

  /** It came back, and is not to be sent again. */
  abandoned(batch: Batch): void {
    this.#landed(batch)
  }

  /** What waits is not to be sent any more. */
  dropWaiting(): Batch[] {
    return [...this.#ready.splice(0), ...this.#failed.splice(0)]
  }

  /** Whether a batch that was sealed before this one is not acknowledged either. */
  hasUnacknowledgedBefore(batch: Batch): boolean {
    const isBefore = (other: Batch) => other.order < batch.order
    return this.#failed.some(isBefore) || this.#inFlight.some(isBefore)
  }

  /**
   * A broker tells a repeated batch by the last five that it has stored of a producer (KIP-98), and one that was refused may be
   * stored all the same. So nothing overtakes it: it travels alone, and nothing goes to a new leader before what is in
   * flight to the old one is settled.
   */
  #mustWait(next: Batch): boolean {
    const first = this.#inFlight[0]
    if (first === undefined) this.#hasMoved = false
    return first !== undefined && (this.#hasMoved || next.attempts > 0 || first.attempts > 1)
  }

  #landed(batch: Batch): void {
    this.#inFlight.splice(this.#inFlight.indexOf(batch), 1)
  }

  #requeueFailed(nowNs: number): boolean {
    if (this.#inFlight.length > 0 || nowNs < this.#notBeforeNs) return false
    // Sealing order is the order of `order`: sequences wrap, so they cannot be compared.
    this.#failed.sort((a, b) => a.order - b.order)
    this.#ready.unshift(...this.#failed.splice(0))
    return true
  }
}

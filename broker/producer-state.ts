// What one partition remembers of its producers: the sequence of each idempotent one (KIP-98, KIP-360), where its
// transaction began, and which transactions were aborted. Pure: offsets and times are passed in, codes come out.
//
// The log asks `check` before it appends a batch, tells `append` afterwards, and `endTransaction` for a marker. The first
// offset that no marker has decided yet is the last stable offset.
import { kafkaCode } from '../wire/error-codes.ts'

/** Kafka's own number: the most requests that an idempotent producer may have in flight. */
const batchesRemembered = 5
/** Beyond this many producers of a partition, the one that has been idle longest is forgotten. */
const producersMax = 10_000
/** Kafka's producer.id.expiration.ms. */
export const producerExpirationMs = 86_400_000
const sequenceMax = 0x7fff_ffff
const noEpoch = -1
const noSequence = -1

/** The fields of a batch header that count here. */
export interface ProducerBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastOffsetDelta: number
  readonly isTransactional: boolean
}

export type SequenceVerdict =
  | { readonly kind: 'append' }
  /** Answered with success and the offset that the batch got the first time. */
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly appendedAtMs: number }
  | { readonly kind: 'refuse'; readonly errorCode: number }

export interface TransactionMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly kind: 'commit' | 'abort'
}

/** As a fetch answer lists it (KIP-98): records of this producer from this offset to its next abort marker do not count. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** The offset of the marker. */
  readonly lastOffset: number
}

/** For DescribeProducers (KIP-664). */
export interface ProducerSnapshot {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastSeenMs: number
  readonly coordinatorEpoch: number
  /** -1: no transaction is going on. */
  readonly transactionFirstOffset: number
}

const append: SequenceVerdict = { kind: 'append' }
const refuse = (errorCode: number): SequenceVerdict => ({ kind: 'refuse', errorCode })
const outOfOrder = refuse(kafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
const fenced = refuse(kafkaCode.INVALID_PRODUCER_EPOCH)
const wrongState = refuse(kafkaCode.INVALID_TXN_STATE)
const invalid = refuse(kafkaCode.INVALID_RECORD)

/** A ring of the last batches, oldest overwritten first. */
class Producer {
  epoch = noEpoch
  coordinatorEpoch = -1
  lastSeenMs = 0
  count = 0
  readonly #firstSequences = new Int32Array(batchesRemembered)
  readonly #lastSequences = new Int32Array(batchesRemembered)
  readonly #baseOffsets = new Float64Array(batchesRemembered)
  readonly #appendedAtMs = new Float64Array(batchesRemembered)

  get lastSequence(): number {
    return this.count === 0 ? noSequence : this.#lastSequences[(this.count - 1) % batchesRemembered]!
  }

  /** A new epoch starts its sequence anew. */
  beginEpoch(epoch: number): void {
    this.epoch = epoch
    this.count = 0
  }

  remember(firstSequence: number, lastSequence: number, baseOffset: number, nowMs: number): void {
    const slot = this.count % batchesRemembered
    this.#firstSequences[slot] = firstSequence
    this.#lastSequences[slot] = lastSequence
    this.#baseOffsets[slot] = baseOffset
    this.#appendedAtMs[slot] = nowMs
    this.count++
  }

  duplicateOf(firstSequence: number, lastSequence: number): SequenceVerdict | undefined {
    for (let slot = 0; slot < Math.min(this.count, batchesRemembered); slot++) {
      if (this.#firstSequences[slot] !== firstSequence || this.#lastSequences[slot] !== lastSequence) continue
      return { kind: 'duplicate', baseOffset: this.#baseOffsets[slot]!, appendedAtMs: this.#appendedAtMs[slot]! }
    }
    return undefined
  }
}

export class ProducerStates {
  readonly #producers = new Map<number, Producer>()
  /** Producer to first offset. Transactions begin at growing offsets, so the first entry is the lowest. */
  readonly #ongoing = new Map<number, number>()
  /** By marker offset, growing. */
  readonly #aborted: AbortedTransaction[] = []

  /** Whether a producer's batch may be appended. Not to be asked for batches without a producer id. */
  check(batch: ProducerBatch): SequenceVerdict {
    if (batch.baseSequence < 0 || batch.producerEpoch < 0) return invalid
    const producer = this.#producers.get(batch.producerId)
    if (producer === undefined) return append
    if (batch.producerEpoch < producer.epoch) return fenced
    const isSameEpoch = batch.producerEpoch === producer.epoch
    const duplicate = isSameEpoch ? producer.duplicateOf(batch.baseSequence, lastSequenceOf(batch)) : undefined
    if (duplicate !== undefined) return duplicate
    if (!batch.isTransactional && this.#ongoing.has(batch.producerId)) return wrongState
    // A marker with a newer epoch (fencing) leaves an epoch without batches: it too starts at zero.
    const expected = isSameEpoch ? nextSequence(producer.lastSequence) : 0
    return batch.baseSequence === expected ? append : outOfOrder
  }

  /** A batch was appended that `check` has let pass. */
  append(batch: ProducerBatch, baseOffset: number, nowMs: number): void {
    const producer = this.#producerOf(batch.producerId)
    if (producer.epoch !== batch.producerEpoch) producer.beginEpoch(batch.producerEpoch)
    producer.lastSeenMs = nowMs
    producer.remember(batch.baseSequence, lastSequenceOf(batch), baseOffset, nowMs)
    if (batch.isTransactional && !this.#ongoing.has(batch.producerId)) this.#ongoing.set(batch.producerId, baseOffset)
  }

  /** NONE, or why this marker must not be appended. */
  checkMarker({ producerId, producerEpoch, coordinatorEpoch }: TransactionMarker): number {
    const producer = this.#producers.get(producerId)
    if (producer === undefined) return kafkaCode.NONE
    if (producerEpoch < producer.epoch) return kafkaCode.INVALID_PRODUCER_EPOCH
    if (coordinatorEpoch < producer.coordinatorEpoch) return kafkaCode.TRANSACTION_COORDINATOR_FENCED
    return kafkaCode.NONE
  }

  /** A marker was appended at `offset`. */
  endTransaction(marker: TransactionMarker, offset: number, nowMs: number): void {
    const producer = this.#producerOf(marker.producerId)
    if (producer.epoch !== marker.producerEpoch) producer.beginEpoch(marker.producerEpoch)
    producer.coordinatorEpoch = marker.coordinatorEpoch
    producer.lastSeenMs = nowMs
    const firstOffset = this.#ongoing.get(marker.producerId)
    if (firstOffset === undefined) return
    this.#ongoing.delete(marker.producerId)
    if (marker.kind === 'commit') return
    this.#aborted.push({ producerId: marker.producerId, firstOffset, lastOffset: offset })
  }

  isOngoing(producerId: number): boolean {
    return this.#ongoing.has(producerId)
  }

  /** The last stable offset, unless all transactions are decided: then it is the high watermark. */
  get firstUndecidedOffset(): number | undefined {
    return this.#ongoing.size === 0 ? undefined : this.#ongoing.values().next().value
  }

  /** Those that a reader of [fromOffset, toOffset) has to know of. */
  abortedBetween(fromOffset: number, toOffset: number): AbortedTransaction[] {
    if (this.#aborted.length === 0) return []
    const found: AbortedTransaction[] = []
    for (let index = this.#firstAbortedAt(fromOffset); index < this.#aborted.length; index++) {
      const transaction = this.#aborted[index]!
      if (transaction.firstOffset < toOffset) found.push(transaction)
    }
    return found
  }

  /** Records below are gone, and with them the transactions that lie there entirely. */
  trimTo(logStartOffset: number): void {
    this.#aborted.splice(0, this.#firstAbortedAt(logStartOffset))
  }

  /** Forgets producers that have been silent for long; one in a transaction stays until its marker. */
  expire(nowMs: number, idleMs: number = producerExpirationMs): void {
    for (const [producerId, { lastSeenMs }] of this.#producers) {
      if (nowMs - lastSeenMs > idleMs && !this.#ongoing.has(producerId)) this.#producers.delete(producerId)
    }
  }

  list(): ProducerSnapshot[] {
    return [...this.#producers].map(([producerId, { epoch, lastSequence, lastSeenMs, coordinatorEpoch }]) => ({
      producerId,
      producerEpoch: epoch,
      lastSequence,
      lastSeenMs,
      coordinatorEpoch,
      transactionFirstOffset: this.#ongoing.get(producerId) ?? -1,
    }))
  }

  /** Index of the first aborted transaction whose marker is at or after the offset. */
  #firstAbortedAt(offset: number): number {
    let [low, high] = [0, this.#aborted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#aborted[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #producerOf(producerId: number): Producer {
    const known = this.#producers.get(producerId)
    if (known !== undefined) return known
    if (this.#producers.size >= producersMax) this.#forgetOldest()
    const producer = new Producer()
    this.#producers.set(producerId, producer)
    return producer
  }

  #forgetOldest(): void {
    let oldest: { producerId: number; lastSeenMs: number } | undefined
    for (const [producerId, { lastSeenMs }] of this.#producers) {
      if (this.#ongoing.has(producerId) || lastSeenMs >= (oldest?.lastSeenMs ?? Number.POSITIVE_INFINITY)) continue
      oldest = { producerId, lastSeenMs }
    }
    if (oldest !== undefined) this.#producers.delete(oldest.producerId)
  }
}

/** Sequences count records and wrap from 2^31 - 1 to 0. */
function lastSequenceOf({ baseSequence, lastOffsetDelta }: ProducerBatch): number {
  const last = baseSequence + lastOffsetDelta
  return last > sequenceMax ? last - sequenceMax - 1 : last
}

const nextSequence = (last: number): number => (last === sequenceMax ? 0 : last + 1)

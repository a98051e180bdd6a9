// What one partition remembers of its idempotent producers: epoch, sequence and the last batches of each (KIP-98, KIP-360).
// Pure: offsets and times are passed in, codes come out.
//
// `check` comes before a batch is appended, `append` after it; markers likewise. Which transactions are open is the log's
// own knowledge (log-transactions.ts).
import { kafkaCode } from '../wire/error-codes.ts'
import { at, noProducer } from '../wire/record-batch/constants.ts'
import type { BatchHeader } from '../wire/record-batch/scan.ts'

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

export interface MarkerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

/** For DescribeProducers (KIP-664). */
export interface ProducerSnapshot {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastSeenMs: number
  readonly coordinatorEpoch: number
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

  /** Whether a producer's batch may be appended. Not to be asked for batches without a producer id. */
  check(batch: ProducerBatch, isInTransaction: boolean): SequenceVerdict {
    if (batch.baseSequence < 0 || batch.producerEpoch < 0) return invalid
    const producer = this.#producers.get(batch.producerId)
    if (producer === undefined) return append
    if (batch.producerEpoch < producer.epoch) return fenced
    const isSameEpoch = batch.producerEpoch === producer.epoch
    const duplicate = isSameEpoch ? producer.duplicateOf(batch.baseSequence, lastSequenceOf(batch)) : undefined
    if (duplicate !== undefined) return duplicate
    if (isInTransaction && !batch.isTransactional) return wrongState
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
  }

  /** NONE, or why this marker must not be appended. */
  checkMarker({ producerId, producerEpoch, coordinatorEpoch }: MarkerIdentity): number {
    const producer = this.#producers.get(producerId)
    if (producer === undefined) return kafkaCode.NONE
    if (producerEpoch < producer.epoch) return kafkaCode.INVALID_PRODUCER_EPOCH
    if (coordinatorEpoch < producer.coordinatorEpoch) return kafkaCode.TRANSACTION_COORDINATOR_FENCED
    return kafkaCode.NONE
  }

  /** A marker was appended that `checkMarker` has let pass. */
  appendMarker({ producerId, producerEpoch, coordinatorEpoch }: MarkerIdentity, nowMs: number): void {
    const producer = this.#producerOf(producerId)
    if (producer.epoch !== producerEpoch) producer.beginEpoch(producerEpoch)
    producer.coordinatorEpoch = coordinatorEpoch
    producer.lastSeenMs = nowMs
  }

  /** Forgets producers that have been silent for long. */
  expire(nowMs: number, idleMs: number = producerExpirationMs): void {
    for (const [producerId, { lastSeenMs }] of this.#producers) {
      if (nowMs - lastSeenMs > idleMs) this.#producers.delete(producerId)
    }
  }

  /** For DescribeProducers (KIP-664). */
  list(): ProducerSnapshot[] {
    return [...this.#producers].map(([producerId, { epoch, lastSequence, lastSeenMs, coordinatorEpoch }]) => ({
      producerId,
      producerEpoch: epoch,
      lastSequence,
      lastSeenMs,
      coordinatorEpoch,
    }))
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
    let oldest = { producerId: noProducer, lastSeenMs: Number.POSITIVE_INFINITY }
    for (const [producerId, { lastSeenMs }] of this.#producers) {
      if (lastSeenMs < oldest.lastSeenMs) oldest = { producerId, lastSeenMs }
    }
    this.#producers.delete(oldest.producerId)
  }
}

/** To be given to Partition.part: one a partition. */
export const makeProducerStates = (): ProducerStates => new ProducerStates()

/** The header of a received batch, as far as it counts here. */
export function producerBatchOf(batch: BatchHeader): ProducerBatch {
  const { buffer, position, producerId, isTransactional } = batch
  return {
    producerId,
    producerEpoch: buffer.readInt16BE(position + at.producerEpoch),
    baseSequence: buffer.readInt32BE(position + at.baseSequence),
    lastOffsetDelta: batch.lastOffset - batch.baseOffset,
    isTransactional,
  }
}

/** Sequences count records and wrap from 2^31 - 1 to 0. */
function lastSequenceOf({ baseSequence, lastOffsetDelta }: ProducerBatch): number {
  const last = baseSequence + lastOffsetDelta
  return last > sequenceMax ? last - sequenceMax - 1 : last
}

const nextSequence = (last: number): number => (last === sequenceMax ? 0 : last + 1)

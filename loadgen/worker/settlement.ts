// DATA PLANE: once per batch.
//
// What becomes of a batch when its answer is here, or none will come: acknowledged and its memory used again, sent again, given up
// with its transaction, or the end of the run.
import type { Clock } from '../../core/clock.ts'
import type { MillraceError } from '../../core/errors.ts'
import { kafkaCode, kafkaError, kafkaErrorKind } from '../../wire/error-codes.ts'
import type { Batch } from './batch.ts'
import type { BatchBuilder } from './batch-builder.ts'
import type { DeliveryDeadline } from './delivery-deadline.ts'
import type { PartitionSender } from './partition-sender.ts'
import type { WorkerSlots } from './slots.ts'
import type { Stopwatch } from './stopwatch.ts'
import type { TransactionCycle } from './transaction-cycle.ts'

export interface SettlementOf {
  readonly topic: string
  readonly retryBackoffMs: number
  readonly senders: readonly PartitionSender[]
  readonly builder: BatchBuilder
  readonly slots: WorkerSlots
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  readonly deadline: DeliveryDeadline
  /** Absent: there are none. */
  readonly transactions: TransactionCycle | undefined
  onRetry(code: string): void
  /** The leader may be another by now. */
  refreshLeaders(): void
  /** Something can go on that could not before. */
  moved(): void
  /** The run is over. */
  failed(error: MillraceError): void
}

export class Settlement {
  /** The run has ended: what has no answer by then is told as not acknowledged. */
  isOver = false
  readonly #of: SettlementOf

  constructor(of: SettlementOf) {
    this.#of = of
  }

  answered(batch: Batch, errorCode: number, brokerMessage?: string | null): void {
    if (this.isOver) return
    // A duplicate is stored: the broker has it from an attempt whose answer was lost.
    if (errorCode === 0 || errorCode === kafkaCode.DUPLICATE_SEQUENCE_NUMBER) return this.#acknowledge(batch)
    const { name, refresh } = kafkaErrorKind(errorCode)
    const error = kafkaError(errorCode, `topic '${this.#of.topic}' partition ${batch.partition}`, brokerMessage)
    if (refresh !== 'none') this.#of.refreshLeaders()
    this.failed(batch, name, error)
  }

  failed(batch: Batch, code: string, error: MillraceError): void {
    if (this.isOver) return
    const { senders, transactions, clock, retryBackoffMs } = this.#of
    const sender = senders[batch.partition]!
    if (transactions?.isBroken) return this.#abandon(batch, sender, transactions)
    // While an older batch of the partition is on its way again, the broker sees a gap that will close.
    const isBehindAnother = code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && sender.hasUnacknowledgedBefore(batch)
    if (!error.retriable && !isBehindAnother) {
      if (transactions?.breaksBy(error)) return this.#abandon(batch, sender, transactions)
      return this.#of.failed(error)
    }
    sender.retry(batch, clock.nowNs() + retryBackoffMs * 1e6)
    this.#noteRetry(code, error)
    if (error.kafkaCode === undefined) this.#of.refreshLeaders()
  }

  /** A connection was lost or did not come about. */
  lost(error: MillraceError): void {
    this.#noteRetry(error.code, error)
    this.#of.refreshLeaders()
  }

  #noteRetry(code: string, { message }: MillraceError): void {
    this.#of.slots.add('retries', 1)
    this.#of.onRetry(code)
    this.#of.deadline.lastRetry = message
  }

  #acknowledge(batch: Batch): void {
    const { slots, clock, stopwatch, senders, builder } = this.#of
    stopwatch.acknowledged(batch, clock.nowNs())
    slots.add('records', batch.count)
    slots.add('bytes', batch.dataBytes)
    slots.add('batches', 1)
    slots.add('batchBytes', batch.end)
    slots.add('wireBytes', batch.sealed!.length)
    senders[batch.partition]!.acknowledged(batch)
    builder.giveBack(batch)
  }

  /** Its transaction is aborted, so it is not sent again. */
  #abandon(batch: Batch, sender: PartitionSender, transactions: TransactionCycle): void {
    sender.abandoned(batch)
    transactions.abandon(batch)
    this.#of.moved()
  }
}

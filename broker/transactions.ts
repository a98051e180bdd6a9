// The transaction coordinator (KIP-98, KIP-360, KIP-890): which producer owns a transactional id, what its transaction
// has touched, and how it ends. Pure: `nowMs` is passed in, and the markers of an ending are asked for as data; whoever
// has written them all says so with `ended`.
//
//   empty ──add──> ongoing ──end, fence or timeout──> prepare-commit / prepare-abort ──ended──> complete-commit / -abort
//     ^                                                                                            │ add: ongoing again
//     └── InitProducerId bumps the epoch, which fences whoever had it before ──────────────────────┘
import { kafkaCode } from '../wire/error-codes.ts'
import {
  deadlineOf,
  type Ending,
  isEnding,
  isIdle,
  isRepeatedEnd,
  mayInit,
  newTransaction,
  nobody,
  noEpoch,
  noProducerId,
  type ProducerIdentity,
  partitionsOf,
  repeatedEndCode,
  type TopicPartition,
  type Transaction,
} from './transaction.ts'

export * from './transaction.ts'

export interface TransactionDeps {
  readonly nextProducerId: () => number
  /** transaction.max.timeout.ms */
  readonly timeoutMsMax: () => number
  /** transactional.id.expiration.ms */
  readonly idleMsMax: () => number
}

/** Kafka's. */
export const transactionDefaults = { timeoutMsMax: () => 900_000, idleMsMax: () => 7 * 86_400_000 }

const transactionalIdsMax = 100_000
/** The last epoch is for fencing; at the one before, a producer gets a new id (KIP-360). */
const epochMax = 0x7fff

export interface InitResult extends ProducerIdentity {
  readonly errorCode: number
  /** The transaction of the producer before, to be aborted. */
  readonly ending?: Ending
}

/** With the identity for the next transaction. */
export interface EndResult extends ProducerIdentity {
  readonly errorCode: number
  readonly ending?: Ending
}

export interface EndOptions {
  readonly commit: boolean
  /** KIP-890: each transaction has an epoch of its own, so that nothing late of one gets into the next. */
  readonly bumpsEpoch?: boolean
}

export interface InitInput extends ProducerIdentity {
  readonly transactionalId: string
  readonly timeoutMs: number
}

const failedInit = (errorCode: number): InitResult => ({ errorCode, ...nobody })

export class TransactionCoordinator {
  readonly #transactions = new Map<string, Transaction>()
  readonly #deps: TransactionDeps

  constructor(deps: TransactionDeps) {
    this.#deps = deps
  }

  /** A producer begins: what its predecessor left open is aborted, and its epoch fences the predecessor. */
  initProducerId(input: InitInput, nowMs: number): InitResult {
    const { transactionalId, timeoutMs } = input
    const expected = input.producerId === noProducerId && input.producerEpoch === noEpoch ? undefined : input
    if (transactionalId === '') return failedInit(kafkaCode.INVALID_REQUEST)
    if (expected !== undefined && (expected.producerId < 0 || expected.producerEpoch < 0)) {
      return failedInit(kafkaCode.INVALID_REQUEST)
    }
    if (timeoutMs <= 0 || timeoutMs > this.#deps.timeoutMsMax())
      return failedInit(kafkaCode.INVALID_TRANSACTION_TIMEOUT)
    const known = this.#transactions.get(transactionalId)
    const transaction = known ?? newTransaction(transactionalId)
    if (!mayInit(transaction, expected)) return failedInit(kafkaCode.PRODUCER_FENCED)
    switch (transaction.state) {
      case 'PrepareCommit':
      case 'PrepareAbort':
        return failedInit(kafkaCode.CONCURRENT_TRANSACTIONS)
      case 'Ongoing':
        // As in Kafka the producer comes back for its epoch when the abort is done.
        return { ...failedInit(kafkaCode.CONCURRENT_TRANSACTIONS), ending: this.#fence(transaction, nowMs) }
      default:
        return this.#nextEpoch(transaction, expected, timeoutMs, nowMs)
    }
  }

  addPartitions(transactionalId: string, producer: ProducerIdentity, added: readonly TopicPartition[], nowMs: number) {
    return this.#add(transactionalId, producer, nowMs, ({ partitions }) => {
      for (const { topic, partition } of added) partitionsOf(partitions, topic).add(partition)
    })
  }

  addGroup(transactionalId: string, producer: ProducerIdentity, groupId: string, nowMs: number): number {
    return this.#add(transactionalId, producer, nowMs, ({ groups }) => groups.add(groupId))
  }

  /** KIP-890: whether the transaction has said that it would write here. */
  verifyPartition(transactionalId: string, producer: ProducerIdentity, { topic, partition }: TopicPartition): number {
    return this.#verify(transactionalId, producer, ({ partitions }) => partitions.get(topic)?.has(partition) === true)
  }

  verifyGroup(transactionalId: string, producer: ProducerIdentity, groupId: string): number {
    return this.#verify(transactionalId, producer, ({ groups }) => groups.has(groupId))
  }

  endTransaction(transactionalId: string, producer: ProducerIdentity, options: EndOptions, nowMs: number): EndResult {
    const { commit, bumpsEpoch = false } = options
    const kind = commit ? 'commit' : 'abort'
    const transaction = this.#transactions.get(transactionalId)
    if (transaction !== undefined && bumpsEpoch && isRepeatedEnd(transaction, producer)) {
      return endResult(transaction, repeatedEndCode(transaction, kind))
    }
    const { errorCode } = this.#ownedBy(transactionalId, producer)
    if (transaction === undefined || errorCode !== kafkaCode.NONE) return { errorCode, ...nobody }
    const isOngoing = transaction.state === 'Ongoing'
    // With its own epoch a transaction may be aborted that has nothing in it yet.
    if (isOngoing || (bumpsEpoch && !commit && !isEnding(transaction))) {
      const ending = this.#prepare(transaction, kind, nowMs, bumpsEpoch)
      return { ...endResult(transaction, kafkaCode.NONE), ending }
    }
    return endResult(
      transaction,
      bumpsEpoch && !isEnding(transaction) ? kafkaCode.INVALID_TXN_STATE : repeatedEndCode(transaction, kind),
    )
  }

  /** All markers of an ending are written. */
  ended(ending: Ending, nowMs: number): void {
    const transaction = this.#transactions.get(ending.transactionalId)
    if (transaction?.ending !== ending) return
    transaction.ending = undefined
    transaction.state = transaction.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort'
    transaction.partitions.clear()
    transaction.groups.clear()
    transaction.startedAtMs = -1
    transaction.updatedAtMs = nowMs
  }

  /** Fences and aborts what has been going on for longer than its producer allowed; forgets ids that nobody uses. */
  expire(nowMs: number): Ending[] {
    const endings: Ending[] = []
    for (const transaction of this.#transactions.values()) {
      if (transaction.state === 'Ongoing') {
        if (deadlineOf(transaction) <= nowMs) endings.push(this.#fence(transaction, nowMs))
      } else if (isIdle(transaction) && nowMs - transaction.updatedAtMs >= this.#deps.idleMsMax()) {
        this.#transactions.delete(transaction.transactionalId)
      }
    }
    return endings
  }

  /** When the next transaction times out. */
  get nextDeadlineMs(): number | undefined {
    let earliest: number | undefined
    for (const transaction of this.#transactions.values()) {
      if (transaction.state !== 'Ongoing') continue
      earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, deadlineOf(transaction))
    }
    return earliest
  }

  get(transactionalId: string): Readonly<Transaction> | undefined {
    return this.#transactions.get(transactionalId)
  }

  list(): readonly Readonly<Transaction>[] {
    return [...this.#transactions.values()]
  }

  // ---- transitions ----

  #nextEpoch(
    transaction: Transaction,
    expected: ProducerIdentity | undefined,
    timeoutMs: number,
    nowMs: number,
  ): InitResult {
    const isNew = transaction.producerEpoch === noEpoch
    const isRepeated = expected !== undefined && !isNew && expected.producerEpoch !== transaction.producerEpoch
    if (isNew) {
      transaction.producerId = this.#deps.nextProducerId()
      transaction.producerEpoch = 0
    } else if (!isRepeated) {
      this.#moveOn(transaction)
      if (expected === undefined) transaction.lastEpoch = noEpoch
    }
    transaction.state = 'Empty'
    transaction.timeoutMs = timeoutMs
    transaction.updatedAtMs = nowMs
    this.#keep(transaction)
    const { producerId, producerEpoch } = transaction
    return { errorCode: kafkaCode.NONE, producerId, producerEpoch }
  }

  #keep(transaction: Transaction): void {
    // Last used, last to go.
    this.#transactions.delete(transaction.transactionalId)
    this.#transactions.set(transaction.transactionalId, transaction)
    if (this.#transactions.size <= transactionalIdsMax) return
    for (const [transactionalId, other] of this.#transactions) {
      if (isIdle(other)) return void this.#transactions.delete(transactionalId)
    }
  }

  #add(transactionalId: string, producer: ProducerIdentity, nowMs: number, change: (to: Transaction) => void): number {
    const { errorCode, transaction } = this.#ownedBy(transactionalId, producer)
    if (transaction === undefined) return errorCode
    if (isEnding(transaction)) return kafkaCode.CONCURRENT_TRANSACTIONS
    if (transaction.state !== 'Ongoing') {
      transaction.state = 'Ongoing'
      transaction.startedAtMs = nowMs
    }
    change(transaction)
    transaction.updatedAtMs = nowMs
    return kafkaCode.NONE
  }

  #verify(transactionalId: string, producer: ProducerIdentity, has: (transaction: Transaction) => boolean): number {
    const { errorCode, transaction } = this.#ownedBy(transactionalId, producer)
    if (transaction === undefined) return errorCode
    if (isEnding(transaction)) return kafkaCode.CONCURRENT_TRANSACTIONS
    return transaction.state === 'Ongoing' && has(transaction) ? kafkaCode.NONE : kafkaCode.INVALID_TXN_STATE
  }

  #ownedBy(
    transactionalId: string,
    { producerId, producerEpoch }: ProducerIdentity,
  ): { errorCode: number; transaction?: Transaction } {
    if (transactionalId === '') return { errorCode: kafkaCode.INVALID_REQUEST }
    const transaction = this.#transactions.get(transactionalId)
    if (transaction?.producerId !== producerId) return { errorCode: kafkaCode.INVALID_PRODUCER_ID_MAPPING }
    if (transaction.producerEpoch !== producerEpoch) return { errorCode: kafkaCode.PRODUCER_FENCED }
    return { errorCode: kafkaCode.NONE, transaction }
  }

  /** The markers carry the new epoch, so that nothing of the old producer is taken after them. */
  #fence(transaction: Transaction, nowMs: number): Ending {
    transaction.producerEpoch++
    transaction.lastEpoch = noEpoch
    return this.#prepare(transaction, 'abort', nowMs)
  }

  #prepare(transaction: Transaction, kind: Ending['kind'], nowMs: number, bumpsEpoch = false): Ending {
    transaction.state = kind === 'commit' ? 'PrepareCommit' : 'PrepareAbort'
    transaction.updatedAtMs = nowMs
    const { transactionalId, producerId, groups } = transaction
    const producerEpoch = transaction.producerEpoch + (bumpsEpoch ? 1 : 0)
    const partitions = [...transaction.partitions].flatMap(([topic, indexes]) =>
      [...indexes].map(partition => ({ topic, partition })),
    )
    if (bumpsEpoch) this.#moveOn(transaction)
    transaction.ending = { transactionalId, producerId, producerEpoch, kind, partitions, groups: [...groups] }
    return transaction.ending
  }

  /** To the next epoch, or the next producer id when the epochs have run out (KIP-360). */
  #moveOn(transaction: Transaction): void {
    transaction.lastEpoch = transaction.producerEpoch
    if (transaction.producerEpoch < epochMax - 1) {
      transaction.producerEpoch++
      return
    }
    transaction.lastProducerId = transaction.producerId
    transaction.producerId = this.#deps.nextProducerId()
    transaction.producerEpoch = 0
  }
}

function endResult({ producerId, producerEpoch }: Transaction, errorCode: number): EndResult {
  return errorCode === kafkaCode.NONE ? { errorCode, producerId, producerEpoch } : { errorCode, ...nobody }
}

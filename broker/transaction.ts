// One transactional id as its coordinator keeps it, and the questions that can be asked of it without changing it.
import { kafkaCode } from '../wire/error-codes.ts'

/** Kafka's names, which DescribeTransactions and ListTransactions show. */
export const transactionStates = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
] as const
export type TransactionState = (typeof transactionStates)[number]

export const noProducerId = -1
export const noEpoch = -1

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Markers to write. A group stands for the partition of its offsets. */
export interface Ending extends ProducerIdentity {
  readonly transactionalId: string
  readonly kind: 'commit' | 'abort'
  readonly partitions: readonly TopicPartition[]
  readonly groups: readonly string[]
}

export interface Transaction {
  readonly transactionalId: string
  producerId: number
  producerEpoch: number
  /** What the epoch was before it was bumped on request, so that a repeated request is seen as such (KIP-360). */
  lastEpoch: number
  /** The id before this one, when its epochs ran out. */
  lastProducerId: number
  timeoutMs: number
  state: TransactionState
  readonly partitions: Map<string, Set<number>>
  readonly groups: Set<string>
  startedAtMs: number
  updatedAtMs: number
  /** What is being written. */
  ending: Ending | undefined
}

export const nobody: ProducerIdentity = { producerId: noProducerId, producerEpoch: noEpoch }

/** An id that nobody has used yet. */
export const newTransaction = (transactionalId: string): Transaction => ({
  transactionalId,
  ...nobody,
  lastEpoch: noEpoch,
  lastProducerId: noProducerId,
  timeoutMs: 0,
  state: 'Empty',
  partitions: new Map(),
  groups: new Set(),
  startedAtMs: -1,
  updatedAtMs: 0,
  ending: undefined,
})

/** Asked again because the answer was lost: it is done, being done, or was done the other way. */
export function repeatedEndCode(transaction: Transaction, kind: Ending['kind']): number {
  if (!isEndOf(transaction, kind)) return kafkaCode.INVALID_TXN_STATE
  return isEnding(transaction) ? kafkaCode.CONCURRENT_TRANSACTIONS : kafkaCode.NONE
}

/** By the epoch from before the end. */
export function isRepeatedEnd(transaction: Transaction, { producerId, producerEpoch }: ProducerIdentity): boolean {
  const hasEnded = transaction.state !== 'Empty' && transaction.state !== 'Ongoing'
  if (!hasEnded || producerEpoch < 0 || producerEpoch !== transaction.lastEpoch) return false
  return transaction.producerEpoch === 0
    ? producerId === transaction.lastProducerId
    : producerId === transaction.producerId
}

export const deadlineOf = ({ startedAtMs, timeoutMs }: Transaction): number => startedAtMs + timeoutMs
export const isEnding = ({ state }: Transaction): boolean => state === 'PrepareCommit' || state === 'PrepareAbort'
export const isIdle = (transaction: Transaction): boolean => transaction.state !== 'Ongoing' && !isEnding(transaction)

const isEndOf = ({ state }: Transaction, kind: Ending['kind']): boolean =>
  kind === 'commit' ? state === 'PrepareCommit' || state === 'CompleteCommit' : state.endsWith('Abort')

export function partitionsOf(partitions: Map<string, Set<number>>, topic: string): Set<number> {
  const known = partitions.get(topic) ?? new Set<number>()
  partitions.set(topic, known)
  return known
}

/** KIP-360: a producer that names its epoch gets the next one only if nobody has been given that in between. */
export function mayInit(transaction: Transaction, expected: ProducerIdentity | undefined): boolean {
  if (expected === undefined || transaction.producerEpoch === noEpoch) return true
  const { producerId, producerEpoch } = expected
  if (producerId === transaction.producerId) {
    return producerEpoch === transaction.producerEpoch || producerEpoch === transaction.lastEpoch
  }
  return producerId === transaction.lastProducerId && producerEpoch === transaction.lastEpoch
}

// Whether a transaction may write here: it has announced the partition or the group (KIP-98), or announces it by writing,
// from the versions on that allow it (KIP-890). All brokers share the coordinator's state, so nobody has to be asked.
import { kafkaCode } from '../wire/error-codes.ts'
import type { RequestContext } from './handler.ts'
import type { Partition } from './partition.ts'
import type { ProducerBatch } from './producer-state.ts'
import { makeTransactions } from './transaction-service.ts'
import type { ProducerIdentity } from './transactions.ts'

/** Produce versions: TRANSACTION_ABORTABLE is known, partitions are announced by writing. */
const abortableSince = 11
const implicitSince = 12

/** NONE, or the code for this batch. */
export type TransactionCheck = (partition: Partition, batch: ProducerBatch) => number

export function transactionCheck(context: RequestContext, transactionalId: string | null): TransactionCheck {
  return ({ topicName: topic, index: partition }, batch) => {
    if (transactionalId === null) return kafkaCode.INVALID_TXN_STATE
    const { cluster, version } = context
    const transactions = cluster.part(makeTransactions)
    const { coordinator } = transactions
    if (version < implicitSince) {
      return produceCode(coordinator.verifyPartition(transactionalId, batch, { topic, partition }), version)
    }
    const errorCode = coordinator.addPartitions(transactionalId, batch, [{ topic, partition }], cluster.nowMs)
    transactions.watchTimeout(transactionalId)
    return produceCode(errorCode, version)
  }
}

/** As producers of that version understand it. */
function produceCode(errorCode: number, version: number): number {
  switch (errorCode) {
    case kafkaCode.PRODUCER_FENCED:
      return kafkaCode.INVALID_PRODUCER_EPOCH
    case kafkaCode.INVALID_TXN_STATE:
      return version >= abortableSince ? kafkaCode.TRANSACTION_ABORTABLE : errorCode
    case kafkaCode.CONCURRENT_TRANSACTIONS:
      // What every producer tries again.
      return version >= implicitSince ? errorCode : kafkaCode.NOT_ENOUGH_REPLICAS
    default:
      return errorCode
  }
}

/** TxnOffsetCommit version from which on the group is announced by committing. */
const implicitGroupSince = 5

/** NONE, or why this transaction cannot commit offsets of the group. */
export function checkTransactionalCommit(
  { cluster, version }: RequestContext,
  { transactionalId, groupId, ...producer }: ProducerIdentity & { transactionalId: string; groupId: string },
): number {
  const transactions = cluster.part(makeTransactions)
  const { coordinator } = transactions
  const isImplicit = version >= implicitGroupSince
  const errorCode = isImplicit
    ? coordinator.addGroup(transactionalId, producer, groupId, cluster.nowMs)
    : coordinator.verifyGroup(transactionalId, producer, groupId)
  transactions.watchTimeout(transactionalId)
  if (errorCode === kafkaCode.PRODUCER_FENCED) return kafkaCode.INVALID_PRODUCER_EPOCH
  // Before that version, a client of this API knows no CONCURRENT_TRANSACTIONS, and tries this again.
  const isUnknown = errorCode === kafkaCode.CONCURRENT_TRANSACTIONS && !isImplicit
  return isUnknown ? kafkaCode.COORDINATOR_LOAD_IN_PROGRESS : errorCode
}

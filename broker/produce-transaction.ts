// Whether a transactional batch belongs to a transaction that is open (KIP-890). Newer producers leave it to the broker to
// add the partition to the transaction; older ones have said so before, and the broker makes sure of it, so that no record
// is left hanging in a transaction that nobody will end.
import { kafkaCode } from '../wire/error-codes.ts'
import type { ClusterState } from './cluster.ts'
import type { Partition } from './partition.ts'
import { makeTransactions } from './transaction-service.ts'
import type { ProducerIdentity } from './transactions.ts'

/** Produce versions: from here on the client knows TRANSACTION_ABORTABLE, and then adds no partitions any more. */
const knowsAbortableSince = 11
const addsPartitionSince = 12

export interface ProduceTransaction {
  readonly cluster: ClusterState
  readonly transactionalId: string | null
  /** Of the produce request. */
  readonly version: number
}

/** Asked for the first batch of a transaction in a partition. NONE, or the code for the batch. */
export function joinTransaction(
  { cluster, transactionalId, version }: ProduceTransaction,
  { topicName, index }: Partition,
  producer: ProducerIdentity,
): number {
  if (transactionalId === null) return kafkaCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  const transactions = cluster.part(makeTransactions)
  const partition = { topic: topicName, partition: index }
  if (version < addsPartitionSince) {
    return verifiedCode(transactions.coordinator.verifyPartition(transactionalId, producer, partition), version)
  }
  const code = transactions.coordinator.addPartitions(transactionalId, producer, [partition], cluster.nowMs)
  transactions.watchTimeout(transactionalId)
  return code === kafkaCode.PRODUCER_FENCED ? kafkaCode.INVALID_PRODUCER_EPOCH : code
}

function verifiedCode(code: number, version: number): number {
  switch (code) {
    case kafkaCode.PRODUCER_FENCED:
      return kafkaCode.INVALID_PRODUCER_EPOCH
    case kafkaCode.CONCURRENT_TRANSACTIONS:
      // Retriable, and known to every producer.
      return kafkaCode.NOT_ENOUGH_REPLICAS
    case kafkaCode.INVALID_TXN_STATE:
      return version >= knowsAbortableSince ? kafkaCode.TRANSACTION_ABORTABLE : code
    default:
      return code
  }
}

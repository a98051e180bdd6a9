// EndTxn: commit or abort. The markers are written before the answer goes out where partitions can take them, so a producer
// hardly ever has to wait for its next transaction.
import { endTxn } from '../../wire/apis/26-end-txn.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf } from '../handler.ts'
import { fencedFor, makeTransactions } from '../transaction-service.ts'

const fencedSince = 2
/** KIP-890: the answer holds the epoch of the next transaction. */
const epochBumpSince = 5

export const endTxnHandler = handlerOf(endTxn, ({ cluster, brokerId, version }, request) => {
  const { transactionalId, committed } = request
  if (!cluster.isCoordinator(brokerId, transactionalId)) {
    return { throttleTimeMs: 0, errorCode: kafkaCode.NOT_COORDINATOR }
  }
  const transactions = cluster.part(makeTransactions)
  const options = { commit: committed, bumpsEpoch: version >= epochBumpSince }
  const result = transactions.coordinator.endTransaction(transactionalId, request, options, cluster.nowMs)
  transactions.end(result.ending)
  const { producerId, producerEpoch } = result
  return {
    throttleTimeMs: 0,
    errorCode: fencedFor(result.errorCode, version >= fencedSince),
    producerId,
    producerEpoch,
  }
})

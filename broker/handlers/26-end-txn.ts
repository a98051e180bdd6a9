// EndTxn: commit or abort. The markers are written before the answer goes out where partitions can take them, so a producer
// hardly ever has to wait for its next transaction.
import { endTxn } from '../../wire/apis/26-end-txn.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf } from '../handler.ts'
import { fencedFor, makeTransactions } from '../transaction-service.ts'

const fencedSince = 2

export const endTxnHandler = handlerOf(endTxn, ({ cluster, brokerId, version }, request) => {
  const { transactionalId, committed } = request
  if (!cluster.isCoordinator(brokerId, transactionalId)) {
    return { throttleTimeMs: 0, errorCode: kafkaCode.NOT_COORDINATOR }
  }
  const transactions = cluster.part(makeTransactions)
  const result = transactions.coordinator.endTransaction(transactionalId, request, committed, cluster.nowMs)
  transactions.end(result.ending)
  return { throttleTimeMs: 0, errorCode: fencedFor(result.errorCode, version >= fencedSince) }
})

// AddOffsetsToTxn: a transaction announces that it will commit offsets of a group.
import { addOffsetsToTxn } from '../../wire/apis/25-add-offsets-to-txn.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf } from '../handler.ts'
import { fencedFor, makeTransactions } from '../transaction-service.ts'

const fencedSince = 2

export const addOffsetsToTxnHandler = handlerOf(addOffsetsToTxn, ({ cluster, brokerId, version }, request) => {
  const { transactionalId, groupId } = request
  if (!cluster.isCoordinator(brokerId, transactionalId)) {
    return { throttleTimeMs: 0, errorCode: kafkaCode.NOT_COORDINATOR }
  }
  const transactions = cluster.part(makeTransactions)
  const errorCode = transactions.coordinator.addGroup(transactionalId, request, groupId, cluster.nowMs)
  transactions.watchTimeout(transactionalId)
  return { throttleTimeMs: 0, errorCode: fencedFor(errorCode, version >= fencedSince) }
})

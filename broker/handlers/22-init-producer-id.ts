// InitProducerId: an identity for an idempotent producer, from any broker; or that of a transactional id, from its
// coordinator, which fences whoever had it before.
import { initProducerId } from '../../wire/apis/22-init-producer-id.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf } from '../handler.ts'
import { fencedFor, makeTransactions } from '../transaction-service.ts'

const fencedSince = 4

export const initProducerIdHandler = handlerOf(initProducerId, ({ cluster, brokerId, version }, request) => {
  const { transactionalId, transactionTimeoutMs: timeoutMs, producerId, producerEpoch } = request
  if (transactionalId === null) {
    return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, producerId: cluster.takeProducerId(), producerEpoch: 0 }
  }
  if (!cluster.isCoordinator(brokerId, transactionalId)) {
    return { throttleTimeMs: 0, errorCode: kafkaCode.NOT_COORDINATOR, producerEpoch: -1 }
  }
  const transactions = cluster.part(makeTransactions)
  const input = { transactionalId, timeoutMs, producerId, producerEpoch }
  const { ending, ...result } = transactions.coordinator.initProducerId(input, cluster.nowMs)
  transactions.end(ending)
  return { throttleTimeMs: 0, ...result, errorCode: fencedFor(result.errorCode, version >= fencedSince) }
})

// DescribeTransactions: state, producer, time and partitions of transactional ids, from their coordinator.
import { describeTransactions } from '../../wire/apis/65-describe-transactions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestContext } from '../handler.ts'
import { makeTransactions } from '../transaction-service.ts'

export const describeTransactionsHandler = handlerOf(describeTransactions, (context, { transactionalIds }) => {
  return {
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map(transactionalId => describe(context, transactionalId)),
  }
})

function describe({ cluster, brokerId }: RequestContext, transactionalId: string) {
  if (!cluster.isCoordinator(brokerId, transactionalId)) return unknown(transactionalId, kafkaCode.NOT_COORDINATOR)
  const transaction = cluster.part(makeTransactions).coordinator.get(transactionalId)
  if (transaction === undefined) return unknown(transactionalId, kafkaCode.TRANSACTIONAL_ID_NOT_FOUND)
  return {
    errorCode: kafkaCode.NONE,
    transactionalId,
    transactionState: transaction.state,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStartTimeMs: transaction.startedAtMs,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    topics: [...transaction.partitions].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  }
}

function unknown(transactionalId: string, errorCode: number) {
  return {
    errorCode,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
}

// AddPartitionsToTxn: a transaction announces where it will write; brokers ask (v4, verify only) whether it has.
import { addPartitionsToTxn } from '../../wire/apis/24-add-partitions-to-txn.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestContext } from '../handler.ts'
import { fencedFor, makeTransactions } from '../transaction-service.ts'
import type { ProducerIdentity, TopicPartition } from '../transactions.ts'

const manySince = 4
const fencedSince = 2

interface Topic {
  readonly name: string
  readonly partitions: readonly number[]
}

interface Asked extends ProducerIdentity {
  readonly transactionalId: string
  readonly verifyOnly: boolean
  readonly topics: readonly Topic[]
}

export const addPartitionsToTxnHandler = handlerOf(addPartitionsToTxn, (context, request) => {
  if (context.version >= manySince) {
    const resultsByTransaction = request.transactions.map(asked => {
      return { transactionalId: asked.transactionalId, topicResults: answer(context, asked) }
    })
    return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, resultsByTransaction }
  }
  const asked = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  }
  return { throttleTimeMs: 0, resultsByTopicV3AndBelow: answer(context, asked) }
})

/** All partitions or none: one that does not exist keeps the others out. */
function answer(context: RequestContext, asked: Asked) {
  const { cluster } = context
  const missing = (topic: string, partition: number) => cluster.partition(topic, partition) === undefined
  const isMissingAny = asked.topics.some(({ name, partitions }) => partitions.some(index => missing(name, index)))
  const code = isMissingAny ? kafkaCode.OPERATION_NOT_ATTEMPTED : codeFor(context, asked)
  return asked.topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(partitionIndex => ({
      partitionIndex,
      partitionErrorCode: missing(name, partitionIndex)
        ? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
        : (code ?? verified(context, asked, { topic: name, partition: partitionIndex })),
    })),
  }))
}

/** undefined: each partition has its own. */
function codeFor({ cluster, brokerId, version }: RequestContext, asked: Asked): number | undefined {
  const { transactionalId, topics, verifyOnly } = asked
  if (!cluster.isCoordinator(brokerId, transactionalId)) return kafkaCode.NOT_COORDINATOR
  if (verifyOnly) return undefined
  const transactions = cluster.part(makeTransactions)
  const added = topics.flatMap(({ name, partitions }) => partitions.map(partition => ({ topic: name, partition })))
  const errorCode = transactions.coordinator.addPartitions(transactionalId, asked, added, cluster.nowMs)
  transactions.watchTimeout(transactionalId)
  return fencedFor(errorCode, version >= fencedSince)
}

function verified({ cluster }: RequestContext, asked: Asked, partition: TopicPartition): number {
  return cluster.part(makeTransactions).coordinator.verifyPartition(asked.transactionalId, asked, partition)
}

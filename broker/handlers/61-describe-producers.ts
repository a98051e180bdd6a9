// DescribeProducers: who writes to a partition with a producer id, and whose transaction is open.
import { describeProducers } from '../../wire/apis/61-describe-producers.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestContext } from '../handler.ts'
import type { Partition } from '../partition.ts'
import { makeProducerStates } from '../producer-state.ts'

export const describeProducersHandler = handlerOf(describeProducers, (context, request) => {
  const topics = request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map(index => answer(context, name, index)),
  }))
  return { throttleTimeMs: 0, topics }
})

function answer(context: RequestContext, name: string, partitionIndex: number) {
  const partition = context.cluster.partition(name, partitionIndex)
  const errorCode = codeOf(context, partition)
  const isHere = partition !== undefined && errorCode === kafkaCode.NONE
  return { partitionIndex, errorCode, errorMessage: null, activeProducers: isHere ? producersOf(partition) : [] }
}

/** Any replica may be asked, as kafka-transactions find-hanging does of one broker (KIP-664). */
function codeOf({ brokerId }: RequestContext, partition: Partition | undefined): number {
  if (partition === undefined) return kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  return partition.replicas.includes(brokerId) ? kafkaCode.NONE : kafkaCode.NOT_LEADER_OR_FOLLOWER
}

function producersOf(partition: Partition) {
  const { transactions } = partition.log
  return partition
    .part(makeProducerStates)
    .list()
    .map(({ lastSeenMs, ...producer }) => ({
      ...producer,
      lastTimestamp: lastSeenMs,
      currentTxnStartOffset: transactions.firstOffsetOf(producer.producerId) ?? -1,
    }))
}

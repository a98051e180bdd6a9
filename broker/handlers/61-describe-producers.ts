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

function answer({ cluster, brokerId }: RequestContext, name: string, partitionIndex: number) {
  const partition = cluster.partition(name, partitionIndex)
  const errorCode = partition?.leadershipCode(brokerId) ?? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  const isHere = partition !== undefined && errorCode === kafkaCode.NONE
  return { partitionIndex, errorCode, errorMessage: null, activeProducers: isHere ? producersOf(partition) : [] }
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

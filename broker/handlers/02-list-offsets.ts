// ListOffsets: offsets by time, and the questions that Kafka asks with timestamps below zero.
import { listOffsets, offsetAt } from '../../wire/apis/02-list-offsets.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import type { TimedOffset } from '../log.ts'
import type { Partition } from '../partition.ts'

type Asked = RequestBodyOf<typeof listOffsets>['topics'][number]['partitions'][number]

const notFound: TimedOffset = { timestampMs: -1, offset: -1, leaderEpoch: -1 }

export const listOffsetsHandler = handlerOf(listOffsets, (context, request) => {
  const isReadCommitted = request.isolationLevel === 1
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(asked => answer(context, name, asked, isReadCommitted)),
  }))
  return { throttleTimeMs: 0, topics }
})

function answer({ cluster, brokerId }: RequestContext, topicName: string, asked: Asked, isReadCommitted: boolean) {
  const { partitionIndex, currentLeaderEpoch, timestamp } = asked
  const partition = cluster.partition(topicName, partitionIndex)
  if (partition === undefined) return { partitionIndex, errorCode: kafkaCode.UNKNOWN_TOPIC_OR_PARTITION }
  const errorCode = partition.leadershipCode(brokerId, currentLeaderEpoch)
  if (errorCode !== kafkaCode.NONE) return { partitionIndex, errorCode }
  const { timestampMs, offset, leaderEpoch } = offsetOf(partition, timestamp, isReadCommitted)
  return { partitionIndex, errorCode, timestamp: timestampMs, offset, leaderEpoch }
}

function offsetOf({ log, leaderEpoch }: Partition, timestamp: number, isReadCommitted: boolean): TimedOffset {
  const end = isReadCommitted ? log.lastStableOffset : log.highWatermark
  switch (timestamp) {
    case offsetAt.latest:
      return { timestampMs: -1, offset: end, leaderEpoch }
    case offsetAt.earliest:
    case offsetAt.earliestLocal:
      return { timestampMs: -1, offset: log.startOffset, leaderEpoch: Math.max(log.epochAt(log.startOffset), 0) }
    case offsetAt.maxTimestamp:
      return log.offsetOfMaxTimestamp() ?? notFound
    case offsetAt.latestTiered:
    case offsetAt.earliestPendingUpload:
      // There is no remote tier, so nothing is in it and nothing waits to go there.
      return notFound
  }
  const found = log.offsetAtTime(timestamp)
  return found !== undefined && found.offset < end ? found : notFound
}

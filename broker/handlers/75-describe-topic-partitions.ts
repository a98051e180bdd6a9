// DescribeTopicPartitions: topics in the order of their names, page by page.
import { describeTopicPartitions } from '../../wire/apis/75-describe-topic-partitions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { zeroUuid } from '../../wire/schema.ts'
import { allowedOn } from '../authorized-operations.ts'
import type { ClusterState } from '../cluster.ts'
import { handlerOf, type RequestBodyOf } from '../handler.ts'
import type { Topic } from '../topic.ts'
import { partitionStateOf } from '../topic-refs.ts'

type Cursor = NonNullable<RequestBodyOf<typeof describeTopicPartitions>['cursor']>

/** max.request.partition.size.limit of Kafka. */
const partitionsMax = 2_000

export const describeTopicPartitionsHandler = handlerOf(describeTopicPartitions, ({ cluster }, request) => {
  const { cursor } = request
  const asked = request.topics.length > 0 ? request.topics : [...cluster.topics]
  const names = [...new Set(asked.map(topic => topic.name))].sort()
  const from = cursor === null ? names : names.filter(name => name >= cursor.topicName)
  const limit = Math.min(Math.max(1, request.responsePartitionLimit), partitionsMax)
  return { throttleTimeMs: 0, ...page(cluster, from, cursor, limit) }
})

function page(cluster: ClusterState, names: readonly string[], cursor: Cursor | null, limit: number) {
  const topics: (ReturnType<typeof known> | ReturnType<typeof unknown>)[] = []
  let left = limit
  for (const name of names) {
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
    const topic = cluster.topics.byName(name)
    if (topic === undefined) {
      topics.push(unknown(cluster, name))
      continue
    }
    const first = name === cursor?.topicName ? Math.max(0, cursor.partitionIndex) : 0
    const end = Math.min(topic.partitions.length, first + left)
    topics.push(known(cluster, topic, first, end))
    left -= end - first
    if (end < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: end } }
  }
  return { topics, nextCursor: null }
}

function known(cluster: ClusterState, { name, id, isInternal, partitions }: Topic, first: number, end: number) {
  const shown = partitions.slice(first, end).map(partition => {
    return { ...partitionStateOf(cluster, partition), eligibleLeaderReplicas: [], lastKnownElr: [] }
  })
  const topicAuthorizedOperations = allowedOn.topic
  return { errorCode: kafkaCode.NONE, name, topicId: id, isInternal, partitions: shown, topicAuthorizedOperations }
}

function unknown({ topics }: ClusterState, name: string) {
  return { errorCode: topics.nameCode(name), name, topicId: zeroUuid, isInternal: false, partitions: [] }
}

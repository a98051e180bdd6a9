// OffsetCommit: a group's positions, by members of both protocols and by consumers that assign partitions to themselves.
import { offsetCommit } from '../../wire/apis/08-offset-commit.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import type { OffsetCommit } from '../groups/offsets.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import { findTopic, unknownTopicCode } from '../topic-refs.ts'

type Request = RequestBodyOf<typeof offsetCommit>
type Asked = Request['topics'][number]
type AskedPartition = Asked['partitions'][number]

export const offsetCommitHandler = handlerOf(offsetCommit, (context, request) => {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: memberEpoch } = request
  const committer = { memberId, groupInstanceId, memberEpoch, version: context.version }
  // What is wrong with single partitions does not keep the others from being committed.
  const problems = new Map<AskedPartition, number>()
  const commits = request.topics.flatMap(topic => commitsOf(context, request, topic, problems))
  const misplaced = placeError(context, groupId)
  const refused = misplaced === kafkaCode.NONE ? groupsOf(context).commit(groupId, committer, commits) : misplaced
  const topics = request.topics.map(({ name, topicId, partitions }) => {
    const answers = partitions.map(partition => {
      return { partitionIndex: partition.partitionIndex, errorCode: problems.get(partition) ?? refused }
    })
    return { name, topicId, partitions: answers }
  })
  return { throttleTimeMs: 0, topics }
})

/** Also those of a transaction, which have the same form. */
export function commitsOf(
  context: RequestContext,
  { retentionTimeMs }: Pick<Request, 'retentionTimeMs'>,
  asked: Asked,
  problems: Map<AskedPartition, number>,
): OffsetCommit[] {
  const { cluster } = context
  const topic = findTopic(cluster, asked.name, asked.topicId)
  const metadataBytesMax = cluster.configs.numberOf('offset.metadata.max.bytes')
  const expiresMs = retentionTimeMs < 0 ? undefined : cluster.nowMs + retentionTimeMs
  const commits: OffsetCommit[] = []
  for (const partition of asked.partitions) {
    const metadata = partition.committedMetadata ?? ''
    if (topic === undefined) problems.set(partition, unknownTopicCode(asked.topicId))
    else if (topic.partitions[partition.partitionIndex] === undefined) {
      problems.set(partition, kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
    } else if (metadata.length > metadataBytesMax) problems.set(partition, kafkaCode.OFFSET_METADATA_TOO_LARGE)
    else {
      const { partitionIndex, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = partition
      commits.push({ topic: topic.name, partition: partitionIndex, offset, leaderEpoch, metadata, expiresMs })
    }
  }
  return commits
}

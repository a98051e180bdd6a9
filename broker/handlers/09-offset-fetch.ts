// OffsetFetch: committed offsets of one group, or of many (KIP-709). With requireStable an offset that a transaction is about
// to change is held back (KIP-447).
import { offsetFetch } from '../../wire/apis/09-offset-fetch.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { zeroUuid } from '../../wire/schema.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'
import { findTopic, unknownTopicCode } from '../topic-refs.ts'

type Request = RequestBodyOf<typeof offsetFetch>
type Asked = Request['groups'][number]
type AskedTopic = NonNullable<Asked['topics']>[number]

const manySince = 8
const nullMeansAllSince = 2
const topicIdsSince = 10

export const offsetFetchHandler = handlerOf(offsetFetch, (context, request) => {
  if (context.version >= manySince) {
    return { throttleTimeMs: 0, groups: request.groups.map(group => fetchOne(context, request, group)) }
  }
  const { groupId } = request
  const topics = request.topics?.map(topic => ({ ...topic, topicId: zeroUuid })) ?? null
  const asked = { groupId, topics: context.version < nullMeansAllSince ? (topics ?? []) : topics }
  const found = fetchOne(context, request, { ...asked, memberId: null, memberEpoch: -1 })
  return { throttleTimeMs: 0, topics: found.topics, errorCode: found.errorCode }
})

function fetchOne(context: RequestContext, request: Request, asked: Asked) {
  const { groupId, memberId, memberEpoch } = asked
  const misplaced = placeError(context, groupId)
  const errorCode =
    misplaced === kafkaCode.NONE ? groupsOf(context).fetchError(groupId, memberId, memberEpoch) : misplaced
  // Before there was a code for the group, each partition had it.
  const isPerPartition = context.version < nullMeansAllSince
  if (errorCode !== kafkaCode.NONE && !isPerPartition) return { groupId, topics: [], errorCode }
  const topics = (asked.topics ?? allOf(context, groupId)).map(topic => {
    const partitions = topic.partitionIndexes.map(index =>
      errorCode === kafkaCode.NONE ? offsetOf(context, request, groupId, topic, index) : none(index, errorCode),
    )
    return { name: topic.name, topicId: topic.topicId, partitions }
  })
  return { groupId, topics, errorCode }
}

function allOf(context: RequestContext, groupId: string): AskedTopic[] {
  const { cluster, version } = context
  return [...groupsOf(context).offsets.topicsOf(groupId)].map(([name, partitionIndexes]) => {
    const topicId = version >= topicIdsSince ? (cluster.topics.byName(name)?.id ?? zeroUuid) : zeroUuid
    return { name, topicId, partitionIndexes }
  })
}

function offsetOf(
  context: RequestContext,
  { requireStable }: Request,
  groupId: string,
  topic: AskedTopic,
  partitionIndex: number,
) {
  const { offsets } = groupsOf(context)
  const name = topic.topicId === zeroUuid ? topic.name : findTopic(context.cluster, null, topic.topicId)?.name
  if (name === undefined) return none(partitionIndex, unknownTopicCode(topic.topicId))
  if (requireStable && offsets.isPending(groupId, name, partitionIndex)) {
    return none(partitionIndex, kafkaCode.UNSTABLE_OFFSET_COMMIT)
  }
  const found = offsets.get(groupId, name, partitionIndex)
  if (found === undefined) return none(partitionIndex, kafkaCode.NONE)
  const { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata } = found
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode: kafkaCode.NONE }
}

const none = (partitionIndex: number, errorCode: number) => {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
}

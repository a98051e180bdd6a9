// ConsumerGroupDescribe (KIP-848): epochs, and for each member what it has and what it shall have.
import { consumerGroupDescribe, memberType } from '../../wire/apis/69-consumer-group-describe.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import type { PartitionSets } from '../../wire/group/assignors.ts'
import { allowedOn, notAsked } from '../authorized-operations.ts'
import type { ClusterState } from '../cluster.ts'
import type { ConsumerGroup } from '../groups/consumer.ts'
import { type ConsumerMember, shownEpochOf } from '../groups/consumer-members.ts'
import { groupsOf, placeError } from '../groups/of-cluster.ts'
import { handlerOf, type RequestContext } from '../handler.ts'

export const consumerGroupDescribeHandler = handlerOf(consumerGroupDescribe, (context, request) => {
  const authorizedOperations = request.includeAuthorizedOperations ? allowedOn.group : notAsked
  const groups = request.groupIds.map(groupId => ({ ...describe(context, groupId), groupId, authorizedOperations }))
  return { throttleTimeMs: 0, groups }
})

function describe(context: RequestContext, groupId: string) {
  const misplaced = placeError(context, groupId)
  if (misplaced !== kafkaCode.NONE) return refused(misplaced, null)
  const group = groupsOf(context).get(groupId)
  if (group?.type === 'consumer') return known(context.cluster, group)
  const why = group === undefined ? 'not found' : 'not a consumer group'
  return refused(kafkaCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is ${why}.`)
}

const refused = (errorCode: number, errorMessage: string | null) => {
  return { errorCode, errorMessage, groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
}

function known(cluster: ClusterState, group: ConsumerGroup) {
  const { state: groupState, epoch: groupEpoch, assignmentEpoch, assignorName } = group
  const members = [...group.members].map(member => memberOf(cluster, group, member))
  return { errorCode: kafkaCode.NONE, groupState, groupEpoch, assignmentEpoch, assignorName, members }
}

function memberOf(cluster: ClusterState, group: ConsumerGroup, member: ConsumerMember) {
  const { memberId, instanceId, rackId, clientId, clientHost, subscription, current } = member
  const assigned = new Map([...current.assigned].map(([id, partitions]) => [id, new Set(partitions.keys())]))
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch: shownEpochOf(member),
    clientId,
    clientHost,
    subscribedTopicNames: subscription.names,
    subscribedTopicRegex: subscription.regex === '' ? null : subscription.regex,
    assignment: { topicPartitions: listOf(cluster, assigned) },
    targetAssignment: { topicPartitions: listOf(cluster, group.targetOf(memberId)) },
    memberType: memberType.consumer,
  }
}

/** Without topics that are deleted: they have no name any more. */
const listOf = (cluster: ClusterState, sets: PartitionSets) =>
  [...sets].flatMap(([topicId, partitions]) => {
    const topicName = cluster.topics.byId(topicId)?.name
    return topicName === undefined ? [] : [{ topicId, topicName, partitions: [...partitions].sort((a, b) => a - b) }]
  })

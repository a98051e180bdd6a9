// ConsumerGroupHeartbeat (KIP-848): what a member wants and owns goes in, what it shall own comes out.
import { consumerGroupHeartbeat } from '../../wire/apis/68-consumer-group-heartbeat.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import type { HeartbeatRequest } from '../groups/consumer-messages.ts'
import { groupsOf, hostOf, placeError } from '../groups/of-cluster.ts'
import type { PartitionEpochs } from '../groups/reconcile.ts'
import { handlerOf, type RequestBodyOf, type RequestContext } from '../handler.ts'

type Request = RequestBodyOf<typeof consumerGroupHeartbeat>

const ownMemberIdSince = 1

export const consumerGroupHeartbeatHandler = handlerOf(consumerGroupHeartbeat, (context, request) => {
  const misplaced = placeError(context, request.groupId)
  if (misplaced !== kafkaCode.NONE) return refuse(misplaced, null)
  const answer = groupsOf(context).consumerHeartbeat(request.groupId, askedOf(context, request))
  if ('errorCode' in answer) return refuse(answer.errorCode, answer.errorMessage)
  const { memberId, memberEpoch, heartbeatIntervalMs, assigned } = answer
  const assignment = assigned === undefined ? null : { topicPartitions: listOf(assigned) }
  return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, memberId, memberEpoch, heartbeatIntervalMs, assignment }
})

const refuse = (errorCode: number, errorMessage: string | null) => {
  return { throttleTimeMs: 0, errorCode, errorMessage, memberEpoch: 0, heartbeatIntervalMs: 0 }
}

function askedOf(context: RequestContext, request: Request): HeartbeatRequest {
  const { cluster, version, clientId } = context
  const { memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor } = request
  const isWithoutId = version < ownMemberIdSince && request.memberId === '' && memberEpoch === 0
  const { subscribedTopicNames: names, subscribedTopicRegex: regex } = request
  return {
    memberId: isWithoutId ? cluster.newUuid() : request.memberId,
    memberEpoch,
    instanceId,
    rackId,
    rebalanceTimeoutMs,
    serverAssignor,
    subscription: names === null && regex === null ? undefined : { names: names ?? [], regex: regex ?? '' },
    owned: request.topicPartitions === null ? undefined : ownedOf(request.topicPartitions),
    clientId: clientId ?? '',
    clientHost: hostOf(context),
  }
}

const ownedOf = (topics: NonNullable<Request['topicPartitions']>): Map<string, Set<number>> =>
  new Map(topics.map(({ topicId, partitions }) => [topicId, new Set(partitions)]))

const listOf = (assigned: PartitionEpochs) =>
  [...assigned].map(([topicId, partitions]) => {
    return { topicId, partitions: [...partitions.keys()].sort((a, b) => a - b) }
  })

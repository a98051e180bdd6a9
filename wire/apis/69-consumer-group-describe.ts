// ConsumerGroupDescribe (key 69, KIP-848): state, epochs, members and assignments of groups of the new protocol.
import { api, array, boolean, int8, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

/** KIP-1099: which protocol a member speaks while a group moves from one to the other. */
export const memberType = { unknown: -1, classic: 0, consumer: 1 } as const

const assignment = struct({
  topicPartitions: array({ topicId: uuid, topicName: string, partitions: array(int32) }),
})

export const consumerGroupDescribe = api({
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: [0, 1],
  flexibleSince: 0,
  request: { groupIds: array(string), includeAuthorizedOperations: boolean.default(false) },
  response: {
    throttleTimeMs: int32,
    groups: array({
      errorCode: int16,
      errorMessage: nullable(string).default(null),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      assignorName: string,
      members: array({
        memberId: string,
        instanceId: nullable(string).default(null),
        rackId: nullable(string).default(null),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: array(string),
        subscribedTopicRegex: nullable(string).default(null),
        assignment,
        targetAssignment: assignment,
        memberType: int8.since(1).default(memberType.unknown),
      }),
      authorizedOperations: int32.default(-0x8000_0000),
    }),
  },
})

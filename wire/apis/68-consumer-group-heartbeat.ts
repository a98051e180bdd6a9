// ConsumerGroupHeartbeat (key 68, KIP-848): all there is between a member and its group. It joins, says what it owns, is
// told what it should own, and leaves. A field that has not changed since the last heartbeat is left out (null or -1).
import { api, array, int16, int32, nullable, string, uuid } from '../schema.ts'

const topicPartitions = array({ topicId: uuid, partitions: array(int32) })

export const consumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    groupId: string,
    memberId: string, // v0: empty when joining, the coordinator gives one; v1: of the member's own making
    memberEpoch: int32, // 0 joins, -1 leaves, -2 is a static member that leaves and means to come back
    instanceId: nullable(string).default(null),
    rackId: nullable(string).default(null),
    rebalanceTimeoutMs: int32.default(-1),
    subscribedTopicNames: nullable(array(string)).default(null),
    subscribedTopicRegex: nullable(string).since(1).default(null), // in the dialect of RE2/J
    serverAssignor: nullable(string).default(null),
    topicPartitions: nullable(topicPartitions).default(null), // what the member owns
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string).default(null),
    memberId: nullable(string).default(null),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: nullable({ topicPartitions }).default(null), // null: as before
  },
})

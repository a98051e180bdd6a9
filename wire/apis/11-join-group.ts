// JoinGroup (key 11): a member of a classic group asks to be in its next generation. The answer comes when the group's
// rebalance is over, and gives the leader everyone's subscription. KIP-345 (v5) has static members, KIP-814 (v9) tells a
// leader that it need not assign.
import { api, array, boolean, bytes, int16, int32, nullable, string } from '../schema.ts'

export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleSince: 6,
  request: {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: int32.since(1).default(-1), // v0: the session timeout serves as both
    memberId: string, // empty: the coordinator gives one, and from v4 on asks to come back with it (KIP-394)
    groupInstanceId: nullable(string).since(5),
    protocolType: string,
    protocols: array({ name: string, metadata: bytes }), // in order of preference
    reason: nullable(string).since(8), // KIP-800
  },
  response: {
    throttleTimeMs: int32.since(2),
    errorCode: int16,
    generationId: int32.default(-1),
    protocolType: nullable(string).since(7),
    protocolName: nullable(string), // null from v7 on only
    leader: string,
    skipAssignment: boolean.since(9).default(false),
    memberId: string,
    members: array({ memberId: string, groupInstanceId: nullable(string).since(5), metadata: bytes }),
  },
})

// DescribeGroups (key 15): state and members of classic groups. A group that is unknown reads as Dead up to v5, and is an
// error of its own in v6 (KIP-1043).
import { api, array, boolean, bytes, int16, int32, nullable, string } from '../schema.ts'

export const describeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleSince: 5,
  request: { groups: array(string), includeAuthorizedOperations: boolean.since(3) },
  response: {
    throttleTimeMs: int32.since(1),
    groups: array({
      errorCode: int16,
      errorMessage: nullable(string).since(6),
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string, // name of the chosen protocol
      members: array({
        memberId: string,
        groupInstanceId: nullable(string).since(4),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      }),
      authorizedOperations: int32.since(3).default(-0x8000_0000),
    }),
  },
})

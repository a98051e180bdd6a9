// SyncGroup (key 14): the leader of a classic group hands in who gets what, and every member is told its own share.
import { api, array, bytes, int16, int32, nullable, string } from '../schema.ts'

export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullable(string).since(3), // KIP-345
    protocolType: nullable(string).since(5), // KIP-559: so that a proxy can read the assignment
    protocolName: nullable(string).since(5),
    assignments: array({ memberId: string, assignment: bytes }), // empty unless from the leader
  },
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    protocolType: nullable(string).since(5),
    protocolName: nullable(string).since(5),
    assignment: bytes,
  },
})

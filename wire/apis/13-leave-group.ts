// LeaveGroup (key 13): a member goes; from v3 on several at once, and static ones by their instance id (KIP-345).
import { api, array, int16, int32, nullable, string } from '../schema.ts'

export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string,
    memberId: string.until(2),
    members: array({
      memberId: string,
      groupInstanceId: nullable(string),
      reason: nullable(string).since(5), // KIP-800
    }).since(3),
  },
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    members: array({ memberId: string, groupInstanceId: nullable(string), errorCode: int16 }).since(3),
  },
})

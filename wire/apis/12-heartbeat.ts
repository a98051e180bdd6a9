// Heartbeat (key 12): a member of a classic group is alive, and asks whether the group rebalances.
import { api, int16, int32, nullable, string } from '../schema.ts'

export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleSince: 4,
  request: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: nullable(string).since(3), // KIP-345
  },
  response: { throttleTimeMs: int32.since(1), errorCode: int16 },
})

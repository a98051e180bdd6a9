// ListGroups (key 16): the groups that a broker coordinates, by state (KIP-518, v4) and type (KIP-848, v5).
import { api, array, int16, int32, string } from '../schema.ts'

export const listGroups = api({
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleSince: 3,
  request: { statesFilter: array(string).since(4), typesFilter: array(string).since(5) }, // empty: all
  response: {
    throttleTimeMs: int32.since(1),
    errorCode: int16,
    groups: array({
      groupId: string,
      protocolType: string,
      groupState: string.since(4),
      groupType: string.since(5),
    }),
  },
})

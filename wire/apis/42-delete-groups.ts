// DeleteGroups (key 42): forgets groups that have no members, with their offsets.
import { api, array, int16, int32, nullable, string } from '../schema.ts'

export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 3],
  flexibleSince: 2,
  request: { groupsNames: array(string) },
  response: {
    throttleTimeMs: int32,
    results: array({ groupId: string, errorCode: int16, errorMessage: nullable(string).since(3) }),
  },
})

// DeleteTopics (key 20). KIP-516 (v6): by name or by id, one of the two.
import { api, array, int16, int32, nullable, string, uuid, zeroUuid } from '../schema.ts'

export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexibleSince: 4,
  request: {
    topics: array({ name: nullable(string), topicId: uuid.default(zeroUuid) }).since(6),
    topicNames: array(string).until(5),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: int32,
    responses: array({
      name: nullable(string), // null since v6, when an id is not known
      topicId: uuid.since(6),
      errorCode: int16,
      errorMessage: nullable(string).since(5),
    }),
  },
})

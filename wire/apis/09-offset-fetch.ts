// OffsetFetch (key 9): the committed offsets of groups. KIP-709 (v8) asks for many groups in one request, KIP-516 (v10)
// has topics by id.
//
// An API file is its grammar: read it beside the protocol guide, line against line.
//   since/until: field exists in these versions     nullable: may be null     tag(n): tagged field
import { api, array, boolean, int16, int32, nullable, roundedInt64, string, uuid } from '../schema.ts'

const committed = {
  partitionIndex: int32,
  committedOffset: roundedInt64, // -1: no commit; nothing keeps clients from committing any number
  committedLeaderEpoch: int32.since(5).default(-1),
  metadata: nullable(string),
  errorCode: int16,
}

export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 10],
  flexibleSince: 6,
  request: {
    groupId: string.until(7),
    topics: nullable(array({ name: string, partitionIndexes: array(int32) })).until(7), // null (v2): all of the group
    groups: array({
      groupId: string,
      memberId: nullable(string).since(9),
      memberEpoch: int32.since(9).default(-1),
      topics: nullable(array({ name: string.until(9), topicId: uuid.since(10), partitionIndexes: array(int32) })),
    }).since(8),
    requireStable: boolean.since(7).default(false), // KIP-447: wait for pending transactional commits
  },
  response: {
    throttleTimeMs: int32.since(3),
    topics: array({ name: string, partitions: array(committed) }).until(7),
    errorCode: int16.since(2).until(7),
    groups: array({
      groupId: string,
      topics: array({ name: string.until(9), topicId: uuid.since(10), partitions: array(committed) }),
      errorCode: int16,
    }).since(8),
  },
})

// OffsetCommit (key 8): a group's positions. A simple consumer, without a group protocol, commits with generation -1 and
// an empty member id. KIP-848 (v9) reads the generation as member epoch, KIP-516 (v10) has topics by id.
import { api, array, int16, int32, int64, nullable, roundedInt64, string, uuid } from '../schema.ts'

export const offsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 10],
  flexibleSince: 8,
  request: {
    groupId: string,
    generationIdOrMemberEpoch: int32.default(-1),
    memberId: string.default(''),
    groupInstanceId: nullable(string).since(7), // KIP-345
    retentionTimeMs: int64.until(4).default(-1), // -1: the broker's own
    topics: array({
      name: string.until(9),
      topicId: uuid.since(10),
      partitions: array({
        partitionIndex: int32,
        committedOffset: roundedInt64,
        committedLeaderEpoch: int32.since(6).default(-1),
        committedMetadata: nullable(string),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32.since(3),
    topics: array({
      name: string.until(9),
      topicId: uuid.since(10),
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
})

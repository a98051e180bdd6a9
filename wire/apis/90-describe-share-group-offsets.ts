// DescribeShareGroupOffsets (key 90, KIP-932): where the records in flight of share groups begin. KIP-1226 (v1) adds the lag.
import { api, array, int16, int32, int64, nullable, string, uuid } from '../schema.ts'

export const describeShareGroupOffsets = api({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    groups: array({
      groupId: string,
      topics: nullable(array({ topicName: string, partitions: array(int32) })), // null: all topics of the group
    }),
  },
  response: {
    throttleTimeMs: int32,
    groups: array({
      groupId: string,
      topics: array({
        topicName: string,
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          startOffset: int64, // -1: not yet initialized
          leaderEpoch: int32,
          lag: int64.since(1).default(-1), // -1: not known
          errorCode: int16,
          errorMessage: nullable(string).default(null),
        }),
      }),
      errorCode: int16,
      errorMessage: nullable(string).default(null),
    }),
  },
})

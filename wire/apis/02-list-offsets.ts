// ListOffsets (key 2): an offset by time. Timestamps below zero are questions of their own.
import { api, array, int8, int16, int32, int64, string } from '../schema.ts'

/** Special timestamps, with the version that brought them. */
export const offsetAt = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3, // v7, KIP-734
  earliestLocal: -4, // v8, KIP-405
  latestTiered: -5, // v9, KIP-1005
  earliestPendingUpload: -6, // v11, KIP-1023
} as const

export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 11],
  flexibleSince: 6,
  request: {
    replicaId: int32.default(-1), // -1: a consumer
    isolationLevel: int8.since(2).default(0), // 1: `latest` is the last stable offset
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        currentLeaderEpoch: int32.since(4).default(-1),
        timestamp: int64,
      }),
    }),
    timeoutMs: int32.since(10), // KIP-1075: for answers that need the remote tier
  },
  response: {
    throttleTimeMs: int32.since(2),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        timestamp: int64.default(-1),
        offset: int64.default(-1),
        leaderEpoch: int32.since(4).default(-1),
      }),
    }),
  },
})

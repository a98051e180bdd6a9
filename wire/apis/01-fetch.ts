// Fetch (key 1): record batches out. KIP-227 (v7) fetch sessions, KIP-516 (v13) topics by id, KIP-951 (v16) new leader in
// the answer. Consumers leave the follower's fields at their defaults.
import { api, array, int8, int16, int32, int64, nullable, records, string, struct, uuid } from '../schema.ts'

const leader = struct({ leaderId: int32.default(-1), leaderEpoch: int32.default(-1) })

export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexibleSince: 12,
  request: {
    clusterId: nullable(string).since(12).tag(0),
    replicaId: int32.until(14).default(-1), // -1: a consumer
    replicaState: struct({ replicaId: int32.default(-1), replicaEpoch: int64.default(-1) })
      .since(15)
      .tag(1),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.default(0x7fffffff),
    isolationLevel: int8.default(0), // 0: read uncommitted, 1: read committed
    sessionId: int32.since(7),
    sessionEpoch: int32.since(7).default(-1), // -1: no session
    topics: array({
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32.since(9).default(-1), // -1: the broker does not check (KIP-320)
        fetchOffset: int64,
        lastFetchedEpoch: int32.since(12).default(-1),
        logStartOffset: int64.since(5).default(-1),
        partitionMaxBytes: int32,
        replicaDirectoryId: uuid.since(17).tag(0),
        highWatermark: int64.since(18).tag(1).default(Number.MAX_SAFE_INTEGER), // absent: unknown, 2^63-1 in the protocol
      }),
    }),
    forgottenTopicsData: array({
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: array(int32),
    }).since(7),
    rackId: string.since(11), // KIP-392: fetch from the closest replica
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16.since(7),
    sessionId: int32.since(7),
    responses: array({
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: int64.default(-1),
        logStartOffset: int64.since(5).default(-1),
        divergingEpoch: struct({ epoch: int32.default(-1), endOffset: int64.default(-1) })
          .since(12)
          .tag(0),
        currentLeader: leader.since(12).tag(1),
        snapshotId: struct({ endOffset: int64.default(-1), epoch: int32.default(-1) })
          .since(12)
          .tag(2),
        abortedTransactions: nullable(array({ producerId: int64, firstOffset: int64 })),
        preferredReadReplica: int32.since(11).default(-1),
        records,
      }),
    }),
    nodeEndpoints: array({ nodeId: int32, host: string, port: int32, rack: nullable(string) })
      .since(16)
      .tag(0),
  },
})

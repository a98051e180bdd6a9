// Produce (key 0): record batches in. With acks=0 there is no response at all. KIP-516 (v13): topics by id, not by name.
import { api, array, int16, int32, int64, nullable, records, string, struct, uuid } from '../schema.ts'

export const produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 13], // 10: KIP-951 new leader in the answer; 12: KIP-890 transactions without AddPartitionsToTxn
  flexibleSince: 9,
  request: {
    transactionalId: nullable(string).default(null),
    acks: int16, // 0: none, 1: the leader's, -1: all in sync
    timeoutMs: int32,
    topicData: array({
      name: string.until(12),
      topicId: uuid.since(13),
      partitionData: array({ index: int32, records }),
    }),
  },
  response: {
    responses: array({
      name: string.until(12),
      topicId: uuid.since(13),
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: int64.default(-1), // -1: the topic keeps the time that the client set
        logStartOffset: int64.since(5).default(-1),
        recordErrors: array({ batchIndex: int32, batchIndexErrorMessage: nullable(string) }).since(8), // KIP-467
        errorMessage: nullable(string).since(8),
        currentLeader: struct({ leaderId: int32.default(-1), leaderEpoch: int32.default(-1) })
          .since(10)
          .tag(0),
      }),
    }),
    throttleTimeMs: int32,
    nodeEndpoints: array({ nodeId: int32, host: string, port: int32, rack: nullable(string) })
      .since(10)
      .tag(0),
  },
})

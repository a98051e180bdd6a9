// TxnOffsetCommit (key 28): offsets that become a group's when the transaction commits (KIP-98). KIP-447 (v3) has the
// group check who commits; KIP-890 (v5) adds the group to the transaction by itself; v6: topics by id.
import { api, array, int16, int32, int64, nullable, roundedInt64, string, uuid } from '../schema.ts'

export const txnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 6],
  flexibleSince: 3,
  request: {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationIdOrMemberEpoch: int32.since(3).default(-1), // -1: the committer is no member
    memberId: string.since(3).default(''),
    groupInstanceId: nullable(string).since(3),
    topics: array({
      name: string.until(5),
      topicId: uuid.since(6),
      partitions: array({
        partitionIndex: int32,
        committedOffset: roundedInt64,
        committedLeaderEpoch: int32.since(2).default(-1),
        committedMetadata: nullable(string),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32,
    topics: array({
      name: string.until(5),
      topicId: uuid.since(6),
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
})

// DescribeTopicPartitions (key 75, KIP-966): topics page by page, with the replicas that may lead when the ISR is empty.
import { api, array, boolean, int16, int32, nullable, string, uuid } from '../schema.ts'

const cursor = { topicName: string, partitionIndex: int32 }

export const describeTopicPartitions = api({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    topics: array({ name: string }), // none: all
    responsePartitionLimit: int32.default(2_000),
    cursor: nullable(cursor).default(null), // the first partition to answer
  },
  response: {
    throttleTimeMs: int32,
    topics: array({
      errorCode: int16,
      name: nullable(string),
      topicId: uuid,
      isInternal: boolean,
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32.default(-1),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        eligibleLeaderReplicas: nullable(array(int32)).default(null),
        lastKnownElr: nullable(array(int32)).default(null),
        offlineReplicas: array(int32),
      }),
      topicAuthorizedOperations: int32.default(-0x8000_0000),
    }),
    nextCursor: nullable(cursor).default(null), // null: that was all
  },
})

// DescribeQuorum (key 55, KIP-595): who leads the KRaft quorum, and how far the other controllers are.
import { api, array, int16, int32, int64, nullable, string, uint16, uuid } from '../schema.ts'

const replica = {
  replicaId: int32,
  replicaDirectoryId: uuid.since(2),
  logEndOffset: int64, // -1: not known
  lastFetchTimestamp: int64.since(1).default(-1), // KIP-836, likewise
  lastCaughtUpTimestamp: int64.since(1).default(-1),
}

export const describeQuorum = api({
  key: 55,
  name: 'DescribeQuorum',
  versions: [0, 2],
  flexibleSince: 0,
  request: {
    topics: array({ topicName: string, partitions: array({ partitionIndex: int32 }) }),
  },
  response: {
    errorCode: int16,
    errorMessage: nullable(string).since(2),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string).since(2),
        leaderId: int32,
        leaderEpoch: int32,
        highWatermark: int64,
        currentVoters: array(replica),
        observers: array(replica),
      }),
    }),
    nodes: array({
      nodeId: int32,
      listeners: array({ name: string, host: string, port: uint16 }),
    }).since(2), // KIP-853
  },
})

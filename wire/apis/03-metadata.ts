// Metadata (key 3): brokers, topics, leaders. KIP-516 (v10) topic ids; v12 asks by id alone (name null).
import { api, array, boolean, int16, int32, nullable, string, uuid } from '../schema.ts'

/** `authorizedOperations` that were not asked for (KIP-430). */
const notAsked = -0x8000_0000

export const metadata = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexibleSince: 9,
  request: {
    topics: nullable(array({ topicId: uuid.since(10), name: nullable(string) })), // null: all; v0 says it by an empty list
    allowAutoTopicCreation: boolean.since(4).default(true),
    includeClusterAuthorizedOperations: boolean.since(8).until(10),
    includeTopicAuthorizedOperations: boolean.since(8),
  },
  response: {
    throttleTimeMs: int32.since(3),
    brokers: array({ nodeId: int32, host: string, port: int32, rack: nullable(string).since(1) }),
    clusterId: nullable(string).since(2),
    controllerId: int32.since(1).default(-1), // with KRaft any live broker, which forwards
    topics: array({
      errorCode: int16,
      name: nullable(string), // null since v12, when an id is not known
      topicId: uuid.since(10),
      isInternal: boolean.since(1),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32, // -1: none
        leaderEpoch: int32.since(7).default(-1),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        offlineReplicas: array(int32).since(5),
      }),
      topicAuthorizedOperations: int32.since(8).default(notAsked),
    }),
    clusterAuthorizedOperations: int32.since(8).until(10).default(notAsked),
    errorCode: int16.since(13), // KIP-1102: the client is asked to bootstrap again
  },
})

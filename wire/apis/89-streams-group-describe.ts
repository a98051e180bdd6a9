// StreamsGroupDescribe (key 89, KIP-1071): state, topology, members and tasks of Kafka Streams groups.
import { api, array, boolean, int8, int16, int32, int64, nullable, string, struct, uint16 } from '../schema.ts'

const keyValues = array({ key: string, value: string })
const topics = array({ name: string, partitions: int32, replicationFactor: int16, topicConfigs: keyValues })
const taskOffsets = array({ subtopologyId: string, partition: int32, offset: int64 })
const tasks = array({ subtopologyId: string, partitions: array(int32) })
const assignment = struct({ activeTasks: tasks, standbyTasks: tasks, warmupTasks: tasks })

const node = struct({
  name: string,
  nodeType: int8,
  sourceTopics: array(string),
  sinkTopic: nullable(string),
  stores: array(string),
  successors: array(string),
})
const topologyDescription = struct({
  subtopologies: array({ subtopologyId: string, nodes: array(node) }),
  globalStores: array({ source: node, processor: node }),
})

export const streamsGroupDescribe = api({
  key: 89,
  name: 'StreamsGroupDescribe',
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    groupIds: array(string),
    includeAuthorizedOperations: boolean.default(false),
    includeTopologyDescription: boolean.since(1).default(false),
  },
  response: {
    throttleTimeMs: int32,
    groups: array({
      errorCode: int16,
      errorMessage: nullable(string).default(null),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      topology: nullable(
        struct({
          epoch: int32,
          subtopologies: nullable(
            array({
              subtopologyId: string,
              sourceTopics: array(string),
              repartitionSinkTopics: array(string),
              stateChangelogTopics: topics,
              repartitionSourceTopics: topics,
            }),
          ),
        }),
      ).default(null),
      members: array({
        memberId: string,
        memberEpoch: int32,
        instanceId: nullable(string).default(null),
        rackId: nullable(string).default(null),
        clientId: string,
        clientHost: string,
        topologyEpoch: int32,
        processId: string,
        userEndpoint: nullable(struct({ host: string, port: uint16 })).default(null),
        clientTags: keyValues,
        taskOffsets,
        taskEndOffsets: taskOffsets,
        assignment,
        targetAssignment: assignment,
        isClassic: boolean,
      }),
      authorizedOperations: int32.default(-0x8000_0000),
      topologyDescription: nullable(topologyDescription).since(1).default(null),
      topologyDescriptionStatus: int8.since(1),
      assignorName: nullable(string).since(1).default(null),
    }),
  },
})

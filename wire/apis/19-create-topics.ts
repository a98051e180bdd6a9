// CreateTopics (key 19). KIP-525 (v5) answers with the settings that the topic really got.
import { api, array, boolean, int8, int16, int32, nullable, string, uuid } from '../schema.ts'

export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexibleSince: 5,
  request: {
    topics: array({
      name: string,
      numPartitions: int32, // -1: the broker's default (v4, KIP-464), or assignments are given
      replicationFactor: int16, // -1: likewise
      assignments: array({ partitionIndex: int32, brokerIds: array(int32) }).default([]),
      configs: array({ name: string, value: nullable(string) }).default([]),
    }),
    timeoutMs: int32.default(60_000),
    validateOnly: boolean.default(false),
  },
  response: {
    throttleTimeMs: int32,
    topics: array({
      name: string,
      topicId: uuid.since(7),
      errorCode: int16,
      errorMessage: nullable(string),
      topicConfigErrorCode: int16.since(5).tag(0), // set when the caller may create the topic but not see its settings
      numPartitions: int32.since(5).default(-1),
      replicationFactor: int16.since(5).default(-1),
      configs: nullable(
        array({
          name: string,
          value: nullable(string),
          readOnly: boolean,
          configSource: int8.default(-1),
          isSensitive: boolean,
        }),
      ).since(5),
    }),
  },
})

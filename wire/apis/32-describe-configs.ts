// DescribeConfigs (key 32): settings of topics and brokers, each with where it comes from.
import { api, array, boolean, int8, int16, int32, nullable, string } from '../schema.ts'

export const resourceType = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const

export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexibleSince: 4,
  request: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configurationKeys: nullable(array(string)), // null: all
    }),
    includeSynonyms: boolean.default(false),
    includeDocumentation: boolean.since(3).default(false),
  },
  response: {
    throttleTimeMs: int32,
    results: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: nullable(string), // null: sensitive
        readOnly: boolean,
        configSource: int8.default(-1),
        isSensitive: boolean,
        synonyms: array({ name: string, value: nullable(string), source: int8 }),
        configType: int8.since(3),
        documentation: nullable(string).since(3),
      }),
    }),
  },
})

// DescribeCluster (key 60): brokers or controllers of the cluster (KIP-919, v1), fenced ones too when asked (v2).
import { api, array, boolean, int8, int16, int32, nullable, string } from '../schema.ts'

export const endpointType = { brokers: 1, controllers: 2 } as const

export const describeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleSince: 0,
  request: {
    includeClusterAuthorizedOperations: boolean.default(false),
    endpointType: int8.since(1).default(endpointType.brokers),
    includeFencedBrokers: boolean.since(2), // KIP-1073
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    endpointType: int8.since(1).default(endpointType.brokers),
    clusterId: string,
    controllerId: int32.default(-1),
    brokers: array({
      brokerId: int32,
      host: string,
      port: int32,
      rack: nullable(string),
      isFenced: boolean.since(2),
    }),
    clusterAuthorizedOperations: int32.default(-0x8000_0000),
  },
})

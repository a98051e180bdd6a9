// DescribeCluster: the brokers. Controllers are not listed apart: clients reach none but the brokers.
import { describeCluster, endpointType } from '../../wire/apis/60-describe-cluster.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { allowedOn, notAsked } from '../authorized-operations.ts'
import { handlerOf } from '../handler.ts'
import { endpointOf } from '../topic-refs.ts'

export const describeClusterHandler = handlerOf(describeCluster, ({ cluster, connection }, request) => {
  const { clusterId, controllerId } = cluster
  if (request.endpointType !== endpointType.brokers) {
    const errorMessage =
      'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
    const errorCode = kafkaCode.MISMATCHED_ENDPOINT_TYPE
    return { throttleTimeMs: 0, errorCode, errorMessage, clusterId, brokers: [] }
  }
  const shown = request.includeFencedBrokers ? [...cluster.brokers.values()] : cluster.aliveBrokers
  return {
    throttleTimeMs: 0,
    errorCode: kafkaCode.NONE,
    errorMessage: null,
    clusterId,
    controllerId,
    brokers: shown.map(broker => {
      const { nodeId: brokerId, ...rest } = endpointOf(broker, connection)
      return { brokerId, ...rest, isFenced: !broker.isAlive }
    }),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? allowedOn.cluster : notAsked,
  }
})

// FindCoordinator: the broker in charge of a group or a transactional id. Share groups are not served (SKIPPED.md).
import { coordinatorType, findCoordinator } from '../../wire/apis/10-find-coordinator.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { handlerOf, type RequestContext } from '../handler.ts'
import { endpointOf } from '../topic-refs.ts'

const manySince = 4

export const findCoordinatorHandler = handlerOf(findCoordinator, (context, { key, keyType, coordinatorKeys }) => {
  if (context.version < manySince) return { throttleTimeMs: 0, ...find(context, key, keyType) }
  return { throttleTimeMs: 0, coordinators: coordinatorKeys.map(each => find(context, each, keyType)) }
})

function find({ cluster, connection }: RequestContext, key: string, keyType: number) {
  const none = { key, nodeId: -1, host: '', port: -1 }
  if (keyType !== coordinatorType.group && keyType !== coordinatorType.transaction) {
    return { ...none, errorCode: kafkaCode.INVALID_REQUEST, errorMessage: `Coordinator type ${keyType} is not served.` }
  }
  if (keyType === coordinatorType.transaction && key === '') {
    return { ...none, errorCode: kafkaCode.INVALID_REQUEST, errorMessage: 'The transactional id is empty.' }
  }
  const broker = cluster.coordinatorOf(key)
  if (broker === undefined) {
    return { ...none, errorCode: kafkaCode.COORDINATOR_NOT_AVAILABLE, errorMessage: 'No broker is alive.' }
  }
  const { nodeId, host, port } = endpointOf(broker, connection)
  return { key, nodeId, host, port, errorCode: kafkaCode.NONE, errorMessage: null }
}

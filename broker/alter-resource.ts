// Changes the settings of one resource as a whole: all of the changes, or none with the reason.
import { kafkaCode } from '../wire/error-codes.ts'
import type { ClusterState } from './cluster.ts'
import { applyChanges, type ConfigChange, findResource } from './config-resources.ts'
import type { Problem } from './topics.ts'

interface ResourceName {
  readonly resourceType: number
  readonly resourceName: string
}

export interface AlterOptions {
  /** Settings that are not named go back to their defaults. */
  readonly isFresh: boolean
  readonly validateOnly: boolean
}

export function alterResource(
  cluster: ClusterState,
  name: ResourceName,
  changes: readonly ConfigChange[],
  { isFresh, validateOnly }: AlterOptions,
) {
  const failed = ({ errorCode, message }: Problem) => ({ ...name, errorCode, errorMessage: message })
  if (new Set(changes.map(change => change.name)).size < changes.length) {
    return failed({ errorCode: kafkaCode.INVALID_REQUEST, message: 'Error due to duplicate config keys' })
  }
  const resource = findResource(cluster, name.resourceType, name.resourceName)
  if ('errorCode' in resource) return failed(resource)
  const after = applyChanges(isFresh ? { ...resource, own: new Map() } : resource, changes)
  if ('errorCode' in after) return failed(after)
  if (!validateOnly) resource.replace(after)
  return { ...name, errorCode: kafkaCode.NONE, errorMessage: null }
}

// What has settings: topics and brokers, behind one face for describing and altering.
import { resourceType } from '../wire/apis/32-describe-configs.ts'
import { configOperation } from '../wire/apis/44-incremental-alter-configs.ts'
import { kafkaCode } from '../wire/error-codes.ts'
import { brokerConfigDefinitions, type ConfigScope } from './broker-configs.ts'
import type { ClusterState } from './cluster.ts'
import { brokerConfigEntries, type ConfigEntry, topicConfigEntries } from './config-entries.ts'
import type { Topic } from './topic.ts'
import { type ConfigDefinition, listOf, problemWith, topicConfigDefinitions } from './topic-configs.ts'
import type { Problem } from './topics.ts'

export interface ConfigResource {
  readonly definitions: ReadonlyMap<string, ConfigDefinition>
  /** What was set for this resource; the others have their defaults. */
  readonly own: ReadonlyMap<string, string>
  entries(): ConfigEntry[]
  /** The value that counts now. */
  valueOf(name: string): string
  /** From now on these are its own settings, and no others. */
  replace(own: ReadonlyMap<string, string>): void
}

export interface ConfigChange {
  readonly name: string
  readonly operation: number
  readonly value: string | null
}

export function findResource(cluster: ClusterState, type: number, name: string): ConfigResource | Problem {
  if (type === resourceType.topic) {
    const topic = cluster.topics.byName(name)
    if (topic !== undefined) return ofTopic(cluster, topic)
    return { errorCode: kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, message: `Topic '${name}' does not exist.` }
  }
  if (type === resourceType.broker) {
    const scope: ConfigScope = name === '' ? '' : Number(name)
    if (scope === '' || cluster.brokers.has(scope)) return ofBroker(cluster, scope)
    return { errorCode: kafkaCode.INVALID_REQUEST, message: `There is no broker '${name}'.` }
  }
  return { errorCode: kafkaCode.INVALID_REQUEST, message: `Settings of resource type ${type} are not served.` }
}

/** The own settings after the changes, or why they cannot be. Nothing is changed. */
export function applyChanges(
  resource: ConfigResource,
  changes: readonly ConfigChange[],
): ReadonlyMap<string, string> | Problem {
  const own = new Map(resource.own)
  for (const { name, operation, value } of changes) {
    const definition = resource.definitions.get(name)
    if (definition === undefined) return invalid(`Unknown config name: ${name}`)
    if (operation === configOperation.delete) {
      own.delete(name)
      continue
    }
    if (value === null) return invalid(`Null value not supported for: ${name}`)
    const made = operation === configOperation.set ? value : changedList(resource, definition, operation, value)
    if (typeof made !== 'string') return made
    const why = problemWith(definition, made)
    if (why !== undefined) return invalid(why)
    own.set(name, made)
  }
  return own
}

function changedList(resource: ConfigResource, { name, type }: ConfigDefinition, operation: number, value: string) {
  const isAppend = operation === configOperation.append
  if (!isAppend && operation !== configOperation.subtract) return invalid(`Unknown operation ${operation} for ${name}`)
  if (type !== 'list') return invalid(`Config value append or subtract is not allowed for config key: ${name}`)
  const current = listOf(resource.valueOf(name))
  const words = listOf(value)
  const kept = current.filter(word => !words.includes(word))
  return (isAppend ? [...current, ...words.filter(word => !current.includes(word))] : kept).join(',')
}

const invalid = (message: string): Problem => ({ errorCode: kafkaCode.INVALID_CONFIG, message })

function ofTopic(cluster: ClusterState, topic: Topic): ConfigResource {
  return {
    definitions: topicConfigDefinitions,
    own: topic.configs,
    entries: () => topicConfigEntries(cluster, topic),
    valueOf: name => topic.valueOf(name),
    replace: own => replaceAll(topic.configs, own, () => topic.configsChanged()),
  }
}

function ofBroker(cluster: ClusterState, scope: ConfigScope): ConfigResource {
  const own = cluster.configs.dynamicOf(scope)
  const changed = () => {
    for (const topic of cluster.topics) topic.configsChanged()
  }
  return {
    definitions: brokerConfigDefinitions,
    own,
    entries: () => brokerConfigEntries(cluster, scope),
    valueOf: name => cluster.configs.valueOf(name, scope),
    replace: after => replaceAll(own, after, changed),
  }
}

function replaceAll(own: Map<string, string>, after: ReadonlyMap<string, string>, changed: () => void): void {
  const entries = [...after]
  own.clear()
  for (const [name, value] of entries) own.set(name, value)
  changed()
}

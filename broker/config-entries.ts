// Settings as DescribeConfigs and CreateTopics show them: the value, where it comes from, and what stands behind it.
import { brokerConfigDefinitions, type ConfigScope } from './broker-configs.ts'
import type { ClusterState } from './cluster.ts'
import type { Topic } from './topic.ts'
import { type ConfigDefinition, configTypeIds, topicConfigDefinitions } from './topic-configs.ts'

/** Sources on the wire. */
export const configSource = { topic: 1, broker: 2, defaultBroker: 3, staticBroker: 4, fallback: 5 } as const

export interface ConfigSynonym {
  readonly name: string
  readonly value: string
  readonly source: number
}

export interface ConfigEntry {
  readonly name: string
  readonly value: string
  readonly readOnly: boolean
  readonly source: number
  readonly isSensitive: boolean
  readonly configType: number
  /** All values there are for it, the one that counts first. */
  readonly synonyms: readonly ConfigSynonym[]
}

export function topicConfigEntries(cluster: ClusterState, topic: Topic): ConfigEntry[] {
  return [...topicConfigDefinitions.values()].map(definition => {
    const own = topic.configs.get(definition.name)
    const first = own === undefined ? [] : [{ name: definition.name, value: own, source: configSource.topic }]
    return entryOf(definition, [...first, ...brokerSynonyms(cluster, definition.brokerName, '')])
  })
}

export function brokerConfigEntries(cluster: ClusterState, scope: ConfigScope): ConfigEntry[] {
  const entries = [...brokerConfigDefinitions.values()].map(definition =>
    entryOf(definition, brokerSynonyms(cluster, definition.name, scope)),
  )
  // The default of all brokers shows only what was set for it, as in Kafka.
  return scope === '' ? entries.filter(({ source }) => source === configSource.defaultBroker) : entries
}

function entryOf(definition: ConfigDefinition, synonyms: readonly ConfigSynonym[]): ConfigEntry {
  const { value, source } = synonyms[0]!
  const { name, type } = definition
  return { name, value, readOnly: false, source, isSensitive: false, configType: configTypeIds[type], synonyms }
}

function brokerSynonyms({ configs }: ClusterState, name: string, scope: ConfigScope): ConfigSynonym[] {
  const values = [
    { source: configSource.broker, value: scope === '' ? undefined : configs.dynamic.get(scope)?.get(name) },
    { source: configSource.defaultBroker, value: configs.dynamic.get('')?.get(name) },
    { source: configSource.staticBroker, value: configs.givenOf(name) },
    { source: configSource.fallback, value: brokerConfigDefinitions.get(name)!.fallback },
  ]
  return values.flatMap(({ source, value }) => (value === undefined ? [] : [{ name, value, source }]))
}

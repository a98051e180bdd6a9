// The settings of the brokers: the defaults that topics inherit, and what clients and tools ask for by name. Changed ones are
// kept for the whole cluster or for one broker, as Kafka keeps its dynamic settings (KIP-226).
import { type ConfigDefinition, topicConfigDefinitions } from './topic-configs.ts'

const ofTopics = [...topicConfigDefinitions.values()].map(
  (definition): ConfigDefinition => ({ ...definition, name: definition.brokerName }),
)

const own: readonly ConfigDefinition[] = (
  [
    ['auto.create.topics.enable', 'boolean', 'true'],
    ['default.replication.factor', 'int', '1'],
    ['delete.topic.enable', 'boolean', 'true'],
    ['group.initial.rebalance.delay.ms', 'int', '0'],
    ['group.max.session.timeout.ms', 'int', '1800000'],
    ['group.min.session.timeout.ms', 'int', '6000'],
    ['group.max.size', 'int', '2147483647'],
    ['group.consumer.session.timeout.ms', 'int', '45000'],
    ['group.consumer.heartbeat.interval.ms', 'int', '5000'],
    ['num.partitions', 'int', '1'],
    ['offset.metadata.max.bytes', 'int', '4096'],
    ['offsets.retention.minutes', 'int', '10080'],
    ['transaction.max.timeout.ms', 'int', '900000'],
    ['transactional.id.expiration.ms', 'int', '604800000'],
    ['producer.id.expiration.ms', 'int', '86400000'],
    ['fetch.max.bytes', 'int', '57671680'],
    ['max.incremental.fetch.session.cache.slots', 'int', '1000'],
  ] as const
).map(([name, type, fallback]) => ({ name, type, fallback, brokerName: name }))

export const brokerConfigDefinitions: ReadonlyMap<string, ConfigDefinition> = new Map(
  [...ofTopics, ...own].sort((a, b) => (a.name < b.name ? -1 : 1)).map(definition => [definition.name, definition]),
)

/** Whom a changed setting is for: one broker, or '' for all. */
export type ConfigScope = number | ''

export class BrokerConfigs {
  /** What the options of the start say: Kafka would have it in server.properties. */
  readonly #given: ReadonlyMap<string, string>
  readonly dynamic = new Map<ConfigScope, Map<string, string>>()

  constructor(given: ReadonlyMap<string, string>) {
    this.#given = given
  }

  givenOf(name: string): string | undefined {
    return this.#given.get(name)
  }

  /** The value for a broker, or for all when none is named. */
  valueOf(name: string, brokerId: ConfigScope = ''): string {
    const own = this.dynamic.get(brokerId)?.get(name) ?? this.dynamic.get('')?.get(name)
    return own ?? this.#given.get(name) ?? brokerConfigDefinitions.get(name)!.fallback
  }

  numberOf(name: string): number {
    return Number(this.valueOf(name))
  }

  dynamicOf(scope: ConfigScope): Map<string, string> {
    let found = this.dynamic.get(scope)
    if (found === undefined) {
      found = new Map()
      this.dynamic.set(scope, found)
    }
    return found
  }
}

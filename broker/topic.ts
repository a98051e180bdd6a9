// One topic: its name and id, its partitions, and its settings resolved against the broker's.
import type { Partition } from './partition.ts'
import { type ResolvedConfigs, resolveConfigs, topicConfigDefinitions } from './topic-configs.ts'

export class Topic {
  readonly name: string
  readonly id: string
  readonly partitions: Partition[] = []
  readonly isInternal: boolean
  /** Only what was set for this topic. */
  readonly configs: Map<string, string>
  readonly #brokerValue: (name: string) => string
  #resolved: ResolvedConfigs

  constructor(
    identity: { name: string; id: string; isInternal?: boolean },
    configs: ReadonlyMap<string, string>,
    brokerValue: (name: string) => string,
  ) {
    this.name = identity.name
    this.id = identity.id
    this.isInternal = identity.isInternal ?? false
    this.configs = new Map(configs)
    this.#brokerValue = brokerValue
    this.#resolved = resolveConfigs(name => this.valueOf(name))
  }

  get resolved(): ResolvedConfigs {
    return this.#resolved
  }

  valueOf(name: string): string {
    return this.configs.get(name) ?? this.#brokerValue(topicConfigDefinitions.get(name)!.brokerName)
  }

  /** After a change of this topic's settings or of the broker's. */
  configsChanged(): void {
    this.#resolved = resolveConfigs(name => this.valueOf(name))
    for (const { log } of this.partitions) log.applyRetention()
  }
}

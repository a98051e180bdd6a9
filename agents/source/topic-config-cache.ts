// Settings of topics change rarely and are many: they are read anew when they are old, or the topic is.
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'
import type { CollectorContext } from '../collector.ts'
import { readTopicConfigs, type TopicConfigs } from './topic-configs.ts'

export class TopicConfigCache {
  readonly #context: CollectorContext
  readonly #everyMs: number
  #known = new Map<string, { readonly id: string; readonly configs: TopicConfigs; readonly readAtMs: number }>()

  constructor(context: CollectorContext, everyMs: number) {
    this.#context = context
    this.#everyMs = everyMs
  }

  async of(topics: readonly TopicMetadata[]) {
    const { cluster, timeoutMs, nowMs } = this.#context
    const readAtMs = nowMs()
    const isStale = ({ name, id }: TopicMetadata) => {
      const known = this.#known.get(name)
      return known === undefined || known.id !== id || readAtMs - known.readAtMs >= this.#everyMs
    }
    const stale = topics.filter(isStale).map(({ name }) => name)
    const { found, gaps } = await readTopicConfigs(cluster, stale, timeoutMs)
    const kept = topics.flatMap(({ name, id }) => {
      const configs = found.get(name)
      const known = configs === undefined ? this.#known.get(name) : { id, configs, readAtMs }
      return known === undefined || known.id !== id ? [] : [[name, known] as const]
    })
    // What is gone is forgotten.
    this.#known = new Map(kept)
    return { found: new Map(kept.map(([name, { configs }]) => [name, configs])), gaps }
  }
}

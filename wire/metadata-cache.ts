// What a client has heard of its cluster: the brokers and topic by topic, each for as long as it holds.
import { type ClusterSnapshot, newerOf, type TopicMetadata, type TopicSelection } from './cluster-metadata.ts'
import { kafkaCode } from './error-codes.ts'

/** When something was heard. It holds until it is too old, or an error has shown that the cluster has changed since. */
interface Hearing {
  readonly atMs: number
  readonly generation: number
}

const never: Hearing = { atMs: Number.NEGATIVE_INFINITY, generation: -1 }

export class MetadataCache {
  readonly #nowMs: () => number
  readonly #maxAgeMs: number
  readonly #topics = new Map<string, { readonly topic: TopicMetadata; readonly heard: Hearing }>()
  #latest: ClusterSnapshot = { clusterId: null, controllerId: -1, brokers: new Map(), topics: new Map() }
  #heard = never
  #generation = 0

  constructor(nowMs: () => number, maxAgeMs: number) {
    this.#nowMs = nowMs
    this.#maxAgeMs = maxAgeMs
  }

  /** As it was heard last, whether or not it still holds. */
  get latest(): ClusterSnapshot {
    return this.#latest
  }

  get generation(): number {
    return this.#generation
  }

  /** An error has proved what is cached wrong. */
  outdate(): void {
    this.#generation++
  }

  /** All of it, or undefined where any of it is not known or holds no longer. */
  find(selection: TopicSelection): ClusterSnapshot | undefined {
    if (selection === 'all' || !this.#holds(this.#heard)) return undefined
    const topics = new Map<string, TopicMetadata>()
    for (const name of selection) {
      const entry = this.#topics.get(name)
      if (entry === undefined || !this.#holds(entry.heard)) return undefined
      topics.set(name, entry.topic)
    }
    return { ...this.#latest, topics }
  }

  /** `generation`: that of when it was asked for. Returns it with what was known before and is newer. */
  keep(selection: TopicSelection, snapshot: ClusterSnapshot, generation: number): ClusterSnapshot {
    const heard = { atMs: this.#nowMs(), generation }
    const topics = new Map<string, TopicMetadata>()
    // Who asks for all again and again does not gather what is gone.
    if (selection === 'all') for (const name of this.#topics.keys()) if (!snapshot.topics.has(name)) this.#topics.delete(name) // biome-ignore format: one line
    for (const topic of snapshot.topics.values()) {
      const newer = newerOf(this.#topics.get(topic.name)?.topic, topic)
      topics.set(topic.name, newer)
      // What is unknown or without a leader is asked for anew the next time.
      const isSettled = newer.errorCode === kafkaCode.NONE && newer.partitions.every(({ leader }) => leader >= 0)
      this.#topics.set(topic.name, { topic: newer, heard: isSettled ? heard : never })
    }
    // A broker that has just started may know no others yet: its empty list is no reason to forget ours.
    const brokers = snapshot.brokers.size > 0 ? snapshot.brokers : this.#latest.brokers
    this.#latest = { ...snapshot, brokers, topics }
    this.#heard = heard
    return this.#latest
  }

  #holds({ atMs, generation }: Hearing): boolean {
    return generation === this.#generation && this.#nowMs() - atMs <= this.#maxAgeMs
  }
}

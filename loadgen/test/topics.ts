// The topics of a test: prepared before its first scenario begins, each once, whoever uses it; and confirmed at the end, where what
// all scenarios have written together must be what the brokers hold more than before.
import { Cluster } from '../../wire/cluster.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { balance } from '../accounting.ts'
import type { TopicPlan } from '../plan.ts'
import type { Delivery } from '../result.ts'
import { endOffsetsOf, prepareTopic, type RunTopic, removeTopic } from '../topic.ts'

interface Prepared {
  readonly cluster: Cluster
  readonly plan: TopicPlan
  readonly topic: RunTopic
  readonly startOffsets: readonly number[]
  readonly acked: number[]
  isWritten: boolean
}

/** Scenarios may speak to several clusters: one connection to each. */
const keyOf = ({ bootstrap, sasl, securityProtocol }: ClientSettings) =>
  JSON.stringify([bootstrap, securityProtocol, sasl?.mechanism])

export class TestTopics {
  readonly #clusters = new Map<string, Promise<Cluster>>()
  readonly #topics = new Map<string, Prepared>()
  readonly #onNotice: (text: string) => void

  constructor(onNotice: (text: string) => void) {
    this.#onNotice = onNotice
  }

  clusterOf(client: ClientSettings): Promise<Cluster> {
    const key = keyOf(client)
    const known = this.#clusters.get(key) ?? Cluster.connect(client)
    this.#clusters.set(key, known)
    return known
  }

  /** Creates it where it is to be created; a second time nothing. */
  async prepare(client: ClientSettings, plan: TopicPlan): Promise<RunTopic> {
    const key = `${keyOf(client)} ${plan.name}`
    const known = this.#topics.get(key)
    if (known !== undefined) return known.topic
    const cluster = await this.clusterOf(client)
    const topic = await prepareTopic(cluster, plan, this.#onNotice)
    const startOffsets = await endOffsetsOf(cluster, topic)
    const acked = topic.leaders.map(() => 0)
    this.#topics.set(key, { cluster, plan, topic, startOffsets, acked, isWritten: false })
    return topic
  }

  addAcked(client: ClientSettings, name: string, byPartition: readonly number[]): void {
    const prepared = this.#topics.get(`${keyOf(client)} ${name}`)
    if (prepared === undefined) return
    prepared.isWritten = true
    for (const [partition, acked] of byPartition.entries()) prepared.acked[partition]! += acked
  }

  /** Of each topic that was written to. */
  async confirm(): Promise<Readonly<Record<string, Delivery>>> {
    const written = [...this.#topics.values()].filter(({ isWritten }) => isWritten)
    const entries = written.map(async ({ cluster, topic, startOffsets, acked }) => {
      return [topic.name, balance(topic, startOffsets, await endOffsetsOf(cluster, topic), acked)] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }

  async close(): Promise<void> {
    for (const { cluster, plan, topic } of this.#topics.values()) {
      await removeTopic(cluster, plan, topic, this.#onNotice)
    }
    const clusters = await Promise.allSettled(this.#clusters.values())
    for (const cluster of clusters) if (cluster.status === 'fulfilled') await cluster.value.close()
  }
}

// The topics of a test: prepared before its first scenario begins, each once, whoever uses it; and confirmed at the end, where what
// all scenarios have written together must be what the brokers hold more than before.
import { Cluster } from '../../wire/cluster.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { addWritten, balance, type Written } from '../accounting.ts'
import { brokersViewOf } from '../audit/brokers.ts'
import type { TopicPlan } from '../plan.ts'
import type { Delivery } from '../result.ts'
import type { BrokersLook } from '../script/script-audit.ts'
import { endOffsetsOf, prepareTopic, type RunTopic, removeTopic } from '../topic.ts'

interface Prepared {
  readonly cluster: Cluster
  readonly plan: TopicPlan
  readonly topic: RunTopic
  readonly startOffsets: readonly number[]
  /** Absent: by nobody. */
  written?: Written
  /** By consumers as well, who prove it in another way; or nobody can say how much was stored. */
  isShared?: boolean
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
    this.#topics.set(key, { cluster, plan, topic, startOffsets })
    return topic
  }

  addWritten(client: ClientSettings, name: string, written: Written): void {
    const prepared = this.#topics.get(`${keyOf(client)} ${name}`)
    if (prepared === undefined) return
    prepared.written = prepared.written === undefined ? written : addWritten(prepared.written, written)
  }

  /** By functions, which know only of the partitions that they have written to. */
  addSparse(client: ClientSettings, name: string, { acked, markers, uncertain }: Written): void {
    const prepared = this.#topics.get(`${keyOf(client)} ${name}`)
    if (prepared === undefined) return
    const filled = (counts: readonly number[]) => prepared.topic.leaders.map((_, partition) => counts[partition] ?? 0)
    const written = { acked: filled(acked), markers: filled(markers), uncertain: filled(uncertain) }
    this.addWritten(client, name, written)
  }

  /** They will not be confirmed. */
  share(client: ClientSettings, names: readonly string[]): void {
    for (const name of names) {
      const prepared = this.#topics.get(`${keyOf(client)} ${name}`)
      if (prepared !== undefined) prepared.isShared = true
    }
  }

  /** The brokers of all clusters that hold a topic of the test, and how each topic is led now. */
  async look(): Promise<BrokersLook> {
    const asked = [...this.#topics].map(
      async ([
        key,
        {
          cluster,
          topic: { name },
        },
      ]) => {
        const snapshot = await cluster.metadata([name], { allowCached: false })
        return { key, addresses: [...snapshot.brokers.values()], view: brokersViewOf(snapshot, name) }
      },
    )
    const each = await Promise.all(asked)
    return {
      addresses: each.flatMap(({ addresses }) => addresses),
      views: new Map(each.map(({ key, view }) => [key, view])),
    }
  }

  /** Of each topic that was written to. */
  async confirm(): Promise<Readonly<Record<string, Delivery>>> {
    const entries = [...this.#topics.values()].map(async ({ cluster, topic, startOffsets, written, isShared }) => {
      if (written === undefined || isShared) return []
      return [[topic.name, balance(topic, startOffsets, await endOffsetsOf(cluster, topic), written)] as const]
    })
    return Object.fromEntries((await Promise.all(entries)).flat())
  }

  async close(): Promise<void> {
    for (const { cluster, plan, topic } of this.#topics.values()) {
      await removeTopic(cluster, plan, topic, this.#onNotice)
    }
    const clusters = await Promise.allSettled(this.#clusters.values())
    for (const cluster of clusters) if (cluster.status === 'fulfilled') await cluster.value.close()
  }
}

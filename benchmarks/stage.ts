// The stage that contestants work on: one real Kafka broker, and a topic for each run.
import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type KafkaCluster, startKafka } from '../test/kafka/harness/index.ts'
import { createTopic, deleteTopic, listOffsets } from '../wire/admin.ts'
import { parseBootstrap } from '../wire/bootstrap.ts'
import { Cluster } from '../wire/cluster.ts'
import { clientDefaults } from '../wire/settings.ts'
import { brokerHeapMb, brokerProperties, partitions } from './settings.ts'

const filesGoneTimeoutMs = 30_000
const pollMs = 200

export class Stage {
  readonly kafka: KafkaCluster
  readonly #cluster: Cluster

  static async open(): Promise<Stage> {
    const kafka = await startKafka({ heapMb: brokerHeapMb, properties: brokerProperties })
    const parsed = parseBootstrap(kafka.bootstrap)
    if ('problem' in parsed) throw new Error(parsed.problem)
    return new Stage(kafka, await Cluster.connect({ ...clientDefaults, bootstrap: parsed.value }))
  }

  private constructor(kafka: KafkaCluster, cluster: Cluster) {
    this.kafka = kafka
    this.#cluster = cluster
  }

  get brokerPid(): number | undefined {
    return this.kafka.brokers[0]!.pid
  }

  async createTopic(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await createTopic(this.#cluster, { name, partitions, replicationFactor: 1, configs })
  }

  /** Records that the topic has taken since it was made. */
  async recordsIn(topic: string): Promise<number> {
    const offsets = await listOffsets(this.#cluster, topic, 'all', 'latest')
    return [...offsets.values()].reduce((sum, { offset }) => sum + offset, 0)
  }

  /** Resolves when the files are gone too: deleting gigabytes must not fall into the next run. */
  async removeTopic(name: string): Promise<void> {
    await deleteTopic(this.#cluster, name)
    const giveUpAtMs = Date.now() + filesGoneTimeoutMs
    while (Date.now() < giveUpAtMs) {
      const entries = await readdir(this.kafka.brokers[0]!.dataDir)
      // Kafka renames a partition's directory to <name>-<partition>.<uuid>-delete, and removes it later.
      if (!entries.some(entry => entry.startsWith(`${name}-`) || entry.endsWith('-delete'))) return
      await delay(pollMs)
    }
  }

  async close(): Promise<void> {
    await this.#cluster.close()
    await this.kafka.stop()
  }
}

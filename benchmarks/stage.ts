// The stage that contestants work on: one broker, real or embedded, and a topic for each run.
import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerProcessOptions } from '../cli/broker-child.ts'
import { type BrokerProcess, startBrokerProcess } from '../cli/broker-process.ts'
import { type KafkaCluster, startKafka } from '../test/kafka/harness/index.ts'
import { createTopic, deleteTopic, listOffsets } from '../wire/admin.ts'
import { parseBootstrap } from '../wire/bootstrap.ts'
import { Cluster } from '../wire/cluster.ts'
import { clientDefaults } from '../wire/settings.ts'
import { brokerHeapMb, brokerProperties, partitions } from './settings.ts'

const filesGoneTimeoutMs = 30_000
const pollMs = 200

export interface Stage {
  readonly bootstrap: string
  readonly brokerPid: number | undefined
  createTopic(name: string, configs: Readonly<Record<string, string>>): Promise<void>
  /** Records that the topic has taken since it was made. */
  recordsIn(topic: string): Promise<number>
  /** Resolves when what it held is gone too: giving gigabytes back must not fall into the next run. */
  removeTopic(name: string): Promise<void>
  close(): Promise<void>
}

/** What every stage does through the protocol. */
class ThroughTheProtocol {
  readonly cluster: Cluster

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  async createTopic(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await createTopic(this.cluster, { name, partitions, replicationFactor: 1, configs })
  }

  async recordsIn(topic: string): Promise<number> {
    const offsets = await listOffsets(this.cluster, topic, 'all', 'latest')
    return [...offsets.values()].reduce((sum, { offset }) => sum + offset, 0)
  }
}

async function connect(bootstrap: string): Promise<Cluster> {
  const parsed = parseBootstrap(bootstrap)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return Cluster.connect({ ...clientDefaults, bootstrap: parsed.value })
}

export class KafkaStage extends ThroughTheProtocol implements Stage {
  readonly kafka: KafkaCluster

  static async open(): Promise<KafkaStage> {
    const kafka = await startKafka({ heapMb: brokerHeapMb, properties: brokerProperties })
    return new KafkaStage(kafka, await connect(kafka.bootstrap))
  }

  private constructor(kafka: KafkaCluster, cluster: Cluster) {
    super(cluster)
    this.kafka = kafka
  }

  get bootstrap(): string {
    return this.kafka.bootstrap
  }

  get brokerPid(): number | undefined {
    return this.kafka.brokers[0]!.pid
  }

  async removeTopic(name: string): Promise<void> {
    await deleteTopic(this.cluster, name)
    const giveUpAtMs = Date.now() + filesGoneTimeoutMs
    while (Date.now() < giveUpAtMs) {
      const entries = await readdir(this.kafka.brokers[0]!.dataDir)
      // Kafka renames a partition's directory to <name>-<partition>.<uuid>-delete, and removes it later.
      if (!entries.some(entry => entry.startsWith(`${name}-`) || entry.endsWith('-delete'))) return
      await delay(pollMs)
    }
  }

  async close(): Promise<void> {
    await this.cluster.close()
    await this.kafka.stop()
  }
}

export class EmbeddedStage extends ThroughTheProtocol implements Stage {
  readonly #broker: BrokerProcess

  static async open(options: BrokerProcessOptions): Promise<EmbeddedStage> {
    const broker = await startBrokerProcess(options)
    return new EmbeddedStage(broker, await connect(broker.bootstrap))
  }

  private constructor(broker: BrokerProcess, cluster: Cluster) {
    super(cluster)
    this.#broker = broker
  }

  get bootstrap(): string {
    return this.#broker.bootstrap
  }

  get brokerPid(): number | undefined {
    return this.#broker.pid
  }

  async removeTopic(name: string): Promise<void> {
    await deleteTopic(this.cluster, name)
  }

  async close(): Promise<void> {
    await this.cluster.close()
    await this.#broker.close()
  }
}

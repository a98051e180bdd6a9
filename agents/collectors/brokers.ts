// The brokers collector: which brokers there are, whether each answers and how fast, and which versions they are.
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'
import type { BrokerMetadata } from '../../wire/cluster-metadata.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import { type BrokerAnswer, readBrokerAnswers } from '../source/broker-answers.ts'

export interface BrokersData {
  readonly clusterId: string | null
  /** Registered and not fenced. */
  readonly brokers: ReadonlyMap<number, BrokerMetadata>
  readonly answers: ReadonlyMap<number, BrokerAnswer>
  /** Brokers that hold replicas and are not registered: they are down, or gone for good. */
  readonly missing: readonly number[]
}

export const brokersCollector = defineCollector<BrokersData, Record<never, never>>({
  name: 'brokers',
  help: 'brokers, whether each answers and how fast, versions of brokers and APIs',
  isOnByDefault: true,
  interval: '30s',
  timeout: '5s',
  settings: {},
  make: context => ({ look: () => look(context) }),
  families: { native: brokerFamilies },
})

async function look({ cluster, timeoutMs, nowMs }: CollectorContext): Promise<Look<BrokersData>> {
  const { brokers, topics, clusterId } = await cluster.metadata('all')
  const answered = await readBrokerAnswers(cluster, [...brokers.keys()], timeoutMs)
  const holders = new Set<number>()
  for (const { partitions } of topics.values()) {
    for (const { replicas } of partitions) for (const broker of replicas) holders.add(broker)
  }
  const missing = [...holders].filter(broker => !brokers.has(broker)).sort((a, b) => a - b)
  return { data: { clusterId, brokers, answers: answered.found, missing }, gaps: answered.gaps, takenAtMs: nowMs() }
}

function brokerFamilies(cluster: string, { clusterId, brokers, answers, missing }: BrokersData): Family[] {
  const info = new Family(metrics.brokerInfo)
  const up = new Family(metrics.brokerUp)
  const response = new Family(metrics.brokerResponseSeconds)
  const versions = new Family(metrics.brokerApiVersion)
  for (const [id, { host, port, rack }] of brokers) {
    const broker = String(id)
    const labels = { cluster, broker }
    const answer = answers.get(id)
    info.set({ ...labels, host, port: String(port), rack: rack ?? '', version: answer?.version ?? '' }, 1)
    up.set(labels, answer === undefined ? 0 : 1)
    response.set(labels, answer?.responseSec)
    for (const [api, version] of answer?.apiVersions ?? []) versions.set({ ...labels, api }, version)
  }
  for (const id of missing) up.set({ cluster, broker: String(id) }, 0)
  return [
    new Family(metrics.clusterInfo).set({ cluster, cluster_id: clusterId ?? '' }, 1),
    new Family(metrics.clusterBrokers).set({ cluster }, brokers.size),
    info,
    up,
    response,
    versions,
  ]
}

// The brokers collector: which brokers there are, whether each answers and how fast, and which versions they are.
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'
import type { BrokerMetadata } from '../../wire/cluster-metadata.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import * as kafkaExporter from '../profiles/kafka-exporter.ts'
import * as kminion from '../profiles/kminion.ts'
import { duration } from '../setting-parsers.ts'
import { type BrokerAnswer, readBrokerAnswers } from '../source/broker-answers.ts'
import { CertificateWatch, parseAddress, type SeenCertificate } from '../source/certificates.ts'

export interface BrokersData {
  readonly clusterId: string | null
  /** With KRaft any live broker: it forwards to the controller. */
  readonly controllerId: number
  /** Registered and not fenced. */
  readonly brokers: ReadonlyMap<number, BrokerMetadata>
  readonly answers: ReadonlyMap<number, BrokerAnswer>
  readonly certificates: readonly SeenCertificate[]
  /** Brokers that hold replicas and are not registered: they are down, or gone for good. */
  readonly missing: readonly number[]
}

const settings = {
  'certificate-interval': {
    placeholder: 'time',
    help: 'how often the certificates of TLS listeners are looked at',
    fallback: '1h',
    parse: duration('1s', '24h'),
  },
  'certificate-of': {
    placeholder: 'host:port',
    help: 'another TLS listener whose certificate is watched, beside those that the agent uses itself; may be repeated',
    fallback: undefined,
    parse: parseAddress,
    isList: true,
  },
} as const

export const brokersCollector = defineCollector<BrokersData, typeof settings>({
  name: 'brokers',
  help: 'brokers, whether each answers and how fast, versions of brokers and APIs, ends of TLS certificates',
  isOnByDefault: true,
  interval: '15s',
  timeout: '5s',
  settings,
  make: (context, { 'certificate-interval': everyMs, 'certificate-of': addresses }) => {
    const { cluster, timeoutMs, nowMs } = context
    const certificates = new CertificateWatch(cluster.settings, { everyMs, timeoutMs, addresses }, nowMs)
    return { look: () => look(context, certificates) }
  },
  families: { native: brokerFamilies, kafka_exporter: kafkaExporter.brokerFamilies, kminion: kminion.brokerFamilies },
})

async function look(
  { cluster, timeoutMs, nowMs }: CollectorContext,
  watch: CertificateWatch,
): Promise<Look<BrokersData>> {
  const { brokers, topics, clusterId, controllerId } = await cluster.metadata('all')
  const [answered, certificates] = await Promise.all([
    readBrokerAnswers(cluster, [...brokers.keys()], timeoutMs),
    watch.look(brokers.values()),
  ])
  const holders = new Set<number>()
  for (const { partitions } of topics.values()) {
    for (const { replicas } of partitions) for (const broker of replicas) holders.add(broker)
  }
  const missing = [...holders].filter(broker => !brokers.has(broker)).sort((a, b) => a - b)
  return {
    data: { clusterId, controllerId, brokers, answers: answered.found, certificates: certificates.found, missing },
    gaps: [...answered.gaps, ...certificates.gaps],
    takenAtMs: nowMs(),
  }
}

function brokerFamilies(
  cluster: string,
  { clusterId, brokers, answers, certificates, missing }: BrokersData,
): Family[] {
  const info = new Family(metrics.brokerInfo)
  const up = new Family(metrics.brokerUp)
  const response = new Family(metrics.brokerResponseSeconds)
  const versions = new Family(metrics.brokerApiVersion)
  const expiry = new Family(metrics.brokerCertificate)
  for (const { address, subject, notAfterMs } of certificates)
    expiry.set({ cluster, address, subject }, notAfterMs / 1000)
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
    expiry,
  ]
}

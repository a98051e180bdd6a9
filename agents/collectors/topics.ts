// The topics collector: which partitions are in trouble and why, how leaders are spread over brokers, and the settings that matter.
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import {
  type BrokerShare,
  brokerShares,
  sumOfTroubles,
  type TopicHealth,
  topicHealth,
} from '../evaluate/topic-health.ts'
import { gapOf } from '../gap.ts'
import * as kafkaExporter from '../profiles/kafka-exporter.ts'
import * as kminion from '../profiles/kminion.ts'
import { choice, duration } from '../setting-parsers.ts'
import { readReassignments } from '../source/reassignments.ts'
import { TopicConfigCache } from '../source/topic-config-cache.ts'
import { retentionMs, type TopicConfigs } from '../source/topic-configs.ts'

export interface TopicsData {
  readonly topics: readonly TopicHealth[]
  readonly brokers: ReadonlyMap<number, BrokerShare>
  readonly isByPartition: boolean
}

const settings = {
  granularity: {
    ...choice('topic', 'partition'),
    help: 'series for each topic, or leader and replicas of each partition as well',
    fallback: 'topic',
  },
  'configs-interval': {
    placeholder: 'time',
    help: 'how often the settings of topics are read; those of a new topic are read at once',
    fallback: '5m',
    parse: duration('1s', '24h'),
  },
} as const

export const topicsCollector = defineCollector<TopicsData, typeof settings>({
  name: 'topics',
  help: 'partitions under-replicated, under or at min ISR, offline, not led by the preferred replica, being moved; settings',
  isOnByDefault: true,
  interval: '30s',
  timeout: '10s',
  settings,
  make: (context, { granularity, 'configs-interval': configsEveryMs }) => {
    const configs = new TopicConfigCache(context, configsEveryMs)
    return { look: () => look(context, configs, granularity === 'partition') }
  },
  families: { native: topicFamilies, kafka_exporter: kafkaExporter.topicFamilies, kminion: kminion.topicFamilies },
})

async function look(
  context: CollectorContext,
  configs: TopicConfigCache,
  isByPartition: boolean,
): Promise<Look<TopicsData>> {
  const { cluster, timeoutMs, nowMs, isTopicWanted } = context
  const { brokers, topics: all } = await cluster.metadata('all')
  const takenAtMs = nowMs()
  const wanted = [...all.values()].filter(({ name }) => isTopicWanted(name))
  const topics = wanted.filter(({ errorCode, partitions }) => errorCode === kafkaCode.NONE && partitions.length > 0)
  const refused = wanted.filter(({ errorCode }) => errorCode !== kafkaCode.NONE)
  const [read, moved] = await Promise.all([configs.of(topics), readReassignments(cluster, timeoutMs)])
  return {
    data: {
      topics: topics.map(topic => topicHealth(topic, read.found.get(topic.name) ?? {}, moved.found)),
      brokers: brokerShares(brokers.keys(), topics),
      isByPartition,
    },
    gaps: [
      ...refused.map(({ name, errorCode }) => gapOf('topic', name, kafkaError(errorCode, `topic ${name}`))),
      ...read.gaps,
      ...moved.gaps,
    ],
    takenAtMs,
  }
}

function topicFamilies(cluster: string, { topics, brokers, isByPartition }: TopicsData): Family[] {
  const partitionsCount = topics.reduce((sum, { topic }) => sum + topic.partitions.length, 0)
  return [
    new Family(metrics.clusterTopics).set({ cluster }, topics.length),
    new Family(metrics.clusterPartitions).set({ cluster }, partitionsCount),
    ...troubleFamilies(cluster, topics),
    ...factFamilies(cluster, topics),
    ...shareFamilies(cluster, brokers),
    ...(isByPartition ? partitionFamilies(cluster, topics) : []),
  ]
}

const troubleNames = [
  ['underReplicated', metrics.clusterUnderReplicated, metrics.topicUnderReplicated],
  ['underMinIsr', metrics.clusterUnderMinIsr, metrics.topicUnderMinIsr],
  ['atMinIsr', metrics.clusterAtMinIsr, metrics.topicAtMinIsr],
  ['leaderless', metrics.clusterLeaderless, metrics.topicLeaderless],
  ['notPreferred', metrics.clusterNotPreferred, metrics.topicNotPreferred],
  ['reassigning', metrics.clusterReassigning, metrics.topicReassigning],
] as const

function troubleFamilies(cluster: string, topics: readonly TopicHealth[]): Family[] {
  const total = sumOfTroubles(topics)
  return troubleNames.flatMap(([trouble, ofCluster, ofTopic]): Family[] => {
    const each = new Family(ofTopic)
    for (const { topic, troubles } of topics) each.set({ cluster, topic: topic.name }, troubles[trouble])
    return [new Family(ofCluster).set({ cluster }, total[trouble]), each]
  })
}

function factFamilies(cluster: string, topics: readonly TopicHealth[]): Family[] {
  const info = new Family(metrics.topicInfo)
  const count = new Family(metrics.topicPartitions)
  const factor = new Family(metrics.topicReplicationFactor)
  const retention = new Family(metrics.topicRetention)
  for (const { topic, configs, replicationFactor } of topics) {
    const labels = { cluster, topic: topic.name }
    count.set(labels, topic.partitions.length)
    factor.set(labels, replicationFactor)
    const keptMs = retentionMs(configs)
    retention.set(labels, keptMs === undefined || keptMs < 0 ? undefined : keptMs / 1000)
    info.set({ ...labels, topic_id: topic.id, ...configLabels(configs) }, 1)
  }
  return [info, count, factor, retention]
}

const configLabels = (configs: TopicConfigs) => ({
  cleanup_policy: configs['cleanup.policy'] ?? '',
  retention_ms: configs['retention.ms'] ?? '',
  retention_bytes: configs['retention.bytes'] ?? '',
  min_insync_replicas: configs['min.insync.replicas'] ?? '',
  max_message_bytes: configs['max.message.bytes'] ?? '',
  compression_type: configs['compression.type'] ?? '',
  message_timestamp_type: configs['message.timestamp.type'] ?? '',
})

function shareFamilies(cluster: string, brokers: ReadonlyMap<number, BrokerShare>): Family[] {
  const leaders = new Family(metrics.brokerLeaders)
  const preferred = new Family(metrics.brokerPreferredLeaders)
  const replicas = new Family(metrics.brokerReplicas)
  const offline = new Family(metrics.brokerOfflineReplicas)
  for (const [id, share] of brokers) {
    const labels = { cluster, broker: String(id) }
    leaders.set(labels, share.leaders)
    preferred.set(labels, share.preferredLeaders)
    replicas.set(labels, share.replicas)
    offline.set(labels, share.offlineReplicas)
  }
  return [leaders, preferred, replicas, offline]
}

function partitionFamilies(cluster: string, topics: readonly TopicHealth[]): Family[] {
  const leader = new Family(metrics.partitionLeader)
  const replicas = new Family(metrics.partitionReplicas)
  const inSync = new Family(metrics.partitionInSync)
  for (const { topic } of topics) {
    const labels = { cluster, topic: topic.name }
    const indexes = topic.partitions.map(({ index }) => index)
    const valuesOf = (value: (at: number) => number) => topic.partitions.map((_, at) => value(at))
    leader.setEach(labels, indexes, valuesOf(at => (topic.partitions[at]!.leader < 0 ? Number.NaN : topic.partitions[at]!.leader))) // biome-ignore format: one line
    replicas.setEach(
      labels,
      indexes,
      valuesOf(at => topic.partitions[at]!.replicas.length),
    )
    inSync.setEach(
      labels,
      indexes,
      valuesOf(at => topic.partitions[at]!.isr.length),
    )
  }
  return [leader, replicas, inSync]
}

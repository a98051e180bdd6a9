// The health of topics and their partitions, and how they are spread over brokers: the topics collector.
import { metric } from '../metric.ts'

const cluster = ['cluster'] as const
const topic = ['cluster', 'topic'] as const
const partition = [...topic, 'partition'] as const
const broker = ['cluster', 'broker'] as const

/** What may be wrong with a partition, as counted for a topic and for the cluster. */
const troubles = {
  underReplicated: ['under_replicated', 'with fewer replicas in sync than it has'],
  underMinIsr: [
    'under_min_isr',
    'with fewer replicas in sync than min.insync.replicas: producers with acks=all are refused',
  ],
  atMinIsr: ['at_min_isr', 'with just min.insync.replicas in sync: one more broker lost, and acks=all is refused'],
  leaderless: ['offline', 'without a leader: nobody can write or read'],
  notPreferred: ['not_preferred_leader', 'that are not led by their preferred replica, the first of the list'],
  reassigning: ['reassigning', 'whose replicas are being moved. No sample: it could not be found out'],
} as const

type Trouble = keyof typeof troubles

const ofTopic = <const T extends Trouble>(trouble: T) =>
  metric({
    name: `millrace_topic_${troubles[trouble][0]}_partitions`,
    type: 'gauge',
    labels: topic,
    help: `Partitions of the topic ${troubles[trouble][1]}.`,
  })

const ofCluster = <const T extends Trouble>(trouble: T) =>
  metric({
    name: `millrace_cluster_${troubles[trouble][0]}_partitions`,
    type: 'gauge',
    labels: cluster,
    help: `Partitions of all topics looked at ${troubles[trouble][1]}.`,
  })

export const topicMetrics = {
  clusterTopics: metric({
    name: 'millrace_cluster_topics',
    type: 'gauge',
    labels: cluster,
    help: 'Topics that are looked at.',
  }),
  clusterPartitions: metric({
    name: 'millrace_cluster_partitions',
    type: 'gauge',
    labels: cluster,
    help: 'Partitions of the topics that are looked at.',
  }),
  clusterUnderReplicated: ofCluster('underReplicated'),
  clusterUnderMinIsr: ofCluster('underMinIsr'),
  clusterAtMinIsr: ofCluster('atMinIsr'),
  clusterLeaderless: ofCluster('leaderless'),
  clusterNotPreferred: ofCluster('notPreferred'),
  clusterReassigning: ofCluster('reassigning'),
  topicInfo: metric({
    name: 'millrace_topic_info',
    type: 'info',
    labels: [
      ...topic,
      'topic_id',
      'cleanup_policy',
      'retention_ms',
      'retention_bytes',
      'min_insync_replicas',
      'max_message_bytes',
      'compression_type',
      'message_timestamp_type',
    ],
    help: 'A topic with the settings that matter to who reads and writes it, as its brokers apply them; empty where they could not be read.',
  }),
  topicPartitions: metric({
    name: 'millrace_topic_partitions',
    type: 'gauge',
    labels: topic,
    help: 'Partitions of the topic.',
  }),
  topicReplicationFactor: metric({
    name: 'millrace_topic_replication_factor',
    type: 'gauge',
    labels: topic,
    help: 'Replicas of a partition of the topic; the smallest number where partitions differ.',
  }),
  topicRetention: metric({
    name: 'millrace_topic_retention_seconds',
    type: 'gauge',
    labels: topic,
    help: 'How long records of the topic are kept, by retention.ms. No sample: for ever, compacted only, or not known.',
  }),
  topicUnderReplicated: ofTopic('underReplicated'),
  topicUnderMinIsr: ofTopic('underMinIsr'),
  topicAtMinIsr: ofTopic('atMinIsr'),
  topicLeaderless: ofTopic('leaderless'),
  topicNotPreferred: ofTopic('notPreferred'),
  topicReassigning: ofTopic('reassigning'),
  partitionLeader: metric({
    name: 'millrace_topic_partition_leader_broker',
    type: 'gauge',
    labels: partition,
    help: 'Broker id of the leader (granularity partition only). No sample: there is none.',
  }),
  partitionReplicas: metric({
    name: 'millrace_topic_partition_replicas',
    type: 'gauge',
    labels: partition,
    help: 'Replicas of the partition (granularity partition only).',
  }),
  partitionInSync: metric({
    name: 'millrace_topic_partition_in_sync_replicas',
    type: 'gauge',
    labels: partition,
    help: 'Replicas in sync (granularity partition only).',
  }),
  brokerLeaders: metric({
    name: 'millrace_broker_leader_partitions',
    type: 'gauge',
    labels: broker,
    help: 'Partitions that the broker leads.',
  }),
  brokerPreferredLeaders: metric({
    name: 'millrace_broker_preferred_leader_partitions',
    type: 'gauge',
    labels: broker,
    help: 'Partitions that the broker would lead if every leader were the preferred one.',
  }),
  brokerReplicas: metric({
    name: 'millrace_broker_replicas',
    type: 'gauge',
    labels: broker,
    help: 'Replicas that are placed on the broker.',
  }),
  brokerOfflineReplicas: metric({
    name: 'millrace_broker_offline_replicas',
    type: 'gauge',
    labels: broker,
    help: 'Replicas on the broker that are offline: the broker is down, or the log directory has failed.',
  }),
} as const

// The names by which other exporters expose what millrace knows too, exactly as they write them, so that boards and alerts made for them
// go on working. They break conventions here and there (gauges that end on `_sum`): those are exposed without a type, as promtool wants
// it. With several clusters in one agent each series has the label cluster in front, or two clusters could not be told apart.
import type { Metric, MetricType } from '../metric.ts'

type Foreign = Metric<string>

function foreign<const Names extends Readonly<Record<string, readonly [name: string, labels: string, help: string]>>>(
  names: Names,
): { readonly [K in keyof Names]: Foreign } {
  const made = Object.entries(names).map(([key, [name, labels, help]]) => {
    const own = labels === '' ? [] : labels.split(',')
    const type: MetricType = /_(sum|count|bucket|total)$/.test(name) ? 'unknown' : 'gauge'
    return [key, { name, type, labels: own.includes('cluster_name') ? own : ['cluster', ...own], help }] as const
  })
  return Object.fromEntries(made) as unknown as { readonly [K in keyof Names]: Foreign }
}

const asKafkaExporter = 'As kafka_exporter names it:'
export const kafkaExporterMetrics = foreign({
  brokers: ['kafka_brokers', '', `${asKafkaExporter} brokers of the cluster.`],
  brokerInfo: ['kafka_broker_info', 'id,address', `${asKafkaExporter} a broker.`],
  partitions: ['kafka_topic_partitions', 'topic', `${asKafkaExporter} partitions of the topic.`],
  currentOffset: ['kafka_topic_partition_current_offset', 'topic,partition', `${asKafkaExporter} high watermark.`],
  oldestOffset: ['kafka_topic_partition_oldest_offset', 'topic,partition', `${asKafkaExporter} log start.`],
  leader: ['kafka_topic_partition_leader', 'topic,partition', `${asKafkaExporter} broker id of the leader.`],
  replicas: ['kafka_topic_partition_replicas', 'topic,partition', `${asKafkaExporter} replicas.`],
  inSync: ['kafka_topic_partition_in_sync_replica', 'topic,partition', `${asKafkaExporter} replicas in sync.`],
  isPreferred: [
    'kafka_topic_partition_leader_is_preferred',
    'topic,partition',
    `${asKafkaExporter} 1 if the preferred replica leads.`,
  ],
  isUnderReplicated: [
    'kafka_topic_partition_under_replicated_partition',
    'topic,partition',
    `${asKafkaExporter} 1 if fewer replicas are in sync than there are.`,
  ],
  groupOffset: [
    'kafka_consumergroup_current_offset',
    'consumergroup,topic,partition',
    `${asKafkaExporter} committed offset.`,
  ],
  groupLag: [
    'kafka_consumergroup_lag',
    'consumergroup,topic,partition',
    `${asKafkaExporter} offsets to the high watermark. No sample, never -1: not known.`,
  ],
  groupOffsetSum: [
    'kafka_consumergroup_current_offset_sum',
    'consumergroup,topic',
    `${asKafkaExporter} committed offsets, summed.`,
  ],
  groupLagSum: ['kafka_consumergroup_lag_sum', 'consumergroup,topic', `${asKafkaExporter} lag, summed.`],
  groupMembers: ['kafka_consumergroup_members', 'consumergroup', `${asKafkaExporter} members of the group.`],
})

const asLagExporter = 'As kafka-lag-exporter names it:'
const lagExporterRow = 'cluster_name,group,topic,partition,member_host,consumer_id,client_id'
export const lagExporterMetrics = foreign({
  latest: ['kafka_partition_latest_offset', 'cluster_name,topic,partition', `${asLagExporter} high watermark.`],
  earliest: ['kafka_partition_earliest_offset', 'cluster_name,topic,partition', `${asLagExporter} log start.`],
  groupOffset: ['kafka_consumergroup_group_offset', lagExporterRow, `${asLagExporter} committed offset.`],
  groupLag: [
    'kafka_consumergroup_group_lag',
    lagExporterRow,
    `${asLagExporter} offsets to the high watermark. No sample, never NaN: not known.`,
  ],
  groupLagSeconds: [
    'kafka_consumergroup_group_lag_seconds',
    lagExporterRow,
    `${asLagExporter} lag in seconds, upper bound.`,
  ],
  groupMaxLag: [
    'kafka_consumergroup_group_max_lag',
    'cluster_name,group',
    `${asLagExporter} largest lag of a partition.`,
  ],
  groupMaxLagSeconds: [
    'kafka_consumergroup_group_max_lag_seconds',
    'cluster_name,group',
    `${asLagExporter} largest lag in seconds.`,
  ],
  groupSumLag: ['kafka_consumergroup_group_sum_lag', 'cluster_name,group', `${asLagExporter} lag of all partitions.`],
  groupTopicSumLag: [
    'kafka_consumergroup_group_topic_sum_lag',
    'cluster_name,group,topic',
    `${asLagExporter} lag of the topic.`,
  ],
})

const asKminion = 'As kminion names it:'
export const kminionMetrics = foreign({
  up: ['kminion_exporter_up', 'version', `${asKminion} 1.`],
  clusterInfo: [
    'kminion_kafka_cluster_info',
    'cluster_version,broker_count,controller_id,cluster_id',
    `${asKminion} the cluster.`,
  ],
  brokerInfo: ['kminion_kafka_broker_info', 'broker_id,address,port,rack_id,is_controller', `${asKminion} a broker.`],
  brokerBytes: [
    'kminion_kafka_broker_log_dir_size_total_bytes',
    'broker_id,address,port,rack_id',
    `${asKminion} bytes in the log directories of the broker.`,
  ],
  topicBytes: [
    'kminion_kafka_topic_log_dir_size_total_bytes',
    'topic_name',
    `${asKminion} bytes of the topic, replicas included.`,
  ],
  topicInfo: [
    'kminion_kafka_topic_info',
    'topic_name,partition_count,replication_factor,cleanup_policy',
    `${asKminion} a topic.`,
  ],
  lowWaterMark: ['kminion_kafka_topic_partition_low_water_mark', 'topic_name,partition_id', `${asKminion} log start.`],
  highWaterMark: [
    'kminion_kafka_topic_partition_high_water_mark',
    'topic_name,partition_id',
    `${asKminion} high watermark.`,
  ],
  lowWaterMarkSum: ['kminion_kafka_topic_low_water_mark_sum', 'topic_name', `${asKminion} log starts, summed.`],
  highWaterMarkSum: ['kminion_kafka_topic_high_water_mark_sum', 'topic_name', `${asKminion} high watermarks, summed.`],
  groupInfo: [
    'kminion_kafka_consumer_group_info',
    'group_id,protocol,protocol_type,state,coordinator_id',
    `${asKminion} a group: 1 if it is Stable, else 0.`,
  ],
  groupMembers: ['kminion_kafka_consumer_group_members', 'group_id', `${asKminion} members.`],
  groupEmptyMembers: [
    'kminion_kafka_consumer_group_empty_members',
    'group_id',
    `${asKminion} members without a partition.`,
  ],
  groupTopicMembers: [
    'kminion_kafka_consumer_group_topic_members',
    'group_id,topic_name',
    `${asKminion} members with partitions of the topic.`,
  ],
  groupTopicAssigned: [
    'kminion_kafka_consumer_group_topic_assigned_partitions',
    'group_id,topic_name',
    `${asKminion} partitions that are assigned.`,
  ],
  groupTopicOffsetSum: [
    'kminion_kafka_consumer_group_topic_offset_sum',
    'group_id,topic_name',
    `${asKminion} committed offsets, summed.`,
  ],
  groupTopicLag: ['kminion_kafka_consumer_group_topic_lag', 'group_id,topic_name', `${asKminion} lag of the topic.`],
  groupLag: [
    'kminion_kafka_consumer_group_topic_partition_lag',
    'group_id,topic_name,partition_id',
    `${asKminion} offsets to the high watermark. No sample: not known.`,
  ],
})

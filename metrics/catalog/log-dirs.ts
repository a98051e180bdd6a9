// Log directories: what the partitions take, what the disks have left, and which of them have failed.
import { metric } from '../metric.ts'

const dir = ['cluster', 'broker', 'dir'] as const

export const logDirMetrics = {
  logDirOnline: metric({
    name: 'millrace_log_dir_online',
    type: 'gauge',
    labels: dir,
    help: 'Whether the broker can use the log directory: 1, or 0 when it has failed.',
  }),
  logDirBytes: metric({
    name: 'millrace_log_dir_replica_bytes',
    type: 'gauge',
    labels: dir,
    help: 'Bytes of all replicas in the log directory, those included that are on their way into it.',
  }),
  logDirReplicas: metric({
    name: 'millrace_log_dir_replicas',
    type: 'gauge',
    labels: dir,
    help: 'Replicas in the log directory, without those that are on their way into it.',
  }),
  logDirFutureReplicas: metric({
    name: 'millrace_log_dir_future_replicas',
    type: 'gauge',
    labels: dir,
    help: 'Replicas that are being moved into the log directory from another of the same broker (KIP-113).',
  }),
  logDirFutureLag: metric({
    name: 'millrace_log_dir_future_lag_offsets',
    type: 'gauge',
    labels: dir,
    help: 'Offsets that the replicas on their way into the log directory still have to copy.',
  }),
  logDirVolumeBytes: metric({
    name: 'millrace_log_dir_volume_bytes',
    type: 'gauge',
    labels: dir,
    help: 'Size of the volume that the log directory is on (KIP-827, Kafka 3.3). No sample: the broker does not say.',
  }),
  logDirFreeBytes: metric({
    name: 'millrace_log_dir_volume_free_bytes',
    type: 'gauge',
    labels: dir,
    help: 'What is left on the volume that the log directory is on (KIP-827, Kafka 3.3). No sample: the broker does not say.',
  }),
  topicLogBytes: metric({
    name: 'millrace_topic_log_bytes',
    type: 'gauge',
    labels: ['cluster', 'topic'],
    help: 'Bytes of all replicas of the topic on all brokers that answered.',
  }),
} as const

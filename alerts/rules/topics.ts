// Topics and partitions: replicas that are missing, partitions that cannot be used, dead letters, transactions that hold back readers.
import { metrics } from '../../metrics/catalog.ts'
import type { Metric } from '../../metrics/metric.ts'
import {
  type Area,
  maxBy,
  minBy,
  ofCluster,
  ofPartition,
  ofTopic,
  plain,
  promDuration,
  quoted,
  type Selecting,
  sumBy,
} from '../rule.ts'

/** One alert a cluster, however many topics; overrides may leave out topics. */
const partitionsIn = (of: Selecting, trouble: Metric) => sumBy(ofCluster, maxBy(ofTopic, of(trouble)))

export const topics: Area = {
  name: 'topics',
  recordings: [],
  alerts: [
    {
      name: 'MillraceUnderReplicatedPartitions',
      severity: 'warning',
      pace: 'steady',
      labels: ofTopic,
      for: t => t['under-replicated-for'],
      expr: of =>
        `${sumBy(ofCluster, `${maxBy(ofTopic, of(metrics.topicUnderReplicated))}\n  unless on (cluster, topic) ${maxBy(ofTopic, plain(metrics.topicReassigning))} > 0`)} > 0`,
      summary: '{{ $value }} partitions of {{ $labels.cluster }} have fewer replicas in sync than they should',
      impact: 'The next broker that fails may take partitions or records with it.',
    },
    {
      name: 'MillraceUnderMinIsrPartitions',
      severity: 'critical',
      pace: 'fast',
      labels: ofTopic,
      for: t => t['under-min-isr-for'],
      expr: of => `${partitionsIn(of, metrics.topicUnderMinIsr)} > 0`,
      summary: '{{ $value }} partitions of {{ $labels.cluster }} have fewer replicas in sync than min.insync.replicas',
      impact: 'Producers with acks=all are refused (NOT_ENOUGH_REPLICAS).',
    },
    {
      name: 'MillraceOfflinePartitions',
      severity: 'critical',
      pace: 'fast',
      labels: ofTopic,
      for: t => t['offline-for'],
      expr: of => `${partitionsIn(of, metrics.topicLeaderless)} > 0`,
      summary: '{{ $value }} partitions of {{ $labels.cluster }} have no leader',
      impact: 'Nobody can write to them or read from them.',
    },
    {
      name: 'MillraceDeadLettersGrowing',
      severity: 'warning',
      pace: 'steady',
      labels: ofTopic,
      expr: (of, t) => {
        const ends = of(metrics.partitionHighWatermark, `topic=~${quoted(t['dead-letter-topics'])}`)
        // A topic that is made with its first dead letter has no past; one that the agent has just found has none either.
        return `${sumBy(
          ofTopic,
          `
    ${maxBy(ofPartition, ends)}
    unless ${maxBy(ofPartition, `${ends} offset 10m`)}
    and on (cluster) ${plain(metrics.clusterTopics)} offset 10m
  or
    ${maxBy(ofPartition, ends)} - ${minBy(ofPartition, `min_over_time(${ends}[10m])`)}`,
        )} > ${t['dead-letters-max']}`
      },
      summary: '{{ $value | humanize }} records in ten minutes came to {{ $labels.topic }}',
      impact: 'They could not be processed and are not, until somebody looks at them.',
    },
    {
      name: 'MillraceTransactionOpen',
      severity: 'warning',
      pace: 'steady',
      labels: ofTopic,
      expr: (of, t) => {
        const ago = `offset ${promDuration(t['transaction-open-max'])}`
        const [end, stable] = [of(metrics.partitionHighWatermark), of(metrics.partitionLastStable)]
        const [endNow, stableNow] = [maxBy(ofPartition, end), maxBy(ofPartition, stable)]
        const [endThen, stableThen] = [maxBy(ofPartition, `${end} ${ago}`), maxBy(ofPartition, `${stable} ${ago}`)]
        return `${maxBy(
          ofTopic,
          `
      ${endNow} - ${stableNow} > 0
  and ${endThen} - ${stableThen} > 0
  and ${stableNow} == ${stableThen}`,
        )}`
      },
      summary:
        'A transaction on {{ $labels.topic }} has been open for long; {{ $value | humanize }} offsets wait behind it',
      impact: 'Consumers with isolation.level=read_committed get nothing that was written after its first record.',
    },
  ],
}

// Topics: which are in trouble, large, busy; and one of them closer. With a thousand topics it shows the first of each, and one whole.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, bars, lines, stat, table, worse } from '../panels.ts'
import { countWhere, max, of, rate, sum, top } from '../queries.ts'
import { clusterVariable, topicVariable } from '../variables.ts'

const writes = (...labels: readonly string[]) => sum(rate(of(metrics.partitionHighWatermark)), ...labels)
const one = 'topic="$topic"'
const retained = (more: string, ...labels: readonly string[]) =>
  sum(`${of(metrics.partitionHighWatermark, more)} - ${of(metrics.partitionLogStart, more)}`, ...labels)
const uncommitted = (more: string, ...labels: readonly string[]) =>
  sum(`${of(metrics.partitionHighWatermark, more)} - ${of(metrics.partitionLastStable, more)}`, ...labels)

const trouble = [
  ['offline', metrics.topicLeaderless],
  ['under min ISR', metrics.topicUnderMinIsr],
  ['under-replicated', metrics.topicUnderReplicated],
  ['at min ISR', metrics.topicAtMinIsr],
  ['not preferred', metrics.topicNotPreferred],
] as const
/** At the minimum is how a topic with as many replicas as min.insync.replicas always is: alone it is no trouble. */
const isInTrouble = trouble
  .slice(0, 3)
  .map(([, metric]) => max(of(metric), 'topic'))
  .join(' + ')

export const topics: Board = {
  name: 'topics',
  title: 'Kafka / Topics',
  description: 'Topics in trouble, large and busy topics, and the partitions of one topic.',
  variables: [clusterVariable, topicVariable],
  rows: [
    row(
      'All topics',
      stat({
        title: 'Topics in trouble',
        does: 'Topics with a partition that is offline, under min ISR or under-replicated. They are listed below.',
        width: 4,
        height: 8,
        expr: countWhere(`(${isInTrouble}) > 0`, of(metrics.topicPartitions)),
        steps: bad(1),
      }),
      table({
        title: 'Topics in trouble',
        does: 'Partitions of each kind, at most 50 topics. Offline: bring back a broker that holds a replica. Under min ISR: producers with acks=all are refused until a replica is back. Empty is what you want.',
        width: 20,
        height: 8,
        keys: [{ label: 'topic', title: 'topic', link: 'topics' }],
        columns: trouble.map(([title, metric], index) => ({
          title,
          // The first column chooses the topics, the others follow it.
          expr:
            index === 0
              ? `${max(of(metric), 'topic')} and ${top(50, `(${isInTrouble}) > 0`)}`
              : max(of(metric), 'topic'),
          unit: 'short',
          steps: title === 'at min ISR' || title === 'not preferred' ? worse(1, 1_000_000) : bad(1),
        })),
        onlyFirst: true,
        noValue: 'no topic is in trouble',
      }),
      lines({
        title: 'Top 10 by writes',
        does: 'Offsets a second. Use it to find the producer behind a jump in load.',
        width: 8,
        unit: 'ops',
        queries: [{ expr: top(10, writes('topic')), legend: '{{topic}}' }],
      }),
      bars({
        title: 'Top 10 by size',
        does: 'Bytes of all replicas. The place to win disk: check retention of the first ones.',
        width: 8,
        unit: 'bytes',
        query: { expr: top(10, max(of(metrics.topicLogBytes), 'topic')), legend: '{{topic}}' },
      }),
      bars({
        title: 'Top 10 by partitions',
        does: 'Many partitions with little traffic cost memory, files and election time for nothing.',
        width: 8,
        unit: 'short',
        query: { expr: top(10, max(of(metrics.topicPartitions), 'topic')), legend: '{{topic}}' },
      }),
      bars({
        title: 'Top 10 by records kept',
        does: 'Offsets from the start to the end of the logs: what a consumer from the beginning would read.',
        width: 8,
        unit: 'short',
        query: { expr: top(10, retained('', 'topic')), legend: '{{topic}}' },
      }),
      bars({
        title: 'Top 10 by offsets not stable yet',
        does: 'Offsets behind the last stable one, which read_committed consumers cannot have yet. Some while producers are at work (the two ends are read one after the other); a number that only grows is a hanging transaction: kafka-transactions find-hanging, then abort.',
        width: 8,
        unit: 'short',
        query: { expr: top(10, uncommitted('', 'topic')), legend: '{{topic}}' },
      }),
      lines({
        title: 'Partitions being moved',
        does: 'Top 10 topics with a reassignment under way. It stays for hours: raise the throttle, or look for the broker that does not keep up.',
        width: 8,
        unit: 'short',
        queries: [{ expr: top(10, max(of(metrics.topicReassigning), 'topic')), legend: '{{topic}}' }],
      }),
    ),
    row(
      'Topic $topic',
      table({
        title: 'Settings',
        does: 'As its brokers apply them. Worth a look: fewer than 3 replicas, min ISR 1 with acks=all, retention shorter than your longest outage.',
        width: 24,
        height: 4,
        keys: [{ label: 'topic', title: 'topic' }],
        columns: [
          {
            title: 'info',
            expr: max(
              of(metrics.topicInfo, one),
              'topic',
              'cleanup_policy',
              'retention_ms',
              'retention_bytes',
              'min_insync_replicas',
              'max_message_bytes',
              'compression_type',
            ),
            hidden: true,
          },
          { title: 'partitions', expr: max(of(metrics.topicPartitions, one), 'topic'), unit: 'short' },
          { title: 'replicas', expr: max(of(metrics.topicReplicationFactor, one), 'topic'), unit: 'short' },
          { title: 'on disk', expr: max(of(metrics.topicLogBytes, one), 'topic'), unit: 'bytes' },
          { title: 'records', expr: retained(one, 'topic'), unit: 'short' },
        ],
        labels: [
          'cleanup_policy',
          'retention_ms',
          'retention_bytes',
          'min_insync_replicas',
          'max_message_bytes',
          'compression_type',
        ],
      }),
      lines({
        title: 'Writes, 10 busiest partitions',
        does: 'Offsets a second. One partition far above the others: a hot key, or a producer that names the partition itself. More partitions do not help against a hot key.',
        width: 8,
        unit: 'ops',
        queries: [
          {
            expr: top(10, max(rate(of(metrics.partitionHighWatermark, one)), 'partition')),
            legend: 'partition {{partition}}',
          },
        ],
      }),
      stat({
        title: 'Skew',
        does: 'Writes of the busiest partition over the mean of all. 1 is even; above 2 the busiest one sets the pace of your slowest consumer.',
        width: 4,
        height: 7,
        decimals: 2,
        expr: `max(${rate(of(metrics.partitionHighWatermark, one))}) / (avg(${rate(of(metrics.partitionHighWatermark, one))}) > 0)`,
        steps: worse(2, 4),
        noValue: 'no writes',
      }),
      lines({
        title: 'Size on disk',
        does: 'Bytes of all replicas. It should level out where retention begins to work.',
        width: 6,
        unit: 'bytes',
        queries: [{ expr: max(of(metrics.topicLogBytes, one), 'topic'), legend: '{{topic}}' }],
      }),
      lines({
        title: 'Groups that read it, by lag',
        does: 'The 10 groups with the most to read of this topic. Click Consumer lag above for one of them.',
        width: 6,
        unit: 'short',
        queries: [{ expr: top(10, max(of(metrics.groupTopicLag, one), 'group')), legend: '{{group}}' }],
        link: 'consumer-lag',
      }),
    ),
  ],
}

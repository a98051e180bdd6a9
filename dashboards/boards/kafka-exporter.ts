// The boards of cluster and lag by the names of kafka_exporter: for those who have that exporter, or `millrace agent` with --profiles
// kafka_exporter. What it does not know (seconds, status, headroom, min ISR) is not here either.
import { kafkaExporterMetrics as names } from '../../metrics/catalog/foreign.ts'
import { type Board, row } from '../board.ts'
import { bad, bars, lines, stat, table, worse } from '../panels.ts'
import { countWhere, max, ofJob, rate, sum, top } from '../queries.ts'
import { consumergroupVariable, jobVariable } from '../variables.ts'

const of = (key: keyof typeof names, more = '') => ofJob(names[key], more)
const job = jobVariable(names.brokers, 'Prometheus job of the exporter')
const chosen = 'consumergroup=~"$consumergroup"'
/** kafka_exporter itself says -1 for a partition without a commit, which is no lag. */
const lag = (...labels: readonly string[]) => sum(`${of('groupLag', chosen)} >= 0`, ...labels)
const committed = (...labels: readonly string[]) => sum(rate(`${of('groupOffset', chosen)}`), ...labels)

export const kafkaExporterCluster: Board = {
  name: 'kafka-exporter-cluster',
  title: 'Kafka / Cluster (kafka_exporter names)',
  description: 'Cluster and topics by the names of kafka_exporter.',
  variables: [job],
  rows: [
    row(
      'Cluster',
      stat({
        title: 'Brokers',
        does: 'Brokers of the cluster. Fewer than you run: one is down.',
        width: 4,
        plain: true,
        expr: max(of('brokers')),
      }),
      stat({
        title: 'Under-replicated',
        does: 'Partitions with a replica out of sync. It stays: a broker is down or too slow.',
        width: 5,
        expr: sum(of('isUnderReplicated')),
        steps: bad(1),
      }),
      stat({
        title: 'Not led by the preferred replica',
        does: 'kafka-leader-election --election-type preferred puts it right.',
        width: 5,
        expr: `sum(1 - ${of('isPreferred')})`,
        steps: worse(1, 100),
      }),
      stat({
        title: 'Topics',
        does: 'Topics that the exporter looks at.',
        width: 5,
        plain: true,
        unit: 'short',
        expr: `count(${of('partitions')})`,
      }),
      stat({
        title: 'Partitions',
        does: 'Partitions of these topics.',
        width: 5,
        plain: true,
        unit: 'short',
        expr: sum(of('partitions')),
      }),
      bars({
        title: 'Leaders by broker',
        does: 'Partitions that each broker leads. Uneven: elect preferred leaders.',
        width: 8,
        unit: 'short',
        query: { expr: `count_values("broker", ${of('leader')})`, legend: 'broker {{broker}}' },
      }),
      lines({
        title: 'Replicas in sync',
        does: 'Of all replicas. The gap between the two lines is what is out of sync.',
        width: 8,
        unit: 'short',
        queries: [
          { expr: sum(of('replicas')), legend: 'replicas' },
          { expr: sum(of('inSync')), legend: 'in sync' },
        ],
      }),
      table({
        title: 'Topics by partitions under-replicated',
        does: 'At most 20. All zero is what you want.',
        width: 8,
        keys: [{ label: 'topic', title: 'topic' }],
        columns: [
          {
            title: 'under-replicated',
            expr: top(20, sum(of('isUnderReplicated'), 'topic')),
            unit: 'short',
            steps: bad(1),
          },
          { title: 'partitions', expr: max(of('partitions'), 'topic'), unit: 'short' },
        ],
        sortBy: 'under-replicated',
        onlyFirst: true,
      }),
    ),
    row(
      'Topics',
      lines({
        title: 'Top 10 by writes',
        does: 'Offsets a second: the producers behind a jump in load.',
        width: 12,
        unit: 'ops',
        queries: [{ expr: top(10, sum(rate(of('currentOffset')), 'topic')), legend: '{{topic}}' }],
      }),
      bars({
        title: 'Top 10 by records kept',
        does: 'Offsets from start to end: what a consumer from the beginning would read.',
        width: 12,
        unit: 'short',
        query: { expr: top(10, sum(`${of('currentOffset')} - ${of('oldestOffset')}`, 'topic')), legend: '{{topic}}' },
      }),
    ),
  ],
}

export const kafkaExporterLag: Board = {
  name: 'kafka-exporter-lag',
  title: 'Kafka / Consumer lag (kafka_exporter names)',
  description:
    'Consumer lag by the names of kafka_exporter: offsets only. Seconds, status and headroom need the native profile.',
  variables: [job, consumergroupVariable],
  rows: [
    row(
      'Groups',
      stat({
        title: 'Groups',
        does: 'Groups that match the choice above.',
        width: 6,
        plain: true,
        unit: 'short',
        expr: `count(${lag('consumergroup')})`,
      }),
      stat({
        title: 'Lag of all',
        does: 'Offsets that these groups have still to read.',
        width: 6,
        plain: true,
        unit: 'short',
        expr: lag(),
      }),
      stat({
        title: 'Groups that lag and have no members',
        does: 'Nobody reads while records wait: start the consumer, or delete the group if it is not used any more.',
        width: 6,
        expr: countWhere(
          `${lag('consumergroup')} > 0 and on (consumergroup) ${max(of('groupMembers', chosen), 'consumergroup')} == 0`,
          of('groupMembers', chosen),
        ),
        steps: bad(1),
      }),
      stat({
        title: 'Read a second',
        does: 'Offsets that these groups commit.',
        width: 6,
        plain: true,
        unit: 'ops',
        expr: committed(),
      }),
      table({
        title: 'Groups by lag',
        does: 'At most 50. About how long a group is behind: lag over what it reads a second.',
        width: 12,
        height: 9,
        keys: [{ label: 'consumergroup', title: 'group' }],
        columns: [
          { title: 'lag', expr: top(50, lag('consumergroup')), unit: 'short' },
          { title: 'read a second', expr: committed('consumergroup'), unit: 'ops' },
          { title: 'members', expr: max(of('groupMembers', chosen), 'consumergroup'), unit: 'short' },
        ],
        sortBy: 'lag',
        onlyFirst: true,
      }),
      lines({
        title: 'Lag, top 10',
        does: 'Offsets. A straight line upwards: a consumer that has stopped.',
        width: 12,
        height: 9,
        unit: 'short',
        queries: [{ expr: top(10, lag('consumergroup')), legend: '{{consumergroup}}' }],
      }),
    ),
    row(
      'Topics and partitions',
      table({
        title: 'Partitions by lag',
        does: 'The 50 with the most of the groups chosen above. One partition far above the others: a hot key, or a member that hangs.',
        width: 12,
        height: 9,
        keys: [
          { label: 'consumergroup', title: 'group' },
          { label: 'topic', title: 'topic' },
          { label: 'partition', title: 'partition' },
        ],
        columns: [
          {
            title: 'lag',
            expr: top(50, max(of('groupLag', chosen), 'consumergroup', 'topic', 'partition')),
            unit: 'short',
          },
          {
            title: 'committed',
            expr: max(of('groupOffset', chosen), 'consumergroup', 'topic', 'partition'),
            unit: 'none',
          },
        ],
        sortBy: 'lag',
        onlyFirst: true,
      }),
      lines({
        title: 'Lag by topic, top 10',
        does: 'Offsets of the groups chosen above.',
        width: 12,
        height: 9,
        unit: 'short',
        queries: [
          {
            expr: top(10, sum(of('groupLagSum', chosen), 'consumergroup', 'topic')),
            legend: '{{consumergroup}} {{topic}}',
          },
        ],
      }),
    ),
  ],
}

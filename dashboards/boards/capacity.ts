// Room: what disks have left and when they will be full, how the load is spread, what grows.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bars, lines, stat, table, worse } from '../panels.ts'
import { max, min, of, rate, sum, top } from '../queries.ts'
import { clusterVariable } from '../variables.ts'

const year = 31_536_000
const free = of(metrics.logDirFreeBytes)
const freeShare = `${free} / ${of(metrics.logDirVolumeBytes)}`
/** By what it has lost in the last six hours; a disk that does not fill lasts a year, which is as far as anybody looks. */
const secondsLeft = (...labels: readonly string[]) =>
  min(`clamp_max(${free} / clamp_min(-deriv(${free}[6h]), 1), ${year})`, ...labels)
const spread = (series: string) => `max(${series}) / (avg(${series}) > 0)`
const roomSteps = [
  ['red', null],
  ['orange', 0.1],
  ['green', 0.25],
] as const
const timeSteps = [
  ['red', null],
  ['orange', 259_200],
  ['green', 1_209_600],
] as const

export const capacity: Board = {
  name: 'capacity',
  title: 'Kafka / Capacity',
  description: 'Disks, growth and balance: what will run out, when, and what to move.',
  time: 'now-24h',
  refresh: '1m',
  variables: [clusterVariable],
  rows: [
    row(
      'What will run out',
      stat({
        title: 'Least room',
        does: 'Free share of the fullest volume. Below 10 %: lower the retention of the largest topics below (it takes effect within minutes), then add disk.',
        width: 6,
        unit: 'percentunit',
        expr: `min(${freeShare})`,
        steps: roomSteps,
      }),
      stat({
        title: 'First disk full in',
        does: 'At the pace of the last six hours. A year means that none fills up. Less than two weeks: plan disk or retention now; less than three days: act.',
        width: 6,
        unit: 's',
        expr: secondsLeft(),
        steps: timeSteps,
      }),
      stat({
        title: 'Skew of leaders',
        does: 'Leaders of the busiest broker over the mean. Above 1.3: elect preferred leaders; if that does not help, reassign partitions.',
        width: 6,
        decimals: 2,
        expr: spread(of(metrics.brokerLeaders)),
        steps: worse(1.3, 2),
      }),
      stat({
        title: 'Skew of bytes',
        does: 'Bytes of the fullest broker over the mean. Above 1.3: move the largest partitions (kafka-reassign-partitions), or the cluster is full when one broker is.',
        width: 6,
        decimals: 2,
        expr: spread(sum(of(metrics.logDirBytes), 'broker')),
        steps: worse(1.3, 2),
      }),
    ),
    row(
      'Disks',
      table({
        title: 'Log directories',
        does: 'Each with its volume. Full in: at the pace of the last six hours. Used by others: the volume holds more than Kafka, and that may grow too.',
        width: 24,
        height: 8,
        keys: [
          { label: 'broker', title: 'broker' },
          { label: 'dir', title: 'directory' },
        ],
        columns: [
          {
            title: 'online',
            expr: max(of(metrics.logDirOnline), 'broker', 'dir'),
            states: { 0: ['failed', 'red'], 1: ['online', 'green'] },
          },
          { title: 'replicas', expr: max(of(metrics.logDirReplicas), 'broker', 'dir'), unit: 'short' },
          { title: 'in replicas', expr: max(of(metrics.logDirBytes), 'broker', 'dir'), unit: 'bytes' },
          { title: 'volume', expr: max(of(metrics.logDirVolumeBytes), 'broker', 'dir'), unit: 'bytes' },
          { title: 'free', expr: min(freeShare, 'broker', 'dir'), unit: 'percentunit', steps: roomSteps },
          { title: 'full in', expr: secondsLeft('broker', 'dir'), unit: 's', steps: timeSteps },
        ],
        sortBy: 'free',
        ascending: true,
      }),
      lines({
        title: 'Free share of each broker',
        does: 'Of its fullest volume. A line straight down: a topic without retention or a producer gone wild; see growth below.',
        width: 12,
        unit: 'percentunit',
        max: 1,
        steps: roomSteps,
        queries: [{ expr: min(freeShare, 'broker'), legend: 'broker {{broker}}' }],
      }),
      lines({
        title: 'Bytes of replicas by broker',
        does: 'Brokers that grow apart from each other want a reassignment.',
        width: 12,
        unit: 'bytes',
        queries: [{ expr: sum(of(metrics.logDirBytes), 'broker'), legend: 'broker {{broker}}' }],
      }),
    ),
    row(
      'What grows',
      bars({
        title: 'Top 10 by growth',
        does: 'Bytes a second of all replicas, over the last hour; a topic whose retention works stays near zero. Lower retention.ms or retention.bytes of the first, or turn on compression in its producers.',
        width: 8,
        unit: 'Bps',
        query: { expr: top(10, max(`deriv(${of(metrics.topicLogBytes)}[1h])`, 'topic')), legend: '{{topic}}' },
      }),
      bars({
        title: 'Top 10 by size',
        does: 'Bytes of all replicas.',
        width: 8,
        unit: 'bytes',
        query: { expr: top(10, max(of(metrics.topicLogBytes), 'topic')), legend: '{{topic}}' },
      }),
      lines({
        title: 'Writes of the cluster',
        does: 'Offsets a second over days: what you will need. Plan for twice the highest peak, so that one broker may be down.',
        width: 8,
        unit: 'ops',
        queries: [{ expr: sum(rate(of(metrics.partitionHighWatermark))), legend: 'written' }],
      }),
    ),
    row(
      'How it is spread',
      bars({
        title: 'Leaders by broker',
        does: 'Reading and writing follow leaders.',
        width: 8,
        unit: 'short',
        query: { expr: max(of(metrics.brokerLeaders), 'broker'), legend: 'broker {{broker}}' },
      }),
      bars({
        title: 'Replicas by broker',
        does: 'Above some 4,000 a broker takes minutes to start and to shut down: add brokers, or take partitions away from topics that do not need them.',
        width: 8,
        unit: 'short',
        query: { expr: max(of(metrics.brokerReplicas), 'broker'), legend: 'broker {{broker}}' },
      }),
      bars({
        title: 'Groups by coordinator',
        does: 'Groups hang on the partitions of __consumer_offsets. One broker with all of them: that topic has too few partitions or sits on one broker.',
        width: 8,
        unit: 'short',
        query: { expr: max(of(metrics.coordinatorGroups), 'broker'), legend: 'broker {{broker}}' },
      }),
    ),
  ],
}

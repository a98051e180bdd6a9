// What only JMX knows of brokers: threads, request times, garbage collection. By deploy/jmx_exporter/kafka.yaml, whose names are those
// of Strimzi's examples, so that it works there too.
import { jmxMetrics as jmx } from '../../metrics/catalog/jmx.ts'
import { type Board, row } from '../board.ts'
import { bad, lines, stat, worse } from '../panels.ts'
import { increase, max, min, ofTargetsWith, rate, ofJob as series, sum, top } from '../queries.ts'
import { jobVariable } from '../variables.ts'

type Key = keyof typeof jmx
const of = (key: Key, more = '') => series(jmx[key], more)
const ofBrokers = (expr: string) => ofTargetsWith(of('leaders'), expr)
const byBroker = (expr: string) => [{ expr, legend: '{{instance}}' }]
/** The broker computes its quantiles itself; the worst of the brokers is what counts. */
const requestMs = (key: 'totalTime' | 'queueTime' | 'localTime' | 'remoteTime', request: string) =>
  max(of(key, `request="${request}",quantile="0.99"`))
const idleSteps = [
  ['red', null],
  ['orange', 0.2],
  ['green', 0.4],
] as const

export const brokersJmx: Board = {
  name: 'brokers-jmx',
  title: 'Kafka / Brokers (JMX)',
  description:
    'What only JMX knows of brokers: threads, request times, errors, garbage collection. Data: the JMX exporter with deploy/jmx_exporter/kafka.yaml.',
  variables: [jobVariable(jmx.leaders, 'Prometheus job of the JMX exporters')],
  rows: [
    row(
      'Is it well?',
      stat({
        title: 'Active controllers',
        does: 'Over all nodes of the job it is 1. 0: no controller; 2: two that both think they are, or two clusters in one job.',
        width: 4,
        expr: sum(of('activeControllers')),
        steps: [
          ['red', null],
          ['green', 1],
          ['red', 2],
        ],
      }),
      stat({
        title: 'Offline partitions',
        does: 'Partitions without a leader, as the controller counts them. Bring back the brokers that hold their replicas.',
        width: 4,
        expr: max(of('offlinePartitions')),
        steps: bad(1),
      }),
      stat({
        title: 'Under min ISR',
        does: 'Producers with acks=all are refused on these partitions. Find the broker that is down or slow.',
        width: 4,
        expr: sum(of('underMinIsr')),
        steps: bad(1),
      }),
      stat({
        title: 'Under-replicated',
        does: 'Partitions with a replica out of sync, counted by their leaders.',
        width: 4,
        expr: sum(of('underReplicated')),
        steps: worse(1, 50),
      }),
      stat({
        title: 'Failed log directories',
        does: 'Replace the disk, restart the broker.',
        width: 4,
        expr: sum(of('offlineDirs')),
        steps: bad(1),
      }),
      stat({
        title: 'Request handlers idle',
        does: 'Of the busiest broker, 0 to 1. Below 0.3: the broker is close to its limit; spread leaders, or give it more num.io.threads if its CPUs are not busy.',
        width: 4,
        unit: 'percentunit',
        expr: min(of('handlersIdle')),
        steps: idleSteps,
      }),
    ),
    row(
      'Traffic',
      lines({
        title: 'Bytes in',
        does: 'That clients write, by broker. Uneven: leaders are; see Leaders on the Brokers board.',
        width: 8,
        unit: 'Bps',
        queries: byBroker(sum(rate(of('bytesIn')), 'instance')),
      }),
      lines({
        title: 'Bytes out',
        does: 'That clients read, by broker. Far above bytes in: many groups read the same; near the network card: add brokers or fetch from followers (client.rack).',
        width: 8,
        unit: 'Bps',
        queries: byBroker(sum(rate(of('bytesOut')), 'instance')),
      }),
      lines({
        title: 'Records in',
        does: 'That clients write, by broker. Small bytes with many records: batches are small; raise linger.ms of the producers.',
        width: 8,
        unit: 'ops',
        queries: byBroker(sum(rate(of('messagesIn')), 'instance')),
      }),
    ),
    row(
      'Requests',
      lines({
        title: 'Produce: where p99 goes',
        does: 'Of the worst broker. Queue: too few request handlers or too much load. Local: disk or page cache. Remote: followers (acks=all) are slow; look at their disks and network.',
        width: 12,
        unit: 'ms',
        queries: [
          { expr: requestMs('totalTime', 'Produce'), legend: 'total' },
          { expr: requestMs('queueTime', 'Produce'), legend: 'waiting for a handler' },
          { expr: requestMs('localTime', 'Produce'), legend: 'on the leader' },
          { expr: requestMs('remoteTime', 'Produce'), legend: 'waiting for followers' },
        ],
      }),
      lines({
        title: 'Fetch: where p99 goes',
        does: 'Of the worst broker. Remote is mostly waiting for data to come (fetch.max.wait.ms) and no trouble. Local that rises: consumers read old data from disk.',
        width: 12,
        unit: 'ms',
        queries: [
          { expr: requestMs('totalTime', 'FetchConsumer'), legend: 'total' },
          { expr: requestMs('queueTime', 'FetchConsumer'), legend: 'waiting for a handler' },
          { expr: requestMs('localTime', 'FetchConsumer'), legend: 'on the leader' },
          { expr: requestMs('remoteTime', 'FetchConsumer'), legend: 'waiting for data' },
        ],
      }),
      lines({
        title: 'Requests a second, top 10',
        does: 'By API. Metadata or ApiVersions high up: clients connect again and again. OffsetCommit high up: consumers commit every record.',
        width: 8,
        unit: 'reqps',
        queries: [{ expr: top(10, sum(rate(of('requests')), 'request')), legend: '{{request}}' }],
      }),
      lines({
        title: 'Errors a second, top 10',
        does: 'Answers with an error, by API and error. NOT_LEADER_OR_FOLLOWER for a moment after an election is right; authorization and unknown topics are clients that are set up wrong.',
        width: 8,
        unit: 'ops',
        queries: [
          {
            expr: top(10, sum(rate(of('errors', 'error!="NONE"')), 'request', 'error')),
            legend: '{{request}}: {{error}}',
          },
        ],
        noValue: 'no errors',
      }),
      lines({
        title: 'Waiting for a handler',
        does: 'Requests in the queue. It should be near 0; at queued.max.requests network threads stop reading.',
        width: 8,
        unit: 'short',
        queries: byBroker(max(of('requestQueue'), 'instance')),
      }),
      lines({
        title: 'Failed requests a second',
        does: 'Produce and fetch requests that failed, of all brokers. Not zero for long: the errors beside say why.',
        width: 8,
        unit: 'reqps',
        queries: [
          { expr: sum(rate(of('failedProduce'))), legend: 'produce' },
          { expr: sum(rate(of('failedFetch'))), legend: 'fetch' },
        ],
      }),
      lines({
        title: 'In purgatory',
        does: 'Requests that wait for their condition. Produce growing: followers do not answer. Fetch is about as many as consumers wait for data.',
        width: 8,
        unit: 'short',
        queries: [{ expr: sum(of('purgatory'), jmx.purgatory.labels[0]!), legend: '{{delayedOperation}}' }],
      }),
      lines({
        title: 'Connections',
        does: 'By listener. A staircase upwards: clients that do not close; look for applications that make a producer for each message.',
        width: 8,
        unit: 'short',
        queries: [{ expr: sum(of('connections'), 'listener'), legend: '{{listener}}' }],
      }),
    ),
    row(
      'Threads and replication',
      lines({
        title: 'Idle request handlers',
        does: 'Share of time, by broker. Below 0.3 latency rises for all.',
        width: 8,
        unit: 'percentunit',
        max: 1,
        steps: idleSteps,
        queries: byBroker(min(of('handlersIdle'), 'instance')),
      }),
      lines({
        title: 'Idle network threads',
        does: 'Share of time, by broker. Below 0.3: more num.network.threads; with TLS they do the encryption.',
        width: 8,
        unit: 'percentunit',
        max: 1,
        steps: idleSteps,
        queries: byBroker(min(of('networkIdle'), 'instance')),
      }),
      lines({
        title: 'ISR shrinks and expands',
        does: 'In five minutes. In pairs, again and again: a follower at its limit (disk, network, garbage collection) or replica.lag.time.max.ms too short.',
        width: 8,
        unit: 'short',
        queries: [
          { expr: sum(increase(of('isrShrinks'), '5m')), legend: 'shrinks' },
          { expr: sum(increase(of('isrExpands'), '5m')), legend: 'expands' },
        ],
      }),
      lines({
        title: 'Time to flush a log, p99',
        does: 'Milliseconds, by broker. Above 100: the disk is slow or shared with somebody.',
        width: 8,
        unit: 'ms',
        queries: byBroker(max(of('flushTime', 'quantile="0.99"'), 'instance')),
      }),
      lines({
        title: 'Leaders',
        does: 'Partitions that each broker leads.',
        width: 8,
        unit: 'short',
        queries: byBroker(max(of('leaders'), 'instance')),
      }),
      lines({
        title: 'Nodes by role in the quorum',
        does: 'leader is 1; candidate for more than a moment: no majority of controllers is up.',
        width: 8,
        unit: 'short',
        queries: [{ expr: `count(${of('raftState')} == 1) by (state)`, legend: '{{state}}' }],
      }),
    ),
    row(
      'JVM',
      lines({
        title: 'Heap in use',
        does: 'Share of the most it may have. Saw teeth are right; a floor that climbs to 0.9 ends in long pauses: more heap, or fewer partitions.',
        width: 6,
        unit: 'percentunit',
        max: 1,
        queries: byBroker(
          `${max(ofBrokers(of('heapUsed', 'area="heap"')), 'instance')} / ${max(of('heapMax', 'area="heap"'), 'instance')}`,
        ),
      }),
      lines({
        title: 'Time in garbage collection',
        does: 'Share of time. Above 0.05 it is felt in p99 of everything.',
        width: 6,
        unit: 'percentunit',
        queries: byBroker(sum(ofBrokers(rate(of('gcSeconds'))), 'instance')),
        steps: worse(0.05, 0.2),
      }),
      lines({
        title: 'CPU',
        does: 'Cores of each broker. At the number of cores: compression on the broker (compression.type other than producer), TLS, or simply load.',
        width: 6,
        unit: 'none',
        queries: byBroker(max(ofBrokers(rate(of('cpu'))), 'instance')),
      }),
      lines({
        title: 'Open files',
        does: 'Each segment and connection is one or more. Near the limit (ulimit -n, at least 100,000) the broker stops.',
        width: 6,
        unit: 'short',
        queries: byBroker(max(ofBrokers(of('openFiles')), 'instance')),
      }),
    ),
  ],
}

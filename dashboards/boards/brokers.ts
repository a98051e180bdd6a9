// The brokers as the Kafka protocol tells them: who answers, who leads how much, disks, the metadata quorum.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, lines, stat, table, timeline, worse } from '../panels.ts'
import { count, countOfZeros, max, min, of, sum } from '../queries.ts'
import { clusterVariable } from '../variables.ts'

const apiSpread = `(${max(of(metrics.brokerApiVersion), 'api')} - ${min(of(metrics.brokerApiVersion), 'api')})`

export const brokers: Board = {
  name: 'brokers',
  title: 'Kafka / Brokers',
  description: 'Each broker as the Kafka protocol tells it, without JMX. What only JMX knows is on Brokers (JMX).',
  variables: [clusterVariable],
  rows: [
    row(
      'Who is there',
      table({
        title: 'Brokers',
        does: 'One line a broker. Down: look at its process and log. Versions that differ: an upgrade is under way or was left half done. Offline replicas on a broker that is up: a log directory has failed.',
        width: 24,
        height: 8,
        keys: [{ label: 'broker', title: 'broker' }],
        columns: [
          {
            title: 'address',
            expr: max(of(metrics.brokerInfo), 'broker', 'host', 'port', 'rack', 'version'),
            hidden: true,
          },
          {
            title: 'up',
            expr: max(of(metrics.brokerUp), 'broker'),
            states: { 0: ['down', 'red'], 1: ['up', 'green'] },
          },
          {
            title: 'answers in',
            expr: max(of(metrics.brokerResponseSeconds), 'broker'),
            unit: 's',
            steps: worse(0.25, 1),
          },
          { title: 'leaders', expr: max(of(metrics.brokerLeaders), 'broker'), unit: 'short' },
          { title: 'would lead', expr: max(of(metrics.brokerPreferredLeaders), 'broker'), unit: 'short' },
          { title: 'replicas', expr: max(of(metrics.brokerReplicas), 'broker'), unit: 'short' },
          {
            title: 'offline replicas',
            expr: max(of(metrics.brokerOfflineReplicas), 'broker'),
            unit: 'short',
            steps: bad(1),
          },
          { title: 'on disk', expr: sum(of(metrics.logDirBytes), 'broker'), unit: 'bytes' },
          { title: 'groups', expr: max(of(metrics.coordinatorGroups), 'broker'), unit: 'short' },
        ],
        labels: ['host', 'port', 'rack', 'version'],
      }),
      timeline({
        title: 'Up or down',
        does: 'Each broker over time. One after the other going down and coming back is a rolling restart; the same one again and again is crashing: read its log at the moments of change.',
        width: 12,
        query: { expr: max(of(metrics.brokerUp), 'broker'), legend: 'broker {{broker}}' },
        states: { 0: ['down', 'red'], 1: ['up', 'green'] },
      }),
      lines({
        title: 'Answer time',
        does: 'Of a small request on an open connection. A broker that stands out is busy (request handlers, garbage collection, disk) or far away.',
        width: 12,
        unit: 's',
        queries: [{ expr: max(of(metrics.brokerResponseSeconds), 'broker'), legend: 'broker {{broker}}' }],
        steps: worse(0.25, 1),
      }),
    ),
    row(
      'How the work is shared out',
      lines({
        title: 'Leaders',
        does: 'Partitions that each broker leads. After a restart the broker leads nothing until preferred leaders are elected (auto.leader.rebalance.enable, or kafka-leader-election --election-type preferred).',
        width: 8,
        unit: 'short',
        queries: [{ expr: max(of(metrics.brokerLeaders), 'broker'), legend: 'broker {{broker}}' }],
      }),
      lines({
        title: 'Leaders away from home',
        does: 'Difference between what a broker leads and what it would lead if every leader were the preferred one. Far from zero for long: elect preferred leaders. It stays: the placement itself is uneven, reassign partitions.',
        width: 8,
        unit: 'short',
        signed: true,
        queries: [
          {
            expr: `${max(of(metrics.brokerLeaders), 'broker')} - ${max(of(metrics.brokerPreferredLeaders), 'broker')}`,
            legend: 'broker {{broker}}',
          },
        ],
      }),
      lines({
        title: 'Offline replicas',
        does: 'Replicas that are not available, because the broker is down or its log directory has failed. Not zero on a broker that is up: replace the disk.',
        width: 8,
        unit: 'short',
        queries: [{ expr: max(of(metrics.brokerOfflineReplicas), 'broker'), legend: 'broker {{broker}}' }],
        steps: bad(1),
      }),
    ),
    row(
      'Log directories',
      lines({
        title: 'Bytes of replicas by broker',
        does: 'What the logs take. Uneven: large partitions sit together, move some. Growing without end: a topic without retention; see Capacity.',
        width: 8,
        unit: 'bytes',
        queries: [{ expr: sum(of(metrics.logDirBytes), 'broker'), legend: 'broker {{broker}}' }],
        link: 'capacity',
      }),
      lines({
        title: 'Room left on the volume',
        does: 'Share of the volume that is free, of the fullest directory of each broker. Below 10 % the broker is about to stop: lower the retention of the largest topics, or add disk.',
        width: 8,
        unit: 'percentunit',
        max: 1,
        steps: [
          ['red', null],
          ['orange', 0.1],
          ['green', 0.25],
        ],
        queries: [
          {
            expr: min(`${of(metrics.logDirFreeBytes)} / ${of(metrics.logDirVolumeBytes)}`, 'broker'),
            legend: 'broker {{broker}}',
          },
        ],
        link: 'capacity',
      }),
      stat({
        title: 'Failed directories',
        does: 'Log directories that their broker cannot use any more. Replace the disk and restart the broker.',
        width: 4,
        height: 7,
        expr: countOfZeros(of(metrics.logDirOnline)),
        steps: bad(1),
      }),
      stat({
        title: 'Replicas moving between disks',
        does: 'Replicas on their way into another directory of the same broker. If the number stays, raise the throttle (replica.alter.log.dirs.io.max.bytes.per.second).',
        width: 4,
        height: 7,
        unit: 'short',
        expr: sum(of(metrics.logDirFutureReplicas)),
        steps: worse(1, 1_000),
      }),
    ),
    row(
      'Metadata quorum',
      stat({
        title: 'Active controller',
        does: 'Node id of the leader of the quorum. None: no leader, topic or setting can change; look at the controllers and whether a majority of them is up.',
        width: 4,
        height: 7,
        expr: max(of(metrics.quorumLeader)),
        plain: true,
        noValue: 'none',
      }),
      stat({
        title: 'Elections',
        does: 'How often the leader of the quorum has changed in the time shown. Some at a restart; many: controllers lose each other (network, garbage collection, slow disk under metadata.log.dir).',
        width: 4,
        height: 7,
        unit: 'short',
        expr: max(`changes(${of(metrics.quorumEpoch)}[$__range])`),
        steps: worse(3, 10),
      }),
      lines({
        title: 'Behind in the metadata log',
        does: 'Offsets by which each node is behind the leader. A node that stays behind acts on old metadata: restart it, or look at its disk.',
        width: 8,
        unit: 'short',
        queries: [{ expr: max(of(metrics.quorumLag), 'node'), legend: 'node {{node}}' }],
      }),
      lines({
        title: 'Behind in seconds',
        does: 'How long ago each node had all of the metadata log. Above some seconds on a voter: one more failure and the quorum may stop.',
        width: 8,
        unit: 's',
        queries: [{ expr: max(of(metrics.quorumLagSeconds), 'node'), legend: 'node {{node}}' }],
        steps: worse(5, 30),
      }),
    ),
    row(
      'Versions',
      stat({
        title: 'Different versions',
        does: 'Versions of Kafka in the cluster. More than one is right only during an upgrade; finish it.',
        width: 6,
        height: 7,
        expr: count(count(of(metrics.brokerInfo), 'version')),
        steps: worse(2, 3),
      }),
      stat({
        title: 'APIs that differ between brokers',
        does: 'APIs of which brokers serve different highest versions. Clients use what their broker offers, so this too belongs to an upgrade only.',
        width: 6,
        height: 7,
        unit: 'short',
        expr: `(count(${apiSpread} > 0) or 0 * count(${apiSpread}))`,
        steps: worse(1, 100),
      }),
      table({
        title: 'Certificates of TLS listeners',
        does: 'When each certificate ends. Renew in time: the broker reads a changed keystore when its listener is reconfigured. Empty: the agent uses no TLS and --brokers-certificate-of names none.',
        width: 12,
        keys: [
          { label: 'address', title: 'listener' },
          { label: 'subject', title: 'subject' },
        ],
        columns: [
          {
            title: 'ends in',
            expr: `${min(of(metrics.brokerCertificate), 'address', 'subject')} - time()`,
            unit: 's',
            steps: [
              ['red', null],
              ['orange', 604_800],
              ['green', 2_592_000],
            ],
          },
        ],
        sortBy: 'ends in',
        ascending: true,
      }),
    ),
  ],
}

// Brokers, their disks and certificates, and the metadata quorum.
import { metrics } from '../../metrics/catalog.ts'
import { type Area, maxBy, minBy, ofBroker, ofCluster, plain, type Selecting } from '../rule.ts'

const ofDir = ['cluster', 'broker', 'dir'] as const
const ofNode = ['cluster', 'node'] as const

const collectorFails = (of: Selecting, collector: string) =>
  `${maxBy(ofCluster, of(metrics.collectorUp, `collector="${collector}"`))} == 0`

export const brokers: Area = {
  name: 'brokers',
  recordings: [],
  alerts: [
    {
      name: 'MillraceClusterUnreachable',
      severity: 'critical',
      pace: 'fast',
      labels: ofCluster,
      for: t => t['broker-down-for'],
      expr: of => collectorFails(of, 'brokers'),
      summary: 'No broker of {{ $labels.cluster }} answers',
      impact: 'Nobody can write or read, or the agent cannot get there; what it says of the cluster is old.',
    },
    {
      name: 'MillraceBrokerDown',
      severity: 'critical',
      pace: 'fast',
      labels: ofBroker,
      for: t => t['broker-down-for'],
      expr: of => `${maxBy(ofBroker, of(metrics.brokerUp))} == 0`,
      summary: 'Broker {{ $labels.broker }} of {{ $labels.cluster }} does not answer',
      impact: 'Its partitions are led by others, or by nobody; replication has one copy less.',
    },
    {
      name: 'MillraceNoController',
      severity: 'critical',
      pace: 'fast',
      labels: ofCluster,
      // The next look, after 15 s, finds what was elected; the one after it is what Prometheus has.
      for: () => 30,
      // The answer comes from the leader: without one the question fails while brokers answer all others.
      expr: of => `  ${maxBy(ofCluster, of(metrics.quorumHighWatermark))} unless on (cluster) ${plain(metrics.quorumLeader)}
or (
  ${collectorFails(of, 'quorum')}
  and on (cluster) ${maxBy(ofCluster, of(metrics.collectorUp, 'collector="brokers"'))} == 1
)`,
      summary: 'The metadata quorum of {{ $labels.cluster }} has no leader',
      impact: 'No leader is elected and no topic made until there is one; what has a leader goes on.',
    },
    {
      name: 'MillraceSeveralControllers',
      severity: 'critical',
      pace: 'steady',
      labels: ofCluster,
      for: () => 60,
      expr: of => `count by (cluster) (count by (cluster, node) (${of(metrics.quorumNode, 'role="leader"')})) > 1`,
      summary: '{{ $value }} nodes of {{ $labels.cluster }} are said to lead the metadata quorum',
      impact: 'Agents see different parts of the cluster: it may be cut in two.',
    },
    {
      name: 'MillraceControllerElections',
      severity: 'warning',
      pace: 'steady',
      labels: ofCluster,
      expr: (of, t) => `${maxBy(ofCluster, `changes(${of(metrics.quorumEpoch)}[15m])`)} > ${t['elections-max']}`,
      summary: '{{ $value }} elections of a controller in fifteen minutes',
      impact: 'Each one holds up changes of leaders and topics.',
    },
    {
      name: 'MillraceQuorumFollowerBehind',
      severity: 'warning',
      pace: 'steady',
      labels: ofNode,
      for: () => 30,
      expr: (of, t) => {
        const voters = maxBy(ofNode, of(metrics.quorumNode, 'role="follower"'))
        const lag = minBy(ofNode, of(metrics.quorumLagSeconds))
        return `  ${lag} > ${t['quorum-lag-max']} and on (cluster, node) ${voters}\nor\n  ${voters} unless on (cluster, node) ${lag}`
      },
      summary: 'Voter {{ $labels.node }} of the metadata quorum is behind',
      impact: 'One more that fails, and there may be no majority: no elections, no new topics.',
    },
    {
      name: 'MillraceDiskFilling',
      severity: 'warning',
      pace: 'steady',
      labels: ofDir,
      for: () => 300,
      expr: (of, t) => {
        const within = (window: string) =>
          `${minBy(ofDir, `predict_linear(${of(metrics.logDirFreeBytes)}[${window}], ${t['disk-full-within']})`)} < 0`
        const free = of(metrics.logDirFreeBytes)
        // What was full and has been cleared is on its way down for both windows, and is not.
        const sinceLowest = `${minBy(ofDir, `${free} - min_over_time(${free}[15m])`)} / ${maxBy(ofDir, of(metrics.logDirVolumeBytes))}`
        return `  ${within('15m')}\nand ${within('2h')}\nunless ${sinceLowest} > 0.05`
      },
      summary: 'The volume of {{ $labels.dir }} on broker {{ $labels.broker }} is about to be full',
      impact: 'A broker whose log directory is full stops using it, and with its only one stops.',
    },
    {
      name: 'MillraceDiskFull',
      severity: 'critical',
      pace: 'steady',
      labels: ofDir,
      for: () => 60,
      expr: (of, t) =>
        `${minBy(ofDir, of(metrics.logDirFreeBytes))} / ${maxBy(ofDir, of(metrics.logDirVolumeBytes))} < ${t['disk-free-min']}`,
      summary:
        'The volume of {{ $labels.dir }} on broker {{ $labels.broker }} has {{ $value | humanizePercentage }} left',
      impact: 'A broker whose log directory is full stops using it, and with its only one stops.',
    },
    {
      name: 'MillraceLogDirFailed',
      severity: 'critical',
      pace: 'steady',
      labels: ofDir,
      expr: of => `${maxBy(ofDir, of(metrics.logDirOnline))} == 0`,
      summary: 'Broker {{ $labels.broker }} cannot use {{ $labels.dir }} any more',
      impact: 'Its replicas there are offline; partitions without another have no leader.',
    },
    {
      name: 'MillraceLeaderImbalance',
      severity: 'warning',
      pace: 'steady',
      labels: ofCluster,
      for: t => t['leader-imbalance-for'],
      expr: (of, t) =>
        `${maxBy(ofCluster, of(metrics.clusterNotPreferred))} / ${maxBy(ofCluster, of(metrics.clusterPartitions))} > ${t['leader-imbalance-max']}`,
      summary: '{{ $value | humanizePercentage }} of the partitions are not led by their preferred replica',
      impact: 'Some brokers do the work of others.',
    },
    {
      name: 'MillraceCertificateExpiring',
      severity: 'warning',
      pace: 'steady',
      labels: ['cluster', 'address', 'subject'],
      expr: (of, t) =>
        `${minBy(['cluster', 'address', 'subject'], of(metrics.brokerCertificate))} - time() < ${t['certificate-left-min']}`,
      summary: 'The certificate of {{ $labels.address }} ends in {{ $value | humanizeDuration }}',
      impact: 'From then on clients that check it cannot connect, and brokers not to each other.',
    },
  ],
}

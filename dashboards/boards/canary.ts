// The canary: what a client of the cluster meets, broker by broker, counted by sequence.
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, heat, lines, stat, table, worse } from '../panels.ts'
import { bucketsOf, countOfZeros, increase, max, of, quantile, rate, sum, top } from '../queries.ts'
import { clusterVariable } from '../variables.ts'

const inRange = (key: 'canaryLost' | 'canaryLate' | 'canaryDuplicated' | 'canaryReordered' | 'canaryUnresolved') =>
  sum(increase(of(metrics[key]), '$__range'))
const counters = [
  ['sent', metrics.canarySent],
  ['acknowledged', metrics.canaryAcknowledged],
  ['received', metrics.canaryReceived],
] as const

export const canary: Board = {
  name: 'canary',
  title: 'Kafka / Canary',
  description: 'Records that the agent sends to each broker and reads back. Off by default: --canary-enabled true.',
  variables: [clusterVariable],
  rows: [
    row(
      'Does the cluster keep what it acknowledges?',
      stat({
        title: 'Lost',
        does: 'Acknowledged by all in-sync replicas and gone, in the time shown: data loss. Look for unclean leader elections and for brokers that lost their disk, and warn those who produce.',
        width: 4,
        unit: 'short',
        expr: inRange('canaryLost'),
        steps: bad(1),
      }),
      stat({
        title: 'Late',
        does: 'Not back after late-after, in the time shown; most come later. Look below at which broker is slow.',
        width: 4,
        unit: 'short',
        expr: inRange('canaryLate'),
        steps: worse(1, 100),
      }),
      stat({
        title: 'Duplicated',
        does: 'Came back once more. A retry whose first attempt had arrived: expected when a broker is lost, and what consumers have to bear without idempotent producers.',
        width: 4,
        unit: 'short',
        expr: inRange('canaryDuplicated'),
        steps: worse(1, 100),
      }),
      stat({
        title: 'Reordered',
        does: 'Came back after one that was sent later. Without a broker failure at the time it is a bug: report it.',
        width: 4,
        unit: 'short',
        expr: inRange('canaryReordered'),
        steps: worse(1, 100),
      }),
      stat({
        title: 'Fate not known',
        does: 'Sending failed, and they did not come within ten minutes. Failures below say why.',
        width: 4,
        unit: 'short',
        expr: inRange('canaryUnresolved'),
        steps: worse(1, 100),
      }),
      stat({
        title: 'Brokers not covered',
        does: 'Brokers that lead no partition of the canary topic: nothing is proven about them. Elect preferred leaders, or make the topic again when brokers were added.',
        width: 4,
        expr: countOfZeros(of(metrics.canaryCovered)),
        steps: worse(1, 3),
      }),
    ),
    row(
      'How long it takes',
      lines({
        title: 'End to end',
        does: 'From sending to reading back, over all brokers. p99 above what your users accept, with p50 flat: single slow brokers or moments; see the next panels.',
        width: 8,
        unit: 's',
        queries: [0.5, 0.9, 0.99].map(level => ({
          expr: quantile(level, bucketsOf(metrics.canaryEndToEndSeconds)),
          legend: `p${level * 100}`,
        })),
      }),
      lines({
        title: 'Acknowledgement by broker, p99',
        does: 'From sending to the acknowledgement by all in-sync replicas, by leader. One broker above the others: its disk or a follower of it. All together: the network, or replication as a whole.',
        width: 8,
        unit: 's',
        queries: [
          { expr: quantile(0.99, bucketsOf(metrics.canaryProduceSeconds), 'broker'), legend: 'broker {{broker}}' },
        ],
      }),
      lines({
        title: 'Commit of offsets',
        does: 'From asking to the acknowledgement. Slow: the coordinator, or replication of __consumer_offsets; rebalances of everybody suffer with it.',
        width: 8,
        unit: 's',
        queries: [0.5, 0.99].map(level => ({
          expr: quantile(level, bucketsOf(metrics.canaryCommitSeconds)),
          legend: `p${level * 100}`,
        })),
      }),
      heat({
        title: 'End to end, all records',
        does: 'Where records fall, by time. A second band above the first is one broker or one kind of moment (garbage collection, a flush): compare with the panel by broker.',
        width: 24,
        height: 8,
        expr: sum(rate(bucketsOf(metrics.canaryEndToEndSeconds)), 'le'),
      }),
    ),
    row(
      'By partition and broker',
      lines({
        title: 'Records a second',
        does: 'Sent, acknowledged, received. They lie on each other when all is well. Acknowledged below sent: produce fails; received below acknowledged: reading is slow.',
        width: 8,
        unit: 'ops',
        queries: counters.map(([legend, metric]) => ({ expr: sum(rate(of(metric))), legend })),
      }),
      lines({
        title: 'Overdue',
        does: 'Acknowledged and still not back after late-after, by partition. It stays: that partition cannot be read; look at its leader.',
        width: 8,
        unit: 'short',
        queries: [{ expr: top(10, max(of(metrics.canaryOverdue), 'partition')), legend: 'partition {{partition}}' }],
      }),
      lines({
        title: 'Failures',
        does: 'Requests that failed in five minutes, by broker, step and reason. A few while a broker restarts are right; authorization: the principal lacks rights on the canary topic or group.',
        width: 8,
        unit: 'short',
        noValue: 'none failed',
        queries: [
          {
            expr: top(10, sum(increase(of(metrics.canaryFailures), '5m'), 'broker', 'step', 'reason')),
            legend: '{{step}}, broker {{broker}}: {{reason}}',
          },
        ],
      }),
      table({
        title: 'Partitions of the canary',
        does: 'Each partition with the broker that leads it. Lost not 0: the broker named here led it; look at its log at that time.',
        width: 24,
        height: 7,
        keys: [{ label: 'partition', title: 'partition' }],
        columns: [
          { title: 'leader', expr: max(of(metrics.canaryLeader), 'partition'), unit: 'none' },
          { title: 'sent', expr: max(of(metrics.canarySent), 'partition'), unit: 'short' },
          { title: 'received', expr: max(of(metrics.canaryReceived), 'partition'), unit: 'short' },
          { title: 'late', expr: max(of(metrics.canaryLate), 'partition'), unit: 'short' },
          { title: 'lost', expr: max(of(metrics.canaryLost), 'partition'), unit: 'short', steps: bad(1) },
        ],
      }),
    ),
  ],
}

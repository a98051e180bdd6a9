// The canary: what an application would see that writes to every broker and reads back. Off in the agent by default; then these say nothing.
import { metrics } from '../../metrics/catalog.ts'
import { type Area, maxBy, ofBroker, sumBy } from '../rule.ts'

const ofPart = ['cluster', 'partition'] as const

export const canary: Area = {
  name: 'canary',
  recordings: [],
  alerts: [
    {
      name: 'MillraceCanaryFailing',
      severity: 'critical',
      pace: 'fast',
      labels: ofPart,
      for: () => 20,
      expr: (of, t) => {
        const inMinute = (metric: Parameters<typeof of>[0]) => sumBy(ofPart, `increase(${of(metric)}[1m])`)
        return `  ${inMinute(metrics.canaryAcknowledged)} < ${1 - t['canary-failed-max']} * (${inMinute(metrics.canarySent)} > 0)
or
  ${sumBy(ofPart, `changes(${of(metrics.canarySent)}[1m])`)} == 0
or
  ${maxBy(ofPart, of(metrics.canaryOverdue))} > 0`
      },
      summary: 'The canary cannot write to partition {{ $labels.partition }}, or does not get back what it wrote',
      impact: 'Producers with acks=all or consumers of the broker that leads it have the same trouble.',
    },
    {
      name: 'MillraceCanarySlow',
      severity: 'warning',
      pace: 'fast',
      labels: ofBroker,
      // One slow moment is in the window of a minute for a minute: the first records of an agent that has just started.
      for: () => 60,
      expr: (of, t) => {
        const slow = (window: string) => {
          const buckets = sumBy(
            [...ofBroker, 'le'],
            `rate(${of(metrics.canaryEndToEndSeconds, '', '_bucket')}[${window}])`,
          )
          return `histogram_quantile(0.99, ${buckets}) > ${t['canary-latency-max']}`
        }
        return `  ${slow('5m')}\nand ${slow('1m')}`
      },
      summary:
        'One of a hundred canary records takes {{ $value | humanizeDuration }} through broker {{ $labels.broker }} and back',
      impact: 'Records of applications take as long.',
    },
    {
      name: 'MillraceCanaryLosing',
      severity: 'critical',
      pace: 'fast',
      labels: ofPart,
      expr: of => `${sumBy(ofPart, `increase(${of(metrics.canaryLost)}[15m])`)} > 0`,
      summary: 'Acknowledged canary records of partition {{ $labels.partition }} are not in the log',
      impact: 'The cluster loses data that it has acknowledged with acks=all.',
    },
  ],
}

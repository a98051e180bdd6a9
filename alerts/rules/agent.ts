// The agent itself: what is not watched cannot fire.
import { metrics } from '../../metrics/catalog.ts'
import { type Area, maxBy, minBy, ofCluster, plain, type Selecting, sumBy } from '../rule.ts'

const ofCollector = ['cluster', 'collector'] as const

const watched = (of: Selecting) => `last_over_time(${of(metrics.collectorCycles)}[1h])`

export const agent: Area = {
  name: 'agent',
  recordings: [],
  alerts: [
    {
      name: 'MillraceAgentDown',
      severity: 'critical',
      pace: 'fast',
      labels: ofCluster,
      for: t => t['agent-down-for'],
      // By cluster and not by instance: a pod that takes the place of another watches as well.
      expr: of => `  group by (cluster) (${watched(of)})
  unless on (cluster) ${of(metrics.collectorCycles)}`,
      unlabelled: `  absent(${plain(metrics.agentInfo)})
  unless on () group (${watched(plain)})`,
      summary: 'No agent watches {{ or $labels.cluster "any cluster" }}',
      impact: 'No other alert of the cluster can fire.',
    },
    {
      name: 'MillraceAgentStale',
      severity: 'warning',
      pace: 'steady',
      labels: ofCollector,
      expr: (of, t) => `  ${minBy(ofCollector, of(metrics.collectorAge))} > ${t['agent-age-max']}
or (
  ${sumBy(ofCollector, `increase(${of(metrics.collectorCycles, 'outcome="failure"')}[5m])`)} > 3
  unless on (cluster, collector) ${plain(metrics.collectorTimestamp)}
)`,
      summary: 'Collector {{ $labels.collector }} of {{ $labels.cluster }} has no new data',
      impact: 'What it says is old; alerts that rest on it do not fire, or do not end.',
    },
    {
      name: 'MillraceAgentBlind',
      severity: 'warning',
      pace: 'steady',
      labels: ofCollector,
      for: t => t['agent-blind-for'],
      expr: of => `${maxBy([...ofCollector, 'about'], of(metrics.gaps, 'reason="authorization"'))} > 0`,
      summary:
        'The agent is refused {{ $value }} times about {{ $labels.about }} by {{ $labels.cluster }} (collector {{ $labels.collector }})',
      impact: 'Alerts about what it may not see cannot fire.',
    },
  ],
}

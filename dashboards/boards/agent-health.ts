// The agent itself: whether what the other boards show is fresh and whole.

import { processNames } from '../../metrics/catalog/process.ts'
import { metrics } from '../../metrics/catalog.ts'
import { type Board, row } from '../board.ts'
import { bad, lines, stat, table, timeline, worse } from '../panels.ts'
import { countOfZeros, max, of, ofJob, ofTargetsWith, rate, sum, top } from '../queries.ts'
import { clusterVariable, jobVariable } from '../variables.ts'

const ofAgents = (series: string) => ofTargetsWith(ofJob(metrics.agentInfo), series)

export const agentHealth: Board = {
  name: 'agent-health',
  title: 'Kafka / Agent health',
  description: 'Whether the data of the other boards is fresh and whole, and what the agent costs.',
  variables: [clusterVariable, jobVariable(metrics.agentInfo, 'Prometheus job of the agent')],
  rows: [
    row(
      'Can the boards be believed?',
      stat({
        title: 'Collectors that failed',
        does: 'Collectors whose last cycle failed as a whole. The log of the agent names the error; mostly no broker can be reached.',
        width: 4,
        expr: countOfZeros(of(metrics.collectorUp)),
        steps: bad(1),
      }),
      stat({
        title: 'Oldest data',
        does: 'Age of the collector that is furthest behind. Above three intervals: the agent is slow or brokers are; see durations below.',
        width: 4,
        unit: 's',
        expr: max(of(metrics.collectorAge)),
        steps: worse(180, 600),
      }),
      stat({
        title: 'Not known',
        does: 'Things that the last cycles could not find out, by reason below. Authorization: give the principal DESCRIBE, as docs/agent.md says.',
        width: 4,
        unit: 'short',
        expr: `(sum(${of(metrics.gaps)}) or 0 * count(${of(metrics.collectorUp)}))`,
        steps: worse(1, 100),
      }),
      stat({
        title: 'Partitions without series',
        does: 'Left out because of --lag-rows-max; groups and topics still count them. Raise the limit, or use --lag-granularity topic.',
        width: 4,
        unit: 'short',
        expr: sum(of(metrics.seriesDropped)),
        steps: worse(1, 1_000_000),
      }),
      stat({
        title: 'Groups without series',
        does: 'Left out because of --lag-groups-max, those with the least lag. Raise the limit, or deny groups that do not matter.',
        width: 4,
        unit: 'short',
        expr: sum(of(metrics.groupsDropped)),
        steps: worse(1, 1_000_000),
      }),
      stat({
        title: 'Agents',
        does: 'Agents that Prometheus scrapes in the job chosen above. 0 or nothing: it is down, or not in the scrape configuration.',
        width: 4,
        plain: true,
        expr: `count(${ofJob(metrics.agentInfo)})`,
        noValue: 'none',
      }),
    ),
    row(
      'Collectors',
      table({
        title: 'Collectors',
        does: 'Each with the outcome of its last cycle. A duration near the interval: raise the interval or narrow what is looked at.',
        width: 12,
        height: 9,
        keys: [{ label: 'collector', title: 'collector' }],
        columns: [
          {
            title: 'last cycle',
            expr: max(of(metrics.collectorUp), 'collector'),
            states: { 0: ['failed', 'red'], 1: ['ok', 'green'] },
          },
          { title: 'took', expr: max(of(metrics.collectorDuration), 'collector'), unit: 's', steps: worse(5, 15) },
          { title: 'age', expr: max(of(metrics.collectorAge), 'collector'), unit: 's', steps: worse(180, 600) },
          { title: 'cycles', expr: sum(of(metrics.collectorCycles), 'collector'), unit: 'short' },
        ],
      }),
      lines({
        title: 'Duration of cycles',
        does: 'A collector that takes longer and longer: the cluster grows, or a broker answers slowly.',
        width: 12,
        height: 9,
        unit: 's',
        queries: [{ expr: max(of(metrics.collectorDuration), 'collector'), legend: '{{collector}}' }],
      }),
      timeline({
        title: 'Success of cycles',
        does: 'All failing together: the agent cannot reach the cluster. One alone: a right that is missing, or a broker too old for what it asks.',
        width: 12,
        height: 8,
        query: { expr: max(of(metrics.collectorUp), 'collector'), legend: '{{collector}}' },
        states: { 0: ['failed', 'red'], 1: ['ok', 'green'] },
      }),
      lines({
        title: 'Cycles that failed',
        does: 'A second, by collector; 0 is right.',
        width: 6,
        height: 8,
        unit: 'ops',
        queries: [
          { expr: sum(rate(of(metrics.collectorCycles, 'outcome="failure"')), 'collector'), legend: '{{collector}}' },
        ],
        noValue: 'none failed',
      }),
      lines({
        title: 'How lag in seconds is known',
        does: 'Group partitions by method. Many unknown or at_least just after a start are right; if they stay, raise --lag-exact-reads or grant READ.',
        width: 6,
        height: 8,
        unit: 'short',
        stacked: true,
        queries: [{ expr: sum(of(metrics.lagSecondsRows), 'method'), legend: '{{method}}' }],
      }),
    ),
    row(
      'What it could not find out',
      table({
        title: 'Gaps',
        does: 'By collector, what it is about, and reason; at most 50. authorization: a right is missing (docs/agent.md, Rights). no_leader: the partition is offline. Others: the broker did not answer.',
        width: 24,
        height: 7,
        keys: [
          { label: 'collector', title: 'collector' },
          { label: 'about', title: 'about' },
          { label: 'reason', title: 'reason' },
        ],
        columns: [
          { title: 'how many', expr: top(50, sum(of(metrics.gaps), 'collector', 'about', 'reason')), unit: 'short' },
        ],
        sortBy: 'how many',
        noValue: 'nothing: everything is known',
      }),
    ),
    row(
      'What it costs',
      lines({
        title: 'CPU',
        does: 'Cores. Mostly the rendering of pages: scrape less often, or use topic granularity.',
        width: 8,
        unit: 'none',
        queries: [{ expr: max(ofAgents(rate(ofJob(processNames.cpu))), 'instance'), legend: '{{instance}}' }],
      }),
      lines({
        title: 'Memory',
        does: 'Resident. It grows with groups times partitions; see Memory in docs/agent.md.',
        width: 8,
        unit: 'bytes',
        queries: [{ expr: max(ofAgents(ofJob(processNames.memory)), 'instance'), legend: '{{instance}}' }],
      }),
      lines({
        title: 'Lateness of the event loop',
        does: 'p99. Above a tenth of a second scrapes wait for it: more memory or fewer series.',
        width: 8,
        unit: 's',
        queries: [{ expr: max(ofAgents(ofJob(processNames.loopLate)), 'instance'), legend: '{{instance}}' }],
        steps: worse(0.1, 1),
      }),
    ),
  ],
}

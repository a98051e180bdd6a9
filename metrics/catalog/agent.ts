// The agent itself and its collectors.
import { metric } from '../metric.ts'

export const agentMetrics = {
  agentInfo: metric({
    name: 'millrace_agent_info',
    type: 'info',
    labels: ['version'],
    help: 'The agent that exposes these metrics.',
  }),
  collectorUp: metric({
    name: 'millrace_collector_success',
    type: 'gauge',
    labels: ['cluster', 'collector'],
    help: 'Whether the last cycle of the collector came to its end: 1, or 0 when it failed as a whole.',
  }),
  collectorDuration: metric({
    name: 'millrace_collector_duration_seconds',
    type: 'gauge',
    labels: ['cluster', 'collector'],
    help: 'How long the last cycle of the collector took.',
  }),
  collectorTimestamp: metric({
    name: 'millrace_collector_last_success_timestamp_seconds',
    type: 'gauge',
    labels: ['cluster', 'collector'],
    help: 'When the newest data of the collector was taken, seconds since the epoch: time() minus this is the age of its series.',
  }),
  collectorAge: metric({
    name: 'millrace_collector_age_seconds',
    type: 'gauge',
    labels: ['cluster', 'collector'],
    help: 'How old the newest data of the collector are at the moment of the scrape. No sample: it has none yet.',
  }),
  collectorCycles: metric({
    name: 'millrace_collector_cycles_total',
    type: 'counter',
    labels: ['cluster', 'collector', 'outcome'],
    help: 'Cycles of the collector by outcome: success or failure.',
  }),
  gaps: metric({
    name: 'millrace_agent_gaps',
    type: 'gauge',
    labels: ['cluster', 'collector', 'about', 'reason'],
    help: 'What the last cycle could not find out: about a broker, group, topic or partition, by reason (authorization, no_leader, ...).',
  }),
  seriesDropped: metric({
    name: 'millrace_agent_partition_rows_dropped',
    type: 'gauge',
    labels: ['cluster', 'collector'],
    help: 'Group partitions that have no series of their own because of the limit on series; their groups and topics still count them.',
  }),
  groupsDropped: metric({
    name: 'millrace_agent_groups_dropped',
    type: 'gauge',
    labels: ['cluster', 'collector'],
    help: 'Groups that have no series of their own because of the limit on groups; those with the largest lag are kept.',
  }),
  groupsDroppedLag: metric({
    name: 'millrace_agent_groups_dropped_lag_offsets',
    type: 'gauge',
    labels: ['cluster', 'collector'],
    help: 'Lag of the groups without series of their own, together.',
  }),
} as const

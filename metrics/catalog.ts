// Every metric of millrace, once; each collector's are a file in catalog/. Conventions: prefix `millrace_`, base units as plural
// suffix (seconds, bytes; offsets and records are counted), `_total` for counters only, 1 with labels for `_info`, one series a
// state for state sets.
//
// What is not known has no sample: no -1, no NaN. Why it is not known is counted in `millrace_agent_gaps`.
import { agentMetrics } from './catalog/agent.ts'
import { assignmentMetrics } from './catalog/assignments.ts'
import { brokerMetrics } from './catalog/brokers.ts'
import { canaryMetrics } from './catalog/canary.ts'
import { connectMetrics } from './catalog/connect.ts'
import { groupMetrics } from './catalog/groups.ts'
import { logDirMetrics } from './catalog/log-dirs.ts'
import { quorumMetrics } from './catalog/quorum.ts'
import { runMetrics } from './catalog/run.ts'
import { topicMetrics } from './catalog/topics.ts'

export const metrics = {
  ...groupMetrics,
  ...assignmentMetrics,
  ...brokerMetrics,
  ...topicMetrics,
  ...logDirMetrics,
  ...quorumMetrics,
  ...canaryMetrics,
  ...connectMetrics,
  ...agentMetrics,
  ...runMetrics,
} as const

export const catalog = Object.values(metrics)

// What the agents offer to programs.
export type { ClusterSettings, CollectorSettings } from './cluster-run.ts'
export { type CollectorOverrides, collectorSettings } from './collector-settings.ts'
export { type AgentConfigInput, type FlagCluster, readAgentConfig } from './config/read.ts'
export { agentSettings } from './config/settings.ts'
export { type Comparison, comparePages, type Disagreement, profileOf } from './diff.ts'
export type { DiffRule, ForeignProfile } from './diff-rules.ts'
export type { Gap, GapReason } from './gap.ts'
export {
  type GroupReport,
  type LagReport,
  type LagReportOptions,
  type PartitionReport,
  takeLagReport,
} from './lag-report.ts'
export { everything, matcherOf, type NameFilter } from './matcher.ts'
export { type Agent, type AgentSettings, startAgent } from './run.ts'

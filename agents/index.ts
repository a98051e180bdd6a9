// What the agents offer to programs.
export type { Gap, GapReason } from './gap.ts'
export {
  type GroupReport,
  type LagReport,
  type LagReportOptions,
  type PartitionReport,
  takeLagReport,
} from './lag-report.ts'
export { type Agent, type AgentSettings, startAgent } from './run.ts'

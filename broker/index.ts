// The embedded broker as a library: import { startBroker } from 'millrace/broker'.
export type { ClusterStats } from './commands.ts'
export type {
  ClusterEffect,
  Fault,
  FaultEffect,
  FaultKind,
  FaultMatch,
  FaultStatus,
  RequestEffect,
} from './faults/fault.ts'
export { parseFault } from './faults/read-fault.ts'
export { type BrokerOptions, type EmbeddedCluster, startBroker } from './start.ts'

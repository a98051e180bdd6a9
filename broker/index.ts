// The embedded broker as a library: import { startBroker } from 'millrace/broker'.
export type { ClusterStats } from './commands.ts'
export { type BrokerOptions, type EmbeddedCluster, startBroker } from './start.ts'

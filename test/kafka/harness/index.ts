// Real Apache Kafka for tests, for the demo and for benchmarks. A suite adds `describeKafka` from ./describe-kafka.ts,
// which is apart because it needs the test runner.
export type { Broker } from './broker-process.ts'
export type { Certificates } from './certificates.ts'
export { type KafkaCluster, type KafkaOptions, type KafkaPlace, startKafka } from './cluster.ts'
export {
  cacheDirDefault,
  hdrHistogramJar,
  installDirOf,
  installKafka,
  kafkaVersionDefault,
  kafkaVersionOldest,
} from './install.ts'
export { createClusterDir, freePorts, tmpfsFreeBytesMin } from './places.ts'
export { propertiesText } from './properties.ts'
export {
  type ClientIdentity,
  type SaslMechanism,
  type SecurityOptions,
  type SecurityProtocol,
  saslMechanisms,
  securityProtocols,
} from './security.ts'
export { type CommandOptions, type CommandResult, reasonKafkaCannotRun, runCommand, runTool } from './tools.ts'

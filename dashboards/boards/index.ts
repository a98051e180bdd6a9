// Every board, in the order in which they are listed. A new one is one file beside this and one line here.
import type { Board } from '../board.ts'
import { agentHealth } from './agent-health.ts'
import { brokers } from './brokers.ts'
import { brokersJmx } from './brokers-jmx.ts'
import { canary } from './canary.ts'
import { capacity } from './capacity.ts'
import { clusterOverview } from './cluster-overview.ts'
import { connect } from './connect.ts'
import { consumerGroup } from './consumer-group.ts'
import { consumerLag } from './consumer-lag.ts'
import { kafkaExporterCluster, kafkaExporterLag } from './kafka-exporter.ts'
import { loadRun } from './load-run.ts'
import { topics } from './topics.ts'

export const boards: readonly Board[] = [
  clusterOverview,
  brokers,
  brokersJmx,
  topics,
  consumerLag,
  consumerGroup,
  canary,
  loadRun,
  capacity,
  connect,
  agentHealth,
  kafkaExporterCluster,
  kafkaExporterLag,
]

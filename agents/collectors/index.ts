// Every collector, in the order of help, reference and page. A new one is one file beside this and one line here.
import type { CollectorKind } from '../collector.ts'
import { brokersCollector } from './brokers.ts'
import { canaryCollector } from './canary.ts'
import { connectCollector } from './connect.ts'
import { groupsCollector } from './groups.ts'
import { lagCollector } from './lag.ts'
import { logDirsCollector } from './log-dirs.ts'
import { quorumCollector } from './quorum.ts'
import { topicsCollector } from './topics.ts'

export const collectorKinds: readonly CollectorKind[] = [
  lagCollector,
  groupsCollector,
  brokersCollector,
  topicsCollector,
  logDirsCollector,
  quorumCollector,
  canaryCollector,
  connectCollector,
]

// Every collector, in the order of help, reference and page. A new one is one file beside this and one line here.
import type { CollectorKind } from '../collector.ts'
import { brokersCollector } from './brokers.ts'
import { lagCollector } from './lag.ts'
import { topicsCollector } from './topics.ts'

export const collectorKinds: readonly CollectorKind[] = [lagCollector, brokersCollector, topicsCollector]

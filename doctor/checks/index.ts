// All checks, by family: the order of the report. A new check is one row in its family's table, and its test.
import type { Check, Family } from '../finding.ts'
import { brokerChecks } from './brokers.ts'
import { clientChecks } from './clients.ts'
import { clusterChecks } from './cluster.ts'
import { consumerChecks } from './consumers.ts'
import { groupChecks } from './groups.ts'
import { internalTopicChecks } from './internal-topics.ts'
import { producerChecks } from './producers.ts'
import { securityChecks } from './security.ts'
import { recordChecks } from './topic-records.ts'
import { replicaChecks } from './topic-replicas.ts'
import { unreadChecks } from './unread.ts'

export const checks: ReadonlyMap<Family, readonly Check[]> = new Map([
  ['cluster', [...unreadChecks, ...clusterChecks]],
  ['brokers', brokerChecks],
  ['security', securityChecks],
  ['topics', [...replicaChecks, ...recordChecks]],
  ['internal topics', internalTopicChecks],
  ['groups', groupChecks],
  ['clients', [...clientChecks, ...producerChecks, ...consumerChecks]],
])

export const allChecks: readonly Check[] = [...checks.values()].flat()

// The canary collector: sends records to a topic of its own and reads them back, all the time; a look takes what it has counted.
import { setTimeout as delay } from 'node:timers/promises'
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'
import type { Canary, CanaryClock } from '../canary/canary.ts'
import type { BrokerBooks, CanaryFailure, CanaryReport, PartitionBooks } from '../canary/report.ts'
import { defineCollector } from '../collector.ts'
import { duration, parseName, whole, yesOrNo } from '../setting-parsers.ts'

const settings = {
  topic: {
    placeholder: 'name',
    help: 'the topic of the canary; nobody else writes to it',
    fallback: 'millrace-canary',
    parse: parseName,
  },
  create: {
    ...yesOrNo,
    help: 'make the topic when it is not there: one partition led by each broker, never changed afterwards',
    fallback: 'true',
  },
  'replication-factor': {
    placeholder: 'N',
    help: 'replicas of a topic that is made, as far as there are brokers',
    fallback: '3',
    parse: whole(1, 100),
  },
  group: {
    placeholder: 'name',
    help: 'the group that the canary commits offsets as',
    fallback: 'millrace-canary',
    parse: parseName,
  },
  'probe-interval': {
    placeholder: 'time',
    help: 'from one record to the next of each partition',
    fallback: '1s',
    parse: duration('10ms', '1h'),
  },
  'late-after': {
    placeholder: 'time',
    help: 'a record that is not back by then is counted as late',
    fallback: '10s',
    parse: duration('100ms', '1h'),
  },
} as const

const clock: CanaryClock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
}

export const canaryCollector = defineCollector<CanaryReport, typeof settings>({
  name: 'canary',
  help: 'records sent to each broker and read back: loss, duplicates, order, latency. Writes to its topic, so it is off',
  isOnByDefault: false,
  interval: '10s',
  timeout: '10s',
  thread: 'canary',
  settings,
  make: ({ cluster, timeoutMs, nowMs }, values) => {
    const { topic: name, create: isMade, 'replication-factor': replicationFactor, group } = values
    const { 'probe-interval': probeIntervalMs, 'late-after': lateAfterMs } = values
    const topic = { name, replicationFactor, isMade }
    // It brings producer and consumer along: megabytes in each thread that reads this table of collectors, and it is off mostly.
    const load = async () => {
      const { Canary } = await import('../canary/canary.ts')
      return new Canary(cluster, { topic, group, probeIntervalMs, lateAfterMs, timeoutMs }, clock)
    }
    let canary: Promise<Canary> | undefined
    return {
      look: async () => {
        canary ??= load()
        return { data: await (await canary).look(), gaps: [], takenAtMs: nowMs() }
      },
      close: async () => (await canary)?.close(),
    }
  },
  families: { native: canaryFamilies },
})

/** Pure. */
export function canaryFamilies(cluster: string, report: CanaryReport): Family[] {
  const commit = new Family(metrics.canaryCommitSeconds)
  commit.setHistogram({ cluster }, report.commitLatency)
  return [
    ...brokerFamilies(cluster, report.brokers),
    ...partitionFamilies(cluster, report.partitions),
    failureFamily(cluster, report.failures),
    commit,
  ]
}

function brokerFamilies(cluster: string, brokers: readonly BrokerBooks[]): Family[] {
  const covered = new Family(metrics.canaryCovered)
  const produce = new Family(metrics.canaryProduceSeconds)
  const endToEnd = new Family(metrics.canaryEndToEndSeconds)
  for (const { broker, isCovered, produceLatency, endToEndLatency } of brokers) {
    const labels = { cluster, broker: String(broker) }
    covered.set(labels, isCovered ? 1 : 0)
    produce.setHistogram(labels, produceLatency)
    endToEnd.setHistogram(labels, endToEndLatency)
  }
  return [covered, produce, endToEnd]
}

const countMetrics = {
  sent: metrics.canarySent,
  acked: metrics.canaryAcknowledged,
  received: metrics.canaryReceived,
  lost: metrics.canaryLost,
  late: metrics.canaryLate,
  duplicated: metrics.canaryDuplicated,
  reordered: metrics.canaryReordered,
  unresolved: metrics.canaryUnresolved,
} as const

function partitionFamilies(cluster: string, partitions: readonly PartitionBooks[]): Family[] {
  const leaders = new Family(metrics.canaryLeader)
  const overdues = new Family(metrics.canaryOverdue)
  const counted = Object.entries(countMetrics).map(([name, metric]) => {
    const family = new Family(metric)
    for (const { partition, counts } of partitions)
      family.set({ cluster, partition: String(partition) }, counts[name as keyof typeof countMetrics])
    return family
  })
  for (const { partition, leader, overdue } of partitions) {
    leaders.set({ cluster, partition: String(partition) }, leader)
    overdues.set({ cluster, partition: String(partition) }, overdue)
  }
  return [leaders, overdues, ...counted]
}

function failureFamily(cluster: string, failures: readonly CanaryFailure[]): Family {
  const family = new Family(metrics.canaryFailures)
  for (const { broker, step, reason, count } of failures)
    family.set({ cluster, broker: broker === undefined ? '' : String(broker), step, reason }, count)
  return family
}

// Incidents of consumer groups and topics. Each has a topic and a group of its own, so that they can be played at the same time.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Program } from '../../cli/stack/programs.ts'
import { CompressionTypes, Kafka, logLevel, type Transaction } from '../kafkajs.ts'
import type { Incident, Scene } from './incident.ts'

/** Two partitions each, twenty records a second. */
export const loadedTopics = ['stopped', 'killed', 'slow', 'poisoned', 'rewound', 'overrun', 'healthy'] as const

const cluster = 'incidents'
const group = (name: string) => ({ cluster, group: name })
const of = (alert: string) => `MillraceConsumerGroup${alert}`

/** By group: the process that is the incident. */
const running = new Map<string, Program>()

const reading = (name: string) => async (scene: Scene) => void running.set(name, await scene.consumer(name, name))
const told = (name: string, mode: string) => async () => void running.get(name)!.process.stdin!.write(`${mode}\n`)

/** For thirty seconds at least: the agent is to see that it keeps up. */
export const calmSec = 45

export const consumerIncidents: readonly Incident[] = [
  {
    title: 'Consumer stopped (SIGTERM)',
    prepare: reading('stopped'),
    begin: () => running.get('stopped')!.end(),
    end: reading('stopped'),
    wanted: [{ alert: of('Stopped'), labels: group('stopped'), withinSec: 60 }],
    resolvedWithinSec: 120,
  },
  {
    title: 'Consumer killed (SIGKILL), its session runs out after 45 s',
    prepare: reading('killed'),
    begin: async () => running.get('killed')!.signal('SIGKILL'),
    end: reading('killed'),
    wanted: [
      { alert: of('Stalled'), labels: group('killed'), withinSec: 60 },
      { alert: of('Stopped'), labels: group('killed'), withinSec: 90 },
    ],
    resolvedWithinSec: 120,
  },
  {
    title: 'Consumer slow: five records a second of twenty',
    note: 'lag-max 30s, lag-for 10s for this group (5m, 2m as shipped)',
    prepare: reading('slow'),
    begin: told('slow', 'slow'),
    end: told('slow', 'ok'),
    wanted: [{ alert: of('LagGrowing'), labels: group('slow'), withinSec: 240 }],
    resolvedWithinSec: 240,
  },
  {
    title: 'Consumer poisoned: alive, and stuck at a record',
    prepare: reading('poisoned'),
    begin: told('poisoned', 'poisoned'),
    end: told('poisoned', 'ok'),
    wanted: [{ alert: of('Stalled'), labels: group('poisoned'), withinSec: 60 }],
    allowed: [{ alert: of('PartitionStalled'), labels: group('poisoned') }],
    resolvedWithinSec: 120,
  },
  {
    title: 'Offsets reset to the beginning (kafka-consumer-groups)',
    prepare: reading('rewound'),
    begin: async scene => {
      await running.get('rewound')!.end()
      const args = ['--group', 'rewound', '--topic', 'rewound', '--reset-offsets', '--to-earliest', '--execute']
      await scene.kafka.tool('kafka-consumer-groups', ['--bootstrap-server', scene.kafka.bootstrap, ...args])
      await reading('rewound')(scene)
      await told('rewound', 'slow')()
    },
    end: told('rewound', 'ok'),
    wanted: [{ alert: of('Rewound'), labels: group('rewound'), withinSec: 90 }],
    allowed: [{ alert: of('LagGrowing'), labels: group('rewound') }],
    resolvedWithinSec: 300,
  },
  {
    title: 'Retention overruns a stopped consumer',
    note: 'retention.ms 180 s, retention-left-min 50% for this group (20% as shipped)',
    prepare: reading('overrun'),
    begin: () => running.get('overrun')!.end(),
    end: reading('overrun'),
    wanted: [
      { alert: of('Stopped'), labels: group('overrun'), withinSec: 60 },
      { alert: of('RetentionRisk'), labels: { ...group('overrun'), topic: 'overrun' }, withinSec: 180 },
      { alert: of('RecordsLost'), labels: group('overrun'), withinSec: 300 },
    ],
    resolvedWithinSec: 180,
  },
  openTransaction(),
  {
    title: 'Canary refused (max.message.bytes of its topic)',
    begin: scene => canaryTopic(scene, '--add-config', 'max.message.bytes=10'),
    end: scene => canaryTopic(scene, '--delete-config', 'max.message.bytes'),
    wanted: [{ alert: 'MillraceCanaryFailing', labels: { cluster }, withinSec: 120 }],
    // What was refused is sent again, and has waited.
    allowed: [{ alert: 'MillraceCanarySlow', labels: { cluster } }],
    resolvedWithinSec: 240,
  },
]

async function canaryTopic({ kafka }: Scene, ...change: readonly string[]): Promise<void> {
  const what = ['--entity-type', 'topics', '--entity-name', 'millrace-canary', '--alter', ...change]
  await kafka.tool('kafka-configs', ['--bootstrap-server', kafka.bootstrap, ...what])
}

function openTransaction(): Incident {
  let open: Transaction | undefined
  let close: () => Promise<void> = async () => {}
  return {
    title: 'Transaction left open',
    note: 'transaction-open-max 30s for this topic (5m as shipped)',
    begin: async ({ kafka }) => {
      const client = new Kafka({
        clientId: 'incident',
        brokers: kafka.bootstrap.split(','),
        logLevel: logLevel.NOTHING,
      })
      const settings = { idempotent: true, maxInFlightRequests: 1 }
      const hanging = client.producer({ ...settings, transactionalId: 'hanging', transactionTimeout: 600_000 })
      const plain = client.producer()
      await Promise.all([hanging.connect(), plain.connect()])
      const record = {
        topic: 'transactional',
        compression: CompressionTypes.None,
        messages: [{ key: 'a', value: 'x'.repeat(100) }],
      }
      open = await hanging.transaction()
      await open.send(record)
      await plain.send(record)
      close = async () => void (await Promise.all([hanging.disconnect(), plain.disconnect()]))
    },
    end: async () => {
      await open!.abort()
      await close()
    },
    wanted: [{ alert: 'MillraceTransactionOpen', labels: { cluster, topic: 'transactional' }, withinSec: 150 }],
    resolvedWithinSec: 180,
  }
}

/** A scenario for each topic, as `millrace run` takes them. */
export function loadPlan(durationSec: number): string {
  const scenario = (topic: string) =>
    `  ${topic}: { executor: constant-arrival-rate, rate: 20, duration: ${durationSec}s, preAllocatedVUs: 2, kafka: { topic: ${topic} } }`
  const scenarios = [...loadedTopics, 'isr'].map(scenario)
  return `kafka: { acks: all, recordSize: 100 }\nscenarios:\n${scenarios.join('\n')}\n`
}

export const thresholds = `
overrides:
  - match: { group: slow }
    thresholds: { lag-max: 30s, lag-for: 10s }
  - match: { group: overrun }
    thresholds: { retention-left-min: 50% }
  - match: { topic: transactional }
    thresholds: { transaction-open-max: 30s }
  - match: { topic: isr }
    thresholds: { under-replicated-for: 30s }
`

export const calm = (signal: AbortSignal) => delay(calmSec * 1000, undefined, { signal })
export const consumerLog = (dir: string, name: string) => join(dir, `consumer-${name}.log`)

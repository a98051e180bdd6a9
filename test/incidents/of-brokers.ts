// Incidents of brokers and replicas, one at a time because each is felt everywhere, and of the disk, which nobody else feels.
import { rmSync, statfsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../../cli/stack/programs.ts'
import { Kafka, logLevel } from '../kafkajs.ts'
import type { Incident, Scene } from './incident.ts'

const cluster = 'incidents'
/** What a broker that is gone brings, if it is gone for long or several are asked about it. */
const aftermath = [
  { alert: 'MillraceUnderReplicatedPartitions', labels: { cluster } },
  { alert: 'MillraceUnderMinIsrPartitions', labels: { cluster } },
  { alert: 'MillraceQuorumFollowerBehind', labels: { cluster } },
  { alert: 'MillraceCanaryFailing', labels: { cluster } },
  { alert: 'MillraceCanarySlow', labels: { cluster } },
  // Consumers whose coordinator or leader it was wait until their request times out (kafkajs: 30 s).
  ...['Stalled', 'PartitionStalled', 'Stopped', 'LagGrowing'].map(name => ({
    ...{ alert: `MillraceConsumerGroup${name}`, labels: { cluster } },
  })),
]

/** The last one: the first has the connection of the agent's first question. */
const victim = ({ kafka }: Scene) => kafka.brokers[2]!

export const brokerIncidents: readonly Incident[] = [
  {
    title: 'Broker killed (SIGKILL)',
    begin: scene => victim(scene).kill(),
    end: scene => victim(scene).start(),
    wanted: [{ alert: 'MillraceBrokerDown', labels: { cluster, broker: '3' }, withinSec: 45 }],
    allowed: aftermath,
    // It recovers its logs first, on a busy machine one a second.
    resolvedWithinSec: 300,
  },
  {
    title: 'Broker frozen (SIGSTOP)',
    begin: async scene => void process.kill(victim(scene).pid!, 'SIGSTOP'),
    end: async scene => void process.kill(victim(scene).pid!, 'SIGCONT'),
    note: 'a topic has min.insync.replicas=3',
    wanted: [
      { alert: 'MillraceBrokerDown', labels: { cluster, broker: '3' }, withinSec: 45 },
      { alert: 'MillraceUnderMinIsrPartitions', labels: { cluster }, withinSec: 150 },
    ],
    allowed: aftermath,
    resolvedWithinSec: 180,
  },
  {
    title: 'Broker is back and kept out of the ISR by a replication throttle',
    note: 'under-replicated-for 30s for this topic (3m as shipped); replica.fetch.max.bytes=64KiB',
    prepare: scene => throttle(scene, '--add-config', `${throttledRate}=1`, `${throttledReplicas}=*`),
    begin: fallBehind,
    end: scene => throttle(scene, '--delete-config', throttledRate, throttledReplicas),
    wanted: [{ alert: 'MillraceUnderReplicatedPartitions', labels: { cluster }, withinSec: 240 }],
    allowed: [...aftermath, { alert: 'MillraceBrokerDown', labels: { cluster, broker: '3' } }],
    resolvedWithinSec: 300,
  },
]

const throttledRate = 'follower.replication.throttled.rate'
const throttledReplicas = 'follower.replication.throttled.replicas'

/** One byte a second for what the victim replicates of the topic, once it is not in sync: Kafka throttles nobody out of an ISR (KIP-73). */
async function throttle(scene: Scene, verb: string, rate: string, replicas: string): Promise<void> {
  const { kafka } = scene
  const alter = async (type: string, name: string, change: string) => {
    const what = ['--entity-type', type, '--entity-name', name, '--alter', verb, change]
    const { code, stderr } = await kafka.tool('kafka-configs', ['--bootstrap-server', kafka.bootstrap, ...what])
    if (code !== 0) throw new Error(`kafka-configs ${verb} ${change}: ${stderr}`)
  }
  await alter('topics', 'isr', replicas)
  await alter('brokers', String(victim(scene).id), rate)
}

/** Of replica.fetch.max.bytes one record at a time, and of the throttle one fetch in eleven seconds: enough for eight minutes. */
const backlogRecords = 44
const backlogRecordBytes = 48 * 1024
const outOfSyncTimeoutMs = 60_000

/**
 * The topic's min.insync.replicas is 1: below it the high watermark stands still (KIP-966), and whoever has reached that is in
 * sync again with its first fetch.
 *
 * It freezes until the controller has taken it out of the ISR; when it is back, more waits than the throttle lets through.
 */
async function fallBehind(scene: Scene): Promise<void> {
  const { kafka } = scene
  const others = kafka.brokers.filter(broker => broker !== victim(scene))
  const brokers = others.map(({ port }) => `127.0.0.1:${port}`)
  const client = new Kafka({ clientId: 'incident', brokers, logLevel: logLevel.NOTHING })
  const [admin, producer] = [client.admin(), client.producer()]
  const { id, pid } = victim(scene)
  try {
    await admin.connect()
    process.kill(pid!, 'SIGSTOP')
    const isOutOfSync = async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['isr'] })
      return topics[0]!.partitions.every(({ isr }) => !isr.includes(id))
    }
    await until(`broker ${id} is out of the ISR`, isOutOfSync, outOfSyncTimeoutMs)
    await producer.connect()
    const value = Buffer.alloc(backlogRecordBytes)
    for (let record = 0; record < backlogRecords; record++)
      for (const partition of [0, 1]) await producer.send({ topic: 'isr', acks: 1, messages: [{ partition, value }] })
  } finally {
    process.kill(pid!, 'SIGCONT')
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}

/** Where the cluster has a volume of its own. */
export function diskIncident(volume: string): Incident {
  const ballast = join(volume, 'ballast')
  return {
    title: 'Volume of the log directories 95 % full',
    note: 'log directories are looked at once a minute',
    begin: async () => {
      const { bsize, bavail, blocks } = statfsSync(volume)
      const file = await open(ballast, 'w')
      const chunk = Buffer.alloc(1024 * 1024)
      for (let left = (bavail - blocks * 0.05) * bsize; left > 0; left -= chunk.length) await file.write(chunk)
      await file.close()
    },
    end: async () => rmSync(ballast),
    wanted: [{ alert: 'MillraceDiskFull', labels: { cluster, broker: '1' }, withinSec: 180 }],
    allowed: [
      { alert: 'MillraceDiskFull', labels: { cluster } },
      { alert: 'MillraceDiskFilling', labels: { cluster } },
    ],
    resolvedWithinSec: 180,
  }
}

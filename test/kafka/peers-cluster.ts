// Real Kafka with the scene that monitors say different things of, and beside it what the embedded broker has not: a share group that has
// read a topic and left, a live Kafka Streams application, a log that was compacted.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type LagReport, takeLagReport } from '../../agents/index.ts'
import { Cluster } from '../../wire/cluster.ts'
import { playScene, until } from '../agents/peers-scene.ts'
import { readRecords } from './bench/read-back.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { startStreamsApp } from './harness/streams.ts'
import { settingsOf } from './settings.ts'

export interface PeersCluster {
  readonly kafka: KafkaCluster
  readonly cluster: Cluster
  close(): Promise<void>
}

export async function startPeersCluster(): Promise<PeersCluster> {
  const kafka = await startKafka({ heapMb: 512, properties: { 'log.cleaner.backoff.ms': '100' } })
  const closing: (() => Promise<unknown>)[] = [() => kafka.stop()]
  const close = async () => {
    for (const each of closing.reverse()) await each()
  }
  try {
    const cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    closing.push(() => cluster.close())
    const scene = await playScene(settingsOf(kafka.bootstrap), kafka.bootstrap)
    closing.push(() => scene.close())
    const streams = await startStreamsApp(kafka, 'copier', 'unread')
    closing.push(() => ended(streams))
    await readByShareGroup(kafka, 'sharers', 'unread')
    const isRead = ({ groups }: LagReport) =>
      ['copier', 'sharers'].every(id => groups.find(({ groupId }) => groupId === id)?.partitions[0]?.lag?.toEnd === 0)
    await until(async () => isRead(await takeLagReport(cluster, { timeoutMs: 5_000, nowMs: Date.now, withSeconds: false }))) // biome-ignore format: one line
    await until(async () => (await readRecords(cluster, 'compacted')).length < 10)
    return { kafka, cluster, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function readByShareGroup(kafka: KafkaCluster, group: string, topic: string): Promise<void> {
  const server = ['--bootstrap-server', kafka.bootstrap]
  const fromStart = ['--entity-type', 'groups', '--entity-name', group, '--add-config', 'share.auto.offset.reset=earliest'] // biome-ignore format: one line
  await kafka.tool('kafka-configs', [...server, '--alter', ...fromStart])
  await kafka.tool('kafka-console-share-consumer', [...server, '--topic', topic, '--group', group, '--max-messages', '3']) // biome-ignore format: one line
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

// The logdirs collector: bytes by directory and by topic, room on the volumes, directories that have failed.
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'
import type { BrokerMetadata } from '../../wire/cluster-metadata.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import { type LogDirs, logDirsOf } from '../evaluate/log-dirs.ts'
import * as kminion from '../profiles/kminion.ts'
import { readLogDirs } from '../source/log-dirs.ts'
import { OneLook } from '../source/one-look.ts'

export interface LogDirsData extends LogDirs {
  /** Registered and not fenced. */
  readonly brokers: ReadonlyMap<number, BrokerMetadata>
}

export const logDirsCollector = defineCollector<LogDirsData, Record<never, never>>({
  name: 'logdirs',
  help: 'log directories: bytes by directory and topic, room left, replicas being moved, failed disks',
  isOnByDefault: true,
  interval: '60s',
  timeout: '30s',
  settings: {},
  make: context => ({ look: () => look(context) }),
  families: { native: logDirFamilies, kminion: kminion.logDirFamilies },
})

async function look({ cluster: asked, timeoutMs, nowMs, isTopicWanted }: CollectorContext): Promise<Look<LogDirsData>> {
  const cluster = new OneLook(asked)
  const { found, gaps } = await readLogDirs(cluster, timeoutMs)
  await cluster.assertAnswered()
  const { brokers } = await cluster.metadata()
  return { data: { ...logDirsOf(found, isTopicWanted), brokers }, gaps, takenAtMs: nowMs() }
}

/** Pure. */
export function logDirFamilies(cluster: string, { dirs, bytesByTopic }: LogDirs): Family[] {
  const online = new Family(metrics.logDirOnline)
  const bytes = new Family(metrics.logDirBytes)
  const replicas = new Family(metrics.logDirReplicas)
  const futures = new Family(metrics.logDirFutureReplicas)
  const futureLag = new Family(metrics.logDirFutureLag)
  const volume = new Family(metrics.logDirVolumeBytes)
  const free = new Family(metrics.logDirFreeBytes)
  const ofTopic = new Family(metrics.topicLogBytes)
  for (const { broker, path, isOnline, content, volumeBytes, freeBytes } of dirs) {
    const labels = { cluster, broker: String(broker), dir: path }
    online.set(labels, isOnline ? 1 : 0)
    bytes.set(labels, content?.bytes)
    replicas.set(labels, content?.replicas)
    futures.set(labels, content?.futureReplicas)
    futureLag.set(labels, content?.futureLagOffsets)
    volume.set(labels, volumeBytes)
    free.set(labels, freeBytes)
  }
  for (const [topic, topicBytes] of bytesByTopic) ofTopic.set({ cluster, topic }, topicBytes)
  return [online, bytes, replicas, futures, futureLag, volume, free, ofTopic]
}

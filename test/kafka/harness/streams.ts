// A real Kafka Streams application that is a group of its own type (KIP-1071), beside a cluster of the harness.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KafkaCluster } from './cluster.ts'
import { streamsLibs } from './install.ts'
import { classPath, loggingFlags } from './tools.ts'

const source = fileURLToPath(new URL('StreamsApp.java', import.meta.url))

/** Its group goes by the id of the application. Whoever starts it kills it. */
export async function startStreamsApp(
  kafka: KafkaCluster,
  applicationId: string,
  topic: string,
): Promise<ChildProcess> {
  const { installDir, libsDir } = await streamsLibs(kafka.version)
  const flags = ['-Xmx256M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...loggingFlags(installDir, 'tools')]
  const classes = `${classPath(installDir)}:${join(libsDir, '*')}`
  const args = [kafka.bootstrap, applicationId, topic, join(kafka.dir, 'streams')]
  return spawn('java', [...flags, '-cp', classes, source, ...args], { stdio: 'ignore' })
}

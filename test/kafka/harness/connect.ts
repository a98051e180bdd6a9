// A real Kafka Connect worker (standalone) beside a cluster of the harness, with Kafka's own file connectors.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../../../core/errors.ts'
import type { KafkaCluster } from './cluster.ts'
import { connectLibs } from './install.ts'
import { freePorts } from './places.ts'
import { propertiesText } from './properties.ts'
import { loggingFlags } from './tools.ts'

export interface ConnectWorker {
  /** Of the REST interface. */
  readonly url: string
  stop(): Promise<void>
}

const startTimeoutMs = 60_000

/** Resolves when the REST interface answers. */
export async function startConnect(kafka: KafkaCluster): Promise<ConnectWorker> {
  const { installDir, libsDir } = await connectLibs(kafka.version)
  const dir = join(kafka.dir, 'connect')
  await mkdir(dir, { recursive: true })
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const propertiesPath = join(dir, 'worker.properties')
  await writeFile(
    propertiesPath,
    propertiesText({
      'bootstrap.servers': kafka.bootstrap,
      listeners: url,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'offset.storage.file.filename': join(dir, 'offsets'),
      // From the class path; a look into every jar takes a minute.
      'plugin.discovery': 'service_load',
    }),
  )
  const main = 'org.apache.kafka.connect.cli.ConnectStandalone'
  const flags = ['-Xmx256M', '-XX:TieredStopAtLevel=1', ...loggingFlags(installDir, 'broker')]
  const child = spawn('java', [...flags, '-cp', join(libsDir, '*'), main, propertiesPath], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-4_000)
    })
  }
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const deadlineMs = Date.now() + startTimeoutMs
  while (!(await answers(url))) {
    if (Date.now() < deadlineMs && child.exitCode === null) {
      await delay(100)
      continue
    }
    await stop()
    throw new MillraceError('BROKER_UNREACHABLE', `Connect did not start:\n${output}`)
  }
  return { url, stop }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/connectors`)).ok
  } catch {
    return false
  }
}

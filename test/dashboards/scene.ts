// A small world for boards to show: real Kafka with the JMX exporter, the agent with every collector, a bench run and a test with functions
// with --prometheus, and a real Prometheus that scrapes them each second. Conditions that a healthy cluster does not have are made on purpose: a topic under
// min ISR, a group that lost records to retention, one that catches up, a Connect cluster that is down.
// Kafka Connect is an HTTP server that answers as a worker does (test/kafka/agents-connect.test.ts has the real one).
import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { collectorSettings, everything, startAgent } from '../../agents/index.ts'
import { answers, type Program, startProgram, until } from '../../cli/stack/programs.ts'
import { startWatchdog } from '../../cli/stack/watchdog.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { resourceType } from '../../wire/apis/32-describe-configs.ts'
import { configOperation, incrementalAlterConfigs } from '../../wire/apis/44-incremental-alter-configs.ts'
import { Cluster } from '../../wire/cluster.ts'
import { append, deleteBefore } from '../agents/writing.ts'
import { type KafkaCluster, startKafka } from '../kafka/harness/index.ts'
import { jmxExporterJar } from '../kafka/harness/install.ts'
import { freePorts } from '../kafka/harness/places.ts'
import { settingsOf } from '../kafka/settings.ts'
import { selfSigned } from '../wire/self-signed.ts'

export interface SceneOptions {
  readonly brokers: 1 | 3
  /** Records a second. */
  readonly rate: number
}

export interface Scene {
  /** Of Prometheus. */
  readonly url: string
  readonly kafka: KafkaCluster
  /** From now on brokers refuse what the canary writes. */
  refuseCanary(): Promise<void>
  /** Programs that have ended by themselves, with what they have said. */
  ended(): readonly string[]
  close(): Promise<void>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const entry = join(root, 'cli/main.ts')
const jmxConfig = join(root, 'deploy/jmx_exporter/kafka.yaml')
const listen = async (server: Server) => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

export async function startScene({ brokers, rate }: SceneOptions): Promise<Scene> {
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const closer of closers.reverse()) await closer()
  }
  try {
    const jar = await jmxExporterJar()
    // Ends Prometheus and the run when this process dies, as the harness does with brokers.
    const dir = await mkdtemp(join(tmpdir(), 'millrace-scene-'))
    const watchdog = startWatchdog(dir)
    closers.push(() => watchdog.close())
    const ended: string[] = []
    const start: Start = (name, command, args) => {
      const program = startProgram(command, args, join(dir, `${name}.log`), { isDetached: true, watchdog })
      void program.ended.then(how =>
        ended.push(`${name} has ended (${how}): ${existsSync(dir) ? program.output() : ''}`),
      )
      return program
    }
    const [agentPort, runPort, testPort, prometheusPort, ...jmxPorts] = await freePorts(4 + brokers)
    const jvmFlags = (id: number) => [`-javaagent:${jar}=127.0.0.1:${jmxPorts[id - 1]}:${jmxConfig}`]
    const properties = { 'group.initial.rebalance.delay.ms': '200', 'offsets.topic.num.partitions': '6' }
    const kafka = await startKafka({ brokers, heapMb: 384, jvmFlags, properties })
    closers.push(() => kafka.stop())
    const cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    closers.push(() => cluster.close())
    closers.push(await makeConditions(cluster, brokers))

    const rest = createServer((request, response) => response.end(JSON.stringify(connectAnswer(request.url))))
    const shown = selfSigned('broker.example')
    const listener = tls.createServer({ cert: shown.certificatePem, key: shown.keyPem })
    closers.push(
      () => rest.close(),
      () => listener.close(),
    )
    const [restPort, tlsPort] = [await listen(rest), await listen(listener)]
    const agent = await startAgent(agentOf(kafka, { agentPort: agentPort!, restPort, tlsPort }), () => {})
    closers.push(() => agent.close())

    closers.push(startRun(start, kafka, { rate, port: runPort!, replicas: brokers }))
    closers.push(startTest(start, kafka, testPort!))
    const targets = { agent: [agentPort!], jmx: jmxPorts, run: [runPort!, testPort!] }
    closers.push(await startPrometheus(start, prometheusPort!, dir, targets))
    return {
      ...{ url: `http://127.0.0.1:${prometheusPort}`, kafka, close },
      refuseCanary: () => refuseCanary(cluster),
      ended: () => ended,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Names of what boards are about, for those who choose. */
export const groups = ['readers', 'behind', 'loser'] as const
export const topics = ['orders', 'backlog', 'strict'] as const

/** Records in a partition: one is read in a second. */
const backlog = 500

/** No record is as small as that. (To ask for more replicas than there are does not do: a broker asks for those alone that exist.) */
async function refuseCanary(cluster: Cluster): Promise<void> {
  const configs = [{ name: 'max.message.bytes', configOperation: configOperation.set, value: '1' }]
  const resources = [{ resourceType: resourceType.topic, resourceName: 'millrace-canary', configs }]
  const { responses } = await cluster.send('controller', incrementalAlterConfigs, { resources, validateOnly: false })
  for (const { errorMessage } of responses) if (errorMessage !== null) throw new Error(errorMessage)
}

async function makeConditions(cluster: Cluster, brokers: number): Promise<() => void> {
  const all = { partitions: 3, replicationFactor: brokers }
  await createTopic(cluster, { name: 'backlog', ...all })
  // More in-sync replicas wanted than there are: under min ISR from the beginning.
  await createTopic(cluster, {
    name: 'strict',
    partitions: 1,
    replicationFactor: 1,
    configs: { 'min.insync.replicas': '2' },
  })
  for (const partition of [0, 1, 2]) await append(cluster, 'backlog', partition, Array.from({ length: backlog }, (_, at) => Date.now() - 600_000 + at * 1_000)) // biome-ignore format: one line
  await commitOffsets(cluster, 'loser', 'backlog', new Map([[0, 2], [1, 5]])) // biome-ignore format: one line
  await deleteBefore(cluster, 'backlog', 0, 10)
  await commitOffsets(cluster, 'connect-orders-to-lake', 'backlog', new Map([[1, 20], [2, 50]])) // biome-ignore format: one line
  // One that gets on slowly, and has not come to the end in the minutes that there are.
  let offset = 12
  const timer = setInterval(() => {
    offset = Math.min(offset + 1, backlog - 5)
    void commitOffsets(cluster, 'behind', 'backlog', new Map([0, 1, 2].map(at => [at, offset]))).catch(() => {})
  }, 1_000)
  return () => clearInterval(timer)
}

const connectAnswer = (url: string | undefined) => {
  if (url === '/') return { version: '4.3.1', commit: 'x', kafka_cluster_id: 'id' }
  const connector = (name: string, type: string, taskClass: string, states: readonly string[]) => ({
    status: {
      name,
      type,
      connector: { state: 'RUNNING', worker_id: 'a:8083' },
      tasks: states.map((state, id) => ({ id, state, worker_id: 'a:8083' })),
    },
    info: { name, config: { 'connector.class': taskClass }, tasks: [] },
  })
  return {
    'orders-to-lake': connector('orders-to-lake', 'sink', 'org.example.S3Sink', ['RUNNING', 'RUNNING', 'FAILED']),
    'shop-changes': connector('shop-changes', 'source', 'org.example.PostgresSource', ['RUNNING']),
  }
}

function agentOf(kafka: KafkaCluster, ports: { agentPort: number; restPort: number; tlsPort: number }) {
  const often = { isOn: true, intervalMs: 1_000 }
  const collectors = collectorSettings({
    lag: often,
    groups: often,
    brokers: { ...often, values: { 'certificate-of': [{ host: '127.0.0.1', port: ports.tlsPort }] } },
    topics: often,
    logdirs: often,
    quorum: often,
    canary: { ...often, values: { 'probe-interval': 100 } },
    connect: {
      ...often,
      values: {
        url: [
          { name: 'shop', urls: [`http://127.0.0.1:${ports.restPort}/`] },
          // Nobody is there.
          { name: 'gone', urls: ['http://127.0.0.1:1/'] },
        ],
      },
    },
  })
  const clusters = [
    {
      name: 'main',
      client: settingsOf(kafka.bootstrap),
      groups: everything,
      topics: everything,
      collectors,
      profiles: ['native', 'kafka_exporter'] as const,
    },
  ]
  return { clusters, listen: { host: '127.0.0.1', port: ports.agentPort } }
}

type Start = (name: string, ...command: [command: string, args: readonly string[]]) => Program

/** Longer than anybody looks: it is ended when the scene is. */
const runDuration = '30m'

interface Run {
  readonly rate: number
  readonly port: number
  readonly replicas: number
}

/** The command itself, as a user starts it. */
function startRun(start: Start, kafka: KafkaCluster, { rate, port, replicas }: Run): () => Promise<void> {
  const flags = ['--topic', 'orders', '--partitions', '6', '--replication-factor', String(replicas), '--keep-topic']
  const load = [
    '--rate',
    `${rate}/s`,
    '--duration',
    runDuration,
    '--warmup',
    '1s',
    '--group',
    'readers',
    '--group-protocol',
    'consumer',
    '--transaction-duration',
    '100ms',
    '--abort-ratio',
    '10%',
  ]
  const told = [
    '--prometheus',
    `127.0.0.1:${port}`,
    '--threshold',
    'response_time: p(99)<1000',
    '--threshold',
    'e2e_time: p(99)<1',
  ]
  const args = [entry, 'bench', 'roundtrip', '--bootstrap', kafka.bootstrap, ...flags, ...load, ...told]
  return start('run', process.execPath, args).end
}

function startTest(start: Start, kafka: KafkaCluster, port: number): () => Promise<void> {
  const args = [entry, 'run', join(root, 'test/dashboards/scene-script.ts'), '--bootstrap', kafka.bootstrap]
  return start('test', process.execPath, [...args, '--prometheus', `127.0.0.1:${port}`]).end
}

export const scrapeSecOf = (job: string): number => (job === 'jmx' ? 5 : 1)

async function startPrometheus(
  start: Start,
  port: number,
  dir: string,
  jobs: Readonly<Record<string, readonly number[]>>,
): Promise<() => Promise<void>> {
  const scrape = Object.entries(jobs).map(
    ([job, ports]) =>
      // A page of the JMX exporter takes a second where there is little CPU.
      `  - job_name: ${job}\n    scrape_interval: ${scrapeSecOf(job)}s\n    scrape_timeout: ${scrapeSecOf(job)}s\n    static_configs: [{ targets: [${ports.map(each => `'127.0.0.1:${each}'`).join(', ')}] }]\n`,
  )
  const config = join(dir, 'prometheus.yml')
  await writeFile(config, `scrape_configs:\n${scrape.join('')}`)
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(dir, 'prometheus')}`, '--log.level=error']
  const program = start('prometheus', 'prometheus', [...flags, `--web.listen-address=127.0.0.1:${port}`])
  let how: string | undefined
  void program.ended.then(text => {
    how = text
  })
  const isReady = async () => {
    if (how !== undefined) throw new Error(`prometheus has ended (${how}): ${program.output()}`)
    return answers(`http://127.0.0.1:${port}/-/ready`)
  }
  try {
    await until('Prometheus is ready', isReady, prometheusStartMs)
  } catch (error) {
    await program.end()
    throw error
  }
  return program.end
}

const prometheusStartMs = 60_000

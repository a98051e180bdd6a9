// Starts real Apache Kafka (KRaft, combined broker and controller nodes) and hands it over once every broker answers
// and knows all the others.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startWatchdog, type Watchdog } from '../../../cli/stack/watchdog.ts'
import { configError, MillraceError } from '../../../core/errors.ts'
import { type Broker, createBroker } from './broker-process.ts'
import { type Certificates, createCertificates } from './certificates.ts'
import { installKafka, kafkaVersionDefault, toolsVersionOf } from './install.ts'
import { createClusterDir, freePorts } from './places.ts'
import { probeBrokerIds } from './probe.ts'
import { brokerProperties, type ClusterLayout, loopback, type Node, propertiesText } from './properties.ts'
import {
  type ClientIdentity,
  clientSecurityProperties,
  resolveSecurity,
  type SecurityOptions,
  scramCredentials,
} from './security.ts'
import { type CommandOptions, type CommandResult, runTool, toolCommand } from './tools.ts'

export interface KafkaOptions extends SecurityOptions {
  readonly version?: string
  readonly brokers?: 1 | 3
  /** Of the first broker's client listener; the next brokers take the next ports. Default: free ones. */
  readonly port?: number
  /** The name that brokers give to clients. Default 127.0.0.1; `localhost` is in the certificate too. */
  readonly advertisedHost?: string
  /** Further server.properties of every broker; they win over the harness's own. */
  readonly properties?: Readonly<Record<string, string>>
  readonly heapMb?: number
  /** Of each broker's JVM, as an agent to load. */
  readonly jvmFlags?: (brokerId: number) => readonly string[]
  /** Where the cluster's own directory is made. Default: /dev/shm when there is room, else the temporary directory. */
  readonly parentDir?: string
  readonly cacheDir?: string
  readonly startTimeoutMs?: number
  readonly stopTimeoutMs?: number
}

/** Where a running cluster is, as plain data: another process can use the cluster with it. */
export interface KafkaPlace {
  readonly version: string
  readonly bootstrap: string
  readonly adminBootstrap: string
  readonly dir: string
  readonly toolsDir: string
}

export interface KafkaCluster {
  readonly version: string
  readonly place: KafkaPlace
  /** Of the client listener: `host:port,...`. */
  readonly bootstrap: string
  /** Of the PLAINTEXT listener for administration, whose user may do everything. */
  readonly adminBootstrap: string
  readonly brokers: readonly Broker[]
  /** Everything the cluster writes is below it; removed by `stop`. */
  readonly dir: string
  /** Made when the client listener is TLS. */
  readonly certificates: Certificates | undefined
  /** Java-style properties of a client that may enter, `bootstrap.servers` included. */
  clientProperties(identity?: ClientIdentity): Record<string, string>
  /** The same as a file, for `--command-config` and the like; returns its path. */
  writeClientProperties(identity?: ClientIdentity): Promise<string>
  /** Runs one of Kafka's own tools, by script name (`kafka-topics`) or class name. */
  tool(name: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** The command line that `tool` would run. */
  toolCommand(name: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] }
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const heapMbDefault = 1024
const startTimeoutMsDefault = 60_000
const stopTimeoutMsDefault = 10_000
const pollMs = 50

export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  checkOptions(options)
  const security = resolveSecurity(options)
  const version = options.version ?? kafkaVersionDefault
  const installOptions = options.cacheDir === undefined ? {} : { cacheDir: options.cacheDir }
  const installDir = await installKafka(version, installOptions)
  const toolsDir = await installKafka(toolsVersionOf(version), installOptions)
  const dir = await createClusterDir(options.parentDir)
  const watchdog = startWatchdog(dir)
  try {
    const layout: ClusterLayout = {
      version,
      nodes: await placeNodes(options, dir),
      advertisedHost: options.advertisedHost ?? loopback,
      security,
      certificates: security.usesTls ? await createCertificates(join(dir, 'certificates')) : undefined,
      properties: options.properties ?? {},
    }
    await formatStorage(layout, installDir, dir)
    const brokers = layout.nodes.map(node => brokerOf(node, options, installDir, dir, watchdog))
    await Promise.all(brokers.map(broker => broker.start()))
    await untilAllKnown(brokers, options.startTimeoutMs ?? startTimeoutMsDefault)
    return clusterHandle({ layout, brokers, toolsDir, dir, watchdog })
  } catch (error) {
    await watchdog.close()
    throw error
  }
}

function checkOptions({ brokers, port, heapMb }: KafkaOptions): void {
  const problems = [
    { path: 'brokers', valid: brokers === undefined || brokers === 1 || brokers === 3, message: 'must be 1 or 3' },
    { path: 'port', valid: port === undefined || (port >= 1 && port <= 65_533), message: 'must be 1 to 65533' },
    { path: 'heapMb', valid: heapMb === undefined || heapMb >= 256, message: 'must be at least 256' },
  ].filter(problem => !problem.valid)
  if (problems.length > 0) throw configError(problems)
}

async function placeNodes({ brokers = 1, port }: KafkaOptions, dir: string): Promise<readonly Node[]> {
  const free = await freePorts(brokers * 3)
  return Array.from({ length: brokers }, (_, index) => ({
    id: index + 1,
    ports: {
      client: port === undefined ? free[index * 3]! : port + index,
      admin: free[index * 3 + 1]!,
      controller: free[index * 3 + 2]!,
    },
    dataDir: join(dir, `broker-${index + 1}`),
  }))
}

const propertiesPathOf = (dir: string, node: Node) => join(dir, `broker-${node.id}.properties`)

/** Every node gets the SCRAM users: whichever becomes the first controller brings them into the metadata log. */
async function formatStorage(layout: ClusterLayout, installDir: string, dir: string): Promise<void> {
  // Not `-` in front: the format tool would take the id for a flag.
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A')
  const scram = scramCredentials(layout.security).flatMap(credential => ['--add-scram', credential])
  const format = async (node: Node) => {
    const propertiesPath = propertiesPathOf(dir, node)
    await mkdir(node.dataDir)
    await writeFile(propertiesPath, propertiesText(brokerProperties(layout, node)), { mode: 0o600 })
    const args = ['format', '--cluster-id', clusterId, '--config', propertiesPath, ...scram]
    const result = await runTool(installDir, 'kafka-storage', args)
    if (result.code === 0) return
    throw new MillraceError('BROKER_UNREACHABLE', `broker ${node.id} could not format its storage\n${result.stderr}`, {
      hint: 'The text above is from Kafka; an invalid property is the usual reason.',
    })
  }
  await Promise.all(layout.nodes.map(format))
}

function brokerOf(node: Node, options: KafkaOptions, installDir: string, dir: string, watchdog: Watchdog): Broker {
  const settings = {
    id: node.id,
    port: node.ports.client,
    adminPort: node.ports.admin,
    dataDir: node.dataDir,
    logPath: join(dir, `broker-${node.id}.log`),
    propertiesPath: propertiesPathOf(dir, node),
    installDir,
    heapMb: options.heapMb ?? heapMbDefault,
    jvmFlags: options.jvmFlags?.(node.id) ?? [],
    startTimeoutMs: options.startTimeoutMs ?? startTimeoutMsDefault,
    stopTimeoutMs: options.stopTimeoutMs ?? stopTimeoutMsDefault,
  }
  return createBroker(settings, watchdog)
}

/** A broker that has just registered may not be in the others' metadata yet. */
async function untilAllKnown(brokers: readonly Broker[], timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs
  for (const broker of brokers) {
    while ((await probeBrokerIds(broker.adminPort))?.length !== brokers.length) {
      if (Date.now() > deadlineMs || broker.pid === undefined) {
        throw new MillraceError(
          'BROKER_UNREACHABLE',
          `broker ${broker.id} is gone, or does not know all others after ${timeoutMs} ms`,
        )
      }
      await delay(pollMs)
    }
  }
}

/**
 * Cleanly as long as that is possible: a node that is left without a quorum cannot say goodbye to it and would wait for
 * seconds. Its data is about to be removed anyway.
 */
async function stopAll(brokers: readonly Broker[]): Promise<void> {
  let alive = brokers.length
  const stopOne = async (broker: Broker) => {
    await broker.stop()
    alive--
    if (alive <= brokers.length / 2) await Promise.all(brokers.map(each => each.kill()))
  }
  await Promise.all(brokers.map(stopOne))
}

interface ClusterParts {
  readonly layout: ClusterLayout
  readonly brokers: readonly Broker[]
  readonly toolsDir: string
  readonly dir: string
  readonly watchdog: Watchdog
}

function clusterHandle({ layout, brokers, toolsDir, dir, watchdog }: ClusterParts): KafkaCluster {
  const bootstrap = brokers.map(broker => `${layout.advertisedHost}:${broker.port}`).join(',')
  const adminBootstrap = brokers.map(broker => `${loopback}:${broker.adminPort}`).join(',')
  const clientProperties = (identity?: ClientIdentity) => ({
    'bootstrap.servers': bootstrap,
    ...clientSecurityProperties(layout.security, layout.certificates, identity),
  })
  let clientFiles = 0
  const stop = async () => {
    await stopAll(brokers)
    await watchdog.close()
  }
  return {
    version: layout.version,
    place: { version: layout.version, bootstrap, adminBootstrap, dir, toolsDir },
    bootstrap,
    adminBootstrap,
    brokers,
    dir,
    certificates: layout.certificates,
    clientProperties,
    writeClientProperties: async identity => {
      clientFiles++
      const path = join(dir, clientFiles === 1 ? 'client.properties' : `client-${clientFiles}.properties`)
      await writeFile(path, propertiesText(clientProperties(identity)), { mode: 0o600 })
      return path
    },
    tool: (name, args, toolOptions) => runTool(toolsDir, name, args, toolOptions),
    toolCommand: (name, args) => toolCommand(toolsDir, name, args),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

// `millrace broker`: flags to an embedded cluster that runs until Ctrl-C.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { ControlServer } from '../broker/control.ts'
import type { BrokerOptions, EmbeddedCluster } from '../broker/index.ts'
import { type ConfigProblem, configError, exitCodes } from '../core/errors.ts'
import { formatBytes } from '../core/format.ts'
import { type BrokerSettings, brokerFlags, readBrokerFlags } from './broker-flags.ts'
import { addTableFlags } from './flag-table.ts'
import { onInterrupt } from './interrupt.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const defaults = { port: 9092, host: '127.0.0.1', memoryBytes: 1024 ** 3 }

const epilogue = `
An embedded Kafka in memory, for demos, tests and calibration. It has no authorization, keeps nothing on disk, and is no
production broker. It listens on loopback unless told otherwise.

Faults (docs/broker.md): delay stall error drop lose repeat truncate corrupt-crc throttle slow-disk move-leader shrink-isr
expand-isr stop-broker start-broker, each with api= client= topic= partition= broker= times= percent= after= for= every= where
it fits.

Exit codes: 0 after Ctrl-C, 20 cannot listen, 23 a topic cannot be created, 104 settings not valid.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineBroker(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, brokerFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const { settings, problems } = readBrokerFlags(given, command.args)
    done(await broker(settings, problems, io))
  })
}

async function broker(settings: BrokerSettings, problems: ConfigProblem[], io: Io): Promise<number> {
  const options = optionsOf(settings, problems)
  if (problems.length > 0) throw configError(problems)
  // Loaded here, so that help and mistakes are answered without it.
  const { startBroker } = await import('../broker/start.ts')
  const { startControl } = await import('../broker/control.ts')
  const cluster = await startBroker({ ...options, onNotice: line => void io.stderr.write(`${line}\n`) })
  const controlPort = settings['control-port']
  let control: ControlServer | undefined
  try {
    for (const topic of settings.topic) await cluster.run('createTopic', topic)
    for (const fault of settings.fault) await cluster.faults.add(fault)
    if (controlPort !== undefined) control = await startControl(cluster, controlPort)
    await print(io.stdout, await welcome(cluster, control, settings))
    return await untilInterrupted(cluster, io)
  } finally {
    await control?.close()
    await cluster.close()
  }
}

async function untilInterrupted(cluster: EmbeddedCluster, io: Io): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const interrupt = onInterrupt(io.events, {
    onFirst: () => resolve(undefined),
    onSecond: () => io.exit(exitCodes.interrupted),
  })
  try {
    const error = await Promise.race([promise, cluster.ended])
    if (error !== undefined) throw error
    return exitCodes.ok
  } finally {
    interrupt.release()
  }
}

// ---- settings ----

function optionsOf(settings: BrokerSettings, problems: ConfigProblem[]): BrokerOptions {
  const listenHost = settings.host ?? defaults.host
  const host = settings['advertised-host'] ?? listenHost
  if (['0.0.0.0', '::', '*'].includes(host)) {
    problems.push({ path: '--host', message: `${host} is no address to connect to: add --advertised-host` })
  }
  return {
    port: settings.port ?? defaults.port,
    brokers: settings.brokers ?? 1,
    host,
    listenHost,
    memoryBytesMax: settings.memory ?? defaults.memoryBytes,
    nullMode: settings.null !== undefined,
    ...(settings['null-record-size'] === undefined ? {} : { nullRecordBytes: settings['null-record-size'] }),
    configs: configsOf(settings),
    ...(settings['fault-seed'] === undefined ? {} : { faultSeed: settings['fault-seed'] }),
    ...(settings.sasl.length === 0 ? {} : { sasl: { users: usersOf(settings) } }),
    ...(settings['plain-port'] === undefined ? {} : { plainPort: settings['plain-port'] }),
    ...tlsOf(settings, problems),
  }
}

function configsOf(settings: BrokerSettings): Record<string, string> {
  const retentionBytes = settings['retention-bytes']
  const retentionMs = settings['retention-time']
  return {
    'auto.create.topics.enable': String(settings['auto-create'] ?? true),
    ...(retentionBytes === undefined ? {} : { 'log.retention.bytes': String(retentionBytes) }),
    ...(retentionMs === undefined ? {} : { 'log.retention.ms': String(retentionMs) }),
    ...Object.fromEntries(settings.config),
  }
}

const usersOf = ({ sasl }: BrokerSettings) => Object.fromEntries(sasl.map(({ name, password }) => [name, password]))

function tlsOf(settings: BrokerSettings, problems: ConfigProblem[]): Pick<BrokerOptions, 'tls'> {
  const { 'tls-cert': certFile, 'tls-key': keyFile, 'tls-client-ca': caFile } = settings
  if (certFile === undefined && keyFile === undefined && caFile === undefined) return {}
  if (certFile === undefined || keyFile === undefined) {
    problems.push({ path: '--tls-cert', message: 'and --tls-key are needed together' })
    return {}
  }
  const cert = readPem('--tls-cert', certFile, problems)
  const key = readPem('--tls-key', keyFile, problems)
  if (caFile === undefined) return { tls: { cert, key } }
  return { tls: { cert, key, ca: readPem('--tls-client-ca', caFile, problems), isClientCertRequired: true } }
}

function readPem(path: string, file: string, problems: ConfigProblem[]): string {
  try {
    const pem = readFileSync(file, 'utf8')
    if (pem.includes('-----BEGIN ')) return pem
    problems.push({ path, message: `${file} is not PEM` })
  } catch (error) {
    problems.push({ path, message: `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}` })
  }
  return ''
}

// ---- what is said ----

async function welcome(cluster: EmbeddedCluster, control: ControlServer | undefined, settings: BrokerSettings) {
  const faults = await cluster.faults.list()
  const { topic, sasl, memory = defaults.memoryBytes } = settings
  const protocol = `${sasl.length > 0 ? 'SASL_' : ''}${settings['tls-cert'] === undefined ? 'PLAINTEXT' : 'SSL'}`
  const lines = [
    'millrace broker: an embedded Kafka in memory, for demos, tests and calibration. Not a production broker.',
    '',
    `bootstrap  ${cluster.bootstrap}`,
    ...(cluster.plainBootstrap === undefined ? [] : [`plaintext  ${cluster.plainBootstrap}`]),
    `protocol   ${protocol}${sasl.length > 0 ? ' (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512)' : ''}`,
    `memory     at most ${formatBytes(memory)} of records${settings.null === undefined ? '' : ', and none are stored (--null)'}`,
    ...(topic.length === 0
      ? []
      : [`topics     ${topic.map(({ name, partitions }) => `${name}:${partitions}`).join(', ')}`]),
    ...(control === undefined ? [] : [`control    ${control.url}/faults`]),
    ...faults.map(({ id, fault }) => `fault ${id.padEnd(4)} ${fault.effect.kind}`),
    '',
    'Ctrl-C ends it, and everything in it is gone.',
  ]
  return `${lines.join('\n')}\n`
}

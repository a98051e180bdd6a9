// The embedded broker behind the interface of both brokers, in the thread of the suite, so that a test can reach its log. A
// freeze is a stall of everything, a kill stops a broker, damage a byte in memory.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe } from 'vitest'
import { commands } from '../../../broker/commands.ts'
import { RunningCluster, type RunningOptions } from '../../../broker/running.ts'
import { type Certificates, createCertificates } from '../harness/certificates.ts'
import { kafkaVersionDefault, propertiesText } from '../harness/index.ts'
import { clientSecurityProperties, resolveSecurity, type Security } from '../harness/security.ts'
import { type Capability, leftOut } from './left-out.ts'
import { nodeTools } from './node-tools.ts'
import { damagedByte } from './real-kafka.ts'
import type { BrokerTarget, ClusterOptions, TestBroker, TestCluster } from './target.ts'

const startMs = 1_000

export const embeddedBroker: BrokerTarget = {
  kind: 'embedded',
  version: kafkaVersionDefault,
  needs: (capability: Capability, suite) => {
    describe.skip(`left out (broker/SKIPPED.md: ${leftOut[capability]})`, suite)
  },
  once: suite => suite(),
  start: startEmbedded,
  shared: startEmbedded,
}

async function startEmbedded(options: ClusterOptions = {}): Promise<TestCluster> {
  const security = resolveSecurity(options)
  const dir = await mkdtemp(join(tmpdir(), 'millrace-embedded-'))
  // No Java key stores: they are made with Java.
  const certificates = security.usesTls
    ? await createCertificates(join(dir, 'certificates'), { java: false })
    : undefined
  const running = await RunningCluster.start({
    brokers: options.brokers ?? 1,
    plainPort: 0,
    configs: { ...settingsOf(options.brokers ?? 1), ...options.properties },
    ...securityOptions(security, certificates),
  })
  const addressesOf = (port: 'port' | 'plainPort') =>
    running.brokers.map(broker => `${broker.host}:${broker[port]}`).join(',')
  const [bootstrap, adminBootstrap] = [addressesOf('port'), addressesOf('plainPort')]
  let clientFiles = 0
  return {
    bootstrap,
    adminBootstrap,
    brokers: running.brokers.map(({ id, port }) => testBroker(running, id, port)),
    certificates,
    tools: nodeTools({ bootstrap, adminBootstrap, certificates, identityOf: identity => saslOf(security, identity) }),
    writeClientProperties: async identity => {
      const path = join(dir, `client-${clientFiles++}.properties`)
      const properties = clientSecurityProperties(security, certificates, identity)
      await writeFile(path, propertiesText({ 'bootstrap.servers': bootstrap, ...properties }), { mode: 0o600 })
      return path
    },
    damage: async topic => {
      const { log } = running.state.partition(topic, 0)!
      // What is read are the bytes that are stored, in place.
      log.read(log.startOffset, log.endOffset, 1, true).bytes[damagedByte]! ^= 0x01
    },
    stop: async () => {
      await running.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** As test/kafka/harness/properties.ts has them for real brokers. */
const settingsOf = (brokers: number) => ({
  'auto.create.topics.enable': 'false',
  'default.replication.factor': String(brokers),
  'min.insync.replicas': brokers > 1 ? '2' : '1',
})

function securityOptions(
  security: Security,
  certificates: Certificates | undefined,
): Pick<RunningOptions, 'sasl' | 'tls'> {
  const { usesSasl, users, reauthMsMax, requireClientCertificate } = security
  const mechanisms = security.mechanisms.filter(each => each !== 'OAUTHBEARER')
  const lifetime = reauthMsMax === undefined ? {} : { sessionLifetimeMs: reauthMsMax }
  return {
    ...(usesSasl ? { sasl: { users, mechanisms, ...lifetime } } : {}),
    ...(certificates === undefined ? {} : { tls: tlsOf(certificates, requireClientCertificate) }),
  }
}

function tlsOf({ brokerKeystore, ca }: Certificates, isClientCertRequired: boolean) {
  const pem = readFileSync(brokerKeystore, 'utf8')
  return { cert: pem, key: pem, ca: readFileSync(ca, 'utf8'), isClientCertRequired }
}

function saslOf(
  { usesSasl, users, mechanisms }: Security,
  { mechanism, user, password }: Parameters<TestCluster['tools']['enter']>[0],
) {
  if (!usesSasl) return undefined
  const username = user ?? Object.keys(users)[0]!
  return { mechanism: mechanism ?? mechanisms[0]!, username, password: password ?? users[username] ?? '' }
}

function testBroker(running: RunningCluster, id: number, port: number): TestBroker {
  let freeze: string | undefined
  return {
    id,
    port,
    kill: () => commands.stopBroker(running, id),
    start: async () => {
      // A real one takes seconds: whoever misses it has asked for it in vain by then.
      await delay(startMs)
      await commands.startBroker(running, id)
    },
    freeze: async () => {
      freeze = commands.addFault(running, { match: { broker: id }, effect: { kind: 'stall' } }).id
    },
    thaw: async () => {
      if (freeze !== undefined) commands.removeFault(running, freeze)
      freeze = undefined
    },
  }
}

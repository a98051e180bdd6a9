// Shows that somebody else's clients get in with a user and over TLS, and not without: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512
// from librdkafka (kcat), from the Java client and from kafkajs, each in plain text and over TLS whose certificate they check.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { describeKafka } from '../../kafka/harness/describe-kafka.ts'
import { installKafka } from '../../kafka/harness/index.ts'
import { runCommand, runTool } from '../../kafka/harness/tools.ts'
import { selfSigned } from '../../wire/self-signed.ts'
import { describeClient, reasonWithout } from './describe-client.ts'

const users = { alice: 'alice-secret' }
const certificate = selfSigned('millrace')
const timeoutMs = 90_000

const ways = [
  { protocol: 'SASL_PLAINTEXT', mechanism: 'PLAIN' },
  { protocol: 'SASL_PLAINTEXT', mechanism: 'SCRAM-SHA-256' },
  { protocol: 'SASL_SSL', mechanism: 'PLAIN' },
  { protocol: 'SASL_SSL', mechanism: 'SCRAM-SHA-512' },
] as const
type Way = (typeof ways)[number]

let plain: EmbeddedCluster
let secure: EmbeddedCluster
let dir: string
let caPath: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-secured-'))
  caPath = join(dir, 'ca.pem')
  await writeFile(caPath, certificate.certificatePem)
  const sasl = { users }
  plain = await startBroker({ sasl })
  secure = await startBroker({ sasl, tls: { cert: certificate.certificatePem, key: certificate.keyPem } })
  for (const cluster of [plain, secure]) await cluster.run('createTopic', { name: 'guarded' })
})
afterAll(async () => {
  await Promise.all([plain, secure].map(cluster => cluster?.close()))
  await rm(dir, { recursive: true, force: true })
})

const clusterOf = ({ protocol }: Way) => (protocol === 'SASL_SSL' ? secure : plain)

describeClient('kcat, secured', reasonWithout('kcat', '-V', 'kcat'), () => {
  const kcat = (way: Way, password: string, args: readonly string[], input = '') => {
    const settings = {
      'security.protocol': way.protocol,
      'sasl.mechanism': way.mechanism,
      'sasl.username': 'alice',
      'sasl.password': password,
      'ssl.ca.location': caPath,
      // The certificate names a host that is not there.
      'ssl.endpoint.identification.algorithm': 'none',
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-X', `${name}=${value}`])
    return runCommand('kcat', ['-b', clusterOf(way).bootstrap, ...flags, ...args], { input, timeoutMs: 30_000 })
  }

  it.each(ways)('$protocol with $mechanism', { timeout: timeoutMs }, async way => {
    const value = `kcat over ${way.protocol} with ${way.mechanism}`
    expect(await kcat(way, users.alice, ['-P', '-t', 'guarded'], value)).toMatchObject({ code: 0 })
    const { stdout } = await kcat(way, users.alice, ['-C', '-q', '-t', 'guarded', '-o', 'beginning', '-e'])
    expect(stdout.split('\n')).toContain(value)
    const refused = await kcat(way, 'wrong', ['-L', '-m', '2'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/Authentication failed/)])
  })
})

describeKafka('the Java client, secured', () => {
  async function list(way: Way, password: string, index: number) {
    const login = way.mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
    const settings = [
      `security.protocol=${way.protocol}`,
      `sasl.mechanism=${way.mechanism}`,
      `sasl.jaas.config=org.apache.kafka.common.security.${login} required username="alice" password="${password}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${caPath}`,
      'ssl.endpoint.identification.algorithm=',
    ]
    const path = join(dir, `java-${index}.properties`)
    await writeFile(path, `${settings.join('\n')}\n`)
    const args = ['--bootstrap-server', clusterOf(way).bootstrap, '--command-config', path, '--list']
    return runTool(await installKafka(), 'kafka-topics', args, { timeoutMs: 60_000 })
  }

  it('every way', { timeout: timeoutMs }, async () => {
    const answers = await Promise.all(ways.map((way, index) => list(way, users.alice, index)))
    for (const answer of answers) expect(answer, answer.stderr).toMatchObject({ code: 0, stdout: 'guarded\n' })
    const refused = await list(ways[3], 'wrong', ways.length)
    expect([refused.code, refused.stdout + refused.stderr]).toEqual([1, expect.stringMatching(/invalid credentials/)])
  })
})

describe('kafkajs, secured', () => {
  const kafka = (way: Way, password: string) =>
    new Kafka({
      brokers: [clusterOf(way).bootstrap],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ...(way.protocol === 'SASL_SSL'
        ? { ssl: { ca: [certificate.certificatePem], checkServerIdentity: () => undefined } }
        : {}),
      sasl: { mechanism: way.mechanism.toLowerCase() as 'plain', username: 'alice', password },
    })

  it.each(ways)('$protocol with $mechanism', async way => {
    const admin = kafka(way, users.alice).admin()
    await admin.connect()
    expect(await admin.listTopics()).toEqual(['guarded'])
    await admin.disconnect()
    await expect(kafka(way, 'wrong').admin().connect()).rejects.toThrow(/authentication failed|invalid/i)
  })
})

// Shows that the harness starts real Kafka in every shape that the suites rely on, with Kafka's own tools as the judge,
// and that nothing of it is left behind: not after a stop, not after a failed start, not after a SIGKILL of its parent.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { describeKafka, kafkaSuiteMode } from './harness/describe-kafka.ts'
import {
  freePorts,
  installKafka,
  type KafkaCluster,
  kafkaVersionDefault,
  kafkaVersionOldest,
  runCommand,
  startKafka,
} from './harness/index.ts'

const scratchDirs: string[] = []
async function scratchDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-harness-test-'))
  scratchDirs.push(dir)
  return dir
}
afterAll(async () => {
  for (const dir of scratchDirs) await rm(dir, { recursive: true, force: true })
})

/** A zombie has ended: only its parent has not asked yet. */
async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await runCommand('ps', ['-o', 'stat=', '-p', String(pid)])
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

const pidsOf = (cluster: KafkaCluster) => cluster.brokers.map(broker => broker.pid!)

async function expectNothingLeft(pids: readonly number[], dir: string): Promise<void> {
  expect(pids.length).toBeGreaterThan(0)
  for (const pid of pids) expect(await isRunning(pid), `process ${pid}`).toBe(false)
  expect(existsSync(dir), dir).toBe(false)
}

async function createTopic(cluster: KafkaCluster, args: readonly string[], commandConfig: readonly string[] = []) {
  const connect = ['--bootstrap-server', cluster.bootstrap, ...commandConfig]
  const created = await cluster.tool('kafka-topics', [...connect, '--create', ...args])
  const listed = await cluster.tool('kafka-topics', [...connect, '--list'])
  return { created, topics: listed.stdout.split('\n').filter(line => line !== '') }
}

describeKafka('one broker', () => {
  it.each([kafkaVersionDefault, kafkaVersionOldest])('Kafka %s: topics, logs, and nothing left', async version => {
    const cluster = await startKafka({ version, heapMb: 512, properties: { 'num.io.threads': '3' } })
    const pids = pidsOf(cluster)
    try {
      expect((await createTopic(cluster, ['--topic', 'first'])).topics).toEqual(['first'])
      const log = await readFile(cluster.brokers[0]!.logPath, 'utf8')
      expect(log).toContain(`Kafka version: ${version}`)
      expect(log).toContain('num.io.threads = 3')
    } finally {
      await cluster.stop()
    }
    await expectNothingLeft(pids, cluster.dir)
  })

  it('moves records with the perf and console tools, under both names of a class', async () => {
    await using cluster = await startKafka({ heapMb: 512 })
    await createTopic(cluster, ['--topic', 'perf'])
    const load = ['--num-records', '1000', '--record-size', '100', '--throughput', '-1']
    const producer = ['--topic', 'perf', ...load, '--producer-props', `bootstrap.servers=${cluster.bootstrap}`]
    expect((await cluster.tool('kafka-producer-perf-test', producer)).stdout).toContain('1000 records sent')
    const connect = ['--bootstrap-server', cluster.bootstrap, '--topic', 'perf']
    const produced = await cluster.tool('kafka-console-producer', connect, { input: 'hello\n' })
    expect(produced).toMatchObject({ code: 0 })
    const ends = await cluster.tool('org.apache.kafka.tools.GetOffsetShell', connect)
    expect(ends.stdout.trim()).toBe('perf:0:1001')
  })
})

describeKafka('three brokers', () => {
  it('replicates, and a killed broker comes back on the same port with its data', async () => {
    const cluster = await startKafka({ brokers: 3, heapMb: 512 })
    const pids = pidsOf(cluster)
    try {
      const topic = ['--topic', 'replicated', '--partitions', '3', '--replication-factor', '3']
      expect((await createTopic(cluster, topic)).topics).toEqual(['replicated'])
      const underReplicated = async () => {
        const args = ['--bootstrap-server', cluster.adminBootstrap, '--describe', '--under-replicated-partitions']
        return (await cluster.tool('kafka-topics', args)).stdout.trim()
      }
      expect(await underReplicated()).toBe('')

      const broker = cluster.brokers[1]!
      await broker.kill()
      expect(broker.pid).toBeUndefined()
      expect(await isRunning(pids[1]!)).toBe(false)
      await vi.waitFor(async () => expect(await underReplicated()).toContain('replicated'), 50_000)

      await broker.start()
      pids.push(broker.pid!)
      await vi.waitFor(async () => expect(await underReplicated()).toBe(''), 50_000)
      const ownPort = ['--bootstrap-server', `127.0.0.1:${broker.port}`, '--list']
      expect((await cluster.tool('kafka-topics', ownPort)).stdout.trim()).toBe('replicated')

      await broker.stop()
      expect(await readFile(broker.logPath, 'utf8')).toContain('shut down completed')
    } finally {
      await cluster.stop()
    }
    await expectNothingLeft(pids, cluster.dir)
  })
})

describeKafka('security', () => {
  const configOf = async (cluster: KafkaCluster, identity = {}) => [
    '--command-config',
    await cluster.writeClientProperties(identity),
  ]

  // The newest goes through it in connection.test.ts, client certificates too.
  it('the oldest: SASL_SSL with SCRAM', async () => {
    await using cluster = await startKafka({
      version: kafkaVersionOldest,
      security: 'SASL_SSL',
      saslMechanisms: ['SCRAM-SHA-256'],
      heapMb: 512,
    })
    const { topics } = await createTopic(cluster, ['--topic', 'secret'], await configOf(cluster))
    expect(topics).toEqual(['secret'])
    const refused = await createTopic(cluster, ['--topic', 'no'], await configOf(cluster, { password: 'wrong' }))
    expect(refused.created.stdout).toContain('Authentication failed')
    const asAdmin = ['--bootstrap-server', cluster.adminBootstrap, '--list']
    expect((await cluster.tool('kafka-topics', asAdmin)).stdout.trim()).toBe('secret')
  })

  it('SASL_PLAINTEXT with every mechanism at once, and ACLs', async () => {
    await using cluster = await startKafka({
      security: 'SASL_PLAINTEXT',
      saslMechanisms: ['PLAIN', 'SCRAM-SHA-512', 'OAUTHBEARER'],
      users: { alice: 'with "quotes" and \\', bob: 'plain' },
      acls: true,
      heapMb: 512,
    })
    const acl = ['--add', '--allow-principal', 'User:alice', '--operation', 'All', '--topic', '*', '--cluster']
    await cluster.tool('kafka-acls', ['--bootstrap-server', cluster.adminBootstrap, ...acl])
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const) {
      const topic = `by-${mechanism}`
      const asAlice = await createTopic(cluster, ['--topic', topic], await configOf(cluster, { mechanism }))
      expect(asAlice.topics).toContain(topic)
    }
    const asBob = await createTopic(cluster, ['--topic', 'no'], await configOf(cluster, { user: 'bob' }))
    expect(asBob.created.stdout).toContain('Authorization failed')
    expect(asBob.topics).toEqual([])
  })

  it('SSL with client certificates', async () => {
    await using cluster = await startKafka({ security: 'SSL', requireClientCertificate: true, heapMb: 512 })
    const { topics } = await createTopic(cluster, ['--topic', 'mutual'], await configOf(cluster))
    expect(topics).toEqual(['mutual'])
    const { ca, clientCertificate, clientKey, truststoreJks, truststorePkcs12 } = cluster.certificates!
    const [host, port] = cluster.bootstrap.split(':')
    const peer = [
      's_client',
      '-connect',
      `${host}:${port}`,
      '-CAfile',
      ca,
      '-verify_ip',
      '127.0.0.1',
      '-verify_return_error',
    ]
    const trusted = await runCommand('openssl', [...peer, '-cert', clientCertificate, '-key', clientKey])
    expect(trusted.stdout).toContain('Verify return code: 0 (ok)')
    for (const store of [truststoreJks, truststorePkcs12]) {
      const listed = await runCommand('keytool', ['-list', '-keystore', store, '-storepass', 'changeit'])
      expect(listed.stdout).toContain('trustedCertEntry')
    }
  })
})

describeKafka('when things go wrong', () => {
  it('says what Kafka said about a bad property, and leaves nothing', async () => {
    const parentDir = await scratchDir()
    const start = startKafka({ parentDir, heapMb: 512, properties: { 'num.io.threads': '0' } })
    await expect(start).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      message: expect.stringContaining('num.io.threads'),
    })
    expect(readdirSync(parentDir)).toEqual([])
  })

  it('shows why in the log when the port is in use, and leaves nothing', async () => {
    const parentDir = await scratchDir()
    const [port] = await freePorts(1)
    const occupant = createServer()
    await new Promise<void>(resolve => occupant.listen(port, '127.0.0.1', resolve))
    try {
      const start = startKafka({ parentDir, heapMb: 512, port: port! })
      await expect(start).rejects.toMatchObject({ message: expect.stringContaining('Address already in use') })
    } finally {
      occupant.close()
    }
    expect(readdirSync(parentDir)).toEqual([])
  })
})

describeKafka('the command', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  async function startCommand(args: readonly string[]) {
    const child = spawn(process.execPath, ['scripts/kafka.ts', '--heap-mb', '512', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    const status = new Promise<number | null>(resolve => child.once('close', resolve))
    await vi.waitFor(() => expect(output).toContain('Ctrl-C stops it'), 60_000)
    const pid = Number(/pid (\d+)/.exec(output)?.[1])
    return { child, status, output, pid, dir: /log (.*)\/broker-1\.log/.exec(output)?.[1] ?? '' }
  }

  it('prints where Kafka is and a client file, and ends with 0 on Ctrl-C', async () => {
    const [port] = await freePorts(1)
    const { child, status, output, pid, dir } = await startCommand([
      '--security',
      'SASL_PLAINTEXT',
      '--port',
      String(port),
    ])
    expect(output).toContain(`bootstrap:         127.0.0.1:${port}\n`)
    const clientFile = /client properties: (.*)/.exec(output)?.[1] ?? ''
    expect(await readFile(clientFile, 'utf8')).toContain('sasl.mechanism=SCRAM-SHA-512')
    expect(await isRunning(pid)).toBe(true)
    child.kill('SIGINT')
    expect(await status).toBe(0)
    await expectNothingLeft([pid], dir)
  })

  it('leaves nothing when it is killed without a chance to clean up', async () => {
    const { child, pid, dir } = await startCommand([])
    expect(await isRunning(pid)).toBe(true)
    child.kill('SIGKILL')
    await vi.waitFor(() => expectNothingLeft([pid], dir), 20_000)
  })

  it('without Java it says what to install', async () => {
    const noJava = ['PATH=/nowhere', process.execPath, 'scripts/kafka.ts']
    const { code, stderr } = await runCommand('/usr/bin/env', noJava)
    expect(code).toBe(31)
    expect(stderr).toMatch(/TOOL_MISSING: cannot run java: .*\nInstall Java 17/)
  })

  it('names all bad flags at once', async () => {
    const args = ['scripts/kafka.ts', '--brokers', '2', '--security', 'TLS', '--properties', 'x', '--heap-mb', '1g']
    const { code, stderr } = await runCommand(process.execPath, args)
    expect(code).toBe(104)
    for (const flag of ['--brokers', '--security', '--properties', '--heap-mb']) expect(stderr).toContain(`${flag}: `)
  })
})

describe('install', () => {
  /** Stands for Maven: writes one jar where it is told to. Two installs overlap: both look for a finished one before either writes. */
  async function fakeMaven(dir: string, status: number): Promise<string> {
    const path = join(dir, 'mvn')
    const script = `#!/bin/sh
for arg; do case $arg in -DoutputDirectory=*) libs="\${arg#*=}" ;; esac; done
mkdir -p "$libs"; echo jar > "$libs/kafka.jar"; echo '[ERROR] no such version'; exit ${status}
`
    await writeFile(path, script)
    await chmod(path, 0o755)
    return path
  }

  it('two at once give one complete directory and no leftovers', async () => {
    const dir = await scratchDir()
    const options = { cacheDir: join(dir, 'cache'), mavenCommand: await fakeMaven(dir, 0) }
    const [one, two] = await Promise.all([installKafka('4.3.1', options), installKafka('4.3.1', options)])
    expect(one).toBe(two)
    expect(readdirSync(join(one, 'libs'))).toEqual(['kafka.jar'])
    expect(readdirSync(options.cacheDir)).toEqual(['kafka-4.3.1'])
  })

  it('a failed fetch says what Maven said and leaves no half of an installation', async () => {
    const dir = await scratchDir()
    const options = { cacheDir: join(dir, 'cache'), mavenCommand: await fakeMaven(dir, 1) }
    const install = installKafka('4.99.0', options)
    await expect(install).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('no such version'),
    })
    expect(readdirSync(options.cacheDir)).toEqual([])
  })

  it('without Maven it names Maven', async () => {
    const options = { cacheDir: await scratchDir(), mavenCommand: '/nowhere/mvn' }
    const install = installKafka('4.3.1', options)
    await expect(install).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('/nowhere/mvn'),
    })
  })

  it('refuses what is not a version', async () => {
    await expect(installKafka('latest')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('options', () => {
  it.each([
    { why: 'two brokers', options: { brokers: 2 as 1 }, path: 'brokers' },
    { why: 'mTLS without TLS', options: { requireClientCertificate: true }, path: 'requireClientCertificate' },
    { why: 'ACLs where every client is anonymous', options: { acls: true, security: 'SSL' as const }, path: 'acls' },
    { why: 'no mechanism', options: { security: 'SASL_SSL' as const, saslMechanisms: [] }, path: 'saslMechanisms' },
  ])('are refused before anything is started: $why', async ({ options, path }) => {
    const start = startKafka(options)
    await expect(start).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(`${path}: `) })
  })
})

describe('a suite that cannot have Kafka', () => {
  it.each([
    { why: 'Kafka can run', reason: undefined, env: { CI: 'true' }, kind: 'run' },
    { why: 'at home it is skipped', reason: 'no Java', env: {}, kind: 'skip' },
    { why: 'in CI it fails', reason: 'no Java', env: { CI: 'true' }, kind: 'fail' },
    { why: 'CI=false is not CI', reason: 'no Java', env: { CI: 'false' }, kind: 'skip' },
  ])('$why', ({ reason, env, kind }) => {
    expect(kafkaSuiteMode(reason, env)).toMatchObject({ kind })
  })
})

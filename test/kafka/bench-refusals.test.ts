// Shows what a user is told when a run cannot begin or is refused: a code, a hint, an exit code, no stack trace, and no wait
// without an end.
// Method: one broker with TLS, users and (where it knows them) ACLs on its client listener and none on its other one; ports of
// our own that are no brokers; the command runs as a process.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BenchCommand, expectCodedError } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { type ClientIdentity, freePorts } from './harness/index.ts'
import { runCommand } from './harness/tools.ts'

const mainPath = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

describeBrokers('bench, refused', broker => {
  let kafka: TestCluster
  /** Brings no address of its own. */
  let bench: BenchCommand
  beforeAll(async () => {
    kafka = await broker.start({
      security: 'SASL_SSL',
      saslMechanisms: ['SCRAM-SHA-256'],
      users: { alice: 'alice-secret', bob: 'bob-secret' },
      acls: true,
    })
    bench = await BenchCommand.make()
    await kafka.tools.createTopic('there', 2)
  })
  afterAll(async () => {
    await bench?.remove()
    await kafka?.stop()
  })

  const as = async (identity: ClientIdentity) => ['--command-config', await kafka.writeClientProperties(identity)]
  const admin = () => ['--bootstrap', kafka.adminBootstrap]
  const toThere = ['--topic', 'there', '--records', '100']

  describe('at the door', () => {
    const servers: Server[] = []
    const sockets: Socket[] = []
    afterAll(() => {
      for (const socket of sockets) socket.destroy()
      for (const server of servers) server.close()
    })

    async function listening(server: Server): Promise<string> {
      servers.push(server)
      server.on('connection', socket => sockets.push(socket))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      return `127.0.0.1:${(server.address() as AddressInfo).port}`
    }

    broker.once(() => {
      it.each(['produce', 'consume', 'roundtrip'])('%s: nobody there', async mode => {
        const [port] = await freePorts(1)
        const outcome = await bench.run([mode, '--bootstrap', `127.0.0.1:${port}`, ...toThere])
        expectCodedError(outcome, { code: 'BROKER_UNREACHABLE', exitCode: 20 })
        expect(outcome.stderr).toContain(`127.0.0.1:${port}`)
        expect(outcome.seconds).toBeLessThan(40)
        expect(outcome.result).toBeUndefined()
      })

      it('a name that does not exist', async () => {
        const outcome = await bench.run(['produce', '--bootstrap', 'no-such-host.invalid:9092', ...toThere])
        expectCodedError(outcome, { code: 'BROKER_UNREACHABLE', exitCode: 20 })
      })

      it('a web server', async () => {
        const address = await listening(createHttpServer((_, response) => response.end('hello')))
        const outcome = await bench.run(['produce', '--bootstrap', address, ...toThere])
        expectCodedError(outcome, { code: 'NOT_KAFKA', exitCode: 20 })
        expect(outcome.stderr).toContain('HTTP')
      })

      it('a port that says nothing', async () => {
        const address = await listening(createServer(() => {}))
        const outcome = await bench.run(['produce', '--bootstrap', address, ...toThere], { timeoutMs: 60_000 })
        expectCodedError(outcome, { code: 'BROKER_UNREACHABLE', exitCode: 20 })
        expect(outcome.seconds).toBeLessThan(50)
      })

      it('a port that hangs up', async () => {
        const address = await listening(createServer(socket => socket.destroy()))
        const outcome = await bench.run(['consume', '--bootstrap', address, ...toThere])
        expectCodedError(outcome, { code: 'NOT_KAFKA', exitCode: 20 })
      })
    })

    it('a listener without TLS, spoken to with TLS', async () => {
      const outcome = await bench.run(['produce', ...admin(), '--property', 'security.protocol=SSL', ...toThere])
      expectCodedError(outcome, { code: 'TLS_FAILED', exitCode: 20 })
    })

    it('a listener with TLS, spoken to without', async () => {
      const outcome = await bench.run(['produce', '--bootstrap', kafka.bootstrap, ...toThere])
      expectCodedError(outcome, { code: 'NOT_KAFKA', exitCode: 20 })
      expect(outcome.stderr).toContain('security.protocol')
    })

    it('a certificate of an authority that is not trusted', async () => {
      const untrusted = ['--property', `ssl.truststore.location=${kafka.certificates!.otherCa}`]
      const outcome = await bench.run(['produce', ...(await as({ user: 'alice' })), ...untrusted, ...toThere])
      expectCodedError(outcome, { code: 'TLS_FAILED', exitCode: 20 })
    })

    it('a Java key store', async () => {
      const { truststoreJks } = kafka.certificates!
      const store = ['--property', `ssl.truststore.location=${truststoreJks}`, '--property', 'ssl.truststore.type=JKS']
      const outcome = await bench.run(['produce', ...(await as({ user: 'alice' })), ...store, ...toThere])
      expect(outcome.code).toBe(104)
      expect(outcome.stderr).toContain('openssl pkcs12')
    })

    it('a wrong password', async () => {
      const outcome = await bench.run(['produce', ...(await as({ user: 'alice', password: 'guessed' })), ...toThere])
      expectCodedError(outcome, { code: 'AUTHENTICATION_FAILED', exitCode: 21 })
      expect(`${outcome.stderr}${outcome.stdout}`).not.toContain('guessed')
    })

    it('a mechanism that the broker does not have', async () => {
      const outcome = await bench.run(['produce', ...(await as({ user: 'alice', mechanism: 'PLAIN' })), ...toThere])
      expectCodedError(outcome, { code: 'AUTHENTICATION_FAILED', exitCode: 21 })
    })
  })

  broker.needs('authorization', () => {
    describe('without an ACL', () => {
      beforeAll(async () => {
        await kafka.tools.allow('alice', '--operation', 'All', '--topic', '*')
        await kafka.tools.allow('alice', '--operation', 'All', '--cluster')
        await kafka.tools.allow('bob', '--operation', 'Describe', '--topic', 'there')
      })

      it('to see the topic: produce and consume', async () => {
        await kafka.tools.createTopic('hidden')
        for (const mode of ['produce', 'consume']) {
          const outcome = await bench.run([mode, ...(await as({ user: 'bob' })), '--topic', 'hidden', '--records', '5'])
          expectCodedError(outcome, { code: 'AUTHORIZATION_FAILED', exitCode: 22 })
          expect(outcome.stderr).toContain('hidden')
        }
      })

      it('to create one', async () => {
        const create = ['--topic', 'bobs-own', '--partitions', '1', '--records', '5']
        const outcome = await bench.run(['produce', ...(await as({ user: 'bob' })), ...create])
        expectCodedError(outcome, { code: 'AUTHORIZATION_FAILED', exitCode: 22 })
        expect(await kafka.tools.topicNames()).not.toContain('bobs-own')
      })

      it.each([
        { flags: ['--acks', '1'], what: "topic 'there' partition" },
        // Without a topic that it may write to, a client gets no producer id either (KIP-679).
        { flags: ['--idempotent'], what: 'producer id' },
      ])('to write ($flags.0)', async ({ flags, what }) => {
        const outcome = await bench.run(['produce', ...(await as({ user: 'bob' })), ...toThere, ...flags])
        expectCodedError(outcome, { code: 'AUTHORIZATION_FAILED', exitCode: 22 })
        expect(outcome.stderr).toContain(what)
        expect(outcome.seconds).toBeLessThan(40)
      })

      it('to read', async () => {
        const outcome = await bench.run([
          'consume',
          ...(await as({ user: 'bob' })),
          '--topic',
          'there',
          '--duration',
          '5s',
        ])
        expectCodedError(outcome, { code: 'AUTHORIZATION_FAILED', exitCode: 22 })
      })

      it('to be in the group', async () => {
        const group = ['--topic', 'there', '--group', 'secret']
        const outcome = await bench.run(['consume', ...(await as({ user: 'alice' })), ...group])
        expectCodedError(outcome, { code: 'AUTHORIZATION_FAILED', exitCode: 22 })
        expect(outcome.stderr).toContain('secret')
      })

      it('all of it is told by a dry run, which sends nothing', async () => {
        const file = bench.path('test.yaml')
        const timing = 'executor: constant-vus, vus: 1, duration: 1s'
        const lines = [
          'kafka: { topic: there }',
          'scenarios:',
          `  write: { ${timing} }`,
          `  read: { ${timing}, kafka: { role: consume, group: secret } }`,
        ]
        writeFileSync(file, `${lines.join('\n')}\n`)
        const args = [mainPath, 'run', file, '--dry-run', ...(await as({ user: 'bob' }))]
        const { code, stdout, stderr } = await runCommand(process.execPath, args)
        expect(code, stderr).toBe(22)
        expect(stdout).toContain('✗ topic there: this principal has no right to WRITE and READ')
        expect(stdout).toContain('✗ group secret: ')
        expect(stdout).toContain('nothing was sent; 2 checks failed')
      })

      it('nothing is refused to one who has them', async () => {
        await bench.succeed(['produce', ...(await as({ user: 'alice' })), ...toThere])
        expect((await bench.succeed(['consume', ...(await as({ user: 'alice' })), ...toThere])).code).toBe(0)
      })
    })
  })

  describe('a topic', () => {
    it.each(['produce', 'consume', 'roundtrip'])('%s: that does not exist', async mode => {
      const outcome = await bench.run([mode, ...admin(), '--topic', 'mistyped', '--records', '5'])
      expectCodedError(outcome, { code: 'TOPIC_UNKNOWN', exitCode: 23 })
      expect(outcome.stderr).toContain('mistyped')
      expect(await kafka.tools.topicNames()).not.toContain('mistyped')
    })

    it.each([
      { why: 'more replicas than brokers', flags: ['--replication-factor', '3'] },
      { why: 'a setting that does not exist', flags: ['--topic-config', 'no.such.setting=1'] },
      { why: 'a value that the setting does not take', flags: ['--topic-config', 'cleanup.policy=shred'] },
    ])('that cannot be created: $why', async ({ flags }) => {
      const outcome = await bench.run(['produce', ...admin(), '--topic', 'refused', '--records', '5', ...flags])
      expectCodedError(outcome, { code: 'TOPIC_CREATE_FAILED', exitCode: 23 })
      expect(await kafka.tools.topicNames()).not.toContain('refused')
    })

    it.each([['--acks', '1'], ['--idempotent'], ['--compression', 'lz4']])(
      'that takes no records of that size (%s)',
      async (...flags) => {
        const topic = ['--topic', 'narrow', '--partitions', '1', '--topic-config', 'max.message.bytes=2000']
        const records = ['--record-size', '3000', '--records', '100']
        const outcome = await bench.run(['produce', ...admin(), ...topic, ...records, ...flags])
        expectCodedError(outcome, { code: 'RECORD_TOO_LARGE', exitCode: 23 })
        expect(outcome.result).toMatchObject({ verdict: 'failed', produce: { records: 0, errors: 100 } })
        expect(outcome.result!.produce!.errorsByCode).toEqual({ RECORD_TOO_LARGE: 100 })
        expect(await kafka.tools.topicNames()).not.toContain('narrow')
      },
    )

    it('that takes no records of that size, with acks=0: the books tell', async () => {
      const topic = ['--topic', 'narrow', '--partitions', '1', '--topic-config', 'max.message.bytes=2000']
      const records = ['--record-size', '3000', '--records', '100', '--acks', '0']
      const outcome = await bench.run(['produce', ...admin(), ...topic, ...records])
      expectCodedError(outcome, { code: 'DELIVERY_MISMATCH', exitCode: 10 })
      expect(outcome.stderr).toContain('--acks 1 says why')
      expect(outcome.result).toMatchObject({ verdict: 'failed', delivery: { confirmed: false, brokerDelta: 0 } })
      expect(outcome.result!.produce!.retriesByCode).toEqual({ CONNECTION_CLOSED: expect.any(Number) })
    })

    it('that wants keys, when there are none', async () => {
      const topic = ['--topic', 'compacted', '--partitions', '1', '--topic-config', 'cleanup.policy=compact']
      const outcome = await bench.run(['produce', ...admin(), ...topic, '--records', '5'])
      expectCodedError(outcome, { code: 'REQUEST_REFUSED', exitCode: 24 })
      expect(outcome.stderr).toContain('INVALID_RECORD')
    })

    it('that has no such partition: to write', async () => {
      const outcome = await bench.run(['produce', ...admin(), ...toThere, '--partitioner', 'manual:1,7'])
      expectCodedError(outcome, { code: 'CONFIG_INVALID', exitCode: 104 })
      expect(outcome.stderr).toContain('7')
    })

    it('that has no such partition: to read', async () => {
      const outcome = await bench.run(['consume', ...admin(), '--topic', 'there', '--from', 'offsets:1=0,9=0'])
      expectCodedError(outcome, { code: 'CONFIG_INVALID', exitCode: 104 })
      expect(outcome.stderr).toContain('9')
    })
  })

  describe('a place for the result', () => {
    const produce = (out: string) => bench.run(['produce', ...admin(), ...toThere, '--out', out])

    it('in a directory that does not exist, or that is one, is found out before the run', async () => {
      for (const out of [bench.path('nowhere/result.json'), bench.path('.')]) {
        const outcome = await produce(out)
        expectCodedError(outcome, { code: 'OUTPUT_FAILED', exitCode: 30 })
        expect(outcome.stdout).toBe('')
      }
    })

    it('on a device that is full: the summary is still printed', async () => {
      const outcome = await produce('/dev/full')
      expectCodedError(outcome, { code: 'OUTPUT_FAILED', exitCode: 30 })
      expect(outcome.stderr).toContain('the disk is full')
      expect(outcome.stdout).toContain('100')
    })

    const mountable = canMount()
    it.runIf(mountable)('on a disk that fills up: no half file is left', async () => {
      const dir = bench.path('full')
      mkdirSync(dir)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', dir])
      try {
        // A file can still be made, but nothing can be put into it.
        writeFileSync(`${dir}/other`, Buffer.alloc(8_192))
        const outcome = await produce(`${dir}/result.json`)
        expectCodedError(outcome, { code: 'OUTPUT_FAILED', exitCode: 30 })
        expect(outcome.stderr).toContain('the disk is full')
        expect(readdirSync(dir)).toEqual(['other'])
      } finally {
        execFileSync('umount', [dir])
      }
    })
  })
})

/** Only root may, and not in every container. */
function canMount(): boolean {
  const dir = '/mnt'
  if (!existsSync(dir)) return false
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', dir], { stdio: 'ignore' })
    execFileSync('umount', [dir], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

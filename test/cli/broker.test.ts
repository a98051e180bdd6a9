// Shows `millrace broker` as a user and a script see it: what it prints, that clients get in, that Ctrl-C ends it with
// exit code 0, and that mistakes are told all at once without a password in them. Method: the real process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { openConnection } from '../../wire/connection.ts'
import { clientDefaults } from '../../wire/settings.ts'
import { faultsOfEveryKind } from '../broker/faults/every-kind.ts'
import { selfSigned } from '../wire/self-signed.ts'

const mainPath = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
let dir: string
const certificate = selfSigned('millrace')
const fileOf = (name: string) => join(dir, name)

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-cli-broker-'))
  writeFileSync(fileOf('cert.pem'), certificate.certificatePem)
  writeFileSync(fileOf('key.pem'), certificate.keyPem)
  writeFileSync(fileOf('other.txt'), 'no PEM')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const started: ChildProcess[] = []
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

/** Resolves when it has said how it can be ended. */
async function start(...args: string[]) {
  const child = spawn(process.execPath, [mainPath, 'broker', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  const output = { stdout: '', stderr: '' }
  child.stderr.on('data', chunk => {
    output.stderr += chunk
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      output.stdout += chunk
      if (output.stdout.includes('Ctrl-C')) resolve()
    })
    ended.then(code => reject(new Error(`ended with ${code}: ${output.stderr}`)))
  })
  const [bootstrap = ''] = /bootstrap +(\S+)/.exec(output.stdout)?.slice(1) ?? []
  const [host = '', port = ''] = bootstrap.split(',')[0]!.split(':')
  return { child, output, ended, bootstrap, node: { host, port: Number(port) } }
}

const refused = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainPath, 'broker', ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { code: status, stdout, stderr }
}

describe('millrace broker', { timeout: 30_000 }, () => {
  it('says where it is and what it is not, serves its topics, and ends with Ctrl-C', async () => {
    const { child, output, ended, node, bootstrap } = await start(
      '--brokers',
      '3',
      '--topic',
      'orders:6:3',
      '--topic',
      'a',
    )
    expect(output.stdout).toContain('Not a production broker')
    expect(output.stdout).toMatch(/topics +orders:6, a:1/)
    expect(bootstrap.split(',')).toHaveLength(3)
    const connection = await openConnection(node, { ...clientDefaults, bootstrap: [node] })
    const { topics, brokers } = await connection.send(metadata, { topics: null })
    expect(brokers).toHaveLength(3)
    const layout = topics.map(({ name, partitions }) => [name, partitions.length, partitions[0]!.replicaNodes.length])
    expect(layout.sort()).toEqual([
      ['a', 1, 3],
      ['orders', 6, 3],
    ])
    child.kill('SIGINT')
    expect([await ended, output.stderr]).toEqual([0, ''])
    await connection.close()
  })

  it('has a control endpoint and faults when asked for', async () => {
    const { output, child, ended } = await start('--control-port', '0', '--fault', 'stall:api=Fetch,after=1h,for=1s')
    const [, url = ''] = /control +(\S+)/.exec(output.stdout) ?? []
    const faults: unknown = await (await fetch(url)).json()
    expect(faults).toMatchObject([{ id: 'f1', state: 'waiting', fault: { match: { api: 'Fetch' }, forMs: 1000 } }])
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('takes faults of every kind', async () => {
    const rules = faultsOfEveryKind.flatMap(({ rule }) => ['--fault', rule])
    const { output } = await start('--brokers', '3', '--control-port', '0', ...rules)
    const [, url = ''] = /control +(\S+)/.exec(output.stdout) ?? []
    const listed: unknown = await (await fetch(url)).json()
    expect(listed).toMatchObject(faultsOfEveryKind.map(({ fault }) => ({ state: 'waiting', fault })))
  })

  it('asks for users over TLS', async () => {
    const { output, node } = await start(
      '--sasl',
      'alice:s:cret',
      '--tls-cert',
      fileOf('cert.pem'),
      '--tls-key',
      fileOf('key.pem'),
      ...['--plain-port', '0'],
    )
    expect(output.stdout).toContain('SASL_SSL')
    expect(output.stdout).not.toContain('s:cret')
    const connection = await openConnection(node, {
      ...clientDefaults,
      bootstrap: [node],
      securityProtocol: 'SASL_SSL',
      tls: { caPem: certificate.certificatePem, verifyHostname: false },
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'alice', password: 's:cret' },
    })
    expect((await connection.send(metadata, { topics: [] })).brokers).toHaveLength(1)
    await connection.close()
    const [, plainPort] = /plaintext +127\.0\.0\.1:(\d+)/.exec(output.stdout)!
    const plain = { host: '127.0.0.1', port: Number(plainPort) }
    const open = await openConnection(plain, { ...clientDefaults, bootstrap: [plain] })
    expect((await open.send(metadata, { topics: [] })).brokers).toMatchObject([plain])
    await open.close()
  })

  it('tells every mistake at once, and no password', () => {
    const { code, stdout, stderr } = refused(
      ...[
        '--port',
        '99999',
        '--brokers',
        '0',
        '--topic',
        'a:0',
        '--memory',
        '64k',
        '--fault',
        'stal',
        '--sasl',
        'secret',
      ],
      ...[
        '--tls-cert',
        fileOf('other.txt'),
        '--host',
        '0.0.0.0',
        '--prot',
        '1',
        '--auto-create',
        'yes',
        '--config',
        'x',
      ],
    )
    expect([code, stdout]).toEqual([104, ''])
    const says = [
      '--port: 99999 must be between',
      '--brokers: 0 must be between',
      '--topic: "a:0" is not a topic',
      '--memory: "64k" is not clear',
      '--fault: "stal" is no fault',
      '--sasl: must be a user and a password',
      '--tls-cert: and --tls-key are needed together',
      '--host: 0.0.0.0 is no address to connect to',
      '--prot: is not known; did you mean --port?',
      '--auto-create: "yes" is not true or false',
      '--config: "x" is not a setting',
      '11 settings are not valid',
    ]
    for (const each of says) expect(stderr).toContain(each)
    expect(stderr).not.toContain('hunter2')
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('files that cannot be read or are something else', () => {
    const { code, stderr } = refused('--tls-cert', fileOf('none.pem'), '--tls-key', fileOf('other.txt'))
    expect(code).toBe(104)
    expect(stderr).toMatch(/--tls-cert: cannot read .*: ENOENT/)
    expect(stderr).toMatch(/--tls-key: .* is not PEM/)
  })

  it('a port that is taken, a topic that cannot be', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as { port: number }
    const taken = refused('--port', String(port))
    server.close()
    expect([taken.code, taken.stderr]).toEqual([20, expect.stringContaining('EADDRINUSE')])
    const topic = refused('--port', '0', '--topic', 'a:1:3')
    expect([topic.code, topic.stderr]).toEqual([23, expect.stringContaining("topic 'a'")])
  })

  it('--help lists the faults and says what it is for', () => {
    const { code, stdout } = refused('--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/--topic <SPEC> +topic to create, name:partitions/)
    expect(stdout).toContain('corrupt-crc')
    expect(stdout).toMatch(/no\s+production broker/)
  })
})

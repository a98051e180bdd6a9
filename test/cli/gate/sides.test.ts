// Shows that every kind of side runs from its start to its end: brokers by start= and by up= and down=, scenarios of a revision that are
// prepared, another millrace, variables; what is said when one cannot be run; and that a gate which fails or is interrupted leaves no
// process and no work tree behind. Method: real runs of a few records, in a repository of two revisions, with embedded brokers as commands.
import { execFileSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, watch, writeFileSync } from 'node:fs' // biome-ignore format: one line
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../../core/errors.ts'
import type { TestResult } from '../../../loadgen/test/result.ts'
import { millrace } from '../millrace.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const broker = (port: number) => `exec ${process.execPath} ${join(root, 'cli/main.ts')} broker --port ${port}`
const timeout = 120_000

let folder: string
let repository: string
const inFolder = (name: string) => join(folder, name)
const git = (...args: string[]) =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

/** Counts under the name of its version, of what has prepared it, and of the variable that it was run with. */
const scenario = (version: string, prepared: string) => `
import { Counter } from 'k6/metrics'
import { produce } from 'millrace/script'
${prepared}
export const options = {
  scenarios: { few: { executor: 'shared-iterations', vus: 1, iterations: 5 } },
  ext: { millrace: { topic: 'gate', topics: { gate: { partitions: 1 } }, workers: 1 } },
}
const count = new Counter('mark_' + [__ENV.MARK, '${version}', prepared].join('_'))
export default async function () {
  await produce([{ value: 'x' }])
  count.add(1)
}
`
const long = `
import { writeFileSync } from 'node:fs'
import { sleep } from 'k6'
export const options = { vus: 1, duration: '5m' }
export default async function () {
  writeFileSync(__ENV.BEGUN, 'x')
  await sleep(300)
}
`

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-sides-'))
  repository = inFolder('repository')
  mkdirSync(repository)
  git('init', '--quiet')
  const commit = (message: string) => {
    git('add', '--all')
    git('commit', '--quiet', '--message', message)
  }
  writeFileSync(join(repository, 'README'), 'loads')
  commit('no scenario yet')
  writeFileSync(join(repository, 'load.ts'), scenario('v1', "import { prepared } from './prepared.ts'"))
  writeFileSync(join(repository, 'long.ts'), long)
  commit('one')
  writeFileSync(join(repository, 'load.ts'), scenario('v2', "import { prepared } from './prepared.ts'"))
  commit('two')
  writeFileSync(inFolder('other.ts'), scenario('other', "const prepared = 'plain'"))
  symlinkSync(root, inFolder('another-millrace'), 'dir')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const pidIn = (name: string) => Number(readFileSync(inFolder(name), 'utf8'))
const workTrees = () => git('worktree', 'list').split('\n').length

function side(name: 'base' | 'candidate' | 'both', settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => [`--${name}`, `${key}=${value}`])
}

const gate = (words: readonly string[], events = new EventEmitter()) =>
  millrace(['gate', 'run', ...words], { events, env: process.env })

const load = () => join(repository, 'load.ts')
/** A side that needs nothing, for those that are to fail. */
const embedded = ['--candidate', 'embedded']

describe('the sides of a gate', () => {
  it('are brokers and scenarios by commands, revisions, and another millrace', { timeout }, async () => {
    const [port, other] = [await freePort(), await freePort()]
    const log = inFolder('up.log')
    const up = `(${broker(other)} > ${log} 2>&1 & echo $! > ${inFolder('up.pid')}); until grep -q ^bootstrap ${log}; do sleep 0.1; done`
    const { exitCode, stderr } = await gate([
      ...[load(), '--pairs', '2', '--discard', '0', '--dir', inFolder('out')],
      ...side('both', { bootstrap: `127.0.0.1:${port}`, 'env.MARK': 'both' }),
      ...side('base', {
        start: `echo $$ > ${inFolder('start.pid')}; ${broker(port)}`,
        ...{ rev: 'HEAD~1', prepare: 'echo "export const prepared = \'$MARK\'" > prepared.ts', 'env.MARK': 'base' },
        millrace: inFolder('another-millrace'),
      }),
      ...side('candidate', {
        ...{ up, down: `kill $(cat ${inFolder('up.pid')}); rm ${log}`, bootstrap: `127.0.0.1:${other}` },
        ...{ script: inFolder('other.ts'), label: 'mine' },
      }),
    ])
    expect([exitCodes.ok, exitCodes.notValid, exitCodes.inconclusive, exitCodes.thresholds], stderr).toContain(exitCode)
    const documents = (name: string) =>
      readdirSync(join(inFolder('out'), name)).map(
        file => JSON.parse(readFileSync(join(inFolder('out'), name, file), 'utf8')) as TestResult,
      )
    const told = (name: string) =>
      documents(name).map(({ verdict, metrics, delivery, scenarios, audit }) => ({
        verdict,
        isJudged: scenarios[0]?.validity !== undefined,
        threads: audit?.workers.map(({ role }) => role),
        marks: Object.keys(metrics).filter(metric => metric.startsWith('mark_')),
        confirmed: delivery.gate?.confirmed,
      }))
    const common = { verdict: 'ok', isJudged: true, threads: ['script'], confirmed: true }
    const run = (mark: string) => ({ ...common, marks: [mark] })
    expect(told('base')).toEqual([run('mark_base_v1_base'), run('mark_base_v1_base')])
    expect(told('candidate')).toEqual([run('mark_both_other_plain'), run('mark_both_other_plain')])
    const outcome = JSON.parse(readFileSync(join(inFolder('out'), 'gate.json'), 'utf8'))
    expect(outcome.candidate.label).toBe('mine')
    expect(JSON.stringify(outcome)).not.toContain('"env.MARK":"base"')
    expect(isAlive(pidIn('start.pid'))).toBe(false)
    // Whether it waits for the end of what it ends is the command's own.
    expect(existsSync(log)).toBe(false)
    expect(workTrees()).toBe(1)
  })

  it('that cannot be are told, and nothing is left of them', { timeout }, async () => {
    const bootstrap = `127.0.0.1:${await freePort()}`
    const failed = await gate([
      ...[load(), ...embedded],
      ...side('base', { start: 'echo no such disk >&2; exit 3', bootstrap }),
    ])
    expect(failed).toMatchObject({ exitCode: exitCodes.cannotConnect, stderr: expect.stringContaining('no such disk') })

    const start = `sleep 300 & echo $! > ${inFolder('sleep.pid')}; wait`
    const silent = await gate([...[load(), ...embedded], ...side('base', { start, bootstrap, ready: '500ms' })])
    expect(silent.stderr).toContain('could not be reached within 0.5 s')
    expect(isAlive(pidIn('sleep.pid'))).toBe(false)

    const goneDown = `touch ${inFolder('down')}`
    const halfUp = await gate([
      ...[load(), ...embedded],
      ...side('base', { up: 'echo half >&2; false', down: goneDown, bootstrap }),
    ])
    expect(halfUp.stderr).toContain('half')
    expect(existsSync(inFolder('down'))).toBe(true)
  })

  it('that would be measured in place of one another are not begun', { timeout }, async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bootstrap = `127.0.0.1:${(server.address() as { port: number }).port}`
    const { stderr } = await gate([...[load(), ...embedded], ...side('base', { start: 'sleep 300', bootstrap })])
    server.close()
    expect(stderr).toContain(`something listens on ${bootstrap} already`)
  })

  it('of revisions have what was committed, and say so', { timeout }, async () => {
    writeFileSync(load(), scenario('v3', ''))
    const { exitCode, stderr } = await gate([
      load(),
      ...side('base', { rev: 'HEAD', broker: 'embedded' }),
      ...side('candidate', { rev: 'HEAD~2', broker: 'embedded' }),
    ])
    git('checkout', '--quiet', '.')
    expect(exitCode).toBe(exitCodes.invalidConfig)
    expect(stderr).toContain('rev=HEAD is without the changes that are not committed (load.ts)')
    expect(stderr).toContain('rev=HEAD~2: has no load.ts')
    expect(workTrees()).toBe(1)
  })
})

describe('an interrupted gate', () => {
  const begun = 'begun'

  /** Ctrl-C as soon as the file is there. */
  async function interrupted(words: readonly string[]) {
    rmSync(inFolder(begun), { force: true })
    const events = new EventEmitter()
    const watcher = watch(folder, (_, name) => {
      if (name === null || basename(name) !== begun) return
      watcher.close()
      events.emit('SIGINT')
    })
    try {
      return await gate(words, events)
    } finally {
      watcher.close()
    }
  }

  const asRevision = { rev: 'HEAD', 'env.BEGUN': '' }
  const started = async () => {
    const port = await freePort()
    const start = `echo $$ > ${inFolder('start.pid')}; ${broker(port)}`
    return { start, bootstrap: `127.0.0.1:${port}` }
  }

  it.each([
    ['in a run', async () => ({ ...(await started()), prepare: 'true' })],
    ['while a revision is prepared', async () => ({ prepare: `touch ${inFolder(begun)}; exec sleep 300` })],
    [
      'while a broker comes up',
      async () => ({
        start: `echo $$ > ${inFolder('start.pid')}; touch ${inFolder(begun)}; exec sleep 300`,
        bootstrap: `127.0.0.1:${await freePort()}`,
      }),
    ],
  ])('ends what runs %s, and leaves nothing', { timeout }, async (_, settings) => {
    rmSync(inFolder('start.pid'), { force: true })
    const { exitCode } = await interrupted([
      join(repository, 'long.ts'),
      ...side('base', { ...asRevision, 'env.BEGUN': inFolder(begun), ...(await settings()) }),
      ...embedded,
    ])
    expect(exitCode).toBe(exitCodes.interrupted)
    expect(workTrees()).toBe(1)
    if (existsSync(inFolder('start.pid'))) expect(isAlive(pidIn('start.pid'))).toBe(false)
  })
})

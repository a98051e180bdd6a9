// Shows `millrace plan` as its user sees it: what is wrong told at once, a sweep against an embedded broker that leaves nothing behind, a
// search that refuses a state of another, and a plan from files with every number by its run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startBroker } from '../../broker/start.ts'
import { searchDefaults } from '../../loadgen/capacity/saturate/model.ts'
import { Cluster } from '../../wire/cluster.ts'
import { settingsOf } from '../kafka/settings.ts'
import { millrace } from './millrace.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-plan-test-'))
const path = (name: string) => join(dir, name)
afterAll(() => rmSync(dir, { recursive: true }))

const plan = (...args: string[]) => millrace(['plan', ...args])

describe('millrace plan saturate', () => {
  it('tells everything that is wrong at once', async () => {
    const wrong = ['--mode', 'produce', '--e2e-p99', '5ms', '--width', '5', '--acks', '7', '--duratoin', '1s']
    const { stderr, exitCode } = await plan('saturate', ...wrong)
    expect(exitCode).toBe(104)
    for (const part of ['--e2e-p99: needs consumers', '--width: "5" is not a share', '--acks', '--duratoin', '--bootstrap']) expect(stderr).toContain(part) // biome-ignore format: one line
  })
})

describe('the state of a plan', () => {
  it.each([
    ['search', 'millrace-saturate', ['saturate'], { trials: [] }],
    ['sweep', 'millrace-sweep', ['sweep', '--vary', 'acks=1,all'], { points: [] }],
  ] as const)('is that of the same %s, or none', async (what, kind, words, steps) => {
    const state = { kind, version: 1, startedAt: '', fingerprint: 'other', ...steps }
    writeFileSync(path('state.json'), JSON.stringify(state))
    writeFileSync(path('broken.json'), '{')
    for (const [file, told] of [
      ['state.json', `is of a ${what} with other flags`],
      ['broken.json', `is not the state of a ${what}`],
    ] as const) {
      const { stderr, exitCode } = await plan(...words, '--bootstrap', 'localhost:1', '--state', path(file))
      expect([exitCode, stderr]).toEqual([104, expect.stringContaining(told)])
    }
  })
})

describe('millrace plan sweep', () => {
  it('runs a point in a topic of its own, tells its rates, and leaves nothing behind', async () => {
    const brokers = await startBroker()
    const cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
    try {
      const flags = ['--point-time', '1s', '--warmup', '0s', '--workers', '1', '--points', '1']
      const reports = ['--report', `text,html=${path('sweep.html')}`]
      const words = ['sweep', '--bootstrap', brokers.bootstrap, '--vary', 'partitions=2,4', '--vary', 'acks=1,all', ...flags, ...reports, '--state', path('sweep-state.json')] // biome-ignore format: one line
      const { stdout, exitCode } = await plan(...words)
      expect(exitCode).toBe(0)
      expect(stdout).toContain('1 of 4 combinations, flat out')
      expect(stdout).toMatch(/^ +2 +1 +[\d,]{4,} /m)
      expect(readFileSync(path('sweep.html'), 'utf8')).toContain('millrace-sweep-report')
      expect([...(await cluster.metadata('all')).topics.keys()]).toEqual([])
      const again = await plan(...words)
      expect(again.stderr).toContain('going on after 1 steps')
      expect(again.stdout).toBe(stdout)
    } finally {
      await cluster.close()
      await brokers.close()
    }
  }, 60_000)

  it('knows the values of every axis before the first run', async () => {
    const { stderr, exitCode } = await plan('sweep', '--vary', 'partitions=1,x', '--vary', 'nonsense=1', '--partitions', '3', '--vary', 'producers=1,1') // biome-ignore format: one line
    expect(exitCode).toBe(104)
    for (const part of ['"x" is not a whole number', 'nonsense is not a setting', '--partitions: is varied', 'producers has a value twice', '--bootstrap']) expect(stderr).toContain(part) // biome-ignore format: one line
  })
})

describe('millrace plan size', () => {
  const report = {
    kind: 'millrace-saturate-report',
    status: 'found',
    interval: { low: 100_000, high: 104_000 },
    search: { ...searchDefaults, recordBytes: 1000 },
    trials: [{ e2eP99Ms: 5 }],
    about: { environment: { cluster: { brokers: [{}, {}, {}] }, topic: { partitions: 12, replicationFactor: 3 } } },
  }

  it('plans from runs, and each number names its own', async () => {
    writeFileSync(path('saturate.json'), JSON.stringify(report))
    const load = ['--peak', '300MB/s', '--growth', '2x', '--retention', '7d', '--groups', '4']
    const { stdout, exitCode } = await plan('size', ...load, '--saturate', path('saturate.json'), '--report', `text,json=${path('size.json')},html=${path('size.html')}`) // biome-ignore format: one line
    expect(exitCode).toBe(0)
    // in of a broker: 100 MB/s x 3 / 3 = 100, out 100 x (3 - 1 + 1) / 3 = 100. out: 300 x 8 = 2400 / 70 = 34.3 -> 35 + 1.
    expect(stdout).toMatch(/^brokers +36 +53 +70$/m)
    expect(stdout).toContain(`${path('saturate.json')}: 100000 records/s of 1000 bytes sustained by 3 brokers`)
    expect(JSON.parse(readFileSync(path('size.json'), 'utf8'))).toMatchObject({ kind: 'millrace-size-report', columns: [{ brokers: 36 }, {}, {}] }) // biome-ignore format: one line
  })

  it('plans nothing from guesses', async () => {
    const { stderr, exitCode } = await plan('size', '--peak', '10k/s')
    expect(exitCode).toBe(104)
    for (const part of ['write bytes, as 300MB/s', '--retention: is required', '--groups: is required', 'nothing is planned from guesses']) expect(stderr).toContain(part) // biome-ignore format: one line
    expect(stderr.match(/--peak:/g)).toHaveLength(1)
  })
})

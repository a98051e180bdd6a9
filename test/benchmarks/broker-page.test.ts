// Shows that the page of the broker benchmark is a function of its data: bars reached, missed, and undecided where all runs
// were disturbed; that rounds of the same commit add up; and that the committed page is the one its data gives.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { added } from '../../benchmarks/broker.ts'
import { renderBrokerPage } from '../../benchmarks/broker-page.ts'
import type { BenchmarkData, RunData, SuiteData } from '../../benchmarks/data.ts'
import { formatted, newestDataPath, readData } from '../../benchmarks/files.ts'
import { brokerPagePath } from '../../benchmarks/render.ts'

const contestant = (id: string) => {
  return { id, label: `the ${id}`, command: '', payload: '', notes: [], goal: null, missing: null, failures: [] }
}

const run = (id: string, recordsPerSec: number, extra: Partial<RunData> = {}): RunData => ({
  contestant: id,
  round: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  records: recordsPerSec * 10,
  seconds: 10,
  recordsPerSec,
  cpuUsPerRecord: 0.2,
  ownCpuUsPerRecord: 0.1,
  brokerCpuUsPerRecord: 0.2,
  stealPercent: 0,
  othersPercent: 0,
  brokerSurplus: 0,
  void: null,
  perSecond: null,
  ...extra,
})

const suiteOf = (runs: RunData[], extra: Partial<SuiteData> = {}): SuiteData => ({
  id: 'produce',
  title: 'Producing',
  direction: 'produce',
  terms: ['some terms'],
  recordBytes: 100,
  startedAt: '2026-01-01T00:00:00.000Z',
  commit: 'abc1234',
  rounds: 1,
  seconds: 10,
  warmupSeconds: 1,
  contestants: ['kafka', 'embedded', 'null'].map(contestant),
  runs,
  ...extra,
})

const dataOf = (...suites: SuiteData[]): BenchmarkData => ({
  dataVersion: 1,
  date: '2026-01-01',
  machine: { cpuModel: 'a CPU', cpus: 2, memoryBytes: 2 ** 34, os: 'Linux 6' },
  versions: { millrace: '0.1.0' },
  broker: ['one broker'],
  warmBrokerSeconds: 20,
  limits: { stealPercent: 10, othersPercent: 10, repeats: 5 },
  suites,
})

describe('the page', () => {
  it('holds every bar against what was measured', () => {
    const slow = run('embedded', 90, { brokerCpuUsPerRecord: 0.3 })
    const page = renderBrokerPage(dataOf(suiteOf([run('kafka', 100), slow, run('null', 160)])))
    expect(page).toContain("| Producing: embedded, 1 times Kafka's rate | 0.90 times | **missed** |")
    expect(page).toContain("| Producing: null mode, 1.5 times Kafka's rate | 1.60 times | reached |")
    expect(page).toContain('| Producing: embedded, at most 0.25 µs of broker CPU a record | 0.300 µs | **missed** |')
  })

  it('decides nothing by disturbed runs', () => {
    const disturbed = run('embedded', 500, { void: 'steal 30 %' })
    const page = renderBrokerPage(dataOf(suiteOf([run('kafka', 100), disturbed, run('null', 160)])))
    expect(page).toContain('undecided: only disturbed runs')
    expect(page).not.toContain('reached |')
  })

  it('that is committed is the one that its data gives', () => {
    const path = newestDataPath('broker-')
    if (path === undefined) return expect(existsSync(brokerPagePath)).toBe(false)
    expect(readFileSync(brokerPagePath, 'utf8')).toBe(formatted('BROKER.md', renderBrokerPage(readData(path))))
  })
})

describe('--add', () => {
  const before = dataOf(suiteOf([run('kafka', 100)], { rounds: 2 }))

  it('puts the new runs behind those of the same commit', () => {
    const { rounds, runs } = added(before, suiteOf([run('kafka', 200)]))
    expect(rounds).toBe(3)
    expect(runs.map(({ round, recordsPerSec }) => [round, recordsPerSec])).toEqual([
      [1, 100],
      [3, 200],
    ])
  })

  it.each([
    { why: 'another commit', extra: { commit: 'def5678' } },
    { why: 'another length', extra: { seconds: 5 } },
  ])('replaces those of $why', ({ extra }) => {
    expect(added(before, suiteOf([run('kafka', 200)], extra)).runs).toHaveLength(1)
  })
})

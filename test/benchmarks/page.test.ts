// Shows that the page is a function of its data: medians of the runs that count, ratios to millrace, voids and failures
// said, a peer that is better named; and that the committed page is the one its data gives.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { BenchmarkData, ContestantData, RunData, SuiteData } from '../../benchmarks/data.ts'
import { countedRuns } from '../../benchmarks/figures.ts'
import { merged, newestDataPath, pagePath, pageText, readData } from '../../benchmarks/files.ts'
import { renderPage } from '../../benchmarks/page.ts'
import { median, spread } from '../../benchmarks/statistics.ts'

const contestant = (id: string, extra: Partial<ContestantData> = {}): ContestantData => ({
  id,
  label: `the ${id}`,
  command: `${id} --topic $TOPIC`,
  payload: '',
  notes: [],
  goal: null,
  missing: null,
  failures: [],
  ...extra,
})

const run = (id: string, recordsPerSec: number, extra: Partial<RunData> = {}): RunData => ({
  contestant: id,
  round: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  records: recordsPerSec * 10,
  seconds: 10,
  recordsPerSec,
  cpuUsPerRecord: 0.2,
  ownCpuUsPerRecord: null,
  brokerCpuUsPerRecord: 0.1,
  stealPercent: 0,
  othersPercent: 0,
  brokerSurplus: 0,
  void: null,
  perSecond: null,
  ...extra,
})

const suite = (extra: Partial<SuiteData>): SuiteData => ({
  id: 'produce',
  title: 'Producing',
  direction: 'produce',
  terms: ['acks=1'],
  recordBytes: 100,
  startedAt: '2026-01-01T00:00:00.000Z',
  commit: 'abc1234',
  rounds: 3,
  seconds: 10,
  warmupSeconds: 2,
  contestants: [],
  runs: [],
  ...extra,
})

const data = (...suites: SuiteData[]): BenchmarkData => ({
  dataVersion: 1,
  date: '2026-01-01',
  machine: { cpuModel: 'Test CPU', cpus: 2, memoryBytes: 8 * 2 ** 30, os: 'Linux 6' },
  versions: { millrace: '0.1.0' },
  broker: ['one broker'],
  warmBrokerSeconds: 60,
  limits: { stealPercent: 10, othersPercent: 10, repeats: 5 },
  suites,
})

/** Cells of the row that begins with the label; the first and the last are empty. */
const rowOf = (page: string, label: string): string[] => {
  const row = page.split('\n').find(line => line.startsWith(`| ${label} |`)) ?? ''
  return row.split('|').map(cell => cell.trim())
}

describe('statistics', () => {
  it('takes the middle, or the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, undefined])
    expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5, count: 3 })
  })
})

describe('a suite', () => {
  const produce = suite({
    contestants: [
      contestant('millrace'),
      contestant('peer', { goal: 3 }),
      contestant('absent', { missing: 'not on the PATH' }),
    ],
    runs: [
      run('millrace', 2_000_000),
      run('millrace', 3_000_000),
      run('millrace', 4_000_000),
      run('peer', 900_000),
      run('peer', 1_000_000),
      run('peer', 1_100_000),
      run('peer', 10, { void: 'steal 50 %' }),
    ],
  })
  const page = renderPage(data(produce))

  it('quotes medians of the runs that count, and the spread', () => {
    expect(rowOf(page, '**the millrace**').slice(2, 5)).toEqual(['3,000,000', '300', '2,000,000 to 4,000,000'])
    const peer = rowOf(page, 'the peer')
    expect(peer.slice(2, 6)).toEqual(['1,000,000', '100', '900,000 to 1,100,000', '3.00 times'])
    expect(peer.at(-2)).toBe('3 and 1 void')
  })

  it('says whether a goal was reached', () => {
    expect(page).toContain('| Producing: 3 times the peer | 3.00 times | reached |')
    const slower = suite({ ...produce, runs: [...produce.runs, run('millrace', 100), run('millrace', 100)] })
    expect(renderPage(data(slower))).toContain('| 2.00 times | **missed** |')
  })

  it('says who did not take part', () => expect(rowOf(page, 'the absent')[2]).toBe('not on the PATH'))

  it('falls back on disturbed runs only where there are no others, and says so', () => {
    const disturbed = suite({ ...produce, runs: produce.runs.map(each => ({ ...each, void: 'steal 50 %' })) })
    expect(countedRuns(disturbed, 'millrace')).toHaveLength(3)
    expect(rowOf(renderPage(data(disturbed)), '**the millrace**').at(-2)).toBe('3, all disturbed')
  })

  it('decides no goal on disturbed runs', () => {
    const runs = produce.runs.map(each => (each.contestant === 'peer' ? { ...each, void: 'steal 50 %' } : each))
    expect(renderPage(data(suite({ ...produce, runs })))).toContain('| undecided: only disturbed runs |')
  })

  it('tells failures and counts that the broker does not confirm', () => {
    const troubled = suite({
      contestants: [contestant('peer', { failures: [{ round: 2, message: 'it ended with status 1\ndetails' }] })],
      runs: [run('peer', 1, { brokerSurplus: -5 })],
    })
    const text = renderPage(data(troubled))
    expect(text).toContain('- the peer, round 2: it ended with status 1\n')
    expect(text).toContain('acknowledged count was -5')
  })
})

describe('where a peer is better', () => {
  const faster = suite({
    contestants: [contestant('millrace'), contestant('peer')],
    runs: [run('millrace', 1_000_000), run('peer', 1_500_000, { cpuUsPerRecord: 0.1 })],
  })

  it('names speed and CPU', () => {
    const page = renderPage(data(faster))
    expect(page).toContain('- Producing: the peer is 1.50 times as fast.')
    expect(page).toContain('- Producing: the peer takes less CPU a record, 0.100 µs against 0.200 µs.')
  })

  it('does not count the ceiling as a peer', () => {
    const page = renderPage(
      data(
        suite({
          ...faster,
          runs: [run('millrace', 9), run('ceiling', 10)],
          contestants: [contestant('millrace'), contestant('ceiling')],
        }),
      ),
    )
    expect(page).not.toContain('as fast')
    expect(page).toContain('90 % of what the broker takes: the ceiling | 90 % | reached')
  })
})

describe('memory', () => {
  it('compares the first minute with the last', () => {
    const rssBytes = Array.from({ length: 180 }, (_, second) => (second < 60 ? 200e6 : second < 120 ? 390e6 : 220e6))
    const perSecond = { records: [], rssBytes }
    const memory = suite({
      id: 'memory',
      contestants: [contestant('millrace')],
      runs: [run('millrace', 1e6, { perSecond })],
    })
    const page = renderPage(data(memory))
    expect(page).toContain('at most 390 MB; median of the first minute 200 MB, of the last\n220 MB (+10.0 %)')
    expect(page).toContain('Minute by minute, MB: 200, 390, 220.')
  })
})

describe('data files', () => {
  it('keep the suites that were not run again', () => {
    const old = data(suite({ id: 'produce', title: 'old' }), suite({ id: 'consume' }))
    const fresh = data(suite({ id: 'memory' }), suite({ id: 'produce', title: 'new' }))
    expect(merged(old, fresh).suites.map(({ id, title }) => `${id} ${title}`)).toEqual([
      'produce new',
      'consume Producing',
      'memory Producing',
    ])
  })

  it('never mix machines', () => {
    const old = data(suite({ id: 'consume' }))
    const fresh = { ...data(suite({})), machine: { ...old.machine, cpuModel: 'another' } }
    expect(merged(old, fresh)).toBe(fresh)
  })

  it('give the committed page', () => {
    const path = newestDataPath()
    expect(path === undefined).toBe(!existsSync(pagePath))
    if (path !== undefined) expect(readFileSync(pagePath, 'utf8')).toBe(pageText(readData(path)))
  })
})

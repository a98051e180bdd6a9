// Shows that the history keeps what is added, once and for good, and what it tells of it. Method: a store in a temporary folder.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entryOf } from '../../../loadgen/history/entry.ts'
import type { HistoryEntry } from '../../../loadgen/history/model.ts'
import { otavaFiles } from '../../../loadgen/history/otava.ts'
import { addEntry, readStore } from '../../../loadgen/history/store.ts'
import { recentRegressions, trendOf } from '../../../loadgen/history/trend.ts'
import { historyPage } from '../../../loadgen/report/history/page.ts'
import { historyText } from '../../../loadgen/report/history/text.ts'
import { produceResult } from '../report/result-fixture.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-history-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const entryAt = (day: number, produceRate: number, machine = 'one CPU'): HistoryEntry => ({
  ...{
    kind: 'millrace-history-entry',
    schemaVersion: 1,
    series: 'orders/nightly',
    millrace: '0.1.0',
    runs: 1,
    machine,
  },
  at: new Date(Date.UTC(2026, 0, day)).toISOString(),
  commit: `c${day}`,
  numbers: { produce_rate: produceRate },
})

/** Steady for 20 days, then a tenth less. */
const fallen = Array.from({ length: 24 }, (_, day) => entryAt(day + 1, (day < 20 ? 1000 : 900) + ((day * 7) % 5)))

describe('the store', () => {
  it('takes an entry once, and never writes over one', async () => {
    expect(await addEntry(folder, entryAt(1, 1000))).toBe(true)
    expect(await addEntry(folder, entryAt(1, 1000))).toBe(false)
    expect(await addEntry(folder, entryAt(1, 999))).toBe(true)
    expect(await readdir(join(folder, 'orders%2Fnightly'))).toHaveLength(2)
  })

  it('reads back by series, the oldest first', async () => {
    for (const day of [3, 1, 2]) await addEntry(folder, entryAt(day, day))
    await addEntry(folder, { ...entryAt(9, 9), series: 'other' })
    const store = await readStore(folder)
    expect([...store.keys()].sort()).toEqual(['orders/nightly', 'other'])
    expect(store.get('orders/nightly')!.map(({ commit }) => commit)).toEqual(['c1', 'c2', 'c3'])
  })

  it('tells of every file that is no entry', async () => {
    await writeFile(join(folder, 'a.json'), '{')
    await writeFile(join(folder, 'b.json'), '{}')
    await expect(readStore(folder)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problems: [{ message: 'is no JSON' }, { message: expect.stringContaining('is no entry of a history') }],
    })
  })
})

describe('an entry', () => {
  it('is the median of the runs that count', () => {
    const run = (rate: number) => ({ ...produceResult, produce: { ...produceResult.produce!, recordsPerSec: rate } })
    const broken = { ...run(1), verdict: 'failed' as const, reasons: [{ code: 'SENDS_FAILED', message: 'x' }] }
    const entry = entryOf([run(10), run(30), run(20), broken], { series: 's', commit: 'abc' })!
    expect([entry.runs, entry.numbers.produce_rate, entry.commit]).toEqual([3, 20, 'abc'])
    expect(entryOf([broken], { series: 's' })).toBeUndefined()
  })
})

describe('a trend', () => {
  it('names the commit since which a metric is worse', () => {
    const trend = trendOf('orders/nightly', fallen)
    expect(trend.trends[0]!.changes.map(({ entry, direction }) => [entry.commit, direction])).toEqual([
      ['c21', 'worse'],
    ])
    expect(historyText([trend])).toMatch(/✗ since 2026-01-21 00:00 c21: .*\(−10\.\d %\)/)
    expect(recentRegressions(trend, 5)).toHaveLength(1)
    expect(recentRegressions(trend, 3)).toHaveLength(0)
  })

  it('says when the machine is another one since then', () => {
    const moved = fallen.map((entry, index) => (index < 20 ? entry : { ...entry, machine: 'another' }))
    expect(historyText([trendOf('s', moved)])).toContain('another machine since then')
  })

  it('is a page that needs nothing else', () => {
    const page = historyPage([trendOf('<b>', fallen)])
    expect(page).toContain('&lt;b&gt;')
    expect(page).not.toMatch(/<(script|link)[^>]*(src|href)="?http/)
  })

  it("leaves as what Otava's csv importer reads", () => {
    const files = otavaFiles(new Map([['orders/nightly', fallen.slice(0, 2)]]))
    expect(files.get('orders_nightly.csv')).toBe(
      'time,commit,branch,produce_rate\n2026-01-01T00:00:00.000Z,c1,,1000\n2026-01-02T00:00:00.000Z,c2,,1002\n',
    )
    expect(files.get('otava.yaml')).toContain('        column: produce_rate\n        direction: 1\n')
  })
})

// What Apache Otava (once Hunter) reads: a CSV file for each series, and the tests that name their columns. Checked against Otava's own
// importer: otava analyze --config otava.yaml SERIES.
import { traitsOf } from '../verdict/gate/metrics.ts'
import type { HistoryEntry } from './model.ts'

/** Files by name. */
export function otavaFiles(history: ReadonlyMap<string, readonly HistoryEntry[]>): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  const tests: string[] = []
  for (const [series, entries] of history) {
    const name = plain(series)
    const metrics = metricsOf(entries)
    files.set(`${name}.csv`, csvOf(entries, metrics))
    tests.push(testOf(name, metrics))
  }
  files.set('otava.yaml', `tests:\n${tests.join('')}`)
  return files
}

/** Otava wants a number in every row: only metrics that all entries have. */
const metricsOf = (entries: readonly HistoryEntry[]): string[] =>
  Object.keys(entries[0]?.numbers ?? {}).filter(name => entries.every(({ numbers }) => numbers[name] !== undefined))

function csvOf(entries: readonly HistoryEntry[], metrics: readonly string[]): string {
  const rows = [
    ['time', 'commit', 'branch', ...metrics.map(plain)],
    ...entries.map(({ at, commit = '', branch = '', numbers }) => [
      at,
      plain(commit),
      plain(branch),
      ...metrics.map(name => String(numbers[name])),
    ]),
  ]
  return `${rows.map(row => row.join(',')).join('\n')}\n`
}

function testOf(name: string, metrics: readonly string[]): string {
  const lines = [
    `  ${name}:`,
    '    type: csv',
    `    file: ${name}.csv`,
    '    time_column: time',
    '    attributes: [commit, branch]',
    '    metrics:',
    ...metrics.flatMap(metric => [
      `      ${plain(metric)}:`,
      `        column: ${plain(metric)}`,
      `        direction: ${traitsOf(metric).better === 'higher' ? 1 : -1}`,
      '        scale: 1',
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** Nothing that CSV, YAML or a file name would want quoted. */
const plain = (text: string): string => text.replaceAll(/[^\w.-]+/g, '_')

// The windows of a run as a table for spreadsheets: RFC 4180, a line a second, the names of the result as heads. What a run does not
// have (a consumer's lag in a produce run) has no column.
import type { Window } from '../result.ts'
import type { LabelledResult } from './comparison.ts'

const order = [
  'sec',
  'seconds',
  'warmup',
  'offered',
  'sent',
  'produced',
  'produceBytes',
  'produceErrors',
  'produceRetries',
  'produceP50Ms',
  'produceP99Ms',
  'produceP999Ms',
  'produceMaxMs',
  'produceServiceP99Ms',
  'produceLatenessP99Ms',
  'produceLatenessMaxMs',
  'consumed',
  'consumeBytes',
  'consumeLag',
  'e2eP50Ms',
  'e2eP99Ms',
  'e2eP999Ms',
  'e2eMaxMs',
  'transactionsCommitted',
  'transactionsAborted',
  'transactionsFailed',
  'recordsCommitted',
  'recordsAborted',
  'commitP50Ms',
  'commitP99Ms',
  'commitP999Ms',
  'commitMaxMs',
  'forwarded',
  'deadLettered',
  'skipped',
  'failedTries',
  'cpuPercent',
  'stealPercent',
  'rssBytes',
] as const satisfies readonly (keyof Window)[]

export function csvReport(results: readonly LabelledResult[]): string {
  const all = results.flatMap(({ label, result }) => result.windows.map(window => ({ label, window })))
  const known: readonly string[] = order
  // Columns that came to the result after this list stand at its end.
  const others = [...new Set(all.flatMap(({ window }) => Object.keys(window)))].filter(key => !known.includes(key))
  const used = [...order, ...others].filter(key => all.some(({ window }) => window[key as keyof Window] !== undefined))
  const isScalar = (key: string) => all.every(({ window }) => typeof window[key as keyof Window] !== 'object')
  const columns = used.filter(isScalar)
  const lines = [
    ['run', ...columns],
    ...all.map(({ label, window }) => [label, ...columns.map(key => String(window[key as keyof Window] ?? ''))]),
  ]
  return lines.map(cells => `${cells.map(quoted).join(',')}\r\n`).join('')
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

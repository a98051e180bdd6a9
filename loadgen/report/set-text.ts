// The summary of a set of runs on a terminal: how many count, each run in a line, then what they say together.
import type { ResultSet } from '../repeat/model.ts'
import { countText, fixedText, msText, plural } from './format.ts'

type SetRun = ResultSet['runs'][number]
type Spread = ResultSet['summary'][string]

export function setText(set: ResultSet): string {
  const { runs, asked, verdict, reasons } = set
  const mode = runs[0]?.result.mode
  const title = `millrace bench${mode === undefined ? '' : ` ${mode}`}: ${runs.length} of ${plural(asked, 'run')}`
  const why = reasons.map(({ code, message, run }) => `  run ${run}: ${code} ${message}`)
  const blocks = [
    title,
    [countedText(set), ...validityWords(runs)].map(text => `  ${text}`).join('\n'),
    ['runs', ...table(runRows(runs))].join('\n'),
    ...(set.over === 'none' ? [] : [['together', ...table(summaryRows(set.summary)), ...methodText(set)].join('\n')]),
    [`verdict: ${verdict}`, ...why].join('\n'),
  ]
  return `${blocks.join('\n\n')}\n`
}

function countedText({ over, counted, runs }: ResultSet): string {
  if (over === 'none') return 'no run delivered all its records: there is nothing to summarise'
  if (over === 'complete') return `NO RUN IS VALID: the summary is over all ${counted} that delivered their records`
  const left = runs.length - counted
  return left === 0
    ? `all ${plural(counted, 'run')} valid`
    : `${counted} valid, ${left} NOT VALID and left out of the summary`
}

const validityWords = (runs: readonly SetRun[]): string[] =>
  runs.flatMap(({ run, result: { verdict, validity } }) => {
    const [reason] = validity?.reasons ?? []
    if (verdict !== 'ok') return [`run ${run}: ${verdict}`]
    return reason === undefined ? [] : [`run ${run}: ${validity!.verdict}: ${reason.message}`]
  })

interface Metric {
  readonly head: string
  readonly path: string
  text(value: number): string
}

const metrics: readonly Metric[] = ['produce', 'consume'].flatMap(side => [
  { head: `${side} msg/s`, path: `${side}.recordsPerSec`, text: countText },
  { head: `${side} MB/s`, path: `${side}.mbPerSec`, text: (value: number) => fixedText(value, 2) },
  { head: 'p50 ms', path: `${side}.latency.p50Ms`, text: msText },
  { head: 'p99 ms', path: `${side}.latency.p99Ms`, text: msText },
  { head: 'p99.9 ms', path: `${side}.latency.p999Ms`, text: msText },
  { head: 'max ms', path: `${side}.latency.maxMs`, text: msText },
])
const cost: Metric = { head: 'CPU µs/msg', path: 'cpuUsPerRecord', text: value => fixedText(value, 2) }

function runRows(runs: readonly SetRun[]): string[][] {
  const shown = [...metrics, cost].filter(({ path }) => runs.some(({ result }) => valueAt(result, path) !== undefined))
  const heads = ['run', 'validity', ...shown.map(({ head }) => head)]
  const rows = runs.map(({ run, counted, result }) => [
    `${run}${counted ? '' : ' *'}`,
    result.verdict === 'ok' ? (result.validity?.verdict ?? 'unknown') : result.verdict,
    ...shown.map(({ path, text }) => {
      const value = valueAt(result, path)
      return value === undefined ? '-' : text(value)
    }),
  ])
  return [heads, ...rows]
}

function summaryRows(summary: ResultSet['summary']): string[][] {
  const heads = ['', 'median', 'min', 'max', 'IQR', 'confidence interval']
  const rows = [...metrics, cost].flatMap(({ head, path, text }) => {
    const spread = summary[path]
    if (spread === undefined) return []
    const label = head.includes('/') ? head : `${path.split('.')[0]} ${head}`
    const { median, min, max, iqr } = spread
    return [[label, text(median), text(min), text(max), text(iqr), intervalText(spread, text)]]
  })
  return [heads, ...rows]
}

function intervalText({ confidence }: Spread, text: (value: number) => string): string {
  return confidence === null ? '-' : `${text(confidence.low)} to ${text(confidence.high)}`
}

function methodText({ summary }: ResultSet): string[] {
  const confidence = Object.values(summary)[0]?.confidence
  if (confidence === undefined) return []
  if (confidence === null) return ['  one run has no confidence interval: --repeat 6 has one that assumes nothing']
  const level = `${fixedText(confidence.level * 100, 1)} %`
  if (confidence.of === 'median')
    return [`  confidence: ${level}, of the median, by order statistics (no distribution assumed)`]
  return [`  confidence: ${level}, of the geometric mean, by t on logarithms; from 6 runs on of the median`]
}

function valueAt(result: unknown, path: string): number | undefined {
  const value = path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], result)
  return typeof value === 'number' ? value : undefined
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row =>
    `  ${row.map((cell, column) => cell[column < 1 ? 'padEnd' : 'padStart'](widths[column]!)).join('  ')}`.trimEnd(),
  )
}

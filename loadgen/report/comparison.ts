// The numbers that runs are compared by, the same in text, markdown and on the page.
import type { LatencySummary, Result } from '../result.ts'
import { countText, fixedText, msText } from './format.ts'

export interface LabelledResult {
  readonly label: string
  readonly result: Result
}

export interface Compared {
  readonly name: string
  /** Where it stands in the result. */
  readonly path: string
  /** One for each run. */
  readonly values: readonly (number | undefined)[]
  text(value: number): string
}

const latencies = [
  ['p50', 'p50Ms'],
  ['p99', 'p99Ms'],
  ['p99.9', 'p999Ms'],
  ['max', 'maxMs'],
] as const satisfies readonly (readonly [string, keyof LatencySummary])[]

type ComparedNumber = Omit<Compared, 'values'> & { readonly of: (result: Result) => number | undefined }

/** Of producers, and of consumers that pass records on. */
const transactions = (side: 'produce' | 'process'): ComparedNumber[] => [
  {
    name: 'committed transactions/s',
    path: `${side}.transactions.committedPerSec`,
    of: result => result[side]?.transactions?.committedPerSec,
    text: each => fixedText(each, 1),
  },
  {
    name: 'commit p99 ms',
    path: `${side}.transactions.commitLatency.p99Ms`,
    of: result => result[side]?.transactions?.commitLatency?.p99Ms,
    text: msText,
  },
]

const numbers: readonly ComparedNumber[] = [
  { name: 'acknowledged msg/s', path: 'produce.recordsPerSec', of: r => r.produce?.recordsPerSec, text: countText },
  { name: 'consumed msg/s', path: 'consume.recordsPerSec', of: r => r.consume?.recordsPerSec, text: countText },
  ...latencies.map(([name, key]) => ({
    name: `response ${name} ms`,
    path: `produce.latency.${key}`,
    of: ({ produce }: Result) => produce?.latency?.[key],
    text: msText,
  })),
  ...latencies.map(([name, key]) => ({
    name: `end-to-end ${name} ms`,
    path: `consume.latency.${key}`,
    of: ({ consume }: Result) => consume?.latency?.[key],
    text: msText,
  })),
  ...transactions('produce'),
  ...transactions('process'),
  { name: 'errors producing', path: 'produce.errors', of: r => r.produce?.errors, text: countText },
  { name: 'errors consuming', path: 'consume.errors', of: r => r.consume?.errors, text: countText },
  {
    name: 'CPU µs/msg',
    path: 'cpuUsPerRecord',
    of: r => r.cpuUsPerRecord ?? undefined,
    text: each => fixedText(each, 2),
  },
]

/** What at least one run has. */
export const compared = (results: readonly LabelledResult[]): Compared[] =>
  numbers
    .map(({ of, ...number }) => ({ ...number, values: results.map(({ result }) => of(result)) }))
    .filter(({ values }) => values.some(value => value !== undefined))

/** "+12.3 %" against the first; nothing where there is no such share. */
export function differenceText(value: number | undefined, first: number | undefined): string {
  if (value === undefined || first === undefined || first === 0) return ''
  const percent = (value / first - 1) * 100
  return `${percent < 0 ? '−' : '+'}${fixedText(Math.abs(percent), 1)} %`
}

export const verdictsText = ({ verdict, validity }: Result): string =>
  `${verdict}, ${validity?.verdict ?? 'not judged'}`

/** The first beside the others, for a terminal. */
export function comparisonText(results: readonly LabelledResult[]): string {
  const rows = [
    ['', ...results.map(({ label }) => label)],
    ...compared(results).map(({ name, values, text }) => [
      name,
      ...values.map((value, index) => {
        if (value === undefined) return '-'
        return index === 0 ? text(value) : `${text(value)} ${differenceText(value, values[0]).padStart(9)}`
      }),
    ]),
    ['verdict', ...results.map(({ result }) => verdictsText(result))],
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('   ')
  return `${rows.map(line).join('\n').trimEnd()}\n`
}

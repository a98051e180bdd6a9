// The text that Prometheus reads: families with help and type, one line a sample. Two dialects of one thing: the Prometheus
// text format 0.0.4 and OpenMetrics 1.0. Written by hand because of its size: a library keeps an object for each series, and
// there may be half a million.
import { type BucketCounts, latencyBoundsSec } from './buckets.ts'
import type { LabelsOf, Metric, MetricType } from './metric.ts'

export type Dialect = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<Dialect, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** What an Accept header asks for. */
export const dialectOf = (accept: string | undefined): Dialect =>
  accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus'

/** Samples that differ in the last label alone, which is a number: partitions. Kept as numbers until they are written. */
interface Row {
  /** Of every line, up to the number: `name{group="g",partition="`. */
  readonly start: string
  readonly keys: ArrayLike<number>
  /** NaN: no sample. */
  readonly value: (at: number) => number
}

/** Samples of one metric: single ones as lines that are ready, rows of partitions as the columns that they come from. */
export class Family<M extends Metric = Metric> {
  readonly metric: M
  readonly #parts: (string | Row)[] = []

  constructor(metric: M) {
    this.metric = metric
  }

  /** Nothing for what is not known: undefined leaves the sample out. */
  set(labels: LabelsOf<M>, value: number | undefined): this {
    if (value !== undefined)
      this.#parts.push(`${this.metric.name}${labelText(this.metric.labels, labels)} ${numberText(value)}\n`)
    return this
  }

  /** One sample for each key, which is the metric's last label; NaN leaves it out. Values are asked for when the page is written. */
  setEach(
    labels: Readonly<Record<string, string>>,
    keys: ArrayLike<number>,
    values: ArrayLike<number> | ((at: number) => number),
  ): this {
    const names = this.metric.labels.slice(0, -1)
    const before = labelText(names, labels).slice(0, -1)
    const start = `${this.metric.name}${before === '' ? '{' : `${before},`}${this.metric.labels.at(-1)}="`
    this.#parts.push({ start, keys, value: typeof values === 'function' ? values : at => values[at]! })
    return this
  }

  /** A histogram's buckets, each with those below it, its sum and its count. */
  setHistogram(labels: LabelsOf<M>, { counts, sumSec }: BucketCounts): this {
    const { name, labels: names } = this.metric
    const own = labelText(names, labels)
    const before = own === '' ? '{' : `${own.slice(0, -1)},`
    let count = 0
    let text = ''
    for (const [index, inBucket] of counts.entries()) {
      count += inBucket
      text += `${name}_bucket${before}le="${numberText(latencyBoundsSec[index] ?? Number.POSITIVE_INFINITY)}"} ${count}\n`
    }
    this.#parts.push(`${text}${name}_sum${own} ${numberText(sumSec)}\n${name}_count${own} ${count}\n`)
    return this
  }

  /** Its lines, in pieces of one line or some thousands. */
  *text(): Generator<string> {
    for (const part of this.#parts) {
      if (typeof part === 'string') yield part
      else yield* rowText(part)
    }
  }

  /** Of one metric, whoever brings samples of it: one head. */
  static join(families: readonly Family[], dialect: Dialect): string {
    const text = families.map(family => [...family.text()].join('')).join('')
    return text === '' ? '' : `${headText(families[0]!.metric, dialect)}${text}`
  }
}

const linesPerPiece = 2_000

function* rowText({ start, keys, value }: Row): Generator<string> {
  for (let from = 0; from < keys.length; from += linesPerPiece) {
    const to = Math.min(keys.length, from + linesPerPiece)
    let text = ''
    for (let at = from; at < to; at++) {
      const number = value(at)
      if (!Number.isNaN(number)) text += `${start}${keys[at]}"} ${numberText(number)}\n`
    }
    if (text !== '') yield text
  }
}

/** One series for each state: 1 for the one that holds. */
export function setState<Label extends string>(
  family: Family<Metric<Label>>,
  label: Label,
  labels: Readonly<Record<Exclude<Label, typeof label>, string>>,
  states: readonly string[],
  current: string,
): void {
  for (const state of states) {
    family.set({ ...labels, [label]: state } as unknown as LabelsOf<Metric<Label>>, state === current ? 1 : 0)
  }
}

/** OpenMetrics names a family without `_total` and `_info`. The old format knows neither info nor state set. */
export function headText({ name, type, help }: Metric, dialect: Dialect): string {
  const isOpen = dialect === 'openmetrics'
  const family = isOpen ? name.replace(/_(total|info)$/, '') : name
  return `# HELP ${family} ${escapeHelp(help, isOpen)}\n# TYPE ${family} ${isOpen ? type : prometheusTypes[type]}\n`
}

const prometheusTypes: Readonly<Record<MetricType, string>> = {
  gauge: 'gauge',
  counter: 'counter',
  histogram: 'histogram',
  info: 'gauge',
  stateset: 'gauge',
  unknown: 'untyped',
}

function labelText(names: readonly string[], labels: Readonly<Record<string, string>>): string {
  if (names.length === 0) return ''
  let text = ''
  for (const name of names) {
    const value = labels[name]
    // A label without a value is none.
    if (value !== undefined) text += `${text === '' ? '{' : ','}${name}="${escapeLabel(value)}"`
  }
  return text === '' ? '' : `${text}}`
}

const needsEscape = /[\\"\n]/

/** Backslash, quote and line feed; everything else is as it is (UTF-8). */
export const escapeLabel = (value: string): string =>
  needsEscape.test(value)
    ? value.replaceAll(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))
    : value

const escapeHelp = (help: string, isOpen: boolean): string =>
  help
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('"', isOpen ? '\\"' : '"')

const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'

/** The end of an OpenMetrics text; the old format has none. */
export const endText = (dialect: Dialect): string => (dialect === 'openmetrics' ? '# EOF\n' : '')

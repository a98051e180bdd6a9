// The text that Prometheus reads: families with help and type, one line a sample. Two dialects of one thing: the Prometheus
// text format 0.0.4 and OpenMetrics 1.0. Written by hand because of its size: a library keeps an object for each series, and
// there may be half a million.
import { type BucketCounts, latencyBoundsSec } from './buckets.ts'
import type { LabelsOf, Metric, MetricType } from './metric.ts'
import { numberText, TextBuffer } from './text-buffer.ts'

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

/** What fills a family when it is written, and lets each piece be written before it makes the next. */
type Later = (family: Family) => Iterable<unknown>

/** Samples of one metric: single ones as lines that are ready, rows of partitions as the columns that they come from. */
export class Family<M extends Metric = Metric> {
  readonly metric: M
  readonly #parts: (string | Row | Later)[] = []

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

  /** Samples that are too many to be made ready: `fill` sets them on the family that it is given, and yields after a few. */
  setLater(fill: (family: Family<M>) => Iterable<unknown>): this {
    this.#parts.push(fill as unknown as Later)
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

  /** Writes its lines; yields when the buffer has to be taken before it can go on. */
  *writeTo(out: TextBuffer): Generator<void> {
    for (const part of this.#parts) {
      if (typeof part === 'string') yield* writeLines(part, out)
      else if (typeof part === 'object') yield* writeRow(part, out)
      else {
        const piece = new Family(this.metric)
        for (const _ of part(piece)) yield* piece.#writeOnce(out)
        yield* piece.#writeOnce(out)
      }
    }
  }

  *#writeOnce(out: TextBuffer): Generator<void> {
    yield* this.writeTo(out)
    this.#parts.length = 0
  }

  /** Of one metric, whoever brings samples of it: one head. */
  static join(families: readonly Family[], dialect: Dialect): string {
    const out = new TextBuffer(joinBytes)
    let text = ''
    for (const family of families) for (const _ of family.writeTo(out)) text += out.take().toString()
    text += out.take().toString()
    return text === '' ? '' : `${headText(families[0]!.metric, dialect)}${text}`
  }
}

const joinBytes = 4 * 1024
/** A character, in UTF-8. */
const charBytesMax = 3
/** Of a line after its start: two numbers, quote, brace, space, line feed. */
const numbersBytesMax = 64

function* writeLines(lines: string, out: TextBuffer): Generator<void> {
  if (!out.hasRoom(lines.length * charBytesMax)) {
    yield
    out.hasRoom(lines.length * charBytesMax)
  }
  out.text(lines)
}

/** The start is encoded once, and copied from line to line. */
function* writeRow({ start, keys, value }: Row, out: TextBuffer): Generator<void> {
  const lineBytesMax = start.length * charBytesMax + numbersBytesMax
  let [from, to] = [-1, -1]
  for (let at = 0; at < keys.length; at++) {
    const number = value(at)
    if (Number.isNaN(number)) continue
    if (!out.hasRoom(lineBytesMax)) {
      yield
      out.hasRoom(lineBytesMax)
      from = -1
    }
    if (from >= 0) out.again(from, to)
    else {
      from = out.used
      out.text(start)
      to = out.used
    }
    out.number(keys[at]!)
    out.ascii('"} ')
    out.number(number)
    out.ascii('\n')
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

/** The end of an OpenMetrics text; the old format has none. */
export const endText = (dialect: Dialect): string => (dialect === 'openmetrics' ? '# EOF\n' : '')

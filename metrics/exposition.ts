// The text that Prometheus reads: families with help and type, one line a sample. Two dialects of one thing: the Prometheus
// text format 0.0.4 and OpenMetrics 1.0. Written by hand because of its size: a library keeps an object for each series, and
// there may be half a million.
import type { LabelsOf, Metric, MetricType } from './metric.ts'

export type Dialect = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<Dialect, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** What an Accept header asks for. */
export const dialectOf = (accept: string | undefined): Dialect =>
  accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus'

/** Samples of one metric, as lines that are ready but for the name: built once a cycle, joined at a scrape. */
export class Family<M extends Metric = Metric> {
  readonly metric: M
  readonly #lines: string[] = []

  constructor(metric: M) {
    this.metric = metric
  }

  get size(): number {
    return this.#lines.length
  }

  /** Nothing for what is not known: undefined leaves the sample out. */
  set(labels: LabelsOf<M>, value: number | undefined): this {
    if (value !== undefined)
      this.#lines.push(`${this.metric.name}${labelText(this.metric.labels, labels)} ${numberText(value)}\n`)
    return this
  }

  /** Of one metric, whoever brings samples of it: one head. */
  static join(families: readonly Family[], dialect: Dialect): string {
    const text = families.map(family => family.#lines.join('')).join('')
    return text === '' ? '' : `${headText(families[0]!.metric, dialect)}${text}`
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
function headText({ name, type, help }: Metric, dialect: Dialect): string {
  const isOpen = dialect === 'openmetrics'
  const family = isOpen ? name.replace(/_(total|info)$/, '') : name
  return `# HELP ${family} ${escapeHelp(help, isOpen)}\n# TYPE ${family} ${isOpen ? type : prometheusTypes[type]}\n`
}

const prometheusTypes: Readonly<Record<MetricType, string>> = {
  gauge: 'gauge',
  counter: 'counter',
  info: 'gauge',
  stateset: 'gauge',
}

function labelText(names: readonly string[], labels: Readonly<Record<string, string>>): string {
  if (names.length === 0) return ''
  let text = ''
  for (const name of names) text += `${text === '' ? '{' : ','}${name}="${escapeLabel(labels[name]!)}"`
  return `${text}}`
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

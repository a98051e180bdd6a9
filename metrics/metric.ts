// What a metric is: its name, type, unit, labels and help, as data. The catalog is a list of these, and everything that names
// a metric (exporters, documentation, boards, rules) takes it from there.

export type MetricType = 'gauge' | 'counter' | 'histogram' | 'info' | 'stateset' | 'unknown'

export interface Metric<Label extends string = string> {
  /** As exposed, with unit and `_total` or `_info` where they belong. */
  readonly name: string
  readonly type: MetricType
  readonly labels: readonly Label[]
  /** One sentence: what it is, and when there is no sample. */
  readonly help: string
}

export type LabelsOf<M> = M extends Metric<infer Label> ? Readonly<Record<Label, string>> : never

const suffixes: Readonly<Partial<Record<MetricType, string>>> = { counter: '_total', info: '_info' }

/** Throws on a name that breaks the conventions of Prometheus: a mistake in the catalog, not of a user. */
export function metric<const Label extends string>(description: Metric<Label>): Metric<Label> {
  const { name, type, labels } = description
  const suffix = suffixes[type]
  const isName = /^[a-z][a-z0-9_]*$/.test(name) && labels.every(label => /^[a-z][a-z0-9_]*$/.test(label))
  const isTyped = suffix === undefined ? !/_(total|info|count|sum|bucket)$/.test(name) : name.endsWith(suffix)
  if (isName && isTyped) return description
  throw new TypeError(`metric ${name} (${type}) breaks the naming conventions`)
}

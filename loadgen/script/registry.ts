// The metrics of one thread: which there are, and what their samples have added up to since they were last told. Of a metric there
// is one sink for each scenario and one for each selection by tags that a threshold names: memory does not grow with tags.
import { MillraceError } from '../../core/errors.ts'
import type { MetricSelector } from '../verdict/thresholds/grammar.ts'
import type { MetricKind } from '../verdict/thresholds/readings.ts'
import { builtInMetrics } from './metrics.ts'
import { addSample, emptySink, type Sink } from './sinks.ts'

export interface ScriptMetric {
  readonly name: string
  readonly kind: MetricKind
  /** Its values are times in milliseconds. */
  readonly isTime: boolean
}

/** What has come since the last call, by key. */
export type Gathered = readonly (readonly [key: string, sink: Sink])[]

export const scenarioKey = (metric: string, scenario: string) => `${metric}\n${scenario}`
/** `selector`: as it is written. */
export const selectorKey = (selector: string) => `\n${selector}`

export const checkKey = (name: string) => `\n\n${name}`

export interface NamedSelector extends MetricSelector {
  readonly text: string
}

export class MetricRegistry {
  readonly #metrics = new Map<string, ScriptMetric>(
    Object.entries(builtInMetrics).map(([name, { kind, unit }]) => [name, { name, kind, isTime: unit === 'ms' }]),
  )
  readonly #own: ScriptMetric[] = []
  readonly #selectors = new Map<string, NamedSelector[]>()
  #sinks = new Map<string, Sink>()

  constructor(selectors: readonly NamedSelector[] = []) {
    for (const selector of selectors) {
      this.#selectors.set(selector.metric, [...(this.#selectors.get(selector.metric) ?? []), selector])
    }
  }

  /** Those of the script. */
  get ofScript(): readonly ScriptMetric[] {
    return this.#own
  }

  /** As `new Counter(name)`: in each VU anew, and always of the same kind. */
  declare(metric: ScriptMetric): ScriptMetric {
    const { name, kind } = metric
    if (!/^[a-zA-Z_][a-zA-Z0-9_]{1,128}$/.test(name)) {
      throw new MillraceError(
        'SCRIPT_EXCEPTION',
        `"${name}" is no name for a metric: 2 to 129 letters, digits and _, no digit first`,
      )
    }
    const known = this.#metrics.get(name)
    if (known !== undefined && (known.kind !== kind || known.isTime !== metric.isTime)) {
      throw new MillraceError('SCRIPT_EXCEPTION', `the metric ${name} is a ${known.kind} already`)
    }
    if (known === undefined) {
      this.#metrics.set(name, metric)
      this.#own.push(metric)
    }
    return metric
  }

  /** `tags`: all that the sample carries, `scenario` among them. */
  add(name: string, value: number, tags: Readonly<Record<string, string>>): void {
    const { kind } = this.#metrics.get(name)!
    addSample(this.#sink(scenarioKey(name, tags.scenario ?? ''), kind), value)
    for (const selector of this.#selectors.get(name) ?? []) {
      const matches = Object.entries(selector.tags).every(([tag, wanted]) => tags[tag] === wanted)
      if (matches) addSample(this.#sink(selectorKey(selector.text), kind), value)
    }
  }

  /** By name, beside the metric `checks`. */
  addCheck(name: string, holds: boolean): void {
    addSample(this.#sink(checkKey(name), 'rate'), holds ? 1 : 0)
  }

  take(): Gathered {
    const taken = [...this.#sinks]
    this.#sinks = new Map()
    return taken
  }

  #sink(key: string, kind: MetricKind): Sink {
    const known = this.#sinks.get(key)
    if (known !== undefined) return known
    const sink = emptySink(kind)
    this.#sinks.set(key, sink)
    return sink
  }
}

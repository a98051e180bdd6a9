// All metrics of a test, whichever scenario they come from: read as one, or narrowed by tags. Samples of a scenario carry the tags
// of the test, its own over them, and `scenario`.

import type { Tags } from '../verdict/thresholds/grammar.ts'
import {
  emptyReading,
  type MetricDefinition,
  type MetricDefinitions,
  type MetricSource,
  type Reading,
  readingValue,
} from '../verdict/thresholds/readings.ts'
import { mergeReadings } from './merged-readings.ts'
import type { SummaryMetric } from './result.ts'

export interface TaggedSource {
  readonly tags: Tags
  readonly definitions: MetricDefinitions
  readonly source: MetricSource
}

/** What several sources have, each metric with the tags of all of them. */
export function definitionsOfAll(sources: readonly Omit<TaggedSource, 'source'>[]): MetricDefinitions {
  const all: MetricDefinitions = Object.assign({}, ...sources.map(({ definitions }) => definitions))
  const names = new Set(sources.flatMap(({ tags }) => Object.keys(tags)))
  return Object.fromEntries(
    Object.entries(all).map(([metric, definition]) => [
      metric,
      definition.tags === undefined
        ? definition
        : { ...definition, tags: [...new Set([...definition.tags, ...names])] },
    ]),
  )
}

export class TestMetrics implements MetricSource {
  readonly #sources: TaggedSource[] = []
  readonly #definitions: MetricDefinitions

  /** `definitions`: of all scenarios, also of those that have not begun. */
  constructor(definitions: MetricDefinitions) {
    this.#definitions = definitions
  }

  add(source: TaggedSource): void {
    this.#sources.push(source)
  }

  read(metric: string, tags: Tags, windowMs?: number): Reading | undefined {
    const readings = this.#sources.flatMap(({ tags: own, definitions, source }) => {
      if (!Object.hasOwn(definitions, metric)) return []
      // What the whole scenario carries has been looked at; the source tells apart what it can.
      const rest = Object.entries(tags).filter(([name, value]) => own[name] !== value)
      const { tags: tellsApart } = definitions[metric]!
      if (rest.some(([name]) => own[name] !== undefined || tellsApart?.includes(name) === false)) return []
      return source.read(metric, Object.fromEntries(rest), windowMs) ?? []
    })
    return mergeReadings(metric, readings) ?? this.#empty(metric)
  }

  #empty(metric: string): Reading | undefined {
    return Object.hasOwn(this.#definitions, metric) ? emptyReading(this.#definitions[metric]!) : undefined
  }

  /** As k6's summary tells it: every metric that has samples, and those narrowed by tags that a threshold names. */
  summary(
    trendStats: readonly string[],
    narrowed: readonly { readonly name: string; readonly metric: string; readonly tags: Tags }[],
  ) {
    const metrics: Record<string, SummaryMetric> = {}
    const told = (name: string, metric: string, tags: Tags) => {
      const reading = this.read(metric, tags)
      const definition = this.#definitions[metric]
      if (reading === undefined || definition === undefined || reading.samples === 0) return
      metrics[name] = { type: reading.kind, contains: containsOf(definition), values: valuesOf(reading, trendStats) }
    }
    for (const name of Object.keys(this.#definitions)) told(name, name, {})
    for (const { name, metric, tags } of narrowed) told(name, metric, tags)
    return metrics
  }
}

function containsOf({ unit }: MetricDefinition): SummaryMetric['contains'] {
  if (unit === 'ms') return 'time'
  return unit === 'bytes' ? 'data' : 'default'
}

function valuesOf(reading: Reading, trendStats: readonly string[]): Record<string, number> {
  switch (reading.kind) {
    case 'counter':
      return { count: reading.count, rate: reading.seconds > 0 ? reading.count / reading.seconds : 0 }
    case 'gauge':
      return { value: reading.value, min: reading.min ?? reading.value, max: reading.max ?? reading.value }
    case 'rate': {
      const { samples, passes } = reading
      return { rate: samples === 0 ? 0 : passes / samples, passes, fails: samples - passes }
    }
    case 'trend':
      return Object.fromEntries(trendStats.map(stat => [stat, statOf(stat, reading)]))
  }
}

function statOf(stat: string, reading: Extract<Reading, { kind: 'trend' }>): number {
  if (stat === 'count') return reading.samples
  const [, percentile] = /^p\((\d+(?:\.\d+)?)\)$/.exec(stat) ?? []
  const method = percentile === undefined ? (stat as 'avg' | 'min' | 'max' | 'med') : 'p'
  return readingValue({ method, ...(percentile !== undefined && { percentile: Number(percentile) }) }, reading) ?? 0
}

/** A stat of summaryTrendStats that there is. */
export const isTrendStat = (stat: string): boolean =>
  /^(avg|min|med|max|count)$/.test(stat) || /^p\((100|\d{1,2}(\.\d+)?)\)$/.test(stat)

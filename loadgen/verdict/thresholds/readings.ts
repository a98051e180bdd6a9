// What a metric says at a moment, and how a threshold asks it. Whoever keeps metrics (a bench run, a script's own counters and
// trends) answers with these, so that one judge serves all of them.
import type { Histogram } from '../../../core/histogram.ts'
import type { Expression, Method, Tags } from './grammar.ts'

export type MetricKind = 'counter' | 'gauge' | 'rate' | 'trend'
export type Unit = 'ms' | 'records' | 'bytes' | 'percent' | 'us' | 'share' | 'count' | 'none'

export interface MetricDefinition {
  readonly kind: MetricKind
  readonly unit: Unit
  readonly help: string
  /** Tags that its samples can be told apart by; absent: any, as with metrics of scripts. */
  readonly tags?: readonly string[]
  /** Known only when the run is over: no window, no abort. */
  readonly atEnd?: true
}

export type MetricDefinitions = Readonly<Record<string, MetricDefinition>>

/** `samples`: how many stand behind it; with none a threshold has nothing to judge. */
export type Reading =
  | { readonly kind: 'counter'; readonly samples: number; readonly count: number; readonly seconds: number }
  | {
      readonly kind: 'gauge'
      readonly samples: number
      readonly value: number
      readonly min?: number
      readonly max?: number
    }
  | { readonly kind: 'rate'; readonly samples: number; readonly passes: number }
  | TrendReading

export interface TrendReading {
  readonly kind: 'trend'
  readonly samples: number
  readonly avg: number
  readonly min: number
  readonly max: number
  /** Percentile, 0 to 100. */
  at(percentile: number): number
  /** What it is read from, in nanoseconds, so that several can be read as one. */
  readonly histogram?: Histogram
}

export interface MetricSource {
  /** Of the whole measured time, or of its last so many milliseconds. Undefined: not one of its metrics. */
  read(metric: string, tags: Tags, windowMs?: number): Reading | undefined
}

/** Whoever knows the metric answers. */
export const sourcesOf = (...sources: readonly MetricSource[]): MetricSource => ({
  read: (metric, tags, windowMs) => {
    for (const source of sources) {
      const reading = source.read(metric, tags, windowMs)
      if (reading !== undefined) return reading
    }
    return undefined
  },
})

/** Which method asks what: k6's table. */
export const methodsOf: Readonly<Record<MetricKind, readonly Method[]>> = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med', 'p'],
}

/** Without samples: 0, and of a rate nothing, as in k6. */
export function readingValue({ method, percentile = 0 }: Pick<Expression, 'method' | 'percentile'>, reading: Reading) {
  switch (reading.kind) {
    case 'counter':
      return method === 'count' ? reading.count : reading.seconds > 0 ? reading.count / reading.seconds : 0
    case 'gauge':
      return reading.value
    case 'rate':
      return reading.samples === 0 ? undefined : reading.passes / reading.samples
    case 'trend':
      return trendValue(method, percentile, reading)
  }
}

function trendValue(method: Method, percentile: number, trend: TrendReading): number {
  if (trend.samples === 0) return 0
  if (method === 'avg' || method === 'min' || method === 'max') return trend[method]
  return trend.at(method === 'med' ? 50 : percentile)
}

export function emptyReading({ kind }: Pick<MetricDefinition, 'kind'>): Reading {
  if (kind === 'counter') return { kind, samples: 0, count: 0, seconds: 0 }
  if (kind === 'gauge') return { kind, samples: 0, value: 0 }
  if (kind === 'rate') return { kind, samples: 0, passes: 0 }
  return { kind, samples: 0, avg: 0, min: 0, max: 0, at: () => 0 }
}

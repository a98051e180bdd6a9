// The history of a series: each metric over time, with the points at which it has changed for good.
import { traitsOf } from '../verdict/gate/metrics.ts'
import { type ChangePointOptions, changePoints } from './change-points.ts'
import type { HistoryEntry } from './model.ts'

export interface Change {
  /** The first entry after the change. */
  readonly entry: HistoryEntry
  readonly index: number
  readonly before: number
  readonly after: number
  readonly changePercent: number
  readonly pValue: number
  readonly direction: 'worse' | 'better'
  /** The machine is another one since then: that may be all. */
  readonly isOfMachine: boolean
}

export interface Trend {
  readonly metric: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** Of the entries that have the metric. */
  readonly points: readonly { readonly entry: HistoryEntry; readonly value: number }[]
  readonly changes: readonly Change[]
}

export interface SeriesTrend {
  readonly series: string
  readonly entries: readonly HistoryEntry[]
  readonly trends: readonly Trend[]
}

export interface TrendOptions extends ChangePointOptions {
  /** All that decide a gate, when left out. */
  readonly metrics?: readonly string[] | undefined
}

export function trendOf(series: string, entries: readonly HistoryEntry[], options: TrendOptions = {}): SeriesTrend {
  const names = [...new Set(entries.flatMap(({ numbers }) => Object.keys(numbers)))]
  const chosen = options.metrics ?? names.filter(name => traitsOf(name).isGated)
  return {
    series,
    entries,
    trends: chosen.filter(name => names.includes(name)).map(name => trendOfMetric(name, entries, options)),
  }
}

function trendOfMetric(metric: string, entries: readonly HistoryEntry[], options: ChangePointOptions): Trend {
  const { unit, better } = traitsOf(metric)
  const points = entries
    .filter(({ numbers }) => numbers[metric] !== undefined)
    .map(entry => ({ entry, value: entry.numbers[metric]! }))
  const found = changePoints(
    points.map(({ value }) => value),
    options,
  )
  const changes = found.map(({ index, meanBefore, meanAfter, change, pValue }): Change => {
    const { entry } = points[index]!
    return {
      ...{ entry, index, before: meanBefore, after: meanAfter, changePercent: change * 100, pValue },
      direction: change > 0 === (better === 'higher') ? 'better' : 'worse',
      isOfMachine: points[index - 1]!.entry.machine !== entry.machine,
    }
  })
  return { metric, unit, better, points, changes }
}

/** Changes for the worse among the newest entries: what a nightly job is to be stopped by. */
export const recentRegressions = ({ trends }: SeriesTrend, newest: number): (Change & { readonly metric: string })[] =>
  trends.flatMap(({ metric, points, changes }) =>
    changes
      .filter(({ direction, index }) => direction === 'worse' && index >= points.length - newest)
      .map(change => ({ ...change, metric })),
  )

// Readings of one metric from several scenarios, as one.
import { type Histogram, makeHistogram } from '../../core/histogram.ts'
import type { Reading, TrendReading } from '../verdict/thresholds/readings.ts'
import { trendOf } from '../verdict/thresholds/recent.ts'

/** Of gauges of the whole generator every scenario says the same. */
const ofProcess = new Set(['cpu_percent', 'rss_bytes'])
/** What there is of one scenario alone: each takes the CPU of the whole generator for its own. */
const ofOneOnly = new Set(['cpu_us_per_record'])

/** Of gauges that say yes (1) or no (0) about each scenario: one no is a no. */
const worstCounts = new Set(['valid', 'delivery_confirmed'])

export function mergeReadings(metric: string, readings: readonly Reading[]): Reading | undefined {
  const [first, ...others] = readings
  if (first === undefined || others.length === 0) return first
  const samples = readings.reduce((sum, reading) => sum + reading.samples, 0)
  switch (first.kind) {
    case 'counter': {
      const all = readings as (typeof first)[]
      const count = all.reduce((sum, reading) => sum + reading.count, 0)
      return { kind: 'counter', samples, count, seconds: Math.max(...all.map(({ seconds }) => seconds)) }
    }
    case 'rate':
      return {
        kind: 'rate',
        samples,
        passes: (readings as (typeof first)[]).reduce((sum, { passes }) => sum + passes, 0),
      }
    case 'gauge': {
      const known = (readings as (typeof first)[]).filter(reading => reading.samples > 0).map(({ value }) => value)
      if (known.length === 0 || (known.length > 1 && ofOneOnly.has(metric)))
        return { kind: 'gauge', samples: 0, value: 0 }
      return { kind: 'gauge', samples, value: together(metric, known) }
    }
    case 'trend':
      return mergedTrend(readings as TrendReading[])
  }
}

function together(metric: string, values: readonly number[]): number {
  if (worstCounts.has(metric)) return Math.min(...values)
  return ofProcess.has(metric) ? Math.max(...values) : values.reduce((sum, each) => sum + each, 0)
}

function mergedTrend(trends: readonly TrendReading[]): TrendReading {
  const filled = trends.filter(({ samples }) => samples > 0)
  if (filled.length <= 1) return filled[0] ?? trends[0]!
  const all: Histogram = makeHistogram()
  for (const { histogram } of filled) if (histogram !== undefined) all.add(histogram)
  return trendOf(all)
}

// Readings of one metric from several scenarios, as one.
import { type Histogram, makeHistogram } from '../../core/histogram.ts'
import type { Reading, TrendReading } from '../verdict/thresholds/readings.ts'
import { trendOf } from '../verdict/thresholds/recent.ts'

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
      const value = worstCounts.has(metric) ? Math.min(...known) : known.reduce((sum, each) => sum + each, 0)
      return { kind: 'gauge', samples, value: known.length === 0 ? 0 : value }
    }
    case 'trend':
      return mergedTrend(readings as TrendReading[])
  }
}

function mergedTrend(trends: readonly TrendReading[]): TrendReading {
  const filled = trends.filter(({ samples }) => samples > 0)
  if (filled.length <= 1) return filled[0] ?? trends[0]!
  const all: Histogram = makeHistogram()
  for (const { histogram } of filled) if (histogram !== undefined) all.add(histogram)
  return trendOf(all)
}

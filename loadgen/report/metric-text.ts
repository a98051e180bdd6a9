// A metric of a test as k6's summary writes it.
import type { SummaryMetric, TestResult } from '../test/result.ts'
import { countText, fixedText } from './format.ts'

/** `unit`: of times; absent: the one that fits. */
export function metricText({ type, contains, values }: SummaryMetric, unit?: TimeUnit): string {
  const value = (number = 0) => numberText(number, contains, unit)
  switch (type) {
    case 'counter':
      return `${value(values.count)} ${value(values.rate)}/s`
    case 'gauge':
      return `${value(values.value)} min=${value(values.min)} max=${value(values.max)}`
    case 'rate':
      return `${percentText(values.rate ?? 0)} ${countText(values.passes ?? 0)} out of ${countText((values.passes ?? 0) + (values.fails ?? 0))}`
    case 'trend':
      return Object.entries(values)
        .map(([stat, number]) => `${stat}=${stat === 'count' ? countText(number) : value(number)}`)
        .join(' ')
  }
}

function numberText(value: number, contains: SummaryMetric['contains'], unit: TimeUnit): string {
  if (contains === 'time') return unit === undefined ? durationText(value) : inUnit[unit](value)
  if (contains === 'data') return bytesText(value)
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? countText(value) : fixedText(value, 2)
}

type TimeUnit = TestResult['summaryTimeUnit']

const inUnit = {
  s: (ms: number) => `${fixedText(ms / 1000, 6)}s`,
  ms: (ms: number) => `${fixedText(ms, 3)}ms`,
  us: (ms: number) => `${fixedText(ms * 1000, 3)}µs`,
} as const

function durationText(ms: number): string {
  if (ms >= 1000) return `${fixedText(ms / 1000, 2)}s`
  return ms >= 1 || ms === 0 ? `${fixedText(ms, 2)}ms` : `${fixedText(ms * 1000, 0)}µs`
}

/** Powers of 1000, as k6. */
function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${step === 0 ? countText(bytes) : fixedText(bytes / 1000 ** step, 1)} ${units[step]}`
}

/** Truncated, so that 99.999 % is not told as all. */
export const percentText = (share: number) => `${fixedText(Math.floor(share * 10_000) / 100, 2)}%`

// The end-of-test summary in k6's shape: metrics under headings, names padded with dots, trends as avg, min, med, max and percentiles.
// Whoever has metrics can print them so; those of a bench run are here. Numbers are cut, not rounded, as k6 does.
import { decodeDistribution } from '../../core/distribution.ts'
import type { Result } from '../result.ts'

export interface SummaryMetric {
  readonly name: string
  readonly text: string
}

export interface SummaryGroup {
  readonly title: string
  readonly metrics: readonly SummaryMetric[]
}

/** `█ TOTAL RESULTS` */
export function totalResults(groups: readonly SummaryGroup[]): string | undefined {
  const used = groups.filter(({ metrics }) => metrics.length > 0)
  if (used.length === 0) return undefined
  const width = Math.max(...used.flatMap(({ metrics }) => metrics.map(({ name }) => name.length))) + 3
  const lines = used.flatMap(({ title, metrics }) => [
    '',
    `    ${title}`,
    ...metrics.map(({ name, text }) => `    ${name.padEnd(width, '.')}: ${text}`),
  ])
  return ['  █ TOTAL RESULTS', ...lines].join('\n')
}

export const benchGroups = (result: Result): SummaryGroup[] => {
  const { produce, consume, measuredSeconds: seconds, distributions = {} } = result
  const trend = (name: string, distribution: string): SummaryMetric[] => {
    const text = distributions[distribution]
    return text === undefined ? [] : [{ name, text: trendText(text) }]
  }
  return [
    {
      title: 'PRODUCE',
      metrics:
        produce === undefined
          ? []
          : [
              ...trend('response_time', 'response'),
              ...trend('service_time', 'service'),
              ...trend('lateness', 'lateness'),
              ...trend('commit_time', 'commit'),
              { name: 'records_produced', text: counterText(produce.records, seconds) },
              { name: 'produce_failed', text: rateText(produce.errors, produce.errors + produce.totalRecords) },
              ...(produce.offered === undefined
                ? []
                : [{ name: 'achieved', text: rateText(Math.min(produce.records, produce.offered), produce.offered) }]),
            ],
    },
    {
      title: 'CONSUME',
      metrics:
        consume === undefined
          ? []
          : [
              ...trend('e2e_time', 'e2e'),
              ...(produce === undefined ? trend('commit_time', 'commit') : []),
              { name: 'records_consumed', text: counterText(consume.records, seconds) },
            ],
    },
    {
      title: 'NETWORK',
      metrics: [
        ...(consume === undefined ? [] : [{ name: 'data_received', text: dataText(consume.wireBytes, seconds) }]),
        ...(produce === undefined ? [] : [{ name: 'data_sent', text: dataText(produce.wireBytes, seconds) }]),
      ],
    },
  ]
}

function trendText(distribution: string): string {
  const histogram = decodeDistribution(distribution)
  const at = (percentile: number) => timeText(histogram.getValueAtPercentile(percentile) / 1e6)
  const parts = [
    `avg=${timeText(histogram.mean / 1e6)}`,
    `min=${at(0)}`,
    `med=${at(50)}`,
    `max=${at(100)}`,
    `p(90)=${at(90)}`,
    `p(95)=${at(95)}`,
    `p(99)=${at(99)}`,
  ]
  return parts.join(' ')
}

export const counterText = (count: number, seconds: number): string =>
  `${count} ${cut(seconds === 0 ? 0 : count / seconds, 6)}/s`

export const rateText = (passes: number, total: number): string =>
  `${cut(total === 0 ? 0 : (passes / total) * 100, 2).toFixed(2)}% ${passes} out of ${total}`

/** Powers of 1000, as k6. */
export const dataText = (bytes: number, seconds: number): string =>
  `${bytesText(bytes)} ${bytesText(seconds === 0 ? 0 : bytes / seconds)}/s`

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** step
  return `${step === 0 ? Math.round(amount) : amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[step]}`
}

/** 0.0123 ms -> "12.3µs", 61234 ms -> "1m1s" */
export function timeText(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 0.001) return `${cut(ms * 1e6, 2)}ns`
  if (ms < 1) return `${cut(ms * 1e3, 2)}µs`
  if (ms < 1000) return `${cut(ms, 2)}ms`
  if (ms < 60_000) return `${cut(ms / 1000, 2)}s`
  const seconds = Math.floor(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  return `${hours === 0 ? '' : `${hours}h`}${minutes}m${seconds % 60}s`
}

const cut = (value: number, decimals: number): number => Math.trunc(value * 10 ** decimals) / 10 ** decimals

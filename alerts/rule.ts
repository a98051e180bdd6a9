// What an alert is, and the words in which its expression is written. An area (alerts/rules/) is a list of these; render.ts makes
// rules of Prometheus from them, once for each set of thresholds that applies to some labels.
import type { Metric } from '../metrics/metric.ts'
import { type ThresholdName, type Thresholds, thresholdDefaults } from './thresholds.ts'

export type Severity = 'critical' | 'warning' | 'info'

export interface Alert {
  /** Also of its page in docs/runbooks/. */
  readonly name: string
  readonly severity: Severity
  /** fast: every five seconds, of series by group or broker; steady: every thirty, also of series by partition. */
  readonly pace: 'fast' | 'steady'
  /** Those of its series by which overrides may pick it; those of the alert itself are in its expression. */
  readonly labels: readonly string[]
  readonly for?: (t: Thresholds) => number
  readonly expr: (of: Selecting, t: Thresholds) => string
  /** What else fires it, with none of the labels: no override picks it by a value, and it is told once. */
  readonly unlabelled?: string
  /** What is the matter, as a template of Prometheus. */
  readonly summary: string
  /** What comes of it for those who use the cluster. */
  readonly impact: string
}

export interface Recording {
  readonly record: string
  readonly pace: Alert['pace']
  readonly expr: string
}

export interface Area {
  readonly name: string
  readonly recordings: readonly Recording[]
  readonly alerts: readonly Alert[]
}

/** A selector of the metric, narrowed to the labels that the thresholds are for. */
export type Selecting = (metric: Metric, matchers?: string, suffix?: '' | '_bucket') => string

export const plain: Selecting = (metric, matchers = '', suffix = '') =>
  `${metric.name}${suffix}${matchers === '' ? '' : `{${matchers}}`}`

/** Whether the alert is another one with another value of it. */
export function usesThreshold({ expr, for: lasting }: Alert, name: ThresholdName): boolean {
  const value = thresholdDefaults[name]
  const other = { ...thresholdDefaults, [name]: typeof value === 'number' ? value + 1 : `${value}+` }
  return expr(plain, other) !== expr(plain, thresholdDefaults) || lasting?.(other) !== lasting?.(thresholdDefaults)
}

/** Several agents may watch a cluster: each series counts once, whoever tells it. */
export const maxBy = (labels: readonly string[], expr: string) => `max by (${labels.join(', ')}) (${expr})`
export const minBy = (labels: readonly string[], expr: string) => `min by (${labels.join(', ')}) (${expr})`
export const sumBy = (labels: readonly string[], expr: string) => `sum by (${labels.join(', ')}) (${expr})`

export const ofCluster = ['cluster'] as const
export const ofGroup = ['cluster', 'group'] as const
export const ofGroupTopic = ['cluster', 'group', 'topic'] as const
export const ofBroker = ['cluster', 'broker'] as const
export const ofTopic = ['cluster', 'topic'] as const
export const ofPartition = ['cluster', 'topic', 'partition'] as const

/** As Prometheus writes durations: 90 s are 1m30s. */
export function promDuration(seconds: number): string {
  let [left, text] = [Math.round(seconds * 1000), '']
  for (const [unit, unitMs] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const) {
    const amount = Math.floor(left / unitMs)
    if (amount > 0) text += `${amount}${unit}`
    left -= amount * unitMs
  }
  return text === '' ? '0s' : text
}

/** Inside double quotes. */
export const quoted = (text: string) =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

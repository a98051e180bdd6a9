// Thresholds in k6's shape: the metric, and under it each expression with a tick or a cross and the value that was judged.
import type { Result } from '../result.ts'
import type { ThresholdResult } from '../verdict/thresholds/model.ts'
import { unitValueText } from '../verdict/thresholds/text.ts'

export function thresholdBlock({ thresholds }: Pick<Result, 'thresholds'>): string | undefined {
  if (thresholds === undefined || thresholds.length === 0) return undefined
  const byMetric = new Map<string, ThresholdResult[]>()
  for (const threshold of thresholds) {
    byMetric.set(threshold.metric, [...(byMetric.get(threshold.metric) ?? []), threshold])
  }
  const lines = [...byMetric].flatMap(([metric, own]) => [
    '',
    `    ${metric}`,
    ...own.map(entry => `    ${stateText(entry)}`),
  ])
  return ['  █ THRESHOLDS', ...lines].join('\n')
}

/** `✗ 'p(99)<50' p(99)=62.10 ms` */
export function stateText(threshold: ThresholdResult): string {
  const { ok, expression, method, samples, value, unit, failedAtSec, aborted } = threshold
  const judged = samples === 0 ? 'no samples' : `${method}=${unitValueText(value, unit)}`
  const when = failedAtSec === undefined ? '' : ` (first at ${failedAtSec.toFixed(0)} s)`
  return `${ok ? '✓' : '✗'} '${expression}' ${judged}${when}${aborted ? ', ended the run' : ''}`
}

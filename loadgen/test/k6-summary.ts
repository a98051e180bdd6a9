// The end of a test in k6's shapes, for what was written to read k6's: the data of handleSummary, and the file of --summary-export.
import type { SummaryMetric, TestResult } from './result.ts'

/** As k6 hands it to handleSummary. */
export function summaryData(result: TestResult, trendStats: readonly string[], setupData: unknown) {
  const metrics = Object.entries(result.metrics).map(([name, metric]) => {
    const own = (result.thresholds ?? []).filter(threshold => threshold.metric === name)
    if (own.length === 0) return [name, metric] as const
    return [name, { ...metric, thresholds: Object.fromEntries(own.map(({ expression, ok }) => [expression, { ok }])) }]
  })
  const checks = (result.checks ?? []).map(check => ({ ...check, path: `::${check.name}` }))
  return {
    root_group: { name: '', path: '', groups: [], checks },
    options: { summaryTrendStats: trendStats, summaryTimeUnit: result.summaryTimeUnit ?? '', noColor: true },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: result.durationSeconds * 1000 },
    metrics: Object.fromEntries(metrics),
    ...(setupData !== undefined && { setup_data: setupData }),
  }
}

/**
 * The file of k6's --summary-export: the values of each metric right under its name, `value` for the share of a rate, and of each
 * threshold whether it was crossed (true: it failed), as k6 has it. Without setup_data, which is where tokens stand.
 */
export function summaryExport(result: TestResult) {
  const checks = (result.checks ?? []).map(check => [check.name, { ...check, path: `::${check.name}` }])
  const metrics = Object.entries(result.metrics).map(([name, metric]) => {
    const own = (result.thresholds ?? []).filter(threshold => threshold.metric === name)
    const thresholds = Object.fromEntries(own.map(({ expression, ok }) => [expression, !ok]))
    return [name, { ...exportedValues(metric), ...(own.length > 0 && { thresholds }) }]
  })
  return {
    root_group: { name: '', path: '', groups: {}, checks: Object.fromEntries(checks) },
    metrics: Object.fromEntries(metrics),
  }
}

function exportedValues({ type, values }: SummaryMetric): Record<string, number> {
  if (type !== 'rate') return values
  const { rate, ...rest } = values
  return { ...rest, ...(rate !== undefined && { value: rate }) }
}

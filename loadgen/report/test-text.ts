// The summary of a test on a terminal, in the shape that users of k6 know: thresholds, totals, metrics; then each scenario.
import type { ScenarioResult, SummaryMetric, TestResult } from '../test/result.ts'
import { countText, fixedText, msText, plural } from './format.ts'
import { metricText, percentText } from './metric-text.ts'
import { thresholdBlock } from './threshold-text.ts'
import { transactionNotes } from './transaction-text.ts'

/** Metrics that are told in a block of their own. */
const executionMetrics = ['iterations', 'iteration_duration', 'dropped_iterations', 'vus', 'vus_max']
const networkMetrics = ['data_sent', 'data_received']

export function testText(result: TestResult): string {
  const blocks = [
    thresholdBlock(result.thresholds === undefined ? {} : { thresholds: result.thresholds }),
    checksBlock(result),
    metricsBlock('KAFKA', result, isKafka),
    metricsBlock('EXECUTION', result, name => executionMetrics.includes(name)),
    metricsBlock('NETWORK', result, name => networkMetrics.includes(name)),
    scenariosBlock(result),
    verdictBlock(result),
  ]
  return `\n${blocks.filter(block => block !== undefined).join('\n\n')}\n`
}

/** Of a counter or a rate that stayed at zero there is nothing to see; the JSON result has them all, and the second names. */
function isKafka(name: string, { type, values }: SummaryMetric): boolean {
  if (executionMetrics.includes(name) || networkMetrics.includes(name) || name.startsWith('kafka_')) return false
  return type === 'trend' || type === 'gauge' || (values.count ?? values.passes ?? 0) !== 0
}

function checksBlock({ checks = [] }: TestResult): string | undefined {
  if (checks.length === 0) return undefined
  const passes = checks.reduce((sum, check) => sum + check.passes, 0)
  const all = checks.reduce((sum, check) => sum + check.passes + check.fails, 0)
  const lines = checks.map(({ name, passes: held, fails }) => {
    if (fails === 0) return `    ✓ ${name}`
    return `    ✗ ${name}\n      ↳ ${percentText(held / (held + fails))}: ✓ ${countText(held)} / ✗ ${countText(fails)}`
  })
  return ['  █ CHECKS', '', `    ${percentText(passes / all)} of ${countText(all)} held`, ...lines].join('\n')
}

function metricsBlock(
  title: string,
  { metrics, summaryTimeUnit }: TestResult,
  isShown: (name: string, metric: SummaryMetric) => boolean,
): string | undefined {
  const shown = Object.entries(metrics).filter(([name, metric]) => isShown(name, metric) && name !== 'checks')
  if (shown.length === 0) return undefined
  const width = Math.max(...shown.map(([name]) => name.length)) + 3
  const lines = shown.map(([name, metric]) => `    ${name.padEnd(width, '.')}: ${metricText(metric, summaryTimeUnit)}`)
  return [`  █ ${title}`, '', ...lines].join('\n')
}

function scenariosBlock({ scenarios, delivery }: TestResult): string {
  const lines = scenarios.flatMap(scenario => ['', ...scenarioLines(scenario)])
  const confirmed = Object.entries(delivery).map(([topic, { confirmed: isConfirmed, acked, brokerDelta }]) =>
    isConfirmed
      ? `    ✓ ${topic}: ${plural(acked, 'record')} acknowledged, and in the topic`
      : `    ✗ ${topic}: ${countText(acked)} acknowledged, ${countText(brokerDelta)} more in the topic than before`,
  )
  return ['  █ SCENARIOS', ...lines, ...(confirmed.length === 0 ? [] : ['', ...confirmed])].join('\n')
}

function scenarioLines({
  name,
  executor,
  lane,
  role,
  topic,
  iterations,
  dropped,
  interrupted,
  result,
  validity,
}: ScenarioResult) {
  const what = lane === 'scripted' ? 'script' : `${role} ${topic}`
  const counts = [
    `${countText(iterations)} ${lane === 'scripted' ? 'iterations' : 'messages'}`,
    ...(dropped > 0 ? [`${countText(dropped)} dropped`] : []),
    ...(interrupted > 0 ? [`${countText(interrupted)} interrupted`] : []),
  ]
  const lines = [`    ${name} (${executor}, ${what}): ${counts.join(', ')}`]
  for (const side of ['produce', 'consume'] as const) {
    const part = result?.[side]
    if (part === undefined) continue
    const { recordsPerSec, mbPerSec, latency } = part
    const rate = `${countText(recordsPerSec)} msg/s, ${fixedText(mbPerSec, 2)} MB/s`
    const times =
      latency === undefined
        ? ''
        : `; latency p50 ${msText(latency.p50Ms)}, p99 ${msText(latency.p99Ms)}, max ${msText(latency.maxMs)} ms`
    lines.push(`      ${side}: ${rate}${times}`)
  }
  if (result !== undefined)
    lines.push(...transactionNotes(result).map(note => `      ${note}`), ...membersLines(result))
  const judged = result?.validity ?? validity
  if (judged !== undefined) {
    const { verdict, reasons } = judged
    lines.push(`      numbers: ${verdict}${reasons[0] === undefined ? '' : ` (${reasons[0].message})`}`)
  }
  return lines
}

function membersLines({ rebalances }: NonNullable<ScenarioResult['result']>): string[] {
  if (rebalances === undefined) return []
  const { consumers, left, killed, joined, count, seconds } = rebalances
  const moves = left + killed === 0 ? '' : `, ${countText(left + killed)} went and ${countText(joined)} came back`
  const longest = seconds === undefined ? '' : `, ${fixedText(seconds.max, 2)} s at most`
  return [`      ${plural(consumers, 'member')}${moves}; ${plural(count, 'rebalance')}${longest}`]
}

function verdictBlock({ verdict, reasons, durationSeconds }: TestResult): string {
  const took = `in ${fixedText(durationSeconds, 1)} s`
  const lines = reasons.map(
    ({ code, message, scenario }) => `    ${code}${scenario === undefined ? '' : ` (${scenario})`}: ${message}`,
  )
  return [`  ${verdict === 'ok' ? '✓' : '✗'} ${verdict} ${took}`, ...lines].join('\n')
}

// The flags of `millrace run`: k6's by k6's names. What is said to Kafka has the flags of `millrace bench` beside them.

import { type ListenAddress, parseListen } from '../core/listen.ts'
import { parseWhole } from '../core/units.ts'
import { formatNames, parseReports, type ReportTarget } from '../loadgen/report/targets.ts'
import { parseStages } from '../loadgen/scenario/k6-env.ts'
import { parsePair } from '../loadgen/scenario/parsers.ts'
import { type FlagTable, flag, parseText } from './flag-table.ts'

const execution = 'Execution:'
const script = 'Script:'
const omb = 'OpenMessaging Benchmark:'
const output = 'Output:'
const short = (letter: string) => ({ short: letter })

export const runFlags = {
  vus: { ...flag(execution, 'count', 'VUs', parseWhole(1)), ...short('u') },
  duration: { ...flag(execution, 'time', 'how long, as 30s or 1h30m', parseText), ...short('d') },
  iterations: { ...flag(execution, 'count', 'iterations of all VUs together', parseWhole(1)), ...short('i') },
  stage: {
    ...flag(execution, 'time:target', 'a stage of ramping VUs, as 30s:10; may be repeated', parseStages, true),
    ...short('s'),
  },
  'execution-segment': flag(execution, 'from:to', 'run this part of the test, as 0:1/3', parseText),
  'execution-segment-sequence': flag(execution, 'borders', 'of all parts, as 0,1/3,2/3,1', parseText),
  'min-iteration-duration': flag(execution, 'time', 'an iteration lasts so long at least', parseText),

  env: { ...flag(script, 'name=value', '__ENV of the script; may be repeated', parsePair, true), ...short('e') },
  tag: flag(script, 'name=value', 'on every sample; may be repeated', parsePair, true),
  config: { ...flag(script, 'file', 'options as JSON, under those of the script', parseText), ...short('c') },
  'no-setup': flag(script, undefined, 'do not call setup()', parseText),
  'no-teardown': flag(script, undefined, 'do not call teardown()', parseText),
  'no-thresholds': flag(script, undefined, 'do not judge thresholds', parseText),
  'setup-timeout': flag(script, 'time', 'how long setup() may take (default: 60s)', parseText),
  'teardown-timeout': flag(script, 'time', 'how long teardown() may take (default: 60s)', parseText),

  'dry-run': flag(output, undefined, 'print the whole plan and check the cluster, without any load', parseText),

  'omb-workload': flag(omb, 'file', 'a workload of the OpenMessaging Benchmark, in place of FILE', parseText),
  'omb-driver': flag(omb, 'file', 'its driver file, for Kafka', parseText),
  'omb-out': flag(omb, 'file', "write the result there in OMB's form, as JSON", parseText),

  'summary-trend-stats': flag(output, 'list', 'of trends: avg,min,med,max,p(90),p(95)', parseText),
  'summary-time-unit': flag(
    output,
    'unit',
    'of times in the summary: s, ms or us (default: the one that fits)',
    parseText,
  ),
  'system-tags': flag(script, 'list', "k6's: must have scenario, group and check", parseText),
  'summary-export': flag(output, 'file', "write the summary there as JSON, in the form of k6's flag", parseText),
  report: flag(
    output,
    'list',
    `reports to write: ${formatNames.join(', ')}; as html=run.html,markdown=-; a file name may say the format`,
    parseReports,
    true,
  ),
  web: {
    ...flag(
      output,
      'host:port',
      'serve a page that shows the test while it runs; without an address on 127.0.0.1:5665',
      parseListen,
    ),
    bare: '127.0.0.1:5665',
  },
  prometheus: flag(
    output,
    'host:port',
    'serve the metrics of the run for Prometheus, as :9464 (loopback)',
    parseListen,
  ),
  out: flag(output, 'file', 'write the result there, as JSON', parseText),
  json: flag(output, undefined, 'print the result as JSON instead of the summary', parseText),
  quiet: { ...flag(output, undefined, 'no live output', parseText), ...short('q') },
} as const satisfies FlagTable

export type RunFlagValues = Readonly<Record<string, unknown>>

interface Pair {
  readonly name: string
  readonly value: string
}

const pairs = (value: unknown): Record<string, string> =>
  Object.fromEntries((value as readonly Pair[]).map(({ name, value: text }) => [name, text]))

/** The options of k6 that were said as flags. */
export function optionsOfFlags(values: RunFlagValues): Record<string, unknown> {
  const stages = (values.stage as readonly (readonly unknown[])[]).flat()
  const tags = pairs(values.tag)
  const options: Record<string, unknown> = {
    vus: values.vus,
    duration: values.duration,
    iterations: values.iterations,
    stages: stages.length > 0 ? stages : undefined,
    executionSegment: values['execution-segment'],
    executionSegmentSequence: values['execution-segment-sequence'],
    minIterationDuration: values['min-iteration-duration'],
    tags: Object.keys(tags).length > 0 ? tags : undefined,
    noSetup: values['no-setup'] === undefined ? undefined : true,
    noTeardown: values['no-teardown'] === undefined ? undefined : true,
    setupTimeout: values['setup-timeout'],
    teardownTimeout: values['teardown-timeout'],
    summaryTimeUnit: values['summary-time-unit'],
    systemTags: (values['system-tags'] as string | undefined)?.split(','),
    summaryTrendStats: (values['summary-trend-stats'] as string | undefined)?.split(','),
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** What leaves the run beside the summary, and where to. */
export interface RunOutput {
  readonly reports: readonly ReportTarget[]
  readonly summaryExport: string | undefined
  readonly web: ListenAddress | undefined
  readonly prometheus: ListenAddress | undefined
  readonly out: string | undefined
  readonly ombOut: string | undefined
  readonly json: boolean
  readonly quiet: boolean
}

export const outputOf = (values: RunFlagValues, env: Readonly<Record<string, string | undefined>>): RunOutput => ({
  reports: (values.report as readonly (readonly ReportTarget[])[]).flat(),
  summaryExport: (values['summary-export'] as string | undefined) ?? (env.K6_SUMMARY_EXPORT || undefined),
  web: values.web as ListenAddress | undefined,
  prometheus: values.prometheus as ListenAddress | undefined,
  out: values.out as string | undefined,
  ombOut: values['omb-out'] as string | undefined,
  json: values.json !== undefined,
  quiet: values.quiet !== undefined || env.K6_QUIET === 'true',
})

export const envOfFlags = (values: RunFlagValues): Record<string, string> => pairs(values.env)

// `millrace plan size`: brokers, partitions, disk and network from measured runs.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes } from '../core/errors.ts'
import { type Parsed, parseDuration, parseRate, parseSize, parseWhole } from '../core/units.ts'
import type { SaturateReport } from '../loadgen/capacity/saturate/report.ts'
import { sizeHtml } from '../loadgen/capacity/size/html.ts'
import { measuredInputs, type RunFile } from '../loadgen/capacity/size/inputs.ts'
import type { Input, SizeInputs, SizeReport } from '../loadgen/capacity/size/model.ts'
import { peakFromPrometheus, peakQueryDefault } from '../loadgen/capacity/size/prometheus.ts'
import { sizeReport } from '../loadgen/capacity/size/size.ts'
import { sizeMarkdown, sizeText } from '../loadgen/capacity/size/text.ts'
import { type Result, resultModel } from '../loadgen/result.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import { type DocumentLooks, documentTargets, reportFlag, writeDocuments } from './document-reports.ts'
import { addTableFlags, type FlagTable, type FlagValues, flag, parseText, readTableFlags } from './flag-table.ts'
import type { Io } from './program.ts'

const load = 'Load:'
const runs = 'Runs:'
const cluster = 'Cluster:'
const spare = 'Headroom:'

function parsePeak(text: string): Parsed<number> {
  const parsed = parseRate(text)
  if ('problem' in parsed) return parsed
  return parsed.value.kind === 'bytes'
    ? { value: parsed.value.perSec }
    : { problem: `"${text}" is records: write bytes, as 300MB/s` }
}

function parseMultiple(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)x$/.exec(text.trim())
  if (match === null) return { problem: `"${text}" is not a multiple: write 2x` }
  const value = Number(match[1])
  return value >= 1 && value <= 100 ? { value } : { problem: 'must be between 1x and 100x' }
}

function parseShare(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
  if (match === null) return { problem: `"${text}" is not a share: write 30%` }
  const value = Number(match[1]) / 100
  return value < 1 ? { value } : { problem: 'must be below 100%' }
}

function parseUrl(text: string): Parsed<string> {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return { value: text }
  return { problem: 'must be a URL, as http://prometheus:9090' }
}

const parseRange = (text: string): Parsed<string> =>
  /^\d+[smhdwy]$/.test(text) ? { value: text } : { problem: `"${text}" is not a time of Prometheus: write 30d` }
const span = bounded(parseDuration, 1_000, 3_650 * 86_400_000, 'between 1s and 10 years')

const ownFlags = {
  peak: flag(load, 'rate', 'keys and values a second at the busiest time, as 300MB/s', parsePeak),
  'prometheus-url': flag(load, 'url', 'take the peak from there, as http://prometheus:9090', parseUrl),
  'peak-query': flag(load, 'promql', `bytes a second, one series (default: ${peakQueryDefault})`, parseText),
  'peak-over': flag(load, 'time', 'the most within this time (default: 30d)', parseRange),
  growth: flag(load, 'multiple', 'that is planned for, as 2x (default: 2x)', parseMultiple),
  retention: flag(load, 'time', 'how long records are kept, as 7d', span),
  groups: flag(load, 'count', 'consumer groups that read everything', parseWhole(0, 10_000)),
  consumers: flag(load, 'count', 'members of the largest group (default: 1)', parseWhole(1, 100_000)),
  saturate: flag(
    runs,
    'file',
    'report of millrace plan saturate (--report json=FILE): what the cluster sustains',
    parseText,
  ),
  run: flag(
    runs,
    'file',
    'result of a bench of few partitions: rates of a partition, compression; may be repeated',
    parseText,
    true,
  ),
  replication: flag(cluster, 'count', 'replicas (default: 3)', parseWhole(1, 32)),
  'min-insync': flag(cluster, 'count', 'min.insync.replicas (default: 2)', parseWhole(1, 32)),
  disk: flag(cluster, 'size', 'disks of one broker, as 8TB (default: as much as it needs)', parseSize),
  headroom: flag(spare, 'share', 'of what was measured that stays free (default: 30%)', parseShare),
  'disk-fill': flag(spare, 'share', 'to which disks are filled (default: 65%)', parseShare),
  outage: flag(spare, 'time', 'groups are away for so long at once (default: 30m)', span),
  drain: flag(spare, 'time', 'and have caught up after this time (default: 1h)', span),
  report: reportFlag,
} as const satisfies FlagTable

type Own = FlagValues<typeof ownFlags, 'report' | 'run'>

const epilogue = `
Performance comes from runs alone: --saturate for what a broker takes in and gives out at the SLO, --run for one partition and for
compression. Each input names its run. The answer is for 1x, 1.5x and 2x of the peak and the planned growth, with one broker lost.
A peak from Prometheus is of the wire: it is not divided by the compression again. See docs/plan.md.

Exit codes: 0 told, 20 no answer from Prometheus, 30 report not written, 104 settings or files not valid.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineSize(group: Command, io: Io, done: (exitCode: number) => void): void {
  const command = group
    .command('size')
    .description('brokers, partitions, disk and network for a load, from measured runs')
  const given = addTableFlags(command, ownFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const { values, problems } = readTableFlags(ownFlags, given, command.args)
    done(await size(values as unknown as Own, problems, io))
  })
}

async function size(own: Own, problems: readonly ConfigProblem[], io: Io): Promise<number> {
  // What was given and could not be read is not missing too.
  const found = [...problems, ...missing(own).filter(({ path }) => !problems.some(problem => problem.path === path))]
  const saturate = own.saturate === undefined ? undefined : readJson(own.saturate, '--saturate', asSaturate, found)
  const partitionRuns = own.run.flatMap(path => readJson(path, '--run', asResult, found) ?? [])
  const measured = saturate === undefined ? undefined : measuredInputs({ saturate, partitionRuns })
  if (measured !== undefined && 'problems' in measured)
    found.push(...measured.problems.map(message => ({ path: '--saturate', message })))
  if (found.length > 0 || measured === undefined || 'problems' in measured) throw configError(found)
  const targets = await documentTargets(own.report)
  const fromPrometheus = own['prometheus-url'] === undefined ? undefined : await peakOf(own)
  const report = sizeReport(inputsOf(own, measured.inputs, fromPrometheus), measured.warnings)
  await writeDocuments(targets, report, looks, io)
  return exitCodes.ok
}

function missing(own: Own): ConfigProblem[] {
  const needed = (key: 'retention' | 'groups' | 'saturate', what: string) =>
    own[key] === undefined ? [{ path: `--${key}`, message: `is required: ${what}` }] : []
  const isBoth = own.peak !== undefined && own['prometheus-url'] !== undefined
  const isNeither = own.peak === undefined && own['prometheus-url'] === undefined
  return [
    ...(isBoth ? [{ path: '--peak', message: 'is given, and --prometheus-url too: one of them says the peak' }] : []),
    ...(isNeither ? [{ path: '--peak', message: 'is required, as 300MB/s; or --prometheus-url' }] : []),
    ...needed('retention', 'how long records are kept, as 7d'),
    ...needed('groups', 'how many consumer groups read everything'),
    ...needed('saturate', 'the report of millrace plan saturate; nothing is planned from guesses'),
  ]
}

const peakOf = (own: Own): Promise<Input> =>
  peakFromPrometheus({
    url: own['prometheus-url']!,
    query: own['peak-query'] ?? peakQueryDefault,
    over: own['peak-over'] ?? '30d',
    timeoutMs: 30_000,
  })

function readJson<T>(
  path: string,
  flagName: string,
  check: (value: unknown) => T | undefined,
  problems: ConfigProblem[],
): RunFile<T> | undefined {
  try {
    const content = check(JSON.parse(readFileSync(path, 'utf8')))
    if (content !== undefined) return { path, content }
    problems.push({
      path: flagName,
      message: `${path} is not ${flagName === '--run' ? 'a result of millrace bench (--out)' : 'a report of millrace plan saturate (--report json=FILE)'}`,
    })
  } catch (error) {
    problems.push({
      path: flagName,
      message: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    })
  }
  return undefined
}

const asSaturate = (value: unknown): SaturateReport | undefined =>
  (value as { kind?: string } | null)?.kind === 'millrace-saturate-report' ? (value as SaturateReport) : undefined

function asResult(value: unknown): Result | undefined {
  const parsed = resultModel.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

function inputsOf(
  own: Own,
  measured: Pick<SizeInputs, 'brokerIn' | 'brokerOut' | 'partitionProduce' | 'partitionConsume' | 'compression'>,
  fromPrometheus: Input | undefined,
): SizeInputs {
  const given = (
    name: string,
    key: keyof typeof ownFlags,
    value: number | undefined,
    otherwise: number,
    unit: Input['unit'],
  ): Input => ({
    name,
    value: value ?? otherwise,
    unit,
    from: value === undefined ? 'default' : `--${key}`,
  })
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000)
  const compression: Input =
    fromPrometheus === undefined
      ? measured.compression
      : { name: 'compression', value: 1, unit: 'ratio', from: 'the peak of Prometheus is of the wire' }
  return {
    ...measured,
    compression,
    peak: fromPrometheus ?? given('peak', 'peak', own.peak, 0, 'B/s'),
    growth: given('growth', 'growth', own.growth, 2, 'ratio'),
    retentionSec: given('retention', 'retention', seconds(own.retention), 0, 's'),
    groups: given('groups', 'groups', own.groups, 0, 'count'),
    consumers: given('consumers', 'consumers', own.consumers, 1, 'count'),
    replication: given('replication', 'replication', own.replication, 3, 'count'),
    minInsync: given('min.insync.replicas', 'min-insync', own['min-insync'], 2, 'count'),
    brokerDisk: own.disk === undefined ? undefined : given('disk, one broker', 'disk', own.disk, 0, 'B'),
    headroom: given('headroom', 'headroom', own.headroom, 0.3, 'ratio'),
    diskFill: given('disk fill', 'disk-fill', own['disk-fill'], 0.65, 'ratio'),
    outageSec: given('outage', 'outage', seconds(own.outage), 1_800, 's'),
    drainSec: given('drain', 'drain', seconds(own.drain), 3_600, 's'),
  }
}

const looks: DocumentLooks<SizeReport> = { title: 'size', text: sizeText, markdown: sizeMarkdown, html: sizeHtml }

// The search on a terminal and as Markdown: the answer, what limited it, and every step.
import { countText, fixedText } from '../../report/format.ts'
import type { Step, Trial } from './model.ts'
import type { SaturateReport } from './report.ts'

const headings: Readonly<Record<SaturateReport['status'], string>> = {
  found: 'sustained',
  unconfirmed: 'not confirmed',
  generator: 'limited by the generator, not by the cluster',
  none: 'nothing is sustained',
  disturbed: 'could not be judged',
}

export function headline({ status, interval: { low, high } }: SaturateReport): string {
  if (status === 'none') return headings.none
  const range =
    high === undefined
      ? `at least ${countText(low)} records/s`
      : `${countText(low)} to ${countText(high)} records/s (${fixedText((100 * (high - low)) / high, 1)} % wide)`
  return `${range}, ${headings[status]}`
}

export function sloText({ search: { slo } }: SaturateReport): string {
  const conditions = [
    slo.responseP99Ms === undefined ? undefined : `response p99 at most ${slo.responseP99Ms} ms`,
    slo.e2eP99Ms === undefined ? undefined : `end-to-end p99 at most ${slo.e2eP99Ms} ms`,
    `at least ${fixedText(100 * slo.achievedShareMin, 1)} % of what is offered acknowledged`,
    slo.errorShareMax === 0 ? 'no errors' : `at most ${fixedText(100 * slo.errorShareMax, 2)} % errors`,
    'neither lag nor backlog growing',
  ]
  return conditions.filter(text => text !== undefined).join(', ')
}

export function limitText(report: SaturateReport): string {
  const { limiting, trials, interval } = report
  if (limiting === undefined) return 'limited by nothing that was seen'
  const failed = trials.findLast(({ step, verdict }) => step.ratePerSec === interval.high && verdict !== 'pass')
  const told = failed?.signals.find(({ name }) => name === limiting)?.told
  return `limited by ${limiting}${told === undefined ? '' : `: ${told} at ${countText(interval.high!)} records/s`}`
}

export const saturateColumns = [
  'step',
  'offered/s',
  'acked/s',
  'p50 ms',
  'p99 ms',
  'e2e p99',
  'seconds',
  'verdict',
  'why',
] as const

const toldMax = 70

export const offeredText = ({ ratePerSec }: Step): string =>
  ratePerSec === undefined ? 'flat out' : countText(ratePerSec)
const ms = (value: number | undefined): string => (value === undefined ? '-' : fixedText(value, 1))

export function cellsOf(trial: Trial): string[] {
  const { step, achievedPerSec, responseP50Ms, responseP99Ms, e2eP99Ms, verdict, signals } = trial
  // What held has nothing to answer for; the document has all.
  const failing = verdict === 'pass' ? [] : signals.filter(({ ok }) => !ok)
  const why = failing.map(
    ({ name, told }) => `${name}: ${told.length > toldMax ? `${told.slice(0, toldMax)}...` : told}`,
  )
  return [step.phase, offeredText(step), countText(achievedPerSec), ms(responseP50Ms), ms(responseP99Ms), ms(e2eP99Ms), String(step.measuredSec), step.ratePerSec === undefined ? '-' : verdict, why.join('; ')] // biome-ignore format: one line
}

export function stepLine(trial: Trial, number: number): string {
  const [phase, offered, acked, , p99, , seconds, verdict, why] = cellsOf(trial)
  return `${String(number).padStart(2)}  ${phase!.padEnd(13)} ${offered!.padStart(11)}/s for ${seconds} s: ${acked}/s acknowledged, p99 ${p99} ms  ${verdict}${why === '' ? '' : ` (${why})`}`
}

export function saturateText(report: SaturateReport): string {
  const { trials, why, kneePerSec, usedSec, usedBytes } = report
  const rows = [saturateColumns as readonly string[], ...trials.map(cellsOf)]
  const last = saturateColumns.length - 1
  const widths = saturateColumns.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row => row.map((cell, column) => (column === 0 || column >= last - 1 ? cell.padEnd(column === last ? 0 : widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()) // biome-ignore format: one line
  return [
    headline(report),
    `  SLO: ${sloText(report)}`,
    `  ${limitText(report)}`,
    ...(kneePerSec === undefined
      ? []
      : [`  knee: p99 leaves twice its value at low load at about ${countText(kneePerSec)} records/s`]),
    `  ${why}; ${countText(usedSec)} s and ${fixedText(usedBytes / 1e6, 0)} MB used`,
    '',
    ...lines,
    '',
  ].join('\n')
}

export function saturateMarkdown(report: SaturateReport): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const rows = report.trials.map(trial => `| ${cellsOf(trial).map(cell).join(' | ')} |`)
  return [
    `## ${headline(report)}`,
    `SLO: ${sloText(report)}. ${limitText(report)}.`,
    [`| ${saturateColumns.join(' | ')} |`, `|${' --- |'.repeat(saturateColumns.length)}`, ...rows].join('\n'),
    '',
  ].join('\n\n')
}

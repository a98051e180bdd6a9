// The gate on a terminal: the verdict, a line a metric, what could have been found, and what it would take.
import type { GateMetricOutcome, GateOutcome } from '../../verdict/gate/model.ts'
import { pText, signed } from '../../verdict/gate/overall.ts'
import {
  detectableText,
  intervalText,
  planText,
  titleOf,
  valueText,
  verdictMarks,
  verdictSentences,
  withoutName,
} from './words.ts'

/** The JSON has all of them. */
const othersMax = 12
const heads = ['', 'base', 'candidate', 'change', 'interval', 'limit', 'p', 'detectable', 'verdict'] as const

export function gateText(gate: GateOutcome): string {
  const { verdict, reasons, toDecide, metrics, errors, settingsThatDiffer } = gate
  const gated = metrics.filter(metric => metric.gated)
  const others = metrics.filter(metric => !metric.gated)
  const parts = [
    `${verdictMarks[verdict]} ${verdict.toUpperCase()}: ${titleOf(gate)}: ${verdictSentences[verdict]}`,
    ...reasons.map(({ code, message }) => `  ${code}: ${withoutName(code, message)}`),
    ...(toDecide === undefined ? [] : [`  it would take: ${toDecide}`]),
    '',
    `  ${planText(gate)}`,
    '',
    ...table([[...heads], ...gated.map(row)]),
    ...(others.length === 0
      ? []
      : ['', '  not gated:', ...table([[...heads], ...others.slice(0, othersMax).map(row)])]),
    '',
    `  errors: ${errors.base} runs of the base, ${errors.candidate} of the candidate`,
    ...errors.messages.slice(0, 5).map(message => `    ${message}`),
    '  detectable: a change of so much would have been found four times in five, with this noise and so many runs',
    ...(settingsThatDiffer.length === 0 ? [] : ['  what differs:']),
    ...settingsThatDiffer.slice(0, 12).map(each => `    ${each.setting}: ${each.base} → ${each.candidate}`),
    ...(settingsThatDiffer.length > 12 ? [`    and ${settingsThatDiffer.length - 12} more`] : []),
  ]
  return `${parts.join('\n')}\n`
}

function row(metric: GateMetricOutcome): string[] {
  const { name, unit, base, candidate, changePercent, limitPercent, better, pValue, verdict } = metric
  return [
    `${name}${unit === '' ? '' : ` ${unit}`}`,
    valueText(base.median, unit),
    valueText(candidate.median, unit),
    signed(changePercent),
    intervalText(metric),
    `${better === 'higher' ? '−' : '+'}${limitPercent} %`,
    pText(pValue),
    detectableText(metric),
    `${verdictMarks[verdict]} ${verdict}`,
  ]
}

function table(rows: readonly (readonly string[])[]): string[] {
  if (rows.length < 2) return ['  no metric']
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(cells => cells[column]!.length)))
  const isText = (column: number) => column === 0 || column === rows[0]!.length - 1
  return rows.map(cells =>
    `  ${cells.map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd(),
  )
}

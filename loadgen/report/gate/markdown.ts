// The gate for a job summary or a comment on a change: far below the 65,536 characters of a comment. The marker on top lets a
// workflow find its own comment again and write over it.
import type { GateMetricOutcome, GateOutcome, GateVerdict } from '../../verdict/gate/model.ts'
import { pText, signed } from '../../verdict/gate/overall.ts'
import { detectableText, intervalText, planText, titleOf, valueText, verdictSentences, withoutName } from './words.ts'

export const commentMarker = '<!-- millrace gate -->'
const rowsMax = 60

const marks: Readonly<Record<GateVerdict, string>> = {
  pass: '✅',
  improvement: '🚀',
  regression: '❌',
  inconclusive: '❔',
  invalid: '⚠️',
}

export function gateMarkdown(gate: GateOutcome): string {
  const { verdict, reasons, toDecide, metrics, errors } = gate
  const parts = [
    `${commentMarker}\n## ${marks[verdict]} millrace gate: ${verdict}`,
    `**${escaped(titleOf(gate))}**: ${verdictSentences[verdict]}. ${planText(gate)}.`,
    reasons.map(({ code, message }) => `- \`${code}\` ${escaped(withoutName(code, message))}`).join('\n'),
    toDecide === undefined ? '' : `It would take: ${escaped(toDecide)}.`,
    table(metrics.filter(({ gated }) => gated)),
    errors.base + errors.candidate === 0
      ? ''
      : `Runs that failed: ${errors.base} of the base, ${errors.candidate} of the candidate.`,
    folded('Not gated', table(metrics.filter(({ gated }) => !gated))),
    folded('What differs', differing(gate)),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function table(metrics: readonly GateMetricOutcome[]): string {
  if (metrics.length === 0) return ''
  const rows = metrics.slice(0, rowsMax).map(metric => {
    const { name, unit, base, candidate, changePercent, limitPercent, better, pValue, verdict } = metric
    return [
      `${marks[verdict]} \`${name}\``,
      `${valueText(base.median, unit)} ${unit === 'B' ? '' : unit}`.trim(),
      valueText(candidate.median, unit),
      `**${signed(changePercent)}**`,
      intervalText(metric),
      `${better === 'higher' ? '−' : '+'}${limitPercent} %`,
      pText(pValue),
      detectableText(metric),
    ]
  })
  const heads = ['', 'base', 'candidate', 'change', 'interval', 'limit', 'p', 'detectable']
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), `|${heads.map((_, at) => (at === 0 ? ' --- ' : ' --: ')).join('|')}|`, ...rows.map(line)].join(
    '\n',
  )
}

function differing({ settingsThatDiffer }: GateOutcome): string {
  return settingsThatDiffer
    .slice(0, rowsMax)
    .map(({ setting, base, candidate }) => `- \`${setting}\`: ${escaped(base)} → ${escaped(candidate)}`)
    .join('\n')
}

const folded = (title: string, text: string): string =>
  text === '' ? '' : `<details><summary>${title}</summary>\n\n${text}\n\n</details>`

const escaped = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('|', '\\|').slice(0, 1000)

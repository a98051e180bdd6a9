// What the gate's reports have in common: words and numbers of one metric.

import type { GateMetricOutcome, GateOutcome, GateVerdict } from '../../verdict/gate/model.ts'
import { signed } from '../../verdict/gate/overall.ts'
import { countText, fixedText, mibText, msText } from '../format.ts'

export const verdictMarks: Readonly<Record<GateVerdict, string>> = {
  pass: '✓',
  improvement: '✓',
  regression: '✗',
  inconclusive: '?',
  invalid: '!',
}

export const verdictSentences: Readonly<Record<GateVerdict, string>> = {
  pass: 'no gated metric is worse by more than its limit',
  improvement: 'better by more than the limit, and nothing worse',
  regression: 'worse by more than the limit, and not by chance',
  inconclusive: 'neither shown to be worse nor shown not to be',
  invalid: 'the runs are no evidence of anything',
}

export function valueText(value: number, unit: string): string {
  if (unit === 'ms') return msText(value)
  if (unit === 'B') return `${mibText(value)} MiB`
  return value >= 1000 ? countText(value) : fixedText(value, value >= 10 ? 1 : 3)
}

export const titleOf = ({ base, candidate }: GateOutcome): string => `${candidate.label} against ${base.label}`

export const intervalText = ({ confidence }: GateMetricOutcome): string =>
  confidence === null ? 'no interval' : `${signed(confidence.lowPercent)} … ${signed(confidence.highPercent)}`

export const detectableText = ({ detectablePercent }: GateMetricOutcome): string =>
  detectablePercent === null ? 'none' : `${fixedText(detectablePercent, 1)} %`

export function planText({ plan, pairs, stoppedEarly }: GateOutcome): string {
  const what = plan.design === 'paired' ? 'pairs' : 'runs a side, not paired'
  const counts =
    pairs.usable === pairs.made ? `${pairs.made} ${what}` : `${pairs.usable} of ${pairs.made} ${what} count`
  const looks = plan.sequential
    ? `, looked at after ${plan.looks.map(look => look.pairs).join(', ')}${stoppedEarly ? ', decided early' : ''}`
    : ''
  const disturbed = pairs.disturbed === 0 ? '' : `, ${pairs.disturbed} disturbed`
  return `${counts}${disturbed}${looks}; ${plan.test}, Holm, alpha ${plan.alpha}`
}

/** A reason that is a metric begins with its name, which stands beside it. */
export const withoutName = (code: string, message: string): string =>
  message.startsWith(`${code} `) ? message.slice(code.length + 1) : message

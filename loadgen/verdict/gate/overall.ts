// The verdict on all of it: errors first, then whether there is evidence at all, then the metrics.
import type { GatePlan } from './judge.ts'
import type { GateMetricOutcome, GateOutcome, GateRun } from './model.ts'
import type { Evidence } from './runs.ts'
import { smallestUnpairedPValue } from './statistics/rank-sum.ts'
import { smallestPairedPValue } from './statistics/signed-rank.ts'

/** A candidate that loses records, where the base never does: once may be an accident. */
const errorRunsMin = 2

/** Noise does not lose records, so this is no matter of statistics: a side that fails, and again, where the other never does. */
export function errorsOf(runs: readonly GateRun[]): GateOutcome['errors'] {
  const failed = runs.filter(({ state }) => state === 'failed')
  const [base, candidate] = (['base', 'candidate'] as const).map(
    side => failed.filter(run => run.side === side).length,
  ) as [number, number]
  const verdict =
    candidate === 0 && base < errorRunsMin
      ? 'pass'
      : base === 0 && candidate >= errorRunsMin
        ? 'regression'
        : candidate === 0
          ? 'improvement'
          : 'inconclusive'
  return {
    verdict,
    base,
    candidate,
    messages: failed.map(({ side, pair, why }) => `${side} ${pair}: ${why ?? 'failed'}`),
  }
}

interface Judged {
  readonly plan: GatePlan
  readonly runs: readonly GateRun[]
  readonly evidence: Evidence
  readonly errors: GateOutcome['errors']
  readonly metrics: readonly GateMetricOutcome[]
  alphaOf(among: number): number
}

export function overall(judged: Judged): Pick<GateOutcome, 'verdict' | 'reasons' | 'toDecide'> {
  const { evidence, errors, metrics } = judged
  const gated = metrics.filter(metric => metric.gated)
  if (errors.verdict === 'regression') {
    const message = `${errors.candidate} runs of the candidate failed, and none of the base: ${errors.messages[0]}`
    return { verdict: 'regression', reasons: [{ code: 'ERRORS', message }] }
  }
  if (gated.length === 0 || evidence.usable < 2) return withoutEvidence(judged)
  const isDisturbed = evidence.disturbed > 0
  const of = (verdict: GateMetricOutcome['verdict']) => gated.filter(metric => metric.verdict === verdict)
  const found = [...of('regression'), ...of('improvement')]
  if (isDisturbed && found.length > 0) return notLeftAlone(evidence, found)
  if (of('regression').length > 0) return { verdict: 'regression', reasons: of('regression').map(reasonOf) }
  const open = of('inconclusive')
  if (open.length > 0 || errors.verdict === 'inconclusive') return undecided(judged, open)
  const better = of('improvement')
  if (better.length > 0) return { verdict: 'improvement', reasons: better.map(reasonOf) }
  return { verdict: 'pass', reasons: [] }
}

function withoutEvidence({ evidence, runs, metrics }: Judged): ReturnType<typeof overall> {
  const [first] = evidence.lost
  const disturbed = runs.filter(({ state }) => state === 'disturbed').length
  const isMostlyDisturbed = disturbed > 0 && disturbed >= evidence.lost.length / 2
  const lost = first === undefined ? '' : `; ${first.side} ${first.pair}: ${first.why ?? first.state}`
  const message =
    runs.length === 0
      ? 'there are no runs'
      : metrics.length === 0 && evidence.usable > 0
        ? 'the sides have no number in common that could be compared'
        : `${evidence.usable} of ${evidence.made} pairs count${lost}`
  return {
    verdict: isMostlyDisturbed ? 'inconclusive' : 'invalid',
    reasons: [{ code: isMostlyDisturbed ? 'DISTURBED' : 'RUNS_NOT_VALID', message }],
    toDecide: 'runs that count: docs/validity.md says what to do about each reason',
  }
}

function notLeftAlone(
  { usable, disturbed }: Evidence,
  found: readonly GateMetricOutcome[],
): ReturnType<typeof overall> {
  const message = `${disturbed} of ${usable} pairs were disturbed, so that no change is concluded from them (${found.map(({ name }) => name).join(', ')})`
  return {
    verdict: 'inconclusive',
    reasons: [{ code: 'DISTURBED', message }],
    toDecide: 'a machine that is left alone; or, where none ever is, --accept disturbed',
  }
}

function undecided(judged: Judged, open: readonly GateMetricOutcome[]): ReturnType<typeof overall> {
  const { errors } = judged
  const reasons = open.map(reasonOf)
  if (errors.verdict === 'inconclusive') {
    const message = `runs failed: ${errors.base} of the base, ${errors.candidate} of the candidate; ${errors.messages[0]}`
    reasons.push({ code: 'ERRORS', message })
  }
  const pairs = open.map(({ pairsToDecide }) => pairsToDecide)
  const most = Math.max(0, ...pairs.map(each => each ?? 0))
  const few = tooFew(judged)
  const toDecide =
    few ??
    (open.length === 0
      ? 'runs without errors, or the same in another run of the candidate'
      : pairs.some(each => each === null || each === undefined)
        ? `${open[0]!.name}: ${open.find(({ pairsToDecide }) => pairsToDecide === null)?.toDecide}`
        : `about ${most} pairs (--pairs ${most}), if effects and noise stay what they are`)
  return { verdict: 'inconclusive', reasons, toDecide }
}

/** So few that nothing could be found, however large. */
function tooFew({ plan, evidence, metrics, alphaOf, runs }: Judged): string | undefined {
  const gated = Math.max(1, metrics.filter(({ gated }) => gated).length)
  const sides = (['base', 'candidate'] as const).map(side => runs.filter(run => run.side === side && run.usable).length)
  const smallest =
    plan.design === 'paired' ? smallestPairedPValue(evidence.usable) : smallestUnpairedPValue(sides[0]!, sides[1]!)
  if (smallest <= alphaOf(gated)) return undefined
  return `more pairs: ${evidence.usable} can find no change among ${gated} gated metrics, however large`
}

const reasonOf = (metric: GateMetricOutcome): { code: string; message: string } => ({
  code: metric.name,
  message: metricSentence(metric),
})

/** "response_p99 +12.3 % [+8.1 %, +16.0 %], limit 10 %, p 0.002" */
export function metricSentence({
  name,
  changePercent,
  confidence,
  limitPercent,
  pValue,
  pLimit,
}: GateMetricOutcome): string {
  const interval = confidence === null ? '' : ` [${signed(confidence.lowPercent)}, ${signed(confidence.highPercent)}]`
  return `${name} ${signed(changePercent)}${interval}, limit ${limitPercent} %, p ${pText(pValue)} (at most ${pText(pLimit)})`
}

export const signed = (percent: number, decimals = 1): string =>
  `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(decimals)} %`

export const pText = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toPrecision(2))

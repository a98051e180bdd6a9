// The judge of two sides: pure, from the numbers of runs to a verdict on each metric and on all of them.
//
//   regression    significant (Holm over the gated metrics), and the estimate lies beyond the practical limit
//   improvement   the same in the other direction
//   pass          the interval excludes a change for the worse beyond the limit
//   inconclusive  none of these: too few runs, or too much noise; what it would take is said
//   invalid       the runs were, so nothing is said of the sides
//
// Runs of a machine that was not left alone never make a finding: they may only let pass.
import { packageVersion } from '../../../core/version.ts'
import { spreadOf } from '../../repeat/statistics.ts'
import type { EvidenceRun } from './evidence.ts'
import { chosenMetrics, type GateChoice, type MetricTraits } from './metrics.ts'
import { type GateMetricOutcome, type GateOutcome, type GateRun, gateSchemaVersion } from './model.ts'
import { errorsOf, overall } from './overall.ts'
import { type Choice, evidenceFor, usableRuns } from './runs.ts'
import { holm } from './statistics/holm.ts'
import { powerWanted } from './statistics/power.ts'
import { unpairedShift } from './statistics/rank-sum.ts'
import { pairedShift, smallestPairedPValue } from './statistics/signed-rank.ts'
import { lookLimits } from './statistics/spending.ts'
import { type Measured, measuredOutcome } from './verdicts.ts'

export interface GatePlan {
  readonly design: 'paired' | 'unpaired'
  readonly alpha: number
  readonly pairsAsked: number
  /** After how many pairs the runs are looked at; the last is `pairsAsked`. One look: no spending. */
  readonly looks: readonly number[]
}

export interface GateInput extends Choice {
  readonly runs: readonly EvidenceRun[]
  readonly plan: GatePlan
  readonly gates: readonly GateChoice[]
  /** By name of a metric, per cent. */
  readonly limits: ReadonlyMap<string, number>
  readonly base: GateOutcome['base']
  readonly candidate: GateOutcome['candidate']
  readonly settingsThatDiffer: GateOutcome['settingsThatDiffer']
}

/** `look`: which of the looks of the plan this is, from 0; the last when left out. */
export function judgeGate(input: GateInput, look = input.plan.looks.length - 1): GateOutcome {
  const { plan, base, candidate, settingsThatDiffer } = input
  const runs = usableRuns(input.runs, plan.design, input)
  const evidence = evidenceFor(runs, plan.design, input)
  const errors = errorsOf(runs)
  const metrics = metricsOf(input, runs, look)
  const decided = overall({ plan, runs, evidence, errors, metrics, alphaOf: among => alphaAt(plan, look, among) })
  return {
    kind: 'millrace-gate',
    schemaVersion: gateSchemaVersion,
    millrace: packageVersion(),
    startedAt: runs.map(({ startedAt }) => startedAt).sort()[0] ?? '',
    ...decided,
    base,
    candidate,
    plan: {
      design: plan.design,
      test: plan.design === 'paired' ? 'Wilcoxon signed-rank on log ratios' : 'Mann-Whitney rank-sum on logarithms',
      alpha: plan.alpha,
      power: powerWanted,
      pairsAsked: plan.pairsAsked,
      sequential: plan.looks.length > 1,
      looks: plan.looks.map((pairs, index) => ({ pairs, alpha: alphaAt(plan, index, 1) })),
    },
    pairs: { made: evidence.made, usable: evidence.usable, disturbed: evidence.disturbed },
    stoppedEarly: look < plan.looks.length - 1,
    errors,
    metrics,
    settingsThatDiffer: [...settingsThatDiffer],
    runs,
  }
}

/** Worked out once: the recursion is the dearest part of a verdict. */
const knownLimits = new Map<string, readonly number[]>()

/** What a p-value may be at this look when alpha is split among so many metrics. */
export function alphaAt({ alpha, looks, pairsAsked }: GatePlan, look: number, among: number): number {
  if (looks.length === 1) return alpha / among
  const key = `${alpha} ${among} ${pairsAsked} ${looks}`
  const limits =
    knownLimits.get(key) ??
    lookLimits(
      alpha / among,
      looks.map(pairs => pairs / pairsAsked),
    )
  knownLimits.set(key, limits)
  return limits[look]!
}

/** The fewest pairs of which so many metrics can be found changed at all. */
export function fewestPairs(alpha: number, metrics: number): number {
  let pairs = 1
  while (smallestPairedPValue(pairs) > alpha / Math.max(1, metrics)) pairs++
  return pairs
}

function metricsOf(input: GateInput, runs: readonly GateRun[], look: number): GateMetricOutcome[] {
  const names = [...new Set(runs.flatMap(({ numbers }) => Object.keys(numbers)))]
  const chosen = chosenMetrics(names, input.gates, input.limits)
  const measured = chosen.flatMap(traits => measure(traits, runs, input.plan.design) ?? [])
  const gated = measured.filter(({ traits }) => traits.isGated)
  const found = holm(
    gated.map(({ shift }) => shift.pValue),
    among => alphaAt(input.plan, look, among),
  )
  const alpha = alphaAt(input.plan, look, 1)
  const strictest = alphaAt(input.plan, look, Math.max(1, gated.length))
  return measured.map(each => {
    const index = gated.indexOf(each)
    const rejection = found[index] ?? { rejected: each.shift.pValue <= alpha, limit: alpha }
    return measuredOutcome(each, rejection, { alpha, strictest: index < 0 ? alpha : strictest })
  })
}

/** Undefined where the sides do not both have it, or where a logarithm would be of zero. */
function measure(traits: MetricTraits, runs: readonly GateRun[], design: GatePlan['design']): Measured | undefined {
  const of = (side: GateRun['side']) =>
    runs
      .filter(run => run.side === side && run.usable && run.numbers[traits.name] !== undefined)
      .sort((one, other) => one.pair - other.pair)
  const pairsOfCandidate = new Set(of('candidate').map(({ pair }) => pair))
  const [base, candidate] =
    design === 'unpaired'
      ? [of('base'), of('candidate')]
      : [
          of('base').filter(({ pair }) => pairsOfCandidate.has(pair)),
          of('candidate').filter(({ pair }) => of('base').some(run => run.pair === pair)),
        ]
  const values = (side: readonly GateRun[]) => side.map(({ numbers }) => numbers[traits.name]!)
  const [one, other] = [values(base), values(candidate)]
  if (one.length === 0 || other.length === 0 || [...one, ...other].some(value => value <= 0)) return undefined
  const [logsOne, logsOther] = [one.map(Math.log), other.map(Math.log)]
  const differences = logsOther.map((value, index) => value - logsOne[index]!)
  const shift = design === 'paired' ? pairedShift(differences) : unpairedShift(logsOne, logsOther)
  const deviation =
    design === 'paired' ? deviationOf(differences) : Math.hypot(deviationOf(logsOne), deviationOf(logsOther))
  return {
    traits,
    base: plain(one),
    candidate: plain(other),
    shift,
    noise: { deviation, pairs: Math.min(one.length, other.length) },
  }
}

function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

function plain(values: readonly number[]): GateMetricOutcome['base'] {
  const { count, median, min, max } = spreadOf(values)!
  return { count, median, min, max }
}

// The verdict on one metric.
import type { MetricTraits } from './metrics.ts'
import type { GateMetricOutcome, MetricVerdict } from './model.ts'
import type { Rejection } from './statistics/holm.ts'
import type { Interval, Shift } from './statistics/location.ts'
import { detectableChange, type Noise, pairsToDecide } from './statistics/power.ts'

export interface Measured {
  readonly traits: MetricTraits
  readonly base: GateMetricOutcome['base']
  readonly candidate: GateMetricOutcome['candidate']
  /** Of logarithms, candidate over base. */
  readonly shift: Shift
  readonly noise: Noise
}

/** More pairs than this are no advice. */
const pairsMax = 200

export function measuredOutcome(
  { traits, base, candidate, shift, noise }: Measured,
  { rejected, limit: pLimit }: Rejection,
  { alpha, strictest }: { readonly alpha: number; readonly strictest: number },
): GateMetricOutcome {
  const { better, limitPercent, isGated, ...named } = traits
  const interval = shift.interval(1 - alpha)
  // Turned so that more is worse, in logarithms.
  const sign = better === 'lower' ? 1 : -1
  const limit = Math.abs(Math.log(1 + (sign * limitPercent) / 100))
  const worse = sign * shift.estimate
  const worstEnd = interval === undefined ? undefined : Math.max(sign * interval.low, sign * interval.high)
  const verdict = verdictOf({ rejected, worse, worstEnd, limit })
  const detectable = detectableChange(noise, strictest, limit)
  return {
    ...named,
    better,
    gated: isGated,
    limitPercent,
    verdict,
    base,
    candidate,
    changePercent: percentOf(shift.estimate),
    confidence:
      interval === undefined
        ? null
        : { level: interval.level, lowPercent: percentOf(interval.low), highPercent: percentOf(interval.high) },
    pValue: shift.pValue,
    pLimit,
    noisePercent: percentOf(noise.deviation),
    detectablePercent: detectable === undefined ? null : Math.abs(percentOf(sign * detectable)),
    ...(verdict === 'inconclusive' && adviceOf({ interval, noise, worse, limit, limitPercent })),
  }
}

const percentOf = (logarithm: number): number => Math.expm1(logarithm) * 100

interface Finding {
  readonly rejected: boolean
  readonly worse: number
  readonly worstEnd: number | undefined
  readonly limit: number
}

function verdictOf({ rejected, worse, worstEnd, limit }: Finding): MetricVerdict {
  if (rejected && worse > limit) return 'regression'
  if (rejected && worse < -limit) return 'improvement'
  return worstEnd !== undefined && worstEnd < limit ? 'pass' : 'inconclusive'
}

interface Undecided {
  readonly interval: Interval | undefined
  readonly noise: Noise
  readonly worse: number
  readonly limit: number
  readonly limitPercent: number
}

/** An interval has to come to lie on one side of the limit: by more pairs, or by less noise. */
function adviceOf({ interval, noise, worse, limit, limitPercent }: Undecided) {
  if (interval === undefined) {
    return { toDecide: `more pairs: ${noise.pairs} have no interval at this level`, pairsToDecide: null }
  }
  const half = (interval.high - interval.low) / 2
  const pairs = pairsToDecide(noise, half, worse - limit)
  if (pairs > pairsMax) {
    return {
      toDecide: `the change is too close to the limit of ${limitPercent} % for its noise: a quieter machine, longer runs, or another limit`,
      pairsToDecide: null,
    }
  }
  const needed = Math.max(pairs, noise.pairs + 2)
  return { toDecide: `about ${needed} pairs, if effect and noise stay what they are`, pairsToDecide: needed }
}

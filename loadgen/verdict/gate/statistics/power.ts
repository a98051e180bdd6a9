// What a comparison could have found at all. The smallest change that so many pairs find four times in five, in units of the noise:
// worked out by making pairs up (seeded) and testing them with the very test that is used, because with few pairs the textbook
// formula promises too much.
import { makeRandom } from '../../../../core/random.ts'
import { normalQuantile } from './normal.ts'
import { signDistribution, trimmedAtEnds } from './ranks.ts'

/** Four times in five: the usual power of a plan. */
export const powerWanted = 0.8
/** Wilcoxon's test needs pi / 3 times the pairs of a t test when differences are normal. */
const pairsForRanks = Math.PI / 3
const madeUp = 2000
const seed = 20_251_101
/** In units of the noise; what would have to be larger is not found at all. */
const shiftMax = 64

const known = new Map<string, number | undefined>()

/**
 * The shift, in standard deviations of a difference, that `pairs` pairs find with `powerWanted` at this two-sided alpha. Undefined: so
 * few pairs find nothing, however large.
 */
export function detectableShift(pairs: number, alpha: number): number | undefined {
  const key = `${pairs} ${alpha.toPrecision(6)}`
  if (!known.has(key)) known.set(key, searchShift(pairs, alpha))
  return known.get(key)
}

function searchShift(pairs: number, alpha: number): number | undefined {
  if (pairs > 60)
    return (normalQuantile(1 - alpha / 2) + normalQuantile(powerWanted)) * Math.sqrt(pairsForRanks / pairs)
  const ranks = Array.from({ length: pairs }, (_, index) => index + 1)
  // Sums of negative ranks up to this one are significant.
  const sumMax = trimmedAtEnds(signDistribution(ranks), alpha / 2) - 1
  if (sumMax < 0) return undefined
  const samples = normalSamples(pairs)
  let [low, high] = [0, shiftMax]
  for (let round = 0; round < 24; round++) {
    const half = (low + high) / 2
    if (shareFound(samples, half, sumMax) >= powerWanted) high = half
    else low = half
  }
  return high
}

function shareFound(samples: readonly (readonly number[])[], shift: number, sumMax: number): number {
  let found = 0
  for (const sample of samples) {
    const ordered = sample.map(value => value + shift).sort((a, b) => Math.abs(a) - Math.abs(b))
    let negative = 0
    for (const [index, value] of ordered.entries()) if (value < 0) negative += index + 1
    if (negative <= sumMax) found++
  }
  return found / samples.length
}

function normalSamples(length: number): number[][] {
  const random = makeRandom(seed, length)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
  return Array.from({ length: madeUp }, () => Array.from({ length }, normal))
}

export interface Noise {
  /** Standard deviation of one difference, in logarithms. */
  readonly deviation: number
  readonly pairs: number
}

/** Standard error of the Hodges-Lehmann estimate. */
export const standardError = ({ deviation, pairs }: Noise): number => deviation * Math.sqrt(pairsForRanks / pairs)

/**
 * The smallest change, as a logarithm, that would be called one four times in five: it has to be significant, and its estimate to lie
 * beyond the practical limit.
 */
export function detectableChange(noise: Noise, alpha: number, limit: number): number | undefined {
  const shift = detectableShift(noise.pairs, alpha)
  if (shift === undefined) return undefined
  return Math.max(shift * noise.deviation, limit + normalQuantile(powerWanted) * standardError(noise))
}

/**
 * How many pairs would put the end of the interval on one side of the limit, four times in five, if effect and noise stay what
 * they are. `distance`: of the estimate from the limit; `half`: of the interval now.
 */
export function pairsToDecide(noise: Noise, half: number, distance: number): number {
  if (distance === 0) return Number.POSITIVE_INFINITY
  const reach = half + normalQuantile(powerWanted) * standardError(noise)
  return Math.ceil(noise.pairs * (reach / Math.abs(distance)) ** 2)
}

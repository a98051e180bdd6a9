// Two sides that are not paired (results of different days): the rank-sum test of Mann and Whitney (1947) with its exact
// distribution, and the Hodges-Lehmann shift between the sides, the middle of all differences of one value here and one there.
import { between, middle, type Shift } from './location.ts'
import { normalCdf } from './normal.ts'
import { doubledRanks, drawDistribution, trimmedAtEnds, twoSided } from './ranks.ts'

/** Of both sides together; beyond it the normal approximation is as good, and the exact distribution dear. */
const exactMax = 60

export function unpairedShift(first: readonly number[], second: readonly number[]): Shift {
  const differences = second.flatMap(value => first.map(other => value - other)).sort((a, b) => a - b)
  return {
    estimate: middle(differences),
    pValue: rankSumPValue(first, second),
    interval(level) {
      const k = trimmedPairs(first.length, second.length, (1 - level) / 2)
      return between(differences, k, level)
    },
  }
}

export function rankSumPValue(first: readonly number[], second: readonly number[]): number {
  const ranks = doubledRanks([...first, ...second])
  const sum = ranks.slice(first.length).reduce((total, rank) => total + rank, 0)
  if (ranks.length <= exactMax) return twoSided(drawDistribution(ranks, second.length), sum)
  const { mean, deviation } = momentsOf(ranks, second.length)
  return deviation === 0 ? 1 : 2 * normalCdf(-Math.abs(sum - mean) / deviation)
}

/** The smallest two-sided p-value that sides of these sizes can reach: all of one side above the other. */
export function smallestUnpairedPValue(first: number, second: number): number {
  let choices = 1
  for (let i = 1; i <= Math.min(first, second); i++) choices *= (first + second - i + 1) / i
  return Math.min(1, 2 / choices)
}

function trimmedPairs(first: number, second: number, tail: number): number {
  const ranks = Array.from({ length: first + second }, (_, index) => index + 1)
  if (ranks.length <= exactMax) {
    // The smallest sum of ranks is that of the second side below the first: from there on sums count pairs.
    const lowest = (second * (second + 1)) / 2
    return trimmedAtEnds(drawDistribution(ranks, second).subarray(lowest), tail)
  }
  const pairs = first * second
  const deviation = Math.sqrt((pairs * (first + second + 1)) / 12)
  let k = 0
  while (k < pairs / 2 && normalCdf((k + 0.5 - pairs / 2) / deviation) <= tail) k++
  return k
}

/** Of the sum of `count` ranks drawn without putting back. */
function momentsOf(ranks: readonly number[], count: number) {
  const all = ranks.length
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / all
  const variance = ranks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0) / (all - 1)
  return { mean: mean * count, deviation: Math.sqrt((count * (all - count) * variance) / all) }
}

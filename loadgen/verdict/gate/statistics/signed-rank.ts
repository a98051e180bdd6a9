// Paired differences: Wilcoxon's signed-rank test (1945) with its exact distribution, and the estimate and interval of Hodges and
// Lehmann (1963) that go with it: the middle of all means of two differences, between two of them that are as far out as the test allows.
import { between, middle, type Shift } from './location.ts'
import { normalCdf } from './normal.ts'
import { doubledRanks, signDistribution, trimmedAtEnds, twoSided } from './ranks.ts'

/** Beyond this many the normal approximation is as good, and the exact distribution dear. */
const exactMax = 100

/** Differences of 0 say nothing about a direction: the test leaves them out (Wilcoxon's way), the estimate does not. */
export function pairedShift(differences: readonly number[]): Shift {
  const walsh = walshAverages(differences)
  return {
    estimate: middle(walsh),
    pValue: signedRankPValue(differences),
    interval(level) {
      const ranks = Array.from({ length: differences.length }, (_, index) => index + 1)
      const k = trimmedAtEnds(signDistribution(ranks), (1 - level) / 2)
      return between(walsh, k, level)
    },
  }
}

export function signedRankPValue(differences: readonly number[]): number {
  const counted = differences.filter(difference => difference !== 0)
  if (counted.length === 0) return 1
  const ranks = doubledRanks(counted.map(Math.abs))
  const positive = ranks.reduce((sum, rank, index) => sum + (counted[index]! > 0 ? rank : 0), 0)
  if (counted.length <= exactMax) return twoSided(signDistribution(ranks), positive)
  // Mean and variance of the sum of the ranks that were seen, which is what ties change.
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / 2
  const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0)) / 2
  return 2 * normalCdf(-Math.abs(positive - mean) / deviation)
}

/** The smallest two-sided p-value that so many pairs can reach: all differences of one sign. */
export const smallestPairedPValue = (pairs: number): number => Math.min(1, 2 ** (1 - pairs))

function walshAverages(values: readonly number[]): number[] {
  const averages: number[] = []
  for (let one = 0; one < values.length; one++) {
    for (let other = one; other < values.length; other++) averages.push((values[one]! + values[other]!) / 2)
  }
  return averages.sort((a, b) => a - b)
}

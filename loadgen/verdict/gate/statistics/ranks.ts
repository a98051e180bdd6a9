// Ranks, and the exact distribution of a sum of ranks. Ties get the mean of their ranks, and the distribution is that of the very
// ranks that were seen (the permutation distribution), so that a p-value stays exact when latencies of a histogram coincide.

/** Ranks from 1, times two: means of ranks are halves, and sums stay whole numbers. */
export function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((one, other) => values[one]! - values[other]!)
  const ranks = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++
    // Ranks from+1 to to+1; twice their mean is the sum of the ends.
    for (let at = from; at <= to; at++) ranks[order[at]!] = from + to + 2
    from = to + 1
  }
  return ranks
}

/** Probability of each sum of ranks when every rank is in it with probability one half, independently. */
export function signDistribution(ranks: readonly number[]): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  const chances = new Float64Array(total + 1)
  chances[0] = 1
  let reached = 0
  for (const rank of ranks) {
    reached += rank
    for (let sum = reached; sum >= 0; sum--) {
      chances[sum] = chances[sum]! / 2 + (sum >= rank ? chances[sum - rank]! / 2 : 0)
    }
  }
  return chances
}

/** Probability of each sum of ranks when `count` of them are drawn, every choice alike. */
export function drawDistribution(ranks: readonly number[], count: number): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0)
  // chances[k][s]: of the ranks so far k are drawn, and their sum is s. Rank i is drawn with (count - k) / (ranks left).
  let chances = Array.from({ length: count + 1 }, () => new Float64Array(total + 1))
  chances[0]![0] = 1
  for (const [index, rank] of ranks.entries()) {
    const left = ranks.length - index
    const next = Array.from({ length: count + 1 }, () => new Float64Array(total + 1))
    for (let drawn = 0; drawn <= Math.min(index, count); drawn++) {
      const share = (count - drawn) / left
      const from = chances[drawn]!
      for (let sum = 0; sum <= total; sum++) {
        const chance = from[sum]!
        if (chance === 0) continue
        if (share < 1) next[drawn]![sum]! += chance * (1 - share)
        if (share > 0) next[drawn + 1]![sum + rank]! += chance * share
      }
    }
    chances = next
  }
  return chances[count]!
}

/** Twice the smaller tail, the value itself in both; at most 1. */
export function twoSided(chances: Float64Array, value: number): number {
  let below = 0
  let above = 0
  for (let sum = 0; sum < chances.length; sum++) {
    if (sum <= value) below += chances[sum]!
    if (sum >= value) above += chances[sum]!
  }
  return Math.min(1, 2 * Math.min(below, above))
}

/**
 * How many of the ordered candidates (Walsh averages, pairwise differences) may be left off at either end: the largest k of which
 * P(sum <= k - 1) is at most `tail`. 0: not even the outermost may.
 */
export function trimmedAtEnds(chances: Float64Array, tail: number): number {
  let below = 0
  for (let k = 0; k < chances.length; k++) {
    below += chances[k]!
    if (below > tail) return k
  }
  return chances.length
}

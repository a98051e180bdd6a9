// What several runs say together. One run is one piece of evidence, one number a metric: the millions of latencies inside a run
// depend on one another and would make any interval far too narrow. All of it is distribution-free where there are enough runs
// for that: run-to-run differences are skewed, and a median with its order statistics does not mind.

/** How wide an interval is asked for; order statistics give at least this, and say what they give. */
const levelWanted = 0.95
/** Two-sided 95 % quantiles of Student's t for 1 to 4 degrees of freedom (2 to 5 runs); from 6 runs on they are not needed. */
const studentT95 = [12.706, 4.303, 3.182, 2.776] as const

export interface Confidence {
  readonly of: 'median' | 'geometric mean'
  readonly method: 'order statistics' | 't on logarithms'
  /** 0.95 means: in 95 of 100 such sets the interval holds the true value. */
  readonly level: number
  readonly low: number
  readonly high: number
}

export interface Spread {
  readonly count: number
  readonly median: number
  readonly min: number
  readonly max: number
  readonly q1: number
  readonly q3: number
  readonly iqr: number
  /** Null for a single run, and for few runs with a value that has no logarithm. */
  readonly confidence: Confidence | null
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((one, other) => one - other)
  const [q1, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.75)]
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    min: sorted[0]!,
    max: sorted.at(-1)!,
    q1,
    q3,
    iqr: q3 - q1,
    confidence: medianConfidence(sorted) ?? meanConfidence(sorted) ?? null,
  }
}

/** Linear between the neighbours (type 7 of Hyndman and Fan, the default of R and NumPy). */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

/**
 * The k-th smallest and k-th largest value enclose the median unless more than n - k of n values fell on one side of it, and each
 * falls on either side with probability one half. Six values are the fewest that enclose it with 95 %.
 */
function medianConfidence(sorted: readonly number[]): Confidence | undefined {
  const count = sorted.length
  let outside = 0
  let found: Confidence | undefined
  for (let k = 1; k <= count / 2; k++) {
    outside += 2 * halves(count, k - 1)
    if (1 - outside < levelWanted) break
    found = {
      of: 'median',
      method: 'order statistics',
      level: 1 - outside,
      low: sorted[k - 1]!,
      high: sorted[count - k]!,
    }
  }
  return found
}

/** Probability of exactly so many heads in `count` throws of a coin; by logarithms, which do not overflow. */
function halves(count: number, heads: number): number {
  let log = -count * Math.LN2
  for (let i = 1; i <= heads; i++) log += Math.log((count - heads + i) / i)
  return Math.exp(log)
}

/** For two to five runs there is no distribution-free interval of 95 %: this one takes ratios between runs to be normal. */
function meanConfidence(values: readonly number[]): Confidence | undefined {
  const t = studentT95[values.length - 2]
  if (t === undefined || values.some(value => value <= 0)) return undefined
  const logs = values.map(Math.log)
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
  const half = t * Math.sqrt(variance / logs.length)
  return {
    of: 'geometric mean',
    method: 't on logarithms',
    level: levelWanted,
    low: Math.exp(mean - half),
    high: Math.exp(mean + half),
  }
}

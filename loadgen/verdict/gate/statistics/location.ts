// What every comparison of two sides answers, whichever test stands behind it.

export interface Interval {
  /** 0.95: in 95 of 100 such comparisons the interval holds the true value. */
  readonly level: number
  readonly low: number
  readonly high: number
}

export interface Shift {
  /** Hodges-Lehmann estimate of how far the second side lies above the first. */
  readonly estimate: number
  /** Two-sided. */
  readonly pValue: number
  /** Undefined: there are too few values for an interval of this level. */
  interval(level: number): Interval | undefined
}

/** The middle of sorted values, or half-way between the two middle ones. */
export function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** Between the k-th smallest and the k-th largest of sorted candidates. */
export function between(candidates: readonly number[], k: number, level: number): Interval | undefined {
  if (k < 1) return undefined
  return { level, low: candidates[k - 1]!, high: candidates[candidates.length - k]! }
}

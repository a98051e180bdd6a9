// Looking before the end. A test that is made again after every few runs finds something sooner or later by chance alone, so alpha
// is spent over the looks: Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials", with their spending function
// of Pocock's kind, which leaves something to spend early. (O'Brien and Fleming's leaves so little that ten runs could never stop.)
// The boundaries come from the recursion of Armitage, McPherson and Rowe (1969): the density of a Brownian motion that has not
// crossed one so far, carried from look to look on a grid.
import { normalCdf, normalDensity, normalQuantile } from './normal.ts'

/** Points of the grid: boundaries are right to five digits. */
const gridPoints = 301

export type SpendingFunction = (alpha: number, share: number) => number

/** Of a one-sided alpha, so much is spent when this share of all runs is there. */
export const pocockSpending: SpendingFunction = (alpha, share) =>
  alpha * Math.log(1 + (Math.E - 1) * Math.min(1, share))

export const obrienFlemingSpending: SpendingFunction = (alpha, share) =>
  2 * normalCdf(-normalQuantile(1 - alpha / 2) / Math.sqrt(Math.min(1, share)))

/**
 * What the two-sided p-value of each look may be at most, so that all looks together err with probability `alpha`.
 *
 * `shares`: of all runs, which are there at each look; increasing, the last is 1 when the plan is carried through.
 */
export function lookLimits(alpha: number, shares: readonly number[], spending = pocockSpending): number[] {
  const limits: number[] = []
  let spent = 0
  let past: Grid | undefined
  let before = 0
  for (const share of shares) {
    const allowed = spending(alpha / 2, share)
    const step = Math.sqrt(share - before)
    const boundary = boundaryOf(past, step, allowed - spent)
    limits.push(2 * normalCdf(-boundary / Math.sqrt(share)))
    past = carried(past, step, boundary)
    spent = allowed
    before = share
  }
  return limits
}

interface Grid {
  readonly at: Float64Array
  /** Density times the weight of the point (Simpson's rule). */
  readonly weighed: Float64Array
}

/** Where the motion has to be cut off for the upper tail to be `tail`; the plan is symmetric. */
function boundaryOf(past: Grid | undefined, step: number, tail: number): number {
  if (past === undefined) return step * normalQuantile(1 - tail)
  let [low, high] = [0, past.at.at(-1)! + 10 * step]
  for (let round = 0; round < 60; round++) {
    const half = (low + high) / 2
    let above = 0
    for (let i = 0; i < gridPoints; i++) above += past.weighed[i]! * normalCdf((past.at[i]! - half) / step)
    if (above > tail) low = half
    else high = half
  }
  return (low + high) / 2
}

function carried(past: Grid | undefined, step: number, boundary: number): Grid {
  const width = (2 * boundary) / (gridPoints - 1)
  const at = Float64Array.from({ length: gridPoints }, (_, i) => -boundary + i * width)
  const weighed = at.map((x, i) => {
    const simpson = (width / 3) * (i === 0 || i === gridPoints - 1 ? 1 : i % 2 === 1 ? 4 : 2)
    return simpson * densityAt(past, step, x)
  })
  return { at, weighed }
}

function densityAt(past: Grid | undefined, step: number, x: number): number {
  if (past === undefined) return normalDensity(x / step) / step
  let density = 0
  for (let i = 0; i < gridPoints; i++) density += past.weighed[i]! * normalDensity((x - past.at[i]!) / step)
  return density / step
}

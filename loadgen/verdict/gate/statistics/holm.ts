// Several metrics are looked at together, and each could be the one that is unlucky: Holm's step-down procedure (1979) keeps the
// chance of any false finding at alpha, whatever the metrics have to do with one another.

export interface Rejection {
  readonly rejected: boolean
  /** What the p-value was held against. */
  readonly limit: number
}

/**
 * In the order of the p-values given. `limitOf` says what a p-value may be at most when alpha is split among so many; a plan with
 * several looks has another one than alpha / among (spending.ts).
 */
export function holm(pValues: readonly number[], limitOf: (among: number) => number): Rejection[] {
  const order = pValues.map((_, index) => index).sort((one, other) => pValues[one]! - pValues[other]!)
  const found = new Array<Rejection>(pValues.length)
  let isOpen = true
  for (const [step, index] of order.entries()) {
    const limit = limitOf(pValues.length - step)
    isOpen &&= pValues[index]! <= limit
    found[index] = { rejected: isOpen, limit }
  }
  return found
}

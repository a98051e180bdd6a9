// What trials say about the limit: it lies above what passed and below what failed. Later trials win over earlier ones that they
// contradict, because they are longer. Pure.
import type { Trial } from './model.ts'

export interface Bound {
  readonly ratePerSec: number
  /** Of the longest trial that agrees at this rate. */
  readonly measuredSec: number
  readonly trial: Trial
}

export interface Bracket {
  readonly lower: Bound | undefined
  readonly upper: Bound | undefined
  /** The end that was moved last by a trial that contradicted it. */
  readonly reopened: 'lower' | 'upper' | undefined
  /**
   * Passed before and has failed now: a hiccup, or the truth that a longer trial brings out. One more trial tells;
   * what fails there once more has failed, however often shorter trials pass.
   */
  readonly contested: Bound | undefined
}

const boundOf = (trial: Trial): Bound => ({
  ratePerSec: trial.step.ratePerSec!,
  measuredSec: trial.step.measuredSec,
  trial,
})

export function bracketOf(trials: readonly Trial[]): Bracket {
  let passed: Bound[] = []
  let failed: Bound[] = []
  let reopened: Bracket['reopened']
  let contested: Bound | undefined
  const doubted = new Set<number>()
  for (const trial of trials) {
    const { verdict, step } = trial
    if (step.ratePerSec === undefined || verdict === 'disturbed') continue
    const bound = boundOf(trial)
    if (verdict === 'pass') {
      if (contested?.ratePerSec === bound.ratePerSec) contested = undefined
      // What failed at this rate or below was no limit.
      const standing = failed.filter(({ ratePerSec }) => ratePerSec > bound.ratePerSec)
      reopened = standing.length < failed.length ? 'upper' : keptOpen(reopened, 'upper', standing.length > 0)
      failed = standing
      passed = [...passed.filter(({ ratePerSec }) => ratePerSec !== bound.ratePerSec), bound]
    } else if (!doubted.has(bound.ratePerSec) && passed.some(({ ratePerSec }) => ratePerSec === bound.ratePerSec)) {
      contested = bound
      doubted.add(bound.ratePerSec)
    } else {
      contested = undefined
      const standing = passed.filter(({ ratePerSec }) => ratePerSec < bound.ratePerSec)
      reopened = standing.length < passed.length ? 'lower' : keptOpen(reopened, 'lower', standing.length > 0)
      passed = standing
      failed = [...failed.filter(({ ratePerSec }) => ratePerSec !== bound.ratePerSec), bound]
    }
  }
  const lower = passed.reduce<Bound | undefined>(
    (best, each) => (best === undefined || each.ratePerSec > best.ratePerSec ? each : best),
    undefined,
  )
  const upper = failed.reduce<Bound | undefined>(
    (best, each) => (best === undefined || each.ratePerSec < best.ratePerSec ? each : best),
    undefined,
  )
  return { lower, upper, reopened, contested }
}

/** As long as trials go on in the direction of the contradiction, the limit is sought near to it. */
const keptOpen = (now: Bracket['reopened'], direction: 'lower' | 'upper', hasOther: boolean): Bracket['reopened'] =>
  now === direction && hasOther ? now : undefined

// The search as a state machine: the trials so far in, the next step or the answer out. Pure, so that it goes on after a crash from
// the trials alone, and is tested by simulation.
//
//   flood           closed loop: about where the limit is
//   climb           from 10 % of that, doubling, until a trial fails
//   bisect          short trials, longer ones as the bracket shrinks (as FD.io's MLRsearch does)
//   verify          both ends of the narrow bracket at full length; an end that does not hold reopens the search next to it
//   confirm         the longest trial at the lower end, and one 10 % above it, which must fail
//
// Never from overload straight into a trial: the pause after a failed one is longer.
import { type Bound, type Bracket, bracketOf } from './bracket.ts'
import type { Decision, Outcome, Phase, SearchSettings, SignalName, Step, Trial } from './model.ts'

/** Of the flood, to begin with. */
const climbFrom = 0.1
const climbFactor = 2
/** Of a data budget, for the flood. */
const floodShare = 0.2
/** Just above the flood, and not at it: a rate at the limit itself is a toss. Deep overload teaches nothing and takes long to drain. */
const atFloodFactor = 1.1
const beyondFloodFactor = 1.25
const aboveFactor = 1.1
/** After a failure of an end, how far next to it the next trial goes, in widths. */
const nearWidths = 0.7
/** A confirmation shorter than this confirms nothing. */
const confirmSecMin = 60
const disturbedMax = 3
const settleAfterFailure = 3

export function decide(settings: SearchSettings, trials: readonly Trial[]): Decision {
  const isHopeless =
    trials.length >= disturbedMax && trials.slice(-disturbedMax).every(({ verdict }) => verdict === 'disturbed')
  if (isHopeless) return done('disturbed', trials, `${disturbedMax} trials in a row were disturbed from outside`)
  const flood = trials.find(({ step, verdict }) => step.phase === 'flood' && verdict !== 'disturbed')
  if (flood === undefined) return within(settings, trials, { phase: 'flood', rate: undefined, sec: settings.floodSec })
  const bracket = bracketOf(trials)
  if (bracket.contested !== undefined) {
    const { ratePerSec } = bracket.contested
    return within(settings, trials, { phase: 'verify lower', rate: ratePerSec, sec: settings.fullTrialSec })
  }
  if (bracket.upper === undefined) return climb(settings, trials, flood, bracket)
  if (bracket.lower === undefined) return descend(settings, trials, bracket.upper)
  const { lower, upper } = bracket
  if (widthOf(lower, upper) > settings.widthMax) {
    return within(settings, trials, {
      phase: 'bisect',
      rate: between(settings, bracket),
      sec: trialSec(settings, widthOf(lower, upper)),
    })
  }
  return verify(settings, trials, lower, upper)
}

export const widthOf = (lower: Bound, upper: Bound): number => (upper.ratePerSec - lower.ratePerSec) / upper.ratePerSec

function climb(settings: SearchSettings, trials: readonly Trial[], flood: Trial, { lower }: Bracket): Decision {
  const floodRate = Math.max(settings.rateMin, flood.achievedPerSec)
  const sec = settings.trialSec
  if (lower === undefined) return within(settings, trials, { phase: 'climb', rate: floodRate * climbFrom, sec })
  const from = lower.ratePerSec
  // A contradiction above leaves no upper end: it lies near.
  const isReopened = trials.some(
    ({ verdict, step }) => step.ratePerSec !== undefined && verdict === 'fail' && step.ratePerSec <= from,
  )
  const doubled = from * climbFactor
  const next = isReopened
    ? from * (1 + settings.widthMax)
    : doubled <= floodRate
      ? doubled
      : from < floodRate
        ? floodRate * atFloodFactor
        : from * beyondFloodFactor
  return within(settings, trials, { phase: 'climb', rate: next, sec })
}

function descend(settings: SearchSettings, trials: readonly Trial[], upper: Bound): Decision {
  const next = upper.ratePerSec / climbFactor
  if (next < settings.rateMin)
    return done('none', trials, `not even ${Math.round(upper.ratePerSec)} records/s were sustained`)
  return within(settings, trials, { phase: 'climb', rate: next, sec: settings.trialSec })
}

/** The middle; next to an end that has just been contradicted, where the limit most likely is. */
function between(settings: SearchSettings, { lower, upper, reopened }: Bracket): number {
  const [low, high] = [lower!.ratePerSec, upper!.ratePerSec]
  const middle = (low + high) / 2
  const step = settings.widthMax * nearWidths
  if (reopened === 'lower') return Math.max(middle, high * (1 - step))
  if (reopened === 'upper') return Math.min(middle, low * (1 + step))
  return middle
}

/** From the shortest, at a bracket of 20 % or more, to half of the full length. */
function trialSec({ trialSec: shortest, fullTrialSec, widthMax }: SearchSettings, width: number): number {
  const longest = Math.max(shortest, fullTrialSec / 2)
  const share = Math.min(1, Math.max(0, (0.2 - width) / Math.max(0.01, 0.2 - widthMax)))
  return Math.round(shortest + share * (longest - shortest))
}

function verify(settings: SearchSettings, trials: readonly Trial[], lower: Bound, upper: Bound): Decision {
  const { fullTrialSec, confirmSec } = settings
  const left = leftSec(settings, trials)
  const wanted = Math.min(confirmSec, Math.max(fullTrialSec, left - reserveSec(settings)))
  if (upper.measuredSec < fullTrialSec)
    return within(settings, trials, { phase: 'verify upper', rate: upper.ratePerSec, sec: fullTrialSec })
  if (lower.measuredSec < fullTrialSec)
    return within(settings, trials, { phase: 'verify lower', rate: lower.ratePerSec, sec: fullTrialSec })
  if (lower.trial.step.phase !== 'confirm') {
    if (wanted < Math.min(confirmSecMin, confirmSec))
      return done('unconfirmed', trials, 'no time was left to confirm the lower end')
    return within(settings, trials, { phase: 'confirm', rate: lower.ratePerSec, sec: Math.floor(wanted) })
  }
  const above = lower.ratePerSec * aboveFactor
  const isRefuted = trials.some(
    ({ step, verdict }) =>
      step.phase === 'confirm above' &&
      verdict !== 'pass' &&
      verdict !== 'disturbed' &&
      (step.ratePerSec ?? 0) <= above * 1.001,
  )
  if (!isRefuted) return within(settings, trials, { phase: 'confirm above', rate: above, sec: fullTrialSec })
  return done('found', trials, `${lower.trial.step.measuredSec} s at the lower end held, 10 % above it did not`)
}

/** What the trial after the confirmation needs. */
const reserveSec = (settings: SearchSettings): number =>
  settings.fullTrialSec + 2 * (settings.warmupSec + settings.settleSec * settleAfterFailure)

// ---- budgets ----

export const stepSec = ({ warmupSec }: SearchSettings, step: Step): number =>
  step.settleSec + warmupSec + step.measuredSec

export const usedSec = (settings: SearchSettings, trials: readonly Trial[]): number =>
  trials.reduce((sum, { step }) => sum + stepSec(settings, step), 0)

const leftSec = (settings: SearchSettings, trials: readonly Trial[]): number =>
  settings.timeBudgetSec - usedSec(settings, trials)

export const usedBytes = (settings: SearchSettings, trials: readonly Trial[]): number =>
  trials.reduce((sum, { step, achievedPerSec }) => {
    const records = achievedPerSec * (step.measuredSec + settings.warmupSec)
    return sum + Math.min(records, step.recordsMax ?? Number.POSITIVE_INFINITY) * settings.recordBytes
  }, 0)

interface Wish {
  readonly phase: Phase
  readonly rate: number | undefined
  readonly sec: number
}

/** The step, or the end of the search where it would break a budget. */
function within(settings: SearchSettings, trials: readonly Trial[], { phase, rate, sec }: Wish): Decision {
  const last = trials.at(-1)
  const settleSec = last === undefined ? 0 : settings.settleSec * (last.verdict === 'pass' ? 1 : settleAfterFailure)
  const step: Step = {
    phase,
    ratePerSec: rate === undefined ? undefined : Math.max(settings.rateMin, Math.round(rate)),
    measuredSec: sec,
    settleSec,
  }
  const { dataBudgetBytes: budget, recordBytes } = settings
  // Nobody knows its rate beforehand: a part of the budget is all it gets.
  const limited =
    phase === 'flood' && budget !== undefined ? { recordsMax: Math.floor((floodShare * budget) / recordBytes) } : {}
  if (usedSec(settings, trials) + stepSec(settings, step) > settings.timeBudgetSec) {
    return done('unconfirmed', trials, `the time budget of ${settings.timeBudgetSec} s is used up`)
  }
  const expectedPerSec = step.ratePerSec ?? 0
  const bytes = expectedPerSec * (sec + settings.warmupSec) * settings.recordBytes
  if (settings.dataBudgetBytes !== undefined && usedBytes(settings, trials) + bytes > settings.dataBudgetBytes) {
    return done('unconfirmed', trials, 'the data budget is used up')
  }
  return { kind: 'step', step: { ...step, ...limited } }
}

// ---- the answer ----

function done(status: Outcome['status'], trials: readonly Trial[], why: string): Decision {
  const { lower, upper } = bracketOf(trials)
  const limiting = upper?.trial.signals.find(({ ok }) => !ok)?.name
  const isGenerator = upper?.trial.verdict === 'generator'
  return {
    kind: 'done',
    outcome: {
      status: isGenerator && status !== 'none' ? 'generator' : status,
      interval: { low: lower?.ratePerSec ?? 0, high: upper?.ratePerSec },
      limiting: isGenerator ? ('generator' satisfies SignalName) : limiting,
      why: isGenerator
        ? `the generator gave out before the cluster: use more --workers, another machine, or larger records; ${why}`
        : why,
    },
  }
}

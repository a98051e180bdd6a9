// The search, carried out: the next step from the trials so far, a pause, a trial, and everything kept before the next one begins.
// What a trial is, how a pause passes and where the search is kept is the caller's.
import { isMillraceError, MillraceError } from '../../../core/errors.ts'
import type { Result } from '../../result.ts'
import { trialOf } from './judge.ts'
import type { SearchSettings, Step, Trial } from './model.ts'
import { type About, type SaturateReport, type SearchFile, saturateReport } from './report.ts'
import { decide } from './search.ts'

export interface SearchDeps {
  readonly runTrial: (step: Step) => Promise<Result>
  readonly pause: (sec: number) => Promise<void>
  /** After each trial. */
  readonly save: (file: SearchFile) => Promise<void>
  readonly onTrial: (trial: Trial, number: number) => Promise<void>
}

/** Goes on from what is in the file. Interrupted, it answers with what is known by then. */
export async function runSearch(settings: SearchSettings, file: SearchFile, deps: SearchDeps): Promise<SaturateReport> {
  const trials: Trial[] = [...file.trials]
  let about = file.about as About | undefined
  for (let decision = decide(settings, trials); decision.kind === 'step'; decision = decide(settings, trials)) {
    const { step } = decision
    const result = await resultOf(step, deps)
    if (result === undefined) break
    const trial = trialOf(step, result, settings.slo)
    if (step.phase === 'flood' && trial.achievedPerSec === 0) throw nothingDelivered(result)
    about ??= { environment: result.environment, settings: result.settings }
    trials.push(trial)
    await deps.save({ ...file, trials, about })
    await deps.onTrial(trial, trials.length)
  }
  return saturateReport({ kind: 'millrace-saturate', version: 1, settings, trials }, file.startedAt, about)
}

/** Undefined: interrupted. */
async function resultOf(step: Step, { pause, runTrial }: SearchDeps): Promise<Result | undefined> {
  try {
    await pause(step.settleSec)
    return await runTrial(step)
  } catch (error) {
    if (isMillraceError(error) && error.code === 'INTERRUPTED') return undefined
    throw error
  }
}

function nothingDelivered({ reasons: [reason] }: Result): MillraceError {
  return new MillraceError(
    'SENDS_FAILED',
    `the flood delivered nothing${reason === undefined ? '' : `: ${reason.message}`}`,
  )
}

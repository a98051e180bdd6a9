// Runs one plan several times, one after the other, each with a topic of its own if the run creates it.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import type { BenchPlan } from '../plan.ts'
import type { Result } from '../result.ts'
import type { ResultSet } from './model.ts'
import { buildSet } from './summary.ts'

export interface SetRun {
  readonly plan: BenchPlan
  readonly repeat: number
  readonly signal?: AbortSignal | undefined
  /** One run, `run` counting from 1. */
  runOne(plan: BenchPlan, run: number): Promise<Result>
  onNotice(text: string): void
}

/**
 * Rejects when the first run cannot begin; when a later one cannot, or the signal comes, the runs so far are the set. A run
 * whose records failed does not keep the others from being made.
 */
export async function runSet({ plan, repeat, signal, runOne, onNotice }: SetRun): Promise<ResultSet> {
  const results: Result[] = []
  let failure: MillraceError | undefined
  while (results.length < repeat && !signal?.aborted && failure === undefined) {
    const run = results.length + 1
    onNotice(`run ${run} of ${repeat}`)
    try {
      results.push(await runOne(planOf(plan, run, results[0]), run))
    } catch (error) {
      if (results.length === 0 || !isMillraceError(error)) throw error
      failure = error
    }
  }
  const interrupted = failure === undefined && results.length < repeat
  return buildSet({ asked: repeat, results, interrupted, ...(failure && { failure: plainOf(failure) }) })
}

const plainOf = ({ code, message }: MillraceError) => ({ code, message })

/** A name of its own for each topic: the one before may still be on its way out, or was to be kept. */
function planOf(plan: BenchPlan, run: number, first: Result | undefined): BenchPlan {
  if (first === undefined || !first.environment.topic.created) return plan
  return { ...plan, topic: { ...plan.topic, name: `${plan.topic.name}-r${run}` } }
}

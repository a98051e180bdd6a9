// From a scenario as it was read to its executor, with k6's defaults; and the rate of an executor that has one.
import type { RatePlan } from '../plan.ts'
import type { ReadScenario } from './document.ts'
import type { ExecutorModel, StageModel } from './model.ts'

const defaults = { gracefulRampDownMs: 30_000, maxDurationMs: 600_000, timeUnitMs: 1_000 }

export function executorOf(given: ReadScenario): ExecutorModel {
  switch (given.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations': {
      const { executor: kind, vus = 1, iterations = 1, maxDuration = defaults.maxDurationMs } = given
      return { kind, vus, iterations, maxDurationMs: maxDuration }
    }
    case 'constant-vus':
      return { kind: given.executor, vus: given.vus ?? 1, durationMs: given.duration }
    case 'ramping-vus': {
      const { executor: kind, startVUs = 1, gracefulRampDown = defaults.gracefulRampDownMs } = given
      return { kind, startVus: startVUs, stages: given.stages.map(stageOf), gracefulRampDownMs: gracefulRampDown }
    }
    case 'constant-arrival-rate': {
      const { executor: kind, rate, duration } = given
      return { kind, rate, durationMs: duration, ...arrivalOf(given) }
    }
    case 'ramping-arrival-rate':
      return {
        kind: given.executor,
        startRate: given.startRate ?? 0,
        stages: given.stages.map(stageOf),
        ...arrivalOf(given),
      }
  }
}

const stageOf = ({ duration, target }: { duration: number; target: number }): StageModel => ({
  durationMs: duration,
  target,
})

const arrivalOf = (given: { timeUnit?: number | undefined; preAllocatedVUs: number; maxVUs?: number | undefined }) => ({
  timeUnitMs: given.timeUnit ?? defaults.timeUnitMs,
  preAllocatedVus: given.preAllocatedVUs,
  maxVus: given.maxVUs ?? given.preAllocatedVUs,
})

/** The rate of an executor that has one, in records per second, where an iteration is one record. */
export function ratePlanOf(executor: ExecutorModel): RatePlan | undefined {
  if (executor.kind === 'constant-arrival-rate') {
    return { kind: 'records', perSec: (executor.rate * 1000) / executor.timeUnitMs }
  }
  if (executor.kind !== 'ramping-arrival-rate') return undefined
  const perSecOf = (rate: number) => (rate * 1000) / executor.timeUnitMs
  let from = executor.startRate
  const stages = executor.stages.map(({ durationMs, target }) => {
    const stage = { fromPerSec: perSecOf(from), toPerSec: perSecOf(target), durationMs }
    from = target
    return stage
  })
  const peak = stages.reduce((most, { fromPerSec, toPerSec }) => Math.max(most, fromPerSec, toPerSec), 0)
  return { kind: 'records', perSec: peak, shape: { kind: 'stages', stages }, arrivals: 'reached' }
}

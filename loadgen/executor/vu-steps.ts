// How many VUs there are when: the steps of a ramp, in whole VUs, for the whole of a test or for one share of it.
import type { RampingVus } from '../scenario/model.ts'
import { type Striping, scaled } from '../scenario/segment.ts'

/** From this moment of the executor on there are so many VUs. */
export interface VuStep {
  readonly atNs: number
  readonly vus: number
}

type Ramp = Pick<RampingVus, 'startVus' | 'stages'>

/** Of one share, its end included: no VUs. */
export function* vuSteps(ramp: Ramp, share: Striping): Generator<VuStep> {
  const endNs = ramp.stages.reduce((sum, { durationMs }) => sum + durationMs * 1e6, 0)
  yield* shareOf([...wholeSteps(ramp), { atNs: endNs, vus: 0 }], share)
}

/** Of one share, without an end: the last level stays. */
export const vuLevels = (ramp: Ramp, share: Striping): Generator<VuStep> => shareOf(wholeSteps(ramp), share)

/**
 * Within a stage the levels are evenly spaced, and the target is met exactly at its end. Going down, a level is left a slot later
 * than going up it is reached, so that the end of the stage is met too.
 */
function* wholeSteps({ startVus, stages }: Ramp): Generator<VuStep> {
  let vus = startVus
  let endNs = 0
  yield { atNs: 0, vus }
  for (const { durationMs, target } of stages) {
    const lengthNs = durationMs * 1e6
    endNs += lengthNs
    const difference = target - vus
    if (lengthNs === 0 && difference !== 0) yield { atNs: endNs, vus: target }
    else {
      const direction = Math.sign(difference)
      for (let level = vus + direction; direction * (target - level) >= 0 && direction !== 0; level += direction) {
        yield { atNs: endNs - Math.floor((lengthNs * (target - level)) / difference), vus: level }
      }
    }
    vus = target
  }
}

/** Only the steps in which the share changes, several of one moment as one. */
function* shareOf(steps: Iterable<VuStep>, share: Striping): Generator<VuStep> {
  let last: VuStep | undefined
  let said: number | undefined
  for (const step of steps) {
    if (last !== undefined && step.atNs > last.atNs && last.vus !== said) {
      yield last
      said = last.vus
    }
    last = { atNs: step.atNs, vus: scaled(step.vus, share) }
  }
  if (last !== undefined && last.vus !== said) yield last
}

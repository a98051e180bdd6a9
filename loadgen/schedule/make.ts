// From the rate of a plan to its schedule. A new shape is one file here and one line in the table.
import type { RatePlan, RateShape, ReplayShape, StagesShape } from '../plan.ts'
import { scaled as countOwned, elementAt, type Striping } from '../scenario/segment.ts'
import { burstCurve } from './burst.ts'
import { constantCurve } from './constant.ts'
import { type Curve, evenly } from './curve.ts'
import { poisson } from './poisson.ts'
import { replaySchedule } from './replay.ts'
import type { Schedule } from './schedule.ts'
import { sineCurve } from './sine.ts'
import { stagesCurve, stagesReached } from './stages.ts'

export function makeSchedule(rate: RatePlan, seed: number): Schedule {
  const { share, ...whole } = rate
  return share === undefined ? wholeSchedule(whole, seed) : shareOf(wholeSchedule(whole, seed), share)
}

/** What one part of a test has of a schedule. */
const shareOf = (schedule: Schedule, share: Striping): Schedule => ({
  dueBy: elapsedSec => countOwned(schedule.dueBy(elapsedSec), share),
  dueAt: index => schedule.dueAt(elementAt(index, share)),
  rateAt: elapsedSec => (schedule.rateAt(elapsedSec) * share.offsets.length) / share.lcd,
})

function wholeSchedule(rate: RatePlan, seed: number): Schedule {
  if (rate.arrivals === 'reached' && rate.shape !== undefined && 'stages' in rate.shape) {
    return stagesReached(inSeconds(rate.shape))
  }
  if (rate.shape?.kind === 'replay') return replaySchedule(rate.shape)
  const curve = rate.shape === undefined ? constantCurve(rate.perSec) : curveOf(rate.shape)
  return rate.arrivals === 'poisson' ? poisson(curve, seed) : evenly(curve)
}

function curveOf(shape: Exclude<RateShape, ReplayShape>): Curve {
  switch (shape.kind) {
    case 'burst':
      return burstCurve({ ...shape, burstSec: shape.burstMs / 1000, periodSec: shape.periodMs / 1000 })
    case 'sine':
      return sineCurve({ ...shape, periodSec: shape.periodMs / 1000 })
    default:
      return stagesCurve(inSeconds(shape))
  }
}

const inSeconds = ({ stages }: StagesShape) => stages.map(stage => ({ ...stage, durationSec: stage.durationMs / 1000 }))

/** How long a shape takes; undefined: it has no end. */
export function lengthMsOf({ shape }: RatePlan): number | undefined {
  if (shape?.kind === 'replay') return shape.lengthMs
  if (shape === undefined || !('stages' in shape)) return undefined
  return shape.stages.reduce((sum, stage) => sum + stage.durationMs, 0)
}

/** The same rate in another unit: every rate times the factor. */
export function scaled(rate: RatePlan, factor: number): RatePlan {
  const { shape } = rate
  return {
    ...rate,
    perSec: rate.perSec * factor,
    ...(shape === undefined ? {} : { shape: scaledShape(shape, factor) }),
  }
}

function scaledShape(shape: RateShape, factor: number): RateShape {
  switch (shape.kind) {
    case 'burst':
      return { ...shape, basePerSec: shape.basePerSec * factor, peakPerSec: shape.peakPerSec * factor }
    case 'sine':
      return { ...shape, lowPerSec: shape.lowPerSec * factor, highPerSec: shape.highPerSec * factor }
    case 'replay':
      return { ...shape, speed: shape.speed * factor, lengthMs: shape.lengthMs / factor }
    default:
      return {
        ...shape,
        stages: shape.stages.map(({ fromPerSec, toPerSec, durationMs }) => ({
          fromPerSec: fromPerSec * factor,
          toPerSec: toPerSec * factor,
          durationMs,
        })),
      }
  }
}

// A rate as a function of time, with the area under it and the inverse of that area. Pure arithmetic of elapsed time: no clock,
// no drift, no period that is added up. Evenly spaced records are the whole numbers of the area; Poisson arrivals
// (poisson.ts) are another set of points on the same axis, so every shape can have either.
import type { Schedule } from './schedule.ts'

export interface Curve {
  /** Area under the rate in [0, sec]: records, as a real number. */
  areaBy(sec: number): number
  /** The moment from which the area is more than this; Infinity when it never is. The inverse of areaBy where the rate is not zero. */
  secAt(area: number): number
  /** Records per second asked for at this moment. */
  rateAt(sec: number): number
}

/** Rounding of the area: absolute, and relative to it. */
const areaSlack = 1e-6
const areaSlackShare = 4e-15
const secSlack = 1e-9

/** Record `index` (from 0) is due when the area is about to exceed `index`: the first one when the rate is first above zero. */
export function evenly(curve: Curve): Schedule {
  return {
    dueBy(elapsedSec) {
      if (elapsedSec < 0) return 0
      const area = curve.areaBy(elapsedSec)
      const whole = Math.floor(area + areaSlack + area * areaSlackShare)
      // While the rate is zero, the next record waits for the end of the pause.
      return curve.secAt(whole) > elapsedSec + secSlack + elapsedSec * areaSlackShare ? whole : whole + 1
    },
    dueAt: index => curve.secAt(index),
    rateAt: elapsedSec => curve.rateAt(elapsedSec),
  }
}

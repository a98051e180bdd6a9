// A constant rate.
import { type Curve, evenly } from './curve.ts'
import type { Schedule } from './schedule.ts'

export const constantCurve = (perSec: number): Curve => ({
  areaBy: sec => sec * perSec,
  secAt: area => area / perSec,
  rateAt: () => perSec,
})

/** Evenly spaced: record 0 at 0, the next a period later. */
export const constantRate = (perSec: number): Schedule => evenly(constantCurve(perSec))

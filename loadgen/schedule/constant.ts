// A constant rate. Pure arithmetic of elapsed time: no clock, no state, no drift, no accumulated period.
import type { Schedule } from './schedule.ts'

export function constantRate(perSec: number): Schedule {
  return {
    // Record 0 is due at 0. The epsilon keeps a record that is due exactly now from being lost to rounding.
    dueBy: elapsedSec => (elapsedSec < 0 ? 0 : Math.floor(elapsedSec * perSec + 1e-6) + 1),
    dueAt: index => index / perSec,
    rateAt: () => perSec,
  }
}

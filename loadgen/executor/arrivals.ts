// When the iterations of an executor with an arrival rate are due: its schedule, and how many there are in all.

import { type ExecutorModel, regularDurationMs } from '../scenario/model.ts'
import { ratePlanOf } from '../scenario/read-executor.ts'
import { elementAt, type Striping, scaled } from '../scenario/segment.ts'
import { makeSchedule } from '../schedule/make.ts'
import { dueBefore, type Schedule } from '../schedule/schedule.ts'

export interface Arrivals {
  /** How many iterations this share starts. */
  readonly count: number
  /** Nanoseconds from the start of the executor to this share's iteration `own` (from 0). */
  dueNs(own: number): number
}

/** Of one share, without a message to the others. Undefined: the executor has no rate. */
export function arrivalsOf(executor: ExecutorModel, share: Striping): Arrivals | undefined {
  const rate = ratePlanOf(executor)
  if (rate === undefined) return undefined
  const schedule: Schedule = makeSchedule(rate, 0)
  const total = dueBefore(schedule, regularDurationMs(executor) / 1000)
  return {
    count: scaled(total, share),
    dueNs: own => schedule.dueAt(elementAt(own, share)) * 1e9,
  }
}

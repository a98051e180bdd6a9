// When records are due, as a function of time; and how W workers share one schedule without a message between them.

export interface Schedule {
  /** Records due in [0, elapsedSec]. */
  dueBy(elapsedSec: number): number
  /** Seconds from the start at which record `index` (from 0) is due. */
  dueAt(index: number): number
  /** Records per second asked for at this moment, for display. */
  rateAt(elapsedSec: number): number
}

/** Records due in [0, sec): what a run of that length owes. `dueBy` counts more when records are due at that very end. */
export function dueBefore(schedule: Schedule, sec: number): number {
  let due = schedule.dueBy(sec)
  // Several may be due at one moment, where a profile is replayed.
  while (due > 0 && schedule.dueAt(due - 1) >= sec - 1e-9) due--
  return due
}

/** Worker `worker` of `workers` owns the records worker, worker + workers, worker + 2 workers, … of the run. */
export interface Stripe {
  readonly worker: number
  readonly workers: number
}

/** How many of the first `total` records of the run are this worker's. The shares of all workers add up to `total`. */
export function ownedOf(total: number, { worker, workers }: Stripe): number {
  return Math.max(0, Math.floor((total - worker + workers - 1) / workers))
}

/** Number in the run of this worker's record `own`. */
export const globalIndex = (own: number, { worker, workers }: Stripe): number => own * workers + worker

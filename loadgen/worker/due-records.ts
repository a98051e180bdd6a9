// DATA PLANE: paced 10 ns a record beside making it, flat out nothing.
//
// Makes the records that are due, and says from when each one's latency counts.
import type { SharedHistogram } from '../../core/histogram.ts'
import type { ProducePlan } from '../plan.ts'
import { globalIndex, type Schedule, type Stripe } from '../schedule/schedule.ts'
import type { BatchBuilder } from './batch-builder.ts'

export interface DueRecords {
  readonly plan: ProducePlan
  readonly stripe: Stripe
  /** Absent: flat out. */
  readonly schedule?: Schedule | undefined
  readonly startNs: number
  /** Of this worker's own records, how many were taken before. */
  readonly taken: number
  readonly count: number
  readonly nowNs: number
  readonly wallUs: number
  /** For lateness that no later step records. */
  readonly lateness: SharedHistogram
}

/** How many were made: fewer than asked for where a batch is full, none where there is no memory. */
export function makeDue(builder: BatchBuilder, due: DueRecords): number {
  const { plan, stripe, schedule, startNs, taken, count, nowNs, wallUs } = due
  const isFromAppending = schedule === undefined || plan.latencyFrom === 'appended'
  if (isFromAppending || plan.recording === 'none') {
    const made = builder.appendRun(count, globalIndex(taken, stripe), stripe.workers, nowNs, wallUs)
    if (schedule !== undefined && isFromAppending) recordLateness(due, schedule, made)
    return made
  }
  for (let made = 0; made < count; made++) {
    const sequence = globalIndex(taken + made, stripe)
    // Each record counts from its own intended moment.
    const intendedNs = startNs + schedule.dueAt(sequence) * 1e9
    if (!builder.append(sequence, nowNs, wallUs, intendedNs)) return made
  }
  return count
}

function recordLateness({ stripe, startNs, taken, nowNs, lateness }: DueRecords, schedule: Schedule, made: number) {
  for (let index = 0; index < made; index++) {
    const intendedNs = startNs + schedule.dueAt(globalIndex(taken + index, stripe)) * 1e9
    lateness.record(nowNs - intendedNs, 1)
  }
}

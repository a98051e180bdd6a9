// The part of a result that says what was produced.
import { stampResult } from './identity.ts'
import type { MeterSide } from './meter.ts'
import { summariseLatency } from './meter-summaries.ts'
import type { ProducePlan } from './plan.ts'
import { recordRate } from './rate.ts'
import type { Result } from './result.ts'
import type { TransactionsResult } from './result-parts.ts'
import { describeRate } from './schedule/describe.ts'
import { makeSchedule } from './schedule/make.ts'
import { dueBefore } from './schedule/schedule.ts'
import type { Finished } from './summary.ts'

export function produceResult(finished: Finished, side: MeterSide, plan: ProducePlan): NonNullable<Result['produce']> {
  const { meter, tally, failure, run, books } = finished
  const { measured, total } = side
  return {
    ...rates(measured.records, measured.bytes, meter.measuredSec),
    ...(plan.rate === undefined ? {} : { schedule: describeRate(plan.rate) }),
    ...offered(finished, plan),
    errors: total.errors,
    errorsByCode: total.errors === 0 ? {} : { [failure?.code ?? 'UNKNOWN']: total.errors },
    retries: total.retries,
    retriesByCode: tally.retries.produce,
    batches: measured.batches,
    requests: measured.requests,
    wireBytes: measured.wireBytes,
    // Another client compresses out of sight.
    ...(plan.compression === 'none' || total.wireBytes === 0 || finished.client !== undefined
      ? {}
      : { compressionRatio: total.batchBytes / total.wireBytes }),
    totalRecords: total.records,
    ...produceTimes(side, plan),
    ...(plan.transactions !== undefined && { transactions: transactionsResult(side, meter.measuredSec) }),
    ...stampResult(run, plan),
    ...(books === undefined || !isStamped(plan) ? {} : { books }),
  }
}

/** Of producers, or of consumers that pass records on. */
export function transactionsResult({ total, measured, commit }: MeterSide, measuredSec: number): TransactionsResult {
  const { commits: committed, aborts: aborted, abortsForced: failed, recordsCommitted, recordsAborted } = total
  const commitLatency = summariseLatency(commit, 'commitAsked')
  return {
    ...{ committed, aborted, failed, recordsCommitted, recordsAborted },
    committedPerSec: per(measured.commits, measuredSec),
    abortedPerSec: per(measured.aborts, measuredSec),
    failedPerSec: per(measured.abortsForced, measuredSec),
    recordsCommittedPerSec: per(measured.recordsCommitted, measuredSec),
    ...(commitLatency === undefined ? {} : { commitLatency }),
  }
}

function produceTimes({ latency, service, lateness }: MeterSide, { rate, latencyFrom }: ProducePlan) {
  const from = rate === undefined ? 'appended' : (latencyFrom ?? 'intended')
  const times = {
    latency: summariseLatency(latency, from),
    serviceLatency: summariseLatency(service, 'sent'),
    lateness: rate === undefined ? undefined : summariseLatency(lateness, 'intended'),
  }
  return Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined))
}

/** What fell due from the end of the warm-up on: until the planned end, or until the run was cut short. */
function offered({ plan, meter, tally, failure }: Finished, produce: ProducePlan) {
  const rate = recordRate(produce)
  if (rate === undefined) return {}
  const schedule = makeSchedule(rate, plan.seed)
  const wasCutShort = tally.interrupted || tally.aborted || failure !== undefined || plan.durationMs === undefined
  const fromSec = plan.warmupMs / 1000
  const untilSec = fromSec + (wasCutShort ? meter.measuredSec : plan.durationMs / 1000)
  const dueIn = (sec: number) => Math.min(dueBefore(schedule, sec), plan.records ?? Number.POSITIVE_INFINITY)
  const { dueMade, dueDropped, dueDiscarded } = meter.produce!.total
  const sent = dueMade - dueDiscarded
  const dropped = dueDropped + dueDiscarded
  // Cut short, each worker has stopped at a moment of its own, a little after the main thread's.
  const offered = Math.max(dueIn(untilSec) - dueIn(fromSec), sent + dropped)
  return { offered, sent, dropped, owed: offered - sent - dropped }
}

export const isStamped = (produce: ProducePlan | undefined) => produce?.stamp === 'value' || produce?.stamp === 'header'

export const per = (amount: number, seconds: number) => (seconds === 0 ? 0 : amount / seconds)

export function rates(records: number, bytes: number, seconds: number) {
  return {
    records,
    bytes,
    recordsPerSec: per(records, seconds),
    mbPerSec: per(bytes, seconds) / 1e6,
    mibPerSec: per(bytes, seconds) / 2 ** 20,
  }
}

// The numbers of one window that people watch, the same for the line and for the panel. A roundtrip shows what comes
// out beside what goes in, and the end-to-end latency, because the acknowledgement is only half of its way.
import type { BenchMode } from '../loadgen/plan.ts'
import type { Handled, Progress, TransactionEnds } from '../loadgen/progress.ts'
import type { Window } from '../loadgen/result.ts'

export interface LiveNumbers {
  readonly producedPerSec: number | undefined
  readonly consumedPerSec: number | undefined
  readonly mbPerSec: number
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
  readonly p999Ms: number | undefined
  readonly maxMs: number | undefined
  readonly errors: number
  /** Of runs in transactions, a second. */
  readonly transactionsPerSec: TransactionEnds | undefined
  /** Of consumers that handle what they read, records a second. */
  readonly handledPerSec: Handled | undefined
}

export function liveNumbers(mode: BenchMode, { window, errorsByCode }: Progress): LiveNumbers {
  const perSec = (count: number | undefined) => (count ?? 0) / Math.max(window.seconds, Number.EPSILON)
  const producing = mode === 'produce'
  return {
    producedPerSec: mode === 'consume' ? undefined : perSec(window.produced),
    consumedPerSec: producing ? undefined : perSec(window.consumed),
    mbPerSec: perSec(mode === 'consume' ? window.consumeBytes : window.produceBytes) / 1e6,
    p50Ms: producing ? window.produceP50Ms : window.e2eP50Ms,
    p99Ms: producing ? window.produceP99Ms : window.e2eP99Ms,
    p999Ms: producing ? window.produceP999Ms : window.e2eP999Ms,
    maxMs: producing ? window.produceMaxMs : window.e2eMaxMs,
    errors: Object.values(errorsByCode).reduce((sum, count) => sum + count, 0),
    transactionsPerSec: window.transactionsCommitted === undefined ? undefined : transactionsOf(window, perSec),
    handledPerSec: window.forwarded === undefined ? undefined : handledOf(window, perSec),
  }
}

type PerSec = (count: number | undefined) => number

const transactionsOf = (window: Window, perSec: PerSec): TransactionEnds => ({
  committed: perSec(window.transactionsCommitted),
  aborted: perSec(window.transactionsAborted),
  failed: perSec(window.transactionsFailed),
})

const handledOf = ({ forwarded, deadLettered, skipped }: Window, perSec: PerSec): Handled => ({
  forwarded: perSec(forwarded),
  deadLettered: perSec(deadLettered),
  skipped: perSec(skipped),
})

/** 75 -> "1:15" */
export function clockText(seconds: number): string {
  const whole = Math.round(seconds)
  const minutes = Math.floor(whole / 60)
  return `${minutes}:${String(whole % 60).padStart(2, '0')}`
}

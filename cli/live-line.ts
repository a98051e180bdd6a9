// The live output for pipes and logs: one aligned line a second, no cursor codes, the head repeated now and then.

import type { BenchMode } from '../loadgen/plan.ts'
import type { Progress } from '../loadgen/progress.ts'
import { countText, fixedText, msText, rateNumberText } from '../loadgen/report/format.ts'
import { clockText, type LiveNumbers, liveNumbers } from './live-numbers.ts'

interface Column {
  readonly head: string
  readonly width: number
  cell(numbers: LiveNumbers, progress: Progress): string
}

/** A head before the first line and then every so many lines, so that a log can be entered anywhere. */
export const linesPerHead = 30

const ms = (valueMs: number | undefined): string => (valueMs === undefined ? '-' : msText(valueMs))

const time: Column = { head: 'time', width: 7, cell: (_, { elapsedSec }) => clockText(elapsedSec) }
const phase: Column = { head: 'phase', width: 9, cell: (_, progress) => progress.phase }
const produced: Column = { head: 'msg/s', width: 11, cell: numbers => countText(numbers.producedPerSec ?? 0) }
const consumed: Column = { head: 'msg/s', width: 11, cell: numbers => countText(numbers.consumedPerSec ?? 0) }
const rest: readonly Column[] = [
  { head: 'MB/s', width: 9, cell: numbers => fixedText(numbers.mbPerSec, 1) },
  { head: 'p50 ms', width: 9, cell: numbers => ms(numbers.p50Ms) },
  { head: 'p99 ms', width: 9, cell: numbers => ms(numbers.p99Ms) },
  { head: 'p99.9 ms', width: 9, cell: numbers => ms(numbers.p999Ms) },
  { head: 'max ms', width: 9, cell: numbers => ms(numbers.maxMs) },
  { head: 'errors', width: 7, cell: numbers => countText(numbers.errors) },
  { head: 'CPU %', width: 6, cell: (_, { window }) => countText(window.cpuPercent) },
]
const inFlight: Column = { head: 'in flight', width: 9, cell: (_, progress) => countText(progress.inFlight) }
const lag: Column = { head: 'lag', width: 9, cell: (_, { window }) => countText(window.consumeLag ?? 0) }

const columnsByMode: Readonly<Record<BenchMode, readonly Column[]>> = {
  produce: [time, phase, produced, ...rest, inFlight],
  consume: [time, phase, consumed, ...rest, lag],
  roundtrip: [time, phase, { ...produced, head: 'in msg/s' }, { ...consumed, head: 'out msg/s' }, ...rest, lag],
}

const perSec = (rate: number | undefined): string => rateNumberText(rate ?? 0)

/** Of runs in transactions. */
const transactions: readonly Column[] = [
  { head: 'commit/s', width: 8, cell: ({ transactionsPerSec }) => perSec(transactionsPerSec?.committed) },
  { head: 'abort/s', width: 7, cell: ({ transactionsPerSec }) => perSec(transactionsPerSec?.aborted) },
  { head: 'failed', width: 6, cell: (_, { transactions: all }) => countText(all?.failed ?? 0) },
]
/** Of consumers that handle what they read. */
const handled: readonly Column[] = [
  { head: 'passed on/s', width: 11, cell: ({ handledPerSec }) => countText(handledPerSec?.forwarded ?? 0) },
  { head: 'dead/s', width: 6, cell: ({ handledPerSec }) => perSec(handledPerSec?.deadLettered) },
]
const commitTime: Column = { head: 'commit p99', width: 10, cell: (_, { window }) => ms(window.commitP99Ms) }

/** A run has the same ones from its first window to its last. */
function columnsOf(mode: BenchMode, { window }: Pick<Progress, 'window'>): readonly Column[] {
  const inTransactions = window.transactionsCommitted !== undefined
  const handles = window.forwarded !== undefined
  return [
    ...columnsByMode[mode],
    ...(handles ? handled : []),
    ...(inTransactions ? transactions : []),
    ...(inTransactions || handles ? [commitTime] : []),
  ]
}

export const liveHead = (mode: BenchMode, progress: Pick<Progress, 'window'>): string =>
  columnsOf(mode, progress)
    .map(({ head, width }) => head.padStart(width))
    .join(' ')

export function liveLine(mode: BenchMode, progress: Progress): string {
  const numbers = liveNumbers(mode, progress)
  return columnsOf(mode, progress)
    .map(({ width, cell }) => cell(numbers, progress).padStart(width))
    .join(' ')
}

// The live output for a terminal: what the panel says, as plain lines that fit the width. Drawing is live.ts.

import type { BenchMode } from '../loadgen/plan.ts'
import type { Progress, Tick } from '../loadgen/progress.ts'
import { countText, fixedText, mibText, msText, rateText } from '../loadgen/report/format.ts'
import type { ThresholdResult } from '../loadgen/verdict/thresholds/model.ts'
import { unitValueText } from '../loadgen/verdict/thresholds/text.ts'
import { clockText, type LiveNumbers, liveNumbers } from './live-numbers.ts'
import { cut } from './redrawn-lines.ts'

const barCells = 24
const sparks = '▁▂▃▄▅▆▇█'

/** Windows that the rate curve remembers. */
export const historyMax = 60

export interface PanelInput {
  readonly mode: BenchMode
  readonly topic: string
  /** Of the last window. */
  readonly progress: Progress
  /** Newer than the window; absent before the first. */
  readonly tick?: Tick | undefined
  /** Records per second of the last windows, oldest first. */
  readonly history: readonly number[]
  readonly columns: number
}

/** The rates are the second line, which is drawn with emphasis. */
export function panelLines({ mode, topic, progress, tick, history, columns }: PanelInput): string[] {
  const { window, phase, thresholds } = progress
  const numbers = liveNumbers(mode, progress)
  const ms = (label: string, value: number | undefined) => (value === undefined ? [] : [`${label} ${msText(value)} ms`])
  const lines = [
    [`millrace ${mode}`, tick?.phase ?? phase, timeText(tick ?? progress), topic],
    [...ratesText(numbers, tick), `${fixedText(numbers.mbPerSec, 1)} MB/s`],
    [
      ...ms('p50', numbers.p50Ms),
      ...ms('p99', numbers.p99Ms),
      ...ms('p99.9', numbers.p999Ms),
      ...ms('max', numbers.maxMs),
    ],
    ...committedLines(progress, numbers, tick),
    standText(mode, progress, numbers, tick),
    [
      `generator: CPU ${countText(window.cpuPercent)} %`,
      `${mibText(window.rssBytes)} MiB`,
      ...(tick?.loopLateMs === undefined ? [] : [`${fixedText(tick.loopLateMs, 1)} ms late`]),
    ],
    ...(thresholds.length === 0 ? [] : [thresholds.map(thresholdText)]),
    [sparkline(history.slice(-Math.max(columns - 4, 1)))],
  ]
  return lines.map(parts => cut(` ${parts.join('   ')}`, columns))
}

/** Of the moment where it is known, else of the last window. */
export function ratesText(numbers: LiveNumbers, tick: Tick | undefined): string[] {
  const rate = (label: string, perSec: number | undefined) =>
    perSec === undefined ? [] : [`${label} ${countText(perSec)}/s`]
  return [
    ...rate('offered', tick?.offeredPerSec),
    ...rate('sent', tick?.sentPerSec),
    ...rate('acked', tick?.ackedPerSec ?? numbers.producedPerSec),
    ...rate('consumed', tick?.consumedPerSec ?? numbers.consumedPerSec),
  ]
}

/** What is committed, and how; no line in runs that do not commit. What has happened once stays in sight. */
export function committedLines(progress: Progress, numbers: LiveNumbers, tick: Tick | undefined): string[][] {
  const { transactions, handled, window } = progress
  const passedOn = (tick?.handledPerSec ?? numbers.handledPerSec)?.forwarded ?? 0
  const ends = tick?.transactionsPerSec ?? numbers.transactionsPerSec
  const counted = (label: string, count: number) => (count === 0 ? [] : [`${label} ${countText(count)}`])
  const ofRecords = handled && [
    `passed on ${rateText(passedOn)}`,
    ...counted('dead letters', handled.deadLettered),
    ...counted('passed over', handled.skipped),
  ]
  const ofTransactions = transactions && [
    `transactions ${rateText(ends?.committed ?? 0)}`,
    ...(transactions.aborted === 0 ? [] : [`aborted ${rateText(ends?.aborted ?? 0)}`]),
    ...counted('FAILED', transactions.failed),
  ]
  return [ofRecords ?? [], [...(ofTransactions ?? []), ...commitTimes(window)]].filter(parts => parts.length > 0)
}

const commitTimes = ({ commitP50Ms, commitP99Ms, commitMaxMs }: Progress['window']): string[] =>
  commitP50Ms === undefined
    ? []
    : [`commit p50 ${msText(commitP50Ms)} ms`, `p99 ${msText(commitP99Ms!)} ms`, `max ${msText(commitMaxMs!)} ms`]

function standText(mode: BenchMode, progress: Progress, numbers: LiveNumbers, tick: Tick | undefined): string[] {
  const { inFlight, producedTotal, consumedTotal, window } = progress
  const lag = tick?.lag ?? window.consumeLag
  return [
    `${countText(mode === 'consume' ? consumedTotal : producedTotal)} records`,
    ...(mode === 'consume' ? [] : [`${countText(tick?.inFlight ?? inFlight)} in flight`]),
    ...(lag === undefined ? [] : [`lag ${countText(lag)}`]),
    `${countText(numbers.errors)} errors`,
  ]
}

export const thresholdText = ({ ok, metric, expression, value, unit, samples }: ThresholdResult): string =>
  `${samples === 0 ? '·' : ok ? '✓' : '✗'} ${metric} ${expression}${samples === 0 ? '' : ` (${unitValueText(value, unit)})`}`

function timeText({ elapsedSec, totalSec }: Pick<Progress, 'elapsedSec' | 'totalSec'>): string {
  if (totalSec === undefined || totalSec <= 0) return clockText(elapsedSec)
  const filled = Math.round(Math.min(elapsedSec / totalSec, 1) * barCells)
  return `${clockText(elapsedSec)} of ${clockText(totalSec)} ${'█'.repeat(filled)}${'░'.repeat(barCells - filled)}`
}

/** From zero to the highest value: a curve that began at the lowest would make noise look like trouble. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(...values, 1)
  return values.map(value => sparks[Math.min(Math.floor((value / top) * sparks.length), sparks.length - 1)]).join('')
}

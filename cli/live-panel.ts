// The live output for a terminal: what the panel says, as plain lines that fit the width. Drawing is live.ts.

import type { BenchMode } from '../loadgen/plan.ts'
import type { Progress } from '../loadgen/progress.ts'
import { countText, fixedText, mibText, msText } from '../loadgen/report/format.ts'
import { clockText, liveNumbers } from './live-numbers.ts'

const barCells = 24
const sparks = '▁▂▃▄▅▆▇█'

/** Windows that the rate curve remembers. */
export const historyMax = 60

export interface PanelInput {
  readonly mode: BenchMode
  readonly topic: string
  readonly progress: Progress
  /** Records per second of the last windows, oldest first. */
  readonly history: readonly number[]
  readonly columns: number
}

export function panelLines({ mode, topic, progress, history, columns }: PanelInput): string[] {
  const { window, phase, inFlight, producedTotal, consumedTotal } = progress
  const numbers = liveNumbers(mode, progress)
  const ms = (label: string, value: number | undefined) => (value === undefined ? [] : [`${label} ${msText(value)} ms`])
  const total = mode === 'consume' ? consumedTotal : producedTotal
  const lines = [
    [`millrace ${mode}`, phase, timeText(progress), topic],
    [
      ...(numbers.producedPerSec === undefined ? [] : [`in ${countText(numbers.producedPerSec)} msg/s`]),
      ...(numbers.consumedPerSec === undefined ? [] : [`out ${countText(numbers.consumedPerSec)} msg/s`]),
      `${fixedText(numbers.mbPerSec, 1)} MB/s`,
    ],
    [...ms('p50', numbers.p50Ms), ...ms('p99', numbers.p99Ms), ...ms('max', numbers.maxMs)],
    [
      `${countText(total)} records`,
      `${countText(numbers.errors)} errors`,
      `CPU ${countText(window.cpuPercent)} %`,
      `${mibText(window.rssBytes)} MiB`,
      `${countText(inFlight)} in flight`,
    ],
    [sparkline(history.slice(-Math.max(columns - 4, 1)))],
  ]
  return lines.map(parts => cut(` ${parts.join('   ')}`, columns))
}

function timeText({ elapsedSec, totalSec }: Progress): string {
  if (totalSec === undefined || totalSec <= 0) return clockText(elapsedSec)
  const filled = Math.round(Math.min(elapsedSec / totalSec, 1) * barCells)
  return `${clockText(elapsedSec)} of ${clockText(totalSec)} ${'█'.repeat(filled)}${'░'.repeat(barCells - filled)}`
}

/** From zero to the highest value: a curve that began at the lowest would make noise look like trouble. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(...values, 1)
  return values.map(value => sparks[Math.min(Math.floor((value / top) * sparks.length), sparks.length - 1)]).join('')
}

/** A line that wraps would break the redraw, so the last column stays empty and the rest is cut. */
const cut = (text: string, columns: number): string =>
  text.length < columns ? text : `${text.slice(0, Math.max(columns - 2, 0))}…`

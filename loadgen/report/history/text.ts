// The history on a terminal: for each metric its last values, and when it changed.
import type { Change, SeriesTrend, Trend } from '../../history/trend.ts'
import { pText, signed } from '../../verdict/gate/overall.ts'
import { plural } from '../format.ts'
import { valueText } from '../gate/words.ts'

const bars = '▁▂▃▄▅▆▇█'
const barsShown = 40

export function historyText(all: readonly SeriesTrend[]): string {
  return `${all.map(seriesText).join('\n\n')}\n`
}

function seriesText({ series, entries, trends }: SeriesTrend): string {
  const [first, last] = [entries[0], entries.at(-1)]
  const span = first === undefined ? '' : `, ${dayOf(first.at)} to ${dayOf(last!.at)}`
  return [`${series}: ${plural(entries.length, 'entry', 'entries')}${span}`, ...trends.flatMap(trendLines)].join('\n')
}

function trendLines({ metric, unit, points, changes }: Trend): string[] {
  const last = points.at(-1)
  const now = last === undefined ? '' : `${valueText(last.value, unit)} ${unit === 'B' ? '' : unit}`.trim()
  return [
    `  ${metric}  ${sparkline(points.map(({ value }) => value))}  ${now}`,
    ...(changes.length === 0 ? ['    no change found'] : changes.map(change => `    ${changeText(change, unit)}`)),
  ]
}

/** "✗ 2026-11-20 1a2b3c4: 812,330 to 731,020 (−10.0 %), p 0.00002" */
export function changeText(change: Change, unit: string): string {
  const { entry, before, after, changePercent, pValue, direction, isOfMachine } = change
  const mark = direction === 'worse' ? '✗' : '✓'
  const commit = entry.commit === undefined ? '' : ` ${entry.commit.slice(0, 10)}`
  const machine = isOfMachine ? `; another machine since then (${entry.machine})` : ''
  return `${mark} since ${dayOf(entry.at)}${commit}: ${valueText(before, unit)} to ${valueText(after, unit)} (${signed(changePercent)}), p ${pText(pValue)}${machine}`
}

export const dayOf = (at: string): string => at.slice(0, 16).replace('T', ' ')

/** The newest values, between the least and the most of them. */
function sparkline(values: readonly number[]): string {
  const shown = values.slice(-barsShown)
  const [least, most] = [Math.min(...shown), Math.max(...shown)]
  return shown
    .map(value => bars[most === least ? 3 : Math.round(((value - least) / (most - least)) * (bars.length - 1))])
    .join('')
}

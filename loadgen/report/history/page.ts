// The trend page: each metric over the entries, the mean between two changes as a line, and the changes with their commits.
import { type Html, html } from '../../../core/html.ts'
import type { Change, SeriesTrend, Trend } from '../../history/trend.ts'
import { pText, signed } from '../../verdict/gate/overall.ts'
import { valueText } from '../gate/words.ts'
import { staticPage } from '../html/static-page.ts'
import { dayOf } from './text.ts'

const plot = { width: 860, height: 210, left: 80, right: 16, top: 14, bottom: 28 } as const

export function historyPage(all: readonly SeriesTrend[]): string {
  const changes = all.flatMap(({ trends }) => trends.flatMap(trend => trend.changes))
  const worse = changes.filter(({ direction }) => direction === 'worse').length
  const body = html`<header><div class="title"><h1>millrace history</h1>
<span class="badge ${worse > 0 ? 'bad' : 'good'}">${worse} for the worse</span><span class="badge">${changes.length - worse} for the better</span></div>
<p class="about">Change points by E-divisive with a t test, as in Apache Otava. A point is the median of the runs of one entry.</p></header>
${all.map(seriesHtml)}
<footer>millrace · this page holds its data</footer>`
  return staticPage({ title: `history of ${all.map(({ series }) => series).join(', ')}`, body, data: all })
}

function seriesHtml({ series, entries, trends }: SeriesTrend): Html {
  const [first, last] = [entries[0], entries.at(-1)]
  const span =
    first === undefined ? 'nothing yet' : `${entries.length} entries, ${dayOf(first.at)} to ${dayOf(last!.at)}`
  return html`<h2>${series}</h2><p class="about">${span}</p>${trends.map(trendHtml)}`
}

function trendHtml(trend: Trend): Html {
  const { metric, unit, better, changes, points } = trend
  const last = points.at(-1)
  return html`<section class="card"><h2>${metric} <small>${unit}, ${better} is better</small></h2>
<p class="about">now ${last === undefined ? 'unknown' : valueText(last.value, unit)}</p>
${points.length > 0 && chart(trend)}
${changes.length > 0 && table(changes, unit)}</section>`
}

function chart({ metric, unit, points, changes }: Trend): Html {
  const most = Math.max(...points.map(({ value }) => value)) * 1.05
  const least = Math.min(...points.map(({ value }) => value)) * 0.95
  const { width, height, left, right, top, bottom } = plot
  const x = (index: number) => (left + (index / Math.max(1, points.length - 1)) * (width - left - right)).toFixed(1)
  const y = (value: number) =>
    (top + (1 - (value - least) / Math.max(most - least, Number.MIN_VALUE)) * (height - top - bottom)).toFixed(1)
  const borders = [0, ...changes.map(({ index }) => index), points.length]
  const means = borders.slice(0, -1).map((from, at) => {
    const piece = points.slice(from, borders[at + 1])
    return { from, to: borders[at + 1]! - 1, mean: piece.reduce((sum, { value }) => sum + value, 0) / piece.length }
  })
  const colour = ({ direction }: Change) => (direction === 'worse' ? 'var(--bad)' : 'var(--good)')
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${metric} over time">
${[least, (least + most) / 2, most].map(
  value => html`<line x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}" stroke="var(--grid)"/>
<text x="${left - 8}" y="${y(value)}" text-anchor="end" dominant-baseline="middle">${valueText(value, unit)}</text>`,
)}
${means.map(({ from, to, mean }) => html`<line x1="${x(from)}" x2="${x(to)}" y1="${y(mean)}" y2="${y(mean)}" stroke="var(--c1)" stroke-width="2" opacity="0.6"/>`)}
${points.map(
  ({ entry, value }, index) =>
    html`<circle cx="${x(index)}" cy="${y(value)}" r="3" fill="var(--c1)"><title>${dayOf(entry.at)} ${entry.commit ?? ''}: ${valueText(value, unit)}</title></circle>`,
)}
${changes.map(change => html`<line x1="${x(change.index)}" x2="${x(change.index)}" y1="${top}" y2="${height - bottom}" stroke="${colour(change)}" stroke-width="2" stroke-dasharray="4 3"/>`)}
<text x="${left}" y="${height - 8}">${dayOf(points[0]!.entry.at)}</text>
<text x="${width - right}" y="${height - 8}" text-anchor="end">${dayOf(points.at(-1)!.entry.at)}</text>
</svg>`
}

function table(changes: readonly Change[], unit: string): Html {
  const row = ({ entry, before, after, changePercent, pValue, direction, isOfMachine }: Change) => html`<tr>
<td>${dayOf(entry.at)}</td><td>${entry.commit ?? ''}</td><td class="number">${valueText(before, unit)}</td><td class="number">${valueText(after, unit)}</td>
<td class="number">${signed(changePercent)}</td><td class="number">${pText(pValue)}</td>
<td><span class="badge ${direction === 'worse' ? 'bad' : 'good'}">${direction}</span>${isOfMachine && html` <small>another machine since then: ${entry.machine}</small>`}</td></tr>`
  return html`<div class="scroll"><table><thead><tr>${['since', 'commit', 'before', 'after', 'change', 'p', ''].map(text => html`<th>${text}</th>`)}</tr></thead>
<tbody>${changes.map(row)}</tbody></table></div>`
}

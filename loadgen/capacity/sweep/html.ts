// The sweep as the inside of a page: a USL curve with its points for each line, and the table.
import { formatCount } from '../../../core/format.ts'
import { type Html, html } from '../../../core/html.ts'
import { countText, plural } from '../../report/format.ts'
import { plotSvg } from '../../report/html/plot.ts'
import type { SweepCurve, SweepReport } from './report.ts'
import { curveLines, curveName, sweepCells, sweepColumns } from './text.ts'
import { extrapolationMax, usl } from './usl.ts'

export function sweepHtml(report: SweepReport): Html {
  const { axes, points, combinations, curves, environment, startedAt } = report
  const cluster =
    environment && `Kafka ${environment.cluster.version}, ${plural(environment.cluster.brokers.length, 'broker')}`
  return html`<header>
<div class="title"><h1>millrace plan sweep</h1></div>
<p class="about">${[`${points.length} of ${combinations} combinations, flat out`, cluster, `${startedAt.slice(0, 19).replace('T', ' ')} UTC`].filter(text => text !== undefined).join(' · ')}</p>
</header>
${curves.map(curve => html`<section class="card"><h2>Universal scalability law ${curveName(curve)}</h2>${plane(curve)}${curveLines(curve).map(line => html`<p class="about">${line}</p>`)}</section>`)}
<section class="card"><div class="scroll"><table><thead><tr>${[...axes.map(({ name }) => html`<th>${name}</th>`), ...sweepColumns.map(text => html`<th class="number">${text}</th>`)]}</tr></thead>
<tbody>${points.map(point => html`<tr>${axes.map(({ name }) => html`<td>${point.settings[name]}</td>`)}${sweepCells(point).map(text => html`<td class="number">${text}</td>`)}</tr>`)}</tbody></table></div></section>`
}

function plane({ answer, points, over }: SweepCurve): Html {
  const nMax = Math.max(...points.map(({ n }) => n))
  const xMax = answer.kind === 'fit' ? extrapolationMax * nMax : 1.05 * nMax
  const curve = (from: number, to: number) =>
    answer.kind === 'fit'
      ? Array.from({ length: 61 }, (_, index) => from + ((to - from) * index) / 60).map(
          n => [n, usl(answer.fit, n)] as const,
        )
      : []
  const highest = Math.max(...points.map(({ perSec }) => perSec), ...curve(1, xMax).map(([, perSec]) => perSec))
  return plotSvg({
    x: { label: over, min: 0, max: xMax, log: false, text: formatCount },
    y: { label: 'records/s', min: 0, max: 1.1 * highest, log: false, text: formatCount },
    dots: points.map(({ n, perSec, limiter }) => ({
      x: n,
      y: perSec,
      color: limiter === 'generator' ? '--c4' : '--c1',
      title: `${n}: ${countText(perSec)} records/s, limited by ${limiter}`,
    })),
    // Solid where it was measured, dashed where it is said and was not.
    lines:
      answer.kind === 'fit'
        ? [
            { points: curve(1, nMax), color: '--c2' },
            { points: curve(nMax, xMax), color: '--c2', dash: true },
          ]
        : [],
    marks:
      answer.kind === 'fit' && answer.fit.peak !== undefined
        ? [{ at: answer.fit.peak.n, label: `peak at ${answer.fit.peak.n.toFixed(1)}` }]
        : [],
  })
}

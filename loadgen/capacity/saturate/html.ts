// The search as the inside of a page: steps as dots on a plane of rate and latency, the interval and the knee marked, and the table.
import { formatCount } from '../../../core/format.ts'
import { type Html, html } from '../../../core/html.ts'
import { countText, fixedText, plural } from '../../report/format.ts'
import { type PlotLine, plotSvg } from '../../report/html/plot.ts'
import type { Trial } from './model.ts'
import type { SaturateReport } from './report.ts'
import { cellsOf, headline, limitText, saturateColumns, sloText } from './text.ts'

const colors: Readonly<Record<Trial['verdict'], string>> = {
  pass: '--good',
  fail: '--bad',
  generator: '--c4',
  disturbed: '--muted',
}

/** Between the name of the step and its verdict. */
const isNumber = (column: number): boolean => column > 0 && column < saturateColumns.indexOf('verdict')

export function saturateHtml(report: SaturateReport): Html {
  const { status, about, startedAt, why, usedSec, usedBytes, trials } = report
  const cluster =
    about &&
    `Kafka ${about.environment.cluster.version}, ${plural(about.environment.cluster.brokers.length, 'broker')}, ${plural(about.environment.topic.partitions, 'partition')}`
  return html`<header>
<div class="title"><h1>millrace plan saturate</h1><span class="badge ${status === 'found' ? 'good' : 'warn'}">${status}</span></div>
<p class="about">${[cluster, `${startedAt.slice(0, 19).replace('T', ' ')} UTC`].filter(text => text !== undefined).join(' · ')}</p>
</header>
<section class="card"><h2>${headline(report)}</h2>
<p>SLO: ${sloText(report)}.</p><p>${limitText(report)}.</p>
<p class="about">${why}; ${countText(usedSec)} s and ${fixedText(usedBytes / 1e6, 0)} MB used</p></section>
<section class="card"><h2>Every step</h2>
<p class="about">Filled: sustained or not, by colour; hollow: disturbed. The band is the answer.</p>${plane(report)}</section>
<section class="card"><div class="scroll"><table><thead><tr>${saturateColumns.map((text, column) => html`<th class="${isNumber(column) ? 'number' : ''}">${text}</th>`)}</tr></thead>
<tbody>${trials.map(trial => html`<tr>${cellsOf(trial).map((text, column) => html`<td class="${isNumber(column) ? 'number' : ''}">${text}</td>`)}</tr>`)}</tbody></table></div></section>
${about && html`<section class="card"><h2>Behind it</h2><pre>${JSON.stringify({ settings: about.settings, search: report.search, cluster: about.environment.cluster }, undefined, 2)}</pre></section>`}`
}

function plane({ trials, interval, kneePerSec, search: { slo } }: SaturateReport): Html {
  const shown = trials.flatMap(trial => {
    const { step, responseP99Ms, verdict } = trial
    return step.ratePerSec === undefined || responseP99Ms === undefined || responseP99Ms <= 0
      ? []
      : [{ rate: step.ratePerSec, p99: responseP99Ms, verdict, phase: step.phase }]
  })
  if (shown.length === 0) return html`<p class="about">No trial at a rate was measured.</p>`
  const rates = shown.map(({ rate }) => rate)
  const latencies = [...shown.map(({ p99 }) => p99), ...(slo.responseP99Ms === undefined ? [] : [slo.responseP99Ms])]
  const [xMin, xMax] = [0, 1.05 * Math.max(...rates)]
  const lines: PlotLine[] =
    slo.responseP99Ms === undefined
      ? []
      : [{ points: [[xMin, slo.responseP99Ms], [xMax, slo.responseP99Ms]], color: '--bad', label: `SLO ${slo.responseP99Ms} ms`, dash: true }] // biome-ignore format: one line
  return plotSvg({
    x: { label: 'offered, records/s', min: xMin, max: xMax, log: false, text: formatCount },
    y: {
      label: 'response p99, ms',
      min: 0.7 * Math.min(...latencies),
      max: 1.4 * Math.max(...latencies),
      log: true,
      text: at => String(Number(at.toPrecision(3))),
    },
    dots: shown.map(({ rate, p99, verdict, phase }) => ({
      x: rate,
      y: p99,
      color: colors[verdict],
      hollow: verdict === 'disturbed',
      title: `${phase}: ${countText(rate)} records/s, p99 ${fixedText(p99, 1)} ms, ${verdict}`,
    })),
    lines,
    bands:
      interval.high === undefined
        ? []
        : [
            {
              from: interval.low,
              to: interval.high,
              color: '--c1',
              label: `${formatCount(interval.low)} to ${formatCount(interval.high)}/s`,
            },
          ],
    marks: kneePerSec === undefined ? [] : [{ at: kneePerSec, label: `knee ${formatCount(kneePerSec)}/s` }],
  })
}

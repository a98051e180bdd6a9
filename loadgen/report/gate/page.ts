// The gate as one page: what was concluded, each metric's interval beside its limit, every pair as a dot, and the runs behind them.
import { type Html, html } from '../../../core/html.ts'
import type { GateMetricOutcome, GateOutcome, GateVerdict, MetricVerdict } from '../../verdict/gate/model.ts'
import { pText, signed } from '../../verdict/gate/overall.ts'
import { staticPage } from '../html/static-page.ts'
import { detectableText, intervalText, planText, titleOf, valueText, verdictSentences, withoutName } from './words.ts'

const tones: Readonly<Record<GateVerdict, string>> = {
  pass: 'good',
  improvement: 'good',
  regression: 'bad',
  inconclusive: 'warn',
  invalid: 'warn',
}
const colours: Readonly<Record<MetricVerdict, string>> = {
  pass: 'var(--good)',
  improvement: 'var(--good)',
  regression: 'var(--bad)',
  inconclusive: 'var(--warn)',
}
const othersMax = 40

export function gatePage(gate: GateOutcome): string {
  const gated = gate.metrics.filter(metric => metric.gated)
  const others = gate.metrics.filter(metric => !metric.gated).slice(0, othersMax)
  const body = html`
${head(gate)}
<section class="card"><h2>Change of each gated metric</h2>
<p class="about">Candidate against base with its ${levelText(gated)} interval; each small dot is a pair. The shaded part is worse by more than the limit.</p>
${gated.map(metric => picture(metric, gate))}</section>
<section class="card"><h2>Gated</h2>${table(gated)}</section>
${others.length > 0 && html`<section class="card"><details><summary>Not gated</summary>${table(others)}</details></section>`}
${differing(gate)}
${runs(gate)}
<footer>millrace ${gate.millrace} · this page holds its data</footer>`
  return staticPage({ title: `gate: ${gate.verdict}, ${titleOf(gate)}`, body, data: gate })
}

function head(gate: GateOutcome): Html {
  const { verdict, reasons, toDecide, errors, startedAt } = gate
  return html`<header>
<div class="title"><h1>millrace gate</h1><span class="badge ${tones[verdict]}" data-path="verdict">${verdict}</span></div>
<p class="about">${titleOf(gate)} · ${verdictSentences[verdict]} · ${startedAt.slice(0, 19).replace('T', ' ')} UTC</p>
<p class="about">${planText(gate)} · runs that failed: ${errors.base} of the base, ${errors.candidate} of the candidate</p>
${reasons.length > 0 && html`<ul class="notes">${reasons.map(({ code, message }) => html`<li><code>${code}</code> ${withoutName(code, message)}</li>`)}</ul>`}
${toDecide !== undefined && html`<p>It would take: ${toDecide}.</p>`}
</header>`
}

const levelText = ([first]: readonly GateMetricOutcome[]): string =>
  first?.confidence ? `${(first.confidence.level * 100).toFixed(1)} %` : ''

// ---- the interval of one metric ----

const plot = { width: 860, height: 74, left: 190, right: 20, line: 34 } as const

function picture(metric: GateMetricOutcome, gate: GateOutcome): Html {
  const { name, changePercent, confidence, verdict, better, limitPercent } = metric
  const dots = pairChanges(gate, name)
  const ends = [
    ...dots,
    changePercent,
    limitPercent,
    -limitPercent,
    confidence?.lowPercent ?? 0,
    confidence?.highPercent ?? 0,
  ]
  const reach = Math.max(...ends.map(Math.abs)) * 1.1
  const x = (percent: number) =>
    (plot.left + ((percent + reach) / (2 * reach)) * (plot.width - plot.left - plot.right)).toFixed(1)
  const sign = better === 'lower' ? 1 : -1
  const [from, to] = [x(sign * limitPercent), x(sign * reach)].map(Number).sort((a, b) => a - b) as [number, number]
  const { line, height } = plot
  const label = `${name} ${signed(changePercent)}, ${intervalText(metric)}: ${verdict}`
  return html`<svg class="plot" viewBox="0 0 ${plot.width} ${height}" role="img" aria-label="${label}">
<text class="ink" x="0" y="${line}">${name}</text><text x="0" y="${line + 16}">${signed(changePercent)}, ${verdict}</text>
<rect x="${from}" y="8" width="${(to - from).toFixed(1)}" height="${line + 10}" fill="var(--bad)" opacity="0.1"/>
<line x1="${x(0)}" x2="${x(0)}" y1="8" y2="${line + 18}" stroke="var(--muted)"/>
${dots.map(dot => html`<circle cx="${x(dot)}" cy="${line - 14}" r="3" fill="var(--muted)" opacity="0.6"/>`)}
${
  confidence !== null &&
  html`<line x1="${x(confidence.lowPercent)}" x2="${x(confidence.highPercent)}" y1="${line}" y2="${line}" stroke="${colours[verdict]}" stroke-width="4"/>`
}
<circle cx="${x(changePercent)}" cy="${line}" r="6" fill="${colours[verdict]}"/>
<text x="${x(0)}" y="${height - 6}" text-anchor="middle">0</text>
<text x="${x(sign * limitPercent)}" y="${height - 6}" text-anchor="middle">${signed(sign * limitPercent, 0)}</text>
</svg>`
}

function pairChanges({ runs, plan }: GateOutcome, name: string): number[] {
  if (plan.design !== 'paired') return []
  const usable = runs.filter(run => run.usable && run.numbers[name] !== undefined)
  const bases = new Map(usable.filter(({ side }) => side === 'base').map(run => [run.pair, run.numbers[name]!]))
  return usable
    .filter(({ side, pair }) => side === 'candidate' && bases.has(pair))
    .map(({ pair, numbers }) => (numbers[name]! / bases.get(pair)! - 1) * 100)
}

// ---- tables ----

/** A sign of per cent stays with its number. */
const tight = (text: string): string => text.replaceAll(' %', '\u00a0%')

const heads = ['', 'base', 'candidate', 'change', 'interval', 'limit', 'p', 'detectable', 'verdict'] as const

function table(metrics: readonly GateMetricOutcome[]): Html {
  const row = (metric: GateMetricOutcome) => {
    const { name, unit, help, base, candidate, changePercent, limitPercent, better, pValue, verdict, toDecide } = metric
    return html`<tr><td title="${help}">${name}${unit !== '' && unit !== 'B' && html` <small>${unit}</small>`}</td>
<td class="number" title="${base.min} to ${base.max}">${valueText(base.median, unit)}</td>
<td class="number" title="${candidate.min} to ${candidate.max}">${valueText(candidate.median, unit)}</td>
<td class="number">${tight(signed(changePercent))}</td><td class="number">${tight(intervalText(metric))}</td>
<td class="number">${tight(`${better === 'higher' ? '−' : '+'}${limitPercent} %`)}</td><td class="number">${pText(pValue)}</td>
<td class="number">${detectableText(metric)}</td>
<td><span class="badge ${tones[verdict]}">${verdict}</span>${toDecide !== undefined && html` <small>${toDecide}</small>`}</td></tr>`
  }
  return html`<div class="scroll"><table><thead><tr>${heads.map(text => html`<th>${text}</th>`)}</tr></thead>
<tbody>${metrics.map(row)}</tbody></table></div>`
}

function differing({ settingsThatDiffer }: GateOutcome): Html | undefined {
  if (settingsThatDiffer.length === 0) return undefined
  const row = ({ setting, base, candidate }: GateOutcome['settingsThatDiffer'][number]) =>
    html`<tr><td>${setting}</td><td>${base}</td><td>${candidate}</td></tr>`
  return html`<section class="card"><h2>What differs</h2><div class="scroll"><table><thead><tr><th>setting</th><th>base</th><th>candidate</th></tr></thead>
<tbody>${settingsThatDiffer.slice(0, othersMax).map(row)}</tbody></table></div></section>`
}

function runs(gate: GateOutcome): Html {
  const names = gate.metrics.filter(({ gated }) => gated).map(({ name, unit }) => ({ name, unit }))
  const row = ({
    side,
    pair,
    state,
    usable,
    why,
    numbers,
  }: GateOutcome['runs'][number]) => html`<tr><td class="number">${pair}</td><td>${side}</td>
${names.map(({ name, unit }) => html`<td class="number">${numbers[name] === undefined ? '' : valueText(numbers[name], unit)}</td>`)}
<td>${usable ? state : html`<b>left out</b>, ${state}`}${why !== undefined && html` <small>${why}</small>`}</td></tr>`
  return html`<section class="card"><details><summary>Every run</summary><div class="scroll"><table>
<thead><tr><th>pair</th><th>side</th>${names.map(({ name }) => html`<th>${name}</th>`)}<th>state</th></tr></thead>
<tbody>${gate.runs.map(row)}</tbody></table></div></details></section>`
}

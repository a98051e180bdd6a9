// The report as the inside of a page: a tile for each severity, a card for each check.
import { type Html, html } from '../../core/html.ts'
import type { DoctorReport } from '../examine.ts'
import { type Severity, severities } from '../finding.ts'
import { grouped } from './grouped.ts'
import { summaryText } from './text.ts'

const tones: Readonly<Record<Severity, string>> = { critical: 'bad', warning: 'warn', notice: 'plain' }

export function doctorHtml(report: DoctorReport): Html {
  const { failed, counts, findings, takenAt, examined } = report
  return html`<header>
<div class="title"><h1>millrace doctor</h1><span class="badge ${failed ? 'bad' : 'good'}">${failed ? 'findings' : 'passed'}</span></div>
<p class="about">${summaryText(report)} · ${takenAt.slice(0, 19).replace('T', ' ')} UTC</p>
${examined.files.length > 0 && html`<p class="about">files: ${examined.files.join(', ')}</p>`}
</header>
<div class="tiles">${severities.map(
    severity =>
      html`<div class="tile ${counts[severity] > 0 ? tones[severity] : 'good'}"><div class="label">${severity}</div><div class="figure">${counts[severity]}</div></div>`,
  )}</div>
${grouped(findings).map(
  ({ severity, check, title, risk, hits }) => html`<section class="card">
<h2><span class="badge ${tones[severity]}">${severity}</span> ${title}</h2>
<p class="about"><code>${check}</code> ${risk}</p>
<div class="scroll"><table><thead><tr><th>where</th><th>evidence</th></tr></thead><tbody>${hits.map(
    ({ subject, evidence }) => html`<tr><td>${subject}</td><td>${evidence}</td></tr>`,
  )}</tbody></table></div>
<pre>${[...new Set(hits.map(({ fix }) => fix))].join('\n')}</pre>
</section>`,
)}`
}

// The plan as the inside of a page.
import { type Html, html } from '../../../core/html.ts'
import type { SizeReport } from './model.ts'
import { columnHead, headroomNote, inputText, sizeRows } from './text.ts'

export function sizeHtml({ columns, inputs, warnings }: SizeReport): Html {
  return html`<header><div class="title"><h1>millrace plan size</h1></div>
${warnings.length > 0 && html`<ul class="notes">${warnings.map(text => html`<li>${text}</li>`)}</ul>`}</header>
<section class="card"><div class="scroll"><table><thead><tr><th></th>${columns.map(column => html`<th class="number">${columnHead(column)}</th>`)}</tr></thead>
<tbody>${sizeRows.map(([what, of]) => html`<tr><td>${what}</td>${columns.map(column => html`<td class="number">${of(column)}</td>`)}</tr>`)}</tbody></table></div>
<p class="about">${headroomNote(inputs)}</p></section>
<section class="card"><h2>From</h2><div class="scroll"><table><tbody>${inputs.map(input => html`<tr><td>${input.name}</td><td class="number">${inputText(input)}</td><td>${input.from}</td></tr>`)}</tbody></table></div></section>
${columns.map(
  column =>
    html`<section class="card"><h2>At ${columnHead(column)}</h2><div class="scroll"><table><tbody>${column.lines.map(
      ({ what, formula, filled, result }) =>
        html`<tr><td>${what}</td><td><code>${formula}</code><br>${filled}</td><td class="number">${result}</td></tr>`,
    )}</tbody></table></div></section>`,
)}`
}

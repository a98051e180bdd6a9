// A comparison of clients as one self-contained page in the style of the report page: nothing fetched, nothing to run. Table, charts and
// notes stand in it as they are, and the whole comparison as JSON.
import { escapedHtml } from '../../../core/html.ts'
import type { ComparedPart, Comparison } from '../../compare/model.ts'
import { comparePartSvg } from '../compare-svg.ts'
import { compareColumns, compareNotes, compareTitle } from '../compare-text.ts'
import { dataScript } from './html.ts'
import { inShell } from './shell.ts'

const own = '.comparison svg{max-width:100%;height:auto;margin-top:12px}.comparison td:first-child{font-weight:600}'

export function compareHtml(comparison: Comparison): string {
  const body = `<main id="page" class="comparison">
<header><div class="title"><h1>millrace compare-clients</h1></div><p class="about">${escapedHtml(about(comparison))}</p></header>
${comparison.parts.map(part => section(part, comparison)).join('\n')}
<section class="card"><h2>To be known</h2><ul>
${compareNotes(comparison)
  .map(note => `<li>${escapedHtml(note)}</li>`)
  .join('\n')}
</ul></section>
<details class="card"><summary>Settings, the same for all</summary>
<pre>${escapedHtml(JSON.stringify(settingsOf(comparison), undefined, 2))}</pre>
</details>
<footer>millrace · this page holds its data</footer>
</main>
${dataScript(comparison)}`
  return inShell({ title: compareTitle(comparison), style: own, body })
}

function about({ script, parts, rounds, runs }: Comparison): string {
  const what = script ?? `bench ${parts[0]?.mode ?? ''}`
  return `${what} · ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${runs.length} runs · medians`
}

function settingsOf({ parts }: Comparison): unknown {
  const [only] = parts
  if (parts.length === 1) return only!.settings
  return Object.fromEntries(parts.map(({ scenario = '', settings }) => [scenario, settings]))
}

function section(part: ComparedPart, { rounds, script }: Comparison): string {
  const { scenario, mode, clients } = part
  const title = scenario === undefined ? `How clients ${mode}` : `${scenario}: ${mode}`
  const head = compareColumns.map(({ head: text }) => cell('th', text.replace('>', ''), text.startsWith('>')))
  const rows = clients.map(
    each =>
      `<tr>${compareColumns.map(column => cell('td', column.cell(each), column.head.startsWith('>'))).join('')}</tr>`,
  )
  return `<section class="card"><h2>${escapedHtml(title)}</h2>
<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>
${comparePartSvg(part, rounds, script)}
</section>`
}

const cell = (tag: 'th' | 'td', text: string, isNumber: boolean): string =>
  `<${tag}${isNumber ? ' class="number"' : ''}>${escapedHtml(text)}</${tag}>`

// A page without a script: what it shows is in it as HTML and SVG, in the style of the run report. The document behind it is in the
// page too, as JSON.
import type { Html } from '../../../core/html.ts'
import { inShell, jsonInScript } from './shell.ts'

/** Long texts may break here, and a command is copied as it stands. */
const style = `td { white-space: normal; overflow-wrap: break-word; vertical-align: top }
.card h2 .badge { margin-right: 6px }
svg.plot { width: 100%; height: auto; font: 12px system-ui, sans-serif }
svg.plot text { fill: var(--muted) }
svg.plot .ink { fill: var(--ink) }`

export interface StaticPage {
  readonly title: string
  readonly body: Html
  readonly data: unknown
}

export function staticPage({ title, body, data }: StaticPage): string {
  const main = `<main id="page">
${body.text}
</main>
<script type="application/json" id="millrace-document">${jsonInScript(data)}</script>`
  return inShell({ title: `${title} · millrace`, style, body: main })
}

// A page without a script: what it shows is in it as HTML and SVG, in the style of the run report. The document behind it is in the
// page too, as JSON.
import { escapedHtml, type Html } from '../../../core/html.ts'
import { asset, icon } from './html.ts'

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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="millrace">
<title>${escapedHtml(title)} · millrace</title>
<link rel="icon" href="${icon}">
<style>${asset('page.css')}${style}</style>
</head>
<body>
<main id="page">
${body.text}
</main>
<script type="application/json" id="millrace-document">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
</body>
</html>
`
}

// What all pages have around what they show: one file with its style in it, nothing fetched from anywhere.
import { readFileSync } from 'node:fs'
import { escapedHtml } from '../../../core/html.ts'

export const asset = (name: string): string => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8')

/** An icon of its own keeps browsers from asking for one. */
const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M1 12 5 7l3 3 6-8' fill='none' stroke='%232563eb' stroke-width='2'/></svg>"

export interface Shell {
  readonly title: string
  /** Beside the style that all pages have. */
  readonly style?: string
  /** HTML, whose texts are escaped. */
  readonly body: string
}

export const inShell = ({ title, style = '', body }: Shell): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="millrace">
<title>${escapedHtml(title)}</title>
<link rel="icon" href="${icon}">
<style>${asset('page.css')}${style}</style>
</head>
<body>
${body}
</body>
</html>
`

/** For a script element. Nothing in the data may look like the end of it: names of topics and messages of brokers are anybody's text. */
export const jsonInScript = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c')

// One self-contained page: style, script and data in one file, nothing fetched from anywhere. What it shows is drawn by its script
// (page/) from the data, which is the result itself, so that the page can be read back.
import { readFileSync } from 'node:fs'
import { MillraceError } from '../../../core/errors.ts'
import { escapedHtml } from '../../../core/html.ts'
import { titleOfTest } from '../test-title.ts'
import type { PageModel } from './model.ts'

export const asset = (name: string): string => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8')

const dataStart = '<script type="application/json" id="millrace-data">'
const dataEnd = '</script>'
/** An icon of its own keeps browsers from asking for one. */
export const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M1 12 5 7l3 3 6-8' fill='none' stroke='%232563eb' stroke-width='2'/></svg>"

export function htmlPage(model: PageModel): string {
  const title = model.test === undefined ? model.runs.map(({ label }) => label).join(', ') : titleOfTest(model.test)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="millrace">
<title>${escapedHtml(title)} · millrace</title>
<link rel="icon" href="${icon}">
<style>${asset('page.css')}</style>
</head>
<body>
<main id="page"></main>
<noscript>This page draws its data with JavaScript; the data is in it, and millrace report prints it as text.</noscript>
${dataScript(model)}
<script>${asset('page.js')}</script>
</body>
</html>
`
}

/** Nothing in the data may look like the end of it: names of topics and messages of brokers are anybody's text. */
export const dataScript = (data: unknown): string =>
  `${dataStart}${JSON.stringify(data).replaceAll('<', '\\u003c')}${dataEnd}`

export const isPage = (text: string): boolean => text.includes(dataStart)

/** The data of a page; rejects what is none. */
export function readPage(text: string): PageModel {
  const start = text.indexOf(dataStart)
  const end = text.indexOf(dataEnd, start)
  const problem = (why: string) =>
    new MillraceError('CONFIG_INVALID', `this page cannot be read: ${why}`, {
      hint: 'Give a page that millrace wrote.',
    })
  if (start < 0 || end < 0) throw problem('there is no data of millrace in it')
  const model = JSON.parse(text.slice(start + dataStart.length, end)) as PageModel
  if (model.kind !== 'millrace-page' || model.version !== 1) throw problem('it is of another version')
  return model
}

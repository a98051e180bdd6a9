// One self-contained page: style, script and data in one file, nothing fetched from anywhere. What it shows is drawn by its script
// (page/) from the data, which is the result itself, so that the page can be read back.
import { MillraceError } from '../../../core/errors.ts'
import { titleOfTest } from '../test-title.ts'
import type { PageModel } from './model.ts'
import { asset, inShell, jsonInScript } from './shell.ts'

const dataStart = '<script type="application/json" id="millrace-data">'
const dataEnd = '</script>'

export function htmlPage(model: PageModel): string {
  const title = model.test === undefined ? model.runs.map(({ label }) => label).join(', ') : titleOfTest(model.test)
  const body = `<main id="page"></main>
<noscript>This page draws its data with JavaScript; the data is in it, and millrace report prints it as text.</noscript>
${dataScript(model)}
<script>${asset('page.js')}</script>`
  return inShell({ title: `${title} · millrace`, body })
}

export const dataScript = (data: unknown): string => `${dataStart}${jsonInScript(data)}${dataEnd}`

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

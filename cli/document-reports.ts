// --report of commands whose result is a document: text, JSON, Markdown and a page, to files or standard output.
import type { Html } from '../core/html.ts'
import type { Parsed } from '../core/units.ts'
import { staticPage } from '../loadgen/report/html/static-page.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import { parseReports } from '../loadgen/report/targets.ts'
import { flag } from './flag-table.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

export const documentFormats = ['text', 'json', 'markdown', 'html'] as const
export type DocumentFormat = (typeof documentFormats)[number]

export interface DocumentTarget {
  readonly format: DocumentFormat
  /** `-`: standard output. */
  readonly path: string
}

function parseDocumentReports(text: string): Parsed<readonly DocumentTarget[]> {
  const parsed = parseReports(text)
  if ('problem' in parsed) return parsed
  const other = parsed.value.find(({ format }) => !documentFormats.includes(format as DocumentFormat))
  if (other !== undefined) return { problem: `${other.format} is not one of ${documentFormats.join(', ')} here` }
  return { value: parsed.value as readonly DocumentTarget[] }
}

export const reportFlag = flag(
  'Output:',
  'FORMAT=FILE,...',
  `where to and as what: ${documentFormats.join(', ')}; a format alone: to standard output (default: text)`,
  parseDocumentReports,
  true,
)

/** Of one kind of document. As JSON it is itself, and its page has it in it. */
export interface DocumentLooks<Document> {
  /** Of the page. */
  readonly title: string
  text(document: Document): string
  markdown(document: Document): string
  html(document: Document): Html
}

/** Before any work: a path that cannot be written is told at once. */
export async function documentTargets(given: readonly (readonly DocumentTarget[])[]): Promise<DocumentTarget[]> {
  const targets = given.flat()
  for (const { path } of targets) if (path !== '-') await checkWritable(path)
  return targets.length === 0 ? [{ format: 'text', path: '-' }] : targets
}

/** Standard output has something to say also when everything went to files: the text. */
export async function writeDocuments<Document>(
  targets: readonly DocumentTarget[],
  document: Document,
  looks: DocumentLooks<Document>,
  io: Io,
): Promise<void> {
  const make: Readonly<Record<DocumentFormat, () => string>> = {
    text: () => looks.text(document),
    json: () => `${JSON.stringify(document, undefined, 2)}\n`,
    markdown: () => looks.markdown(document),
    html: () => staticPage({ title: looks.title, body: looks.html(document), data: document }),
  }
  for (const { format, path } of targets) {
    const text = make[format]()
    if (path === '-') await print(io.stdout, text)
    else await writeFileAtomically(path, text)
  }
  if (targets.every(({ path }) => path !== '-')) await print(io.stdout, make.text())
}

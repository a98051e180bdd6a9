// --report of commands whose result is a document: text, JSON, Markdown and a page, to files or standard output.
import type { Parsed } from '../core/units.ts'
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

/** Before any work: a path that cannot be written is told at once. */
export async function documentTargets(given: readonly (readonly DocumentTarget[])[]): Promise<DocumentTarget[]> {
  const targets = given.flat()
  for (const { path } of targets) if (path !== '-') await checkWritable(path)
  return targets.length === 0 ? [{ format: 'text', path: '-' }] : targets
}

/** Standard output has something to say also when everything went to files: the text. */
export async function writeDocuments(
  targets: readonly DocumentTarget[],
  make: Readonly<Record<DocumentFormat, () => string>>,
  io: Io,
): Promise<void> {
  for (const { format, path } of targets) {
    const text = make[format]()
    if (path === '-') await print(io.stdout, text)
    else await writeFileAtomically(path, text)
  }
  if (targets.every(({ path }) => path !== '-')) await print(io.stdout, make.text())
}

// The store: a folder with a file for each entry. Nothing is ever written over, two jobs that add at the same time do not meet, and a
// repository or a bucket keeps it as it is. A file is named by what is in it, so that adding the same result twice adds it once.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConfigProblem, configError } from '../../core/errors.ts'
import { writeFileAtomically } from '../report/json.ts'
import { entryModel, type HistoryEntry } from './model.ts'

const readTogether = 64

/** Where an entry is: `STORE/SERIES/2026-11-26T17-00-00.000Z-1a2b3c4d.json`. */
export function pathOfEntry(entry: HistoryEntry): string {
  const digest = createHash('sha256').update(JSON.stringify(entry)).digest('hex').slice(0, 8)
  return join(folderOf(entry.series), `${entry.at.replaceAll(':', '-')}-${digest}.json`)
}

/** Series are anybody's names; folders are not. */
const folderOf = (series: string): string => encodeURIComponent(series).replaceAll('.', '%2E')

/** False: it was there already. */
export async function addEntry(store: string, entry: HistoryEntry): Promise<boolean> {
  const path = join(store, pathOfEntry(entry))
  if ((await readFile(path).catch(() => undefined)) !== undefined) return false
  await mkdir(join(store, folderOf(entry.series)), { recursive: true })
  await writeFileAtomically(path, `${JSON.stringify(entry, undefined, 2)}\n`)
  return true
}

/** By series, the oldest first; everything that is wrong with the store is told at once. */
export async function readStore(store: string): Promise<ReadonlyMap<string, readonly HistoryEntry[]>> {
  const names = await readdir(store, { recursive: true }).catch(error => {
    throw configError([{ path: store, message: `cannot be read: ${(error as NodeJS.ErrnoException).code}` }])
  })
  const files = names.filter(name => name.endsWith('.json') && !/(^|\/)\./.test(name)).sort()
  const problems: ConfigProblem[] = []
  const entries: HistoryEntry[] = []
  for (let from = 0; from < files.length; from += readTogether) {
    const some = files.slice(from, from + readTogether)
    const texts = await Promise.all(some.map(name => readFile(join(store, name), 'utf8')))
    for (const [at, text] of texts.entries()) {
      const read = entryOf(text)
      if ('problem' in read) problems.push({ path: join(store, some[at]!), message: read.problem })
      else entries.push(read.entry)
    }
  }
  if (problems.length > 0) throw configError(problems)
  entries.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
  return Map.groupBy(entries, ({ series }) => series)
}

function entryOf(text: string): { readonly entry: HistoryEntry } | { readonly problem: string } {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return { problem: 'is no JSON' }
  }
  const parsed = entryModel.safeParse(document)
  if (parsed.success) return { entry: parsed.data }
  const { path, message } = parsed.error.issues[0]!
  return { problem: `is no entry of a history: ${path.join('.')}: ${message}` }
}

// Results that exist already, as two sides: files, sets of runs, folders of either.
import type { ConfigProblem } from '../../../core/errors.ts'
import { readReported, reportFile } from '../../report/read.ts'
import { type GateDocument, type SideDocument, startOf } from './evidence.ts'

export interface Files {
  /** The JSON files of a folder, in the order of their names; undefined: it is no folder. */
  list(path: string): readonly string[] | undefined
  read(path: string): string
}

export interface SideFiles {
  readonly base: readonly string[]
  readonly candidate: readonly string[]
}

/**
 * `base/*.json candidate/*.json`, as a shell spreads it: two folders, whose first is the base. Two words are a side each,
 * a file or a folder.
 */
export function splitSides(words: readonly string[]): SideFiles | { readonly problem: string } {
  const [one, other] = words
  if (words.length === 2) return { base: [one!], candidate: [other!] }
  const folders = new Map<string, string[]>()
  for (const word of words) {
    const folder = word.includes('/') ? word.slice(0, word.lastIndexOf('/')) : '.'
    folders.set(folder, [...(folders.get(folder) ?? []), word])
  }
  const [base, candidate] = [...folders.values()]
  if (folders.size === 2) return { base: base!, candidate: candidate! }
  const seen = [...folders.keys()].join(', ') || 'none'
  return {
    problem: `needs the results of two sides, each in a folder of its own: base/*.json candidate/*.json (folders: ${seen})`,
  }
}

export interface ReadDocuments {
  readonly documents: readonly { readonly label: string; readonly document: GateDocument }[]
  readonly problems: readonly ConfigProblem[]
}

/** Every run in a file, or in the files of a folder. */
export function readDocuments(path: string, files: Files): ReadDocuments {
  const read = (files.list(path) ?? [path]).map((file): ReadDocuments => {
    const { reported, problems } = readReported([reportFile(file)], files.read)
    if (reported === undefined) return { documents: [], problems }
    const { test, results } = reported
    if (test !== undefined) return { documents: [{ label: reportFile(file).label, document: test }], problems }
    return { documents: results.map(({ label, result }) => ({ label, document: result })), problems }
  })
  return { documents: read.flatMap(each => each.documents), problems: read.flatMap(each => each.problems) }
}

/** Every run of both sides, or what is wrong with each file. */
export function readSides(
  sides: SideFiles,
  files: Files,
): { readonly documents: readonly Omit<SideDocument, 'pair'>[]; readonly problems: readonly ConfigProblem[] } {
  const read = (['base', 'candidate'] as const).map(side => {
    const all = sides[side].map(path => readDocuments(path, files))
    const documents = all.flatMap(each => each.documents).map(each => ({ side, ...each }))
    const problems = all.flatMap(each => each.problems)
    if (problems.length > 0 || documents.length > 0) return { documents, problems }
    return { documents, problems: [{ path: sides[side].join(' '), message: 'holds no results' }] }
  })
  return { documents: read.flatMap(each => each.documents), problems: read.flatMap(each => each.problems) }
}

/**
 * Runs that were made in turns are pairs: by the clock, every two in a row are one of either side. Runs of one side after those of the
 * other are none, however many there are.
 */
export function pairedUp(
  documents: readonly Omit<SideDocument, 'pair'>[],
  design: 'auto' | 'paired' | 'unpaired',
): { readonly design: 'paired' | 'unpaired'; readonly documents: readonly SideDocument[] } {
  const byTime = [...documents].sort((one, other) =>
    startOf(one.document) < startOf(other.document) ? -1 : startOf(one.document) > startOf(other.document) ? 1 : 0,
  )
  const inTurns =
    byTime.length % 2 === 0 && byTime.every((each, at) => at % 2 === 0 || each.side !== byTime[at - 1]!.side)
  const isPaired = design === 'paired' || (design === 'auto' && inTurns && byTime.length > 2)
  const counts = { base: 0, candidate: 0 }
  return {
    design: isPaired ? 'paired' : 'unpaired',
    documents: byTime.map(each => ({ ...each, pair: ++counts[each.side] })),
  }
}

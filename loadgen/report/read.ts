// Results come back from what millrace wrote: a result, a set of runs, a list of results, or a page that holds them.
import type { ConfigProblem } from '../../core/errors.ts'
import { isMillraceError } from '../../core/errors.ts'
import { setModel } from '../repeat/model.ts'
import { resultModel } from '../result.ts'
import { type TestResult, testResultModel } from '../test/result.ts'
import type { LabelledResult } from './comparison.ts'
import { type Outcome, type Reported, reportedOf, reportedOfTest } from './formats.ts'
import { isPage, readPage } from './html/html.ts'
import { testOfPage } from './html/test-page.ts'

export interface ReportFile {
  /** What the run is called: given as LABEL=FILE, else by the name of its file. */
  readonly label: string
  readonly path: string
}

/** `before=out/a.json`, or a path alone. */
export function reportFile(word: string): ReportFile {
  const [, label, path] = /^([^=/]+)=(.+)$/.exec(word) ?? []
  if (label !== undefined && path !== undefined) return { label, path }
  return { label: word.replace(/^.*\//, '').replace(/\.(json|html?)$/, ''), path: word }
}

/** All files together, or what is wrong with each. */
export function readReported(
  files: readonly ReportFile[],
  readFile: (path: string) => string,
): { readonly reported?: Reported; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const all: Reported[] = []
  for (const file of files) {
    const read = tryRead(file, readFile)
    if ('problem' in read) problems.push({ path: file.path, message: read.problem })
    else all.push(read.reported)
  }
  if (problems.length > 0) return { problems }
  const [first] = all
  if (all.length === 1 && first !== undefined) return { reported: first, problems }
  return { reported: { results: distinct(all.flatMap(({ results }) => results)) }, problems }
}

type Read = { readonly reported: Reported } | { readonly problem: string }

function tryRead({ label, path }: ReportFile, readFile: (path: string) => string): Read {
  try {
    const text = readFile(path)
    if (isPage(text)) return pageReported(label, text)
    return documentReported(label, JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: 'is neither JSON nor a page of millrace' }
    if (isMillraceError(error)) return { problem: error.message }
    return { problem: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}` }
  }
}

function pageReported(label: string, text: string): Read {
  const { runs, test } = readPage(text)
  const ofTest = testOfPage({ runs, ...(test !== undefined && { test }) })
  if (ofTest !== undefined) return testReported(ofTest)
  const [only] = runs
  if (runs.length === 1 && only !== undefined) return documentReported(label, only.result)
  return { reported: { results: runs.map(run => ({ label: run.label, result: run.result })) } }
}

/** The document itself is taken and not what the model makes of it: keys of a later version are kept. */
function documentReported(label: string, document: unknown): Read {
  if (Array.isArray(document)) {
    const all = document.map((each, index) => documentReported(`${label} ${index + 1}`, each))
    const wrong = all.find(each => 'problem' in each)
    if (wrong !== undefined) return wrong
    return { reported: { results: all.flatMap(each => ('reported' in each ? each.reported.results : [])) } }
  }
  const kind = typeof document === 'object' && document !== null && 'kind' in document ? document.kind : undefined
  if (kind === 'millrace-test') return testReported(document)
  const isSet = kind !== undefined
  const parsed = (isSet ? setModel : resultModel).safeParse(document)
  if (parsed.success) return { reported: reportedOf(document as Outcome, label) }
  const { path, message } = parsed.error.issues[0]!
  return { problem: `is no result of this version: ${path.join('.')}: ${message}` }
}

function testReported(document: unknown): Read {
  const parsed = testResultModel.safeParse(document)
  if (parsed.success) return { reported: reportedOfTest(document as TestResult) }
  const { path, message } = parsed.error.issues[0]!
  return { problem: `is no result of this version: ${path.join('.')}: ${message}` }
}

/** Two files of one name are told apart by a number. */
function distinct(results: readonly LabelledResult[]): LabelledResult[] {
  const seen = new Map<string, number>()
  return results.map(({ label, result }) => {
    const before = seen.get(label) ?? 0
    seen.set(label, before + 1)
    return { label: before === 0 ? label : `${label} (${before + 1})`, result }
  })
}

// The committed files: one data file a day, and the page that is made from the newest.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchmarkData, dataModel, type SuiteData } from './data.ts'
import { renderPage } from './page.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const biomePath = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url))

export const resultsDir = join(here, 'results')
export const pagePath = join(here, 'RESULTS.md')

/** Of the peer comparison, or of another benchmark, whose files have a name in front of the date. */
export function newestDataPath(prefix = ''): string | undefined {
  if (!existsSync(resultsDir)) return undefined
  const newest = readdirSync(resultsDir)
    .filter(name => name.startsWith(prefix) && /^\d{4}-\d{2}-\d{2}\.json$/.test(name.slice(prefix.length)))
    .toSorted()
    .at(-1)
  return newest === undefined ? undefined : join(resultsDir, newest)
}

export const readData = (path: string): BenchmarkData => dataModel.parse(JSON.parse(readFileSync(path, 'utf8')))

export function writeData(path: string, data: BenchmarkData): void {
  mkdirSync(resultsDir, { recursive: true })
  writeFileSync(path, formatted('results.json', JSON.stringify(data, undefined, 2)))
}

export const pageText = (data: BenchmarkData): string => formatted('RESULTS.md', renderPage(data))

/** In the repository's own format, so that the linter has nothing to say about files that nobody has written. */
export const formatted = (name: string, text: string): string =>
  execFileSync(biomePath, ['format', `--stdin-file-path=${name}`], { input: text, encoding: 'utf8' })

/** Suites that ran again take the place of their old results; the others stay, when they are of the same machine. */
export function merged(old: BenchmarkData | undefined, fresh: BenchmarkData): BenchmarkData {
  if (old === undefined || !isSameStage(old, fresh)) return fresh
  const suites = [...old.suites.filter(({ id }) => !fresh.suites.some(suite => suite.id === id)), ...fresh.suites]
  return { ...fresh, suites: inOrder(suites) }
}

export function isSameStage(a: BenchmarkData, b: BenchmarkData): boolean {
  const stage = ({ machine, versions, broker, limits }: BenchmarkData) =>
    JSON.stringify([machine, versions, broker, limits])
  return stage(a) === stage(b)
}

const order = ['produce', 'durable', 'consume', 'sustained', 'memory']
const inOrder = (suites: readonly SuiteData[]) => suites.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id))

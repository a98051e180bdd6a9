// `millrace history`: results over time, and where they changed.
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes } from '../core/errors.ts'
import { type Parsed, parseWhole } from '../core/units.ts'
import { writeFileAtomically } from '../loadgen/report/json.ts'
import {
  addTableFlags,
  type FlagTable,
  flag,
  type GivenTableFlag,
  parseText,
  readTableFlags,
  wordsAndFlags,
} from './flag-table.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const store = flag('History:', 'folder', 'where the entries are (default: millrace-history)', parseText)
const series = (help: string) => flag('History:', 'name', help, parseText)

const addFlags = {
  store,
  series: series('what is compared over time, as orders-nightly (default: default)'),
  commit: flag('History:', 'sha', 'commit (default: GITHUB_SHA or CI_COMMIT_SHA)', parseText),
  branch: flag('History:', 'name', 'branch (default: GITHUB_REF_NAME or CI_COMMIT_REF_NAME)', parseText),
} as const

const showFlags = {
  store,
  series: series('one series (default: all)'),
  branch: flag('History:', 'name', 'entries of this branch alone', parseText),
  metric: flag('History:', 'list', 'metrics to look at (default: those that decide a gate)', parseList, true),
  'p-max': flag('Change points:', 'share', 'of the t test of both sides (default: 0.001)', parseShare),
  'magnitude-min': flag('Change points:', 'percent', 'a smaller change is none (default: 0%)', parsePercent),
  window: flag('Change points:', 'count', 'entries looked at together (default: 50)', parseWhole(4, 1000)),
  'fail-within': flag(
    'Output:',
    'count',
    'exit with 99 when a metric got worse within so many of the newest entries',
    parseWhole(1),
  ),
  html: flag('Output:', 'file', 'write the trend page there', parseText),
  json: flag('Output:', undefined, 'print trends and changes as JSON', parseText),
} as const

const exportFlags = {
  store,
  series: series('one series (default: all)'),
  otava: flag(
    'Output:',
    'folder',
    "write SERIES.csv and otava.yaml there, as Apache Otava's csv importer reads them",
    parseText,
  ),
} as const

const epilogue = `
  millrace history add run.json --series orders-nightly --commit "$(git rev-parse HEAD)"
  millrace history show --html trend.html --fail-within 3
  millrace history export --otava otava && cd otava && otava analyze --config otava.yaml orders-nightly

The store is a folder with a file for each entry; nothing in it is ever written over. Change points are found by E-divisive as in
Hunter, now Apache Otava: a shift of 3 standard deviations after about 2 entries, one of 1 after about 24.

Exit codes: 0 done, 99 a metric got worse (--fail-within), 104 files or flags not valid, 30 not written.
`

const verbs = {
  add: { table: addFlags, usage: 'FILE... [flags]', help: 'add results: runs, sets of runs, tests', act: add },
  show: { table: showFlags, usage: '[flags]', help: 'trends and change points', act: show },
  export: {
    table: exportFlags,
    usage: '--otava folder [flags]',
    help: 'write the history for other tools',
    act: exportAll,
  },
} as const

type Values = Readonly<Record<string, unknown>>

export function defineHistory(group: Command, io: Io, done: (exitCode: number) => void): void {
  for (const [name, { table, usage, help, act }] of Object.entries(verbs)) {
    const command = group.command(name).description(help)
    const given = addTableFlags(command, table)
    command.usage(usage).addHelpText('after', epilogue)
    command.action(async () =>
      done(await act(command.args, ...readValues(table, given, command.args, name === 'add'), io)),
    )
  }
}

function readValues(table: FlagTable, given: readonly GivenTableFlag[], words: readonly string[], takesFiles: boolean) {
  const leftovers = takesFiles ? wordsAndFlags(words).flags : words
  const { values, problems } = readTableFlags(table, given, leftovers)
  return [values as Values, problems] as const
}

const storeOf = (values: Values): string => (values.store as string | undefined) ?? 'millrace-history'

// ---- add ----

async function add(words: readonly string[], values: Values, found: readonly ConfigProblem[], io: Io): Promise<number> {
  const files = wordsAndFlags(words).words
  const missing = files.length === 0 ? [{ path: 'FILE', message: 'is missing: a result to add' }] : []
  const [{ readDocuments }, { entryOf }, { addEntry }] = await Promise.all([
    import('../loadgen/verdict/gate/read.ts'),
    import('../loadgen/history/entry.ts'),
    import('../loadgen/history/store.ts'),
  ])
  const read = files.map(path => ({ path, ...readDocuments(path, { read: file => readFileSync(file, 'utf8'), list }) }))
  const problems = [...found, ...missing, ...read.flatMap(each => each.problems)]
  const { env } = io
  const commit = (values.commit as string | undefined) ?? env.GITHUB_SHA ?? env.CI_COMMIT_SHA
  const branch = (values.branch as string | undefined) ?? env.GITHUB_REF_NAME ?? env.CI_COMMIT_REF_NAME
  const facts = {
    series: (values.series as string | undefined) ?? 'default',
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
  }
  const entries = read.map(({ path, documents }) => ({
    path,
    entry: entryOf(
      documents.map(each => each.document),
      facts,
    ),
  }))
  for (const { path, entry } of problems.length > 0 ? [] : entries) {
    if (entry === undefined) problems.push({ path, message: 'no run in it delivered its records: nothing to remember' })
  }
  if (problems.length > 0) throw configError(problems)
  for (const { path, entry } of entries) {
    const isNew = await addEntry(storeOf(values), entry!)
    await print(io.stderr, `${path}: ${isNew ? 'added' : 'was there already'} (${facts.series}, ${entry!.at})\n`)
  }
  return exitCodes.ok
}

function list(path: string): readonly string[] | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined
  return readdirSync(path)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => join(path, name))
}

// ---- show ----

async function show(_: readonly string[], values: Values, problems: readonly ConfigProblem[], io: Io): Promise<number> {
  if (problems.length > 0) throw configError(problems)
  const [{ trendOf, recentRegressions }, { historyText, changeText }] = await Promise.all([
    import('../loadgen/history/trend.ts'),
    import('../loadgen/report/history/text.ts'),
  ])
  const metrics = (values.metric as readonly (readonly string[])[]).flat()
  const options = {
    ...(metrics.length > 0 && { metrics }),
    ...(values['p-max'] !== undefined && { pValueMax: values['p-max'] as number }),
    ...(values['magnitude-min'] !== undefined && { magnitudeMin: (values['magnitude-min'] as number) / 100 }),
    ...(values.window !== undefined && { windowLength: values.window as number }),
  }
  const history = await chosen(values)
  const trends = [...history].map(([name, entries]) => trendOf(name, entries, options))
  await print(io.stdout, values.json === undefined ? historyText(trends) : `${JSON.stringify(trends, undefined, 2)}\n`)
  if (values.html !== undefined) {
    const { historyPage } = await import('../loadgen/report/history/page.ts')
    await writeFileAtomically(values.html as string, historyPage(trends))
  }
  const newest = values['fail-within'] as number | undefined
  if (newest === undefined) return exitCodes.ok
  const worse = trends.flatMap(trend =>
    recentRegressions(trend, newest).map(change => ({ ...change, series: trend.series })),
  )
  for (const change of worse) {
    await print(io.stderr, `${change.series} ${change.metric}: ${changeText(change, '')}\n`)
  }
  return worse.length === 0 ? exitCodes.ok : exitCodes.thresholds
}

async function chosen(values: Values) {
  const { readStore } = await import('../loadgen/history/store.ts')
  const all = await readStore(storeOf(values))
  const { series: wanted, branch } = values
  if (wanted !== undefined && !all.has(wanted as string)) {
    const names = [...all.keys()].join(', ') || 'none'
    throw configError([
      { path: '--series', message: `there is no "${wanted}" in ${storeOf(values)}; there are: ${names}` },
    ])
  }
  const ofBranch = [...all]
    .filter(([name]) => wanted === undefined || name === wanted)
    .map(([name, entries]) => [name, entries.filter(entry => branch === undefined || entry.branch === branch)] as const)
  return new Map(ofBranch)
}

// ---- export ----

async function exportAll(
  _: readonly string[],
  values: Values,
  found: readonly ConfigProblem[],
  io: Io,
): Promise<number> {
  const folder = values.otava as string | undefined
  const problems = [...found, ...(folder === undefined ? [{ path: '--otava', message: 'is required' }] : [])]
  if (problems.length > 0) throw configError(problems)
  const { otavaFiles } = await import('../loadgen/history/otava.ts')
  const files = otavaFiles(await chosen(values))
  mkdirSync(folder!, { recursive: true })
  for (const [name, text] of files) await writeFileAtomically(join(folder!, name), text)
  await print(io.stderr, `${[...files.keys()].join(', ')} in ${folder}\n`)
  return exitCodes.ok
}

// ---- values ----

function parseList(text: string): Parsed<readonly string[]> {
  return text === '' ? { problem: 'must not be empty' } : { value: text.split(',').map(each => each.trim()) }
}

function parseShare(text: string): Parsed<number> {
  const value = Number(text)
  return value > 0 && value < 1 ? { value } : { problem: `"${text}" is not between 0 and 1` }
}

function parsePercent(text: string): Parsed<number> {
  const value = Number(text.replace(/\s*%$/, ''))
  return value >= 0 && value <= 1000 ? { value } : { problem: `"${text}" is not a percentage` }
}

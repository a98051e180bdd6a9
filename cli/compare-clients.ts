// `millrace compare-clients`: the same bench, or the same test, through several clients, in turns, each run a process of its own.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes, isMillraceError } from '../core/errors.ts'
import type { Comparison } from '../loadgen/compare/model.ts'
import { balancedRounds, orderOf } from '../loadgen/compare/order.ts'
import { compare } from '../loadgen/compare/summary.ts'
import type { BenchMode, ClientName } from '../loadgen/plan.ts'
import { compareSvg } from '../loadgen/report/compare-svg.ts'
import { compareText } from '../loadgen/report/compare-text.ts'
import { exitCodeOf } from '../loadgen/report/exit-code.ts'
import { compareHtml } from '../loadgen/report/html/compare-html.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import { resultModel } from '../loadgen/result.ts'
import type { FlagKey, GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { flagPath } from '../loadgen/scenario/bench-options.ts'
import { setUpBench } from '../loadgen/scenario/bench-setup.ts'
import { kafkaKeys } from '../loadgen/scenario/document.ts'
import { testResultModel } from '../loadgen/test/result.ts'
import { addOwnFlags, type OwnFlags, readOwn } from './compare-flags.ts'
import { runInTurns } from './compare-runs.ts'
import { addTableFlags, type GivenTableFlag } from './flag-table.ts'
import { addFlags, addKeyedFlags, leftoverProblems } from './flags.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'
import { outputOf, runFlags } from './run-flags.ts'
import { type RunWords, readRunWords, setUpRun } from './run-setup.ts'

const modes: readonly BenchMode[] = ['produce', 'consume', 'roundtrip']
/** Of a test: what a comparison does by itself, or what would be written over by the next run. */
const notOfTest: readonly string[] = ['report', 'summary-export', 'web', 'prometheus', 'omb-out', 'dry-run']
/** What a comparison does by itself, or what would be written over by the next run. */
const notHere: readonly FlagKey[] = ['client', 'repeat', 'report', 'hlog', 'percentiles', 'requireValid']

const epilogue = `
Each run is a process of its own, so that CPU time and memory are those of one client. Clients take turns in a balanced order; with
as many rounds as clients (twice as many, for an odd number) each stands at each place and after each other equally often, which is
the default. Settings, cluster and topic layout of all runs are compared, and a difference ends the comparison.

The flags are those of millrace bench, or of millrace run. Exit codes: 0 compared, otherwise that of the first run that failed; 104
settings not valid.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineCompareClients(group: Command, io: Io, done: (exitCode: number) => void): void {
  const test = group
    .command('test', { isDefault: true })
    .description('compare how clients run a test: the scenarios of a file, as of millrace run (test may be left out)')
  const ownOfTest = addOwnFlags(test)
  const given = addTableFlags(test, runFlags)
  const kafkaFlags = addKeyedFlags(test, kafkaKeys)
  test.usage('FILE --bootstrap host:port [flags]').addHelpText('after', epilogue)
  test.action(async () => done(await compareScenarios(ownOfTest, given, kafkaFlags, test.args, io)))
  for (const mode of modes) {
    const command = group
      .command(mode)
      .description(`compare how clients ${mode}`)
      .usage('--bootstrap host:port [flags]')
    const own = addOwnFlags(command)
    const flags = addFlags(command, mode)
    command.allowUnknownOption().allowExcessArguments().addHelpText('after', epilogue)
    command.action(async () => done(await compareClients(mode, own, flags, leftoverProblems(command.args, mode), io)))
  }
}

async function compareClients(
  mode: BenchMode,
  own: OwnFlags,
  flags: readonly GivenFlag[],
  leftovers: readonly ConfigProblem[],
  io: Io,
): Promise<number> {
  const { clients, skipped, rounds, problems } = readOwn(own)
  const misplaced = flags.filter(({ key }) => notHere.includes(key))
  const found = [
    ...leftovers,
    ...problems,
    ...misplaced.map(({ key }) => ({ path: flagPath(key), message: 'is for millrace bench, not for a comparison' })),
  ]
  const shared = withWorkers(flags)
  const { out, json, quiet } = checkAll(mode, clients, shared, found, io)
  const files = { ...own, out }
  await checkFiles(files)
  const order = orderOf(clients, rounds ?? balancedRounds(clients.length))
  const args = ['bench', mode, ...wordsOf(shared.filter(({ key }) => !ofComparison.has(key))), '--calibration=none']
  const turns = { order, quiet, args: () => args, parse: (document: unknown) => resultModel.parse(document) }
  const runs = await runInTurns(turns, io)
  await deliver(compare({ order, runs, skipped }), files, json, io)
  return firstFailure(runs.map(({ result }) => exitCodeOf(result, { requireValid: false })))
}

/** The same of a test. */
async function compareScenarios(
  own: OwnFlags,
  given: readonly GivenTableFlag[],
  kafkaFlags: readonly GivenFlag[],
  words: readonly string[],
  io: Io,
): Promise<number> {
  const { clients, skipped, rounds, problems } = readOwn(own)
  const misplaced = [
    ...given.filter(({ key }) => notOfTest.includes(key)),
    ...kafkaFlags.filter(({ key }) => key === 'client'),
  ]
  const found = [
    ...problems,
    ...misplaced.map(({ key }) => ({
      path: flagPath(key as FlagKey),
      message: 'is for millrace run, not for a comparison',
    })),
  ]
  const said = readRunWords(given, words, io, found)
  const shared = withWorkers(kafkaFlags)
  for (const client of clients) await checkTest(said, [...shared, { key: 'client', text: client }], io)
  const { out, json, quiet } = outputOf(said.values, io.env)
  const files = { ...own, out }
  await checkFiles(files)
  const order = orderOf(clients, rounds ?? balancedRounds(clients.length))
  // What each run is given over and over is judged by nobody: what is compared are the numbers.
  const ofRuns = given.filter(({ key }) => !ofComparison.has(key as FlagKey) && key !== 'no-thresholds')
  const args = ['run', said.file, ...ofRuns.map(tableWord), ...wordsOf(shared), '--no-thresholds']
  const turns = { order, quiet, args: () => args, parse: (document: unknown) => testResultModel.parse(document) }
  const runs = await runInTurns(turns, io)
  await deliver(compare({ script: said.file, order, runs, skipped }), files, json, io)
  return firstFailure(runs.map(({ result }) => exitCodeOf(result)))
}

/** What the client refuses is told before the first run; and functions of a script send with millrace's own client. */
async function checkTest(said: RunWords, kafkaFlags: readonly GivenFlag[], io: Io): Promise<void> {
  const setup = await setUpRun(said, kafkaFlags, io)
  await setup.script?.host.close()
}

const firstFailure = (codes: readonly number[]): number => codes.find(code => code !== exitCodes.ok) ?? exitCodes.ok

interface Files extends OwnFlags {
  readonly out: string | undefined
}

async function checkFiles({ out, chart, html }: Files): Promise<void> {
  for (const path of [out, chart, html]) if (path !== undefined) await checkWritable(path)
}

async function deliver(comparison: Comparison, { out, chart, html }: Files, json: boolean, io: Io): Promise<void> {
  const text = `${JSON.stringify(comparison, undefined, 2)}\n`
  await print(io.stdout, json ? text : compareText(comparison))
  if (out !== undefined) await writeFileAtomically(out, text)
  if (chart !== undefined) await writeFileAtomically(chart, compareSvg(comparison))
  if (html !== undefined) await writeFileAtomically(html, compareHtml(comparison))
}

/** Those of the comparison itself, and those that each run is given. */
const ofComparison: ReadonlySet<FlagKey> = new Set<FlagKey>(['out', 'json', 'quiet'])

const wordsOf = (flags: readonly GivenFlag[]): string[] =>
  flags.map(({ key, text }) => (text === undefined || text === '' ? flagPath(key) : `${flagPath(key)}=${text}`))

const tableWord = ({ key, text }: GivenTableFlag): string =>
  runFlags[key as keyof typeof runFlags].placeholder === undefined ? `--${key}` : `--${key}=${text}`

/** One thread for every client, unless the user says otherwise: not all can have more, and all are to have the same. */
const withWorkers = (flags: readonly GivenFlag[]): readonly GivenFlag[] =>
  flags.some(({ key }) => key === 'workers') ? flags : [...flags, { key: 'workers', text: '1' }]

/** What any of the clients refuses is told before the first run, all at once. */
function checkAll(
  mode: BenchMode,
  clients: readonly ClientName[],
  flags: readonly GivenFlag[],
  problems: readonly ConfigProblem[],
  io: Io,
) {
  const found = new Map(problems.map(problem => [`${problem.path} ${problem.message}`, problem]))
  let setup: ReturnType<typeof setUpBench> | undefined
  for (const client of clients) {
    try {
      setup = setUpBench({
        ...{ mode, flags: [...flags, { key: 'client', text: client }], problems: [], env: io.env },
        ...{ cpus: availableParallelism(), readFile: (path: string) => readFileSync(path) },
        randomHex: () => randomBytes(4).toString('hex'),
      })
    } catch (error) {
      if (!isMillraceError(error) || error.problems.length === 0) throw error
      for (const problem of error.problems) found.set(`${problem.path} ${problem.message}`, problem)
    }
  }
  if (found.size > 0 || setup === undefined) throw configError([...found.values()])
  return setup
}

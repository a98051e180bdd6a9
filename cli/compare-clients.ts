// `millrace compare-clients`: the same bench through several clients, in turns, each run a process of its own.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type ConfigProblem, configError, exitCodes, isMillraceError, MillraceError } from '../core/errors.ts'
import { parseWhole } from '../core/units.ts'
import { balancedRounds, orderOf } from '../loadgen/compare/order.ts'
import { type ComparedRun, compare } from '../loadgen/compare/summary.ts'
import { driverVersion } from '../loadgen/drivers/load.ts'
import { type BenchMode, type ClientName, clientNames } from '../loadgen/plan.ts'
import { compareSvg } from '../loadgen/report/compare-svg.ts'
import { compareText } from '../loadgen/report/compare-text.ts'
import { exitCodeOf } from '../loadgen/report/exit-code.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import type { FlagKey, GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { flagPath } from '../loadgen/scenario/bench-options.ts'
import { setUpBench } from '../loadgen/scenario/bench-setup.ts'
import { benchProcess } from './bench-process.ts'
import { addFlags, leftoverProblems } from './flags.ts'
import { onInterrupt } from './interrupt.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const modes: readonly BenchMode[] = ['produce', 'consume', 'roundtrip']
/** What a comparison does by itself, or what would be written over by the next run. */
const notHere: readonly FlagKey[] = ['client', 'repeat', 'report', 'hlog', 'percentiles', 'requireValid']

const epilogue = `
Each run is a process of its own, so that CPU time and memory are those of one client. Clients take turns in a balanced order; with
as many rounds as clients (twice as many, for an odd number) each stands at each place and after each other equally often, which is
the default. Settings, cluster and topic layout of all runs are compared, and a difference ends the comparison.

The flags are those of millrace bench. Exit codes: 0 compared, otherwise that of the first run that failed; 104 settings not valid.
`

interface OwnFlags {
  clients?: string
  rounds?: string
  chart?: string
}

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineCompareClients(group: Command, io: Io, done: (exitCode: number) => void): void {
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

function addOwnFlags(command: Command): OwnFlags {
  const own: OwnFlags = {}
  const add = (name: keyof OwnFlags, placeholder: string, help: string) => {
    command.addOption(new Option(`--${name} [${placeholder}]`, help).helpGroup('Comparison:'))
    command.on(`option:${name}`, (text: string | null) => {
      own[name] = text ?? ''
    })
  }
  add(
    'clients',
    'name,...',
    'which, the first is what others are measured against (default: all that are installed, wire first)',
  )
  add('rounds', 'count', 'runs of each client (default: as many as balance the order)')
  add('chart', 'file.svg', 'write the chart there')
  return own
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
  for (const path of [out, own.chart]) if (path !== undefined) await checkWritable(path)
  const order = orderOf(clients, rounds ?? balancedRounds(clients.length))
  const runs = await runAll(mode, order, shared, quiet, io)
  const comparison = compare({ mode, order, runs, skipped })
  await print(io.stdout, json ? `${JSON.stringify(comparison, undefined, 2)}\n` : compareText(comparison))
  if (out !== undefined) await writeFileAtomically(out, `${JSON.stringify(comparison, undefined, 2)}\n`)
  if (own.chart !== undefined) await writeFileAtomically(own.chart, compareSvg(comparison))
  const failed = runs
    .map(({ result }) => exitCodeOf(result, { requireValid: false }))
    .find(code => code !== exitCodes.ok)
  return failed ?? exitCodes.ok
}

// ---- what is asked for ----

interface Own {
  readonly clients: readonly ClientName[]
  readonly skipped: readonly { readonly client: ClientName; readonly reason: string }[]
  readonly rounds: number | undefined
  readonly problems: readonly ConfigProblem[]
}

function readOwn({ clients: text, rounds: roundsText, chart }: OwnFlags): Own {
  const problems: ConfigProblem[] = []
  const rounds = roundsText === undefined ? undefined : parseWhole(1, 1000)(roundsText)
  if (rounds !== undefined && 'problem' in rounds) problems.push({ path: '--rounds', message: rounds.problem })
  if (chart === '') problems.push({ path: '--chart', message: 'needs a value' })
  const named = text?.split(',').map(name => name.trim())
  const unknown = (named ?? []).filter(name => !(clientNames as readonly string[]).includes(name))
  for (const name of unknown) {
    problems.push({ path: '--clients', message: `"${name}" is not one of ${clientNames.join(', ')}` })
  }
  if (named !== undefined && new Set(named).size < Math.max(2, named.length)) {
    problems.push({ path: '--clients', message: 'needs two different clients at least, each once' })
  }
  const skipped = named === undefined ? clientNames.flatMap(missing) : []
  const clients =
    named === undefined
      ? clientNames.filter(name => !skipped.some(({ client }) => client === name))
      : (named as ClientName[]).filter(name => !unknown.includes(name))
  for (const { client, reason } of named === undefined ? [] : clients.flatMap(missing)) {
    problems.push({ path: '--clients', message: `${client}: ${reason}` })
  }
  const value = rounds !== undefined && 'value' in rounds ? rounds.value : undefined
  return { clients, skipped, rounds: value, problems }
}

function missing(client: ClientName): { readonly client: ClientName; readonly reason: string }[] {
  if (client === 'wire') return []
  try {
    driverVersion(client)
    return []
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return [{ client, reason: error.message }]
  }
}

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

// ---- the runs ----

/** Those of the comparison itself, and those that each run is given. */
const ofComparison: ReadonlySet<FlagKey> = new Set<FlagKey>(['out', 'json', 'quiet'])

async function runAll(
  mode: BenchMode,
  order: readonly (readonly ClientName[])[],
  flags: readonly GivenFlag[],
  quiet: boolean,
  io: Io,
): Promise<ComparedRun[]> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-compare-'))
  const interrupt = onInterrupt(io.events, { onFirst() {}, onSecond: () => io.exit(exitCodes.interrupted) })
  const args = flags
    .filter(({ key }) => !ofComparison.has(key))
    .flatMap(({ key, text }) => (text === undefined || text === '' ? [flagPath(key)] : [`${flagPath(key)}=${text}`]))
  const runs: ComparedRun[] = []
  try {
    for (const [index, clients] of order.entries()) {
      for (const client of clients) {
        const out = join(dir, `${index}-${client}.json`)
        const run = [
          'bench',
          mode,
          ...args,
          `--client=${client}`,
          `--out=${out}`,
          '--quiet',
          '--json',
          '--calibration=none',
        ]
        const result = await benchProcess(run, out, interrupt.signal)
        if (interrupt.signal.aborted) throw new MillraceError('INTERRUPTED', 'interrupted: nothing was compared')
        runs.push({ client, round: index + 1, result })
        const rate = (mode === 'consume' ? result.consume : result.produce)?.recordsPerSec ?? 0
        if (!quiet) {
          const line = `round ${index + 1} of ${order.length}  ${client.padEnd(12)} ${Math.round(rate).toLocaleString('en')} msg/s  ${result.verdict}`
          await print(io.stderr, `${line}\n`)
        }
      }
    }
  } finally {
    interrupt.release()
    await rm(dir, { recursive: true, force: true })
  }
  return runs
}

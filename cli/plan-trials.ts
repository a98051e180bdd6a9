// Trials of a plan: bench runs, each a process of its own with the flags of bench that the plan leaves to its user.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type ConfigProblem, configError, exitCodes, isMillraceError, MillraceError } from '../core/errors.ts'
import type { BenchMode } from '../loadgen/plan.ts'
import type { Result } from '../loadgen/result.ts'
import { benchFlags } from '../loadgen/scenario/bench-flags.ts'
import { type FlagKey, flagKeys, flagPath, type GivenFlag } from '../loadgen/scenario/bench-options.ts'
import { type BenchSetup, setUpBench } from '../loadgen/scenario/bench-setup.ts'
import { benchProcess } from './bench-process.ts'
import { addTableFlags, type FlagTable, readTableFlags } from './flag-table.ts'
import { addKeyedFlags } from './flags.ts'
import { onInterrupt } from './interrupt.ts'
import type { Io } from './program.ts'

/** What a plan decides by itself, or what would be written over by the next trial. */
const notHere: ReadonlySet<FlagKey> = new Set<FlagKey>([
  ...([
    'rate',
    'duration',
    'records',
    'warmup',
    'repeat',
    'report',
    'out',
    'json',
    'quiet',
    'hlog',
    'percentiles',
  ] as const),
  ...([
    'web',
    'prometheus',
    'requireValid',
    'threshold',
    'untilEnd',
    'catchUp',
    'catchUpAfter',
    'books',
    'keepTopic',
  ] as const),
])

export const trialFlagKeys = (mode: BenchMode): FlagKey[] =>
  flagKeys.filter(key => benchFlags[key].modes.some(other => other === mode) && !notHere.has(key))

export const argsOf = (flags: readonly GivenFlag[]): string[] =>
  flags.map(({ key, text }) => (text === undefined || text === '' ? flagPath(key) : `${flagPath(key)}=${text}`))

/** Everything that is wrong with the flags, before the first trial. */
export function checkTrial(
  mode: BenchMode,
  flags: readonly GivenFlag[],
  problems: readonly ConfigProblem[],
  io: Io,
): BenchSetup {
  const found = [...problems]
  try {
    const setup = setUpBench({
      ...{ mode, flags, problems: [], env: io.env, cpus: availableParallelism() },
      readFile: path => readFileSync(path),
      randomHex: () => randomBytes(4).toString('hex'),
    })
    if (found.length === 0) return setup
  } catch (error) {
    if (!isMillraceError(error) || error.problems.length === 0) throw error
    found.push(...error.problems)
  }
  throw configError(found)
}

/** Flags may hold passwords, so what tells one search from another is their digest. */
export const fingerprintOf = (parts: unknown): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)

export interface GivenToPlan<Own> {
  /** Values of the plan's own table. */
  readonly own: Own
  readonly flags: readonly GivenFlag[]
  /** With the own flags: those of bench are checked as a whole. */
  readonly problems: readonly ConfigProblem[]
}

export interface PlanOfTrials<Own> {
  readonly name: string
  readonly description: string
  readonly usage: string
  readonly epilogue: string
  /** Of the plan itself. */
  readonly table: FlagTable
  /** Of the bench behind it. */
  readonly keys: readonly FlagKey[]
  /** Resolves with the exit code. */
  run(given: GivenToPlan<Own>): Promise<number>
}

/** Gives a plan that runs trials its flags and its action; `done` hears the exit code. */
export function definePlanOfTrials<Own>(
  parent: Command,
  plan: PlanOfTrials<Own>,
  done: (exitCode: number) => void,
): void {
  const { name, description, usage, epilogue, table, keys, run } = plan
  const command = parent.command(name).description(description)
  const given = addTableFlags(command, table)
  const flags = addKeyedFlags(command, [...keys])
  command.usage(usage).addHelpText('after', epilogue)
  command.action(async () => {
    const { values, problems } = readTableFlags(table, given, command.args)
    done(await run({ own: values as Own, flags, problems }))
  })
}

/** Ctrl-C ends the trial that is under way, a second one the plan. */
export async function withTrials<T>(
  io: Io,
  work: (runner: TrialRunner, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = onInterrupt(io.events, { onFirst() {}, onSecond: () => io.exit(exitCodes.interrupted) })
  const runner = await trialRunner(interrupt.signal)
  try {
    return await work(runner, interrupt.signal)
  } finally {
    interrupt.release()
    await runner.close()
  }
}

export interface TrialRunner {
  run(mode: BenchMode, args: readonly string[]): Promise<Result>
  close(): Promise<void>
}

async function trialRunner(signal: AbortSignal): Promise<TrialRunner> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-plan-'))
  let count = 0
  return {
    run: async (mode, args) => {
      const out = join(dir, `${count++}.json`)
      const interrupted = () => new MillraceError('INTERRUPTED', 'interrupted between trials')
      const result = await benchProcess(
        ['bench', mode, ...args, `--out=${out}`, '--quiet', '--json'],
        out,
        signal,
      ).catch(
        // A run that was told to leave before it began has no result, which is no news.
        error => Promise.reject(signal.aborted ? interrupted() : error),
      )
      await rm(out, { force: true })
      if (signal.aborted || result.verdict === 'interrupted') throw interrupted()
      return result
    },
    close: () => rm(dir, { recursive: true, force: true }),
  }
}

// The program: commands, and what becomes of every error. The only room with argv, environment, output and exit.
import type { EventEmitter } from 'node:events'
import { Command, CommanderError } from 'commander'
import { type ConfigProblem, configError, exitCodes, type MillraceError } from '../core/errors.ts'
import { packageVersion } from '../core/version.ts'
import type { BenchMode } from '../loadgen/plan.ts'
import { addAgentCommand } from './agent.ts'
import { bench } from './bench.ts'
import { addBrokerCommand } from './broker.ts'
import { addCalibrateCommand } from './calibrate.ts'
import { addCaptureCommand } from './capture.ts'
import { addCompareClientsCommand } from './compare-clients.ts'
import { asMillraceError, errorText } from './errors.ts'
import { addFlags, helpTerm, leftoverProblems } from './flags.ts'
import { addLagCommand } from './lag.ts'
import { type OutputStream, print } from './output.ts'
import { perfCommands, runPerfCommand } from './perf-test/commands.ts'
import { addReportCommand } from './report.ts'
import { addRunCommand } from './run.ts'

/** What a command needs of its process. */
export interface Io {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Signals and the exit of the process. */
  readonly events: Pick<EventEmitter, 'on' | 'off'>
  exit(code: number): void
}

const modes: Readonly<Record<BenchMode, string>> = {
  produce: 'produce records as fast as the brokers take them, or at a rate, and confirm them',
  consume: 'read records as fast as the brokers give them',
  roundtrip: 'produce and consume at the same time, and measure the latency end to end',
}

const benchEpilogue = `
Every flag can be set in the environment, as MILLRACE_RECORD_SIZE=1KiB for --record-size 1KiB; a flag comes before the
environment, the environment before a properties file. Times have units (500ms, 5s, 1m30s), sizes may have (64KiB, 1MB).

Exit codes: 0 all records delivered and confirmed, 10 brokers hold another number than they acknowledged, 11 sends failed,
12 not valid (with --require-valid), 20 to 25 no connection, no access or a refusal, 30 result not written,
99 thresholds crossed, 104 settings not valid, 105 interrupted; all of them: docs/exit-codes.md.
`

export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const printed: string[] = []
  const help: string[] = []
  try {
    const perfExitCode = await runPerfCommand(args, io)
    if (perfExitCode !== undefined) return perfExitCode
    let exitCode: number = exitCodes.ok
    const program = makeProgram(async (mode, flags, leftovers) => {
      exitCode = await bench({ mode, flags, problems: leftoverProblems(leftovers, mode) }, io)
    })
    const done = (code: number) => {
      exitCode = code
    }
    addRunCommand(program, io, done)
    addBrokerCommand(program, io, done)
    addCalibrateCommand(program, io, done)
    addLagCommand(program, io, done)
    addCaptureCommand(program, io, done)
    addAgentCommand(program, io, done)
    addReportCommand(program, io, done)
    addCompareClientsCommand(program, io, done)
    // Their arguments have been looked at above: here they are for the help alone.
    for (const [name, { description }] of Object.entries(perfCommands)) program.command(name).description(description)
    configureEverywhere(program, { writeOut: text => printed.push(text), writeErr: text => help.push(text) })
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) return await printError(asMillraceError(error), io)
    if (error.code === 'commander.help') {
      await print(io.stderr, help.join(''))
      return exitCodes.invalidConfig
    }
    if (error.exitCode !== 0) return await printError(configError([usageProblem(error)]), io)
    return await printHelp(printed.join(''), io)
  }
}

type BenchAction = (mode: BenchMode, flags: ReturnType<typeof addFlags>, leftovers: readonly string[]) => Promise<void>

function makeProgram(onBench: BenchAction): Command {
  const program = new Command('millrace')
    .description('Load testing and monitoring for Apache Kafka')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
  const benchCommand = program.command('bench').description('measure what a Kafka cluster and this client can do')
  for (const [mode, description] of Object.entries(modes) as [BenchMode, string][]) {
    const command = benchCommand.command(mode).description(description).usage('--bootstrap host:port [flags]')
    const flags = addFlags(command, mode)
    command.allowUnknownOption().allowExcessArguments().addHelpText('after', benchEpilogue)
    command.action(() => onBench(mode, flags, command.args))
  }
  return program
}

interface CommanderOutput {
  writeOut(text: string): void
  writeErr(text: string): void
}

function configureEverywhere(command: Command, output: CommanderOutput): void {
  command.exitOverride().configureOutput(output).configureHelp({ optionTerm: helpTerm, helpWidth: 118 })
  command.helpOption('--help', 'print this help')
  for (const inner of command.commands) configureEverywhere(inner, output)
}

/** "error: unknown command 'bnech'\n(Did you mean bench?)" */
function usageProblem({ message }: CommanderError): ConfigProblem {
  return { path: 'millrace', message: message.replace(/^error: /, '').replaceAll('\n', ' ') }
}

async function printHelp(text: string, io: Io): Promise<number> {
  try {
    await print(io.stdout, text)
    return exitCodes.ok
  } catch (error) {
    return await printError(asMillraceError(error), io)
  }
}

async function printError(error: MillraceError, io: Io): Promise<number> {
  await print(io.stderr, errorText(error, io.env.MILLRACE_DEBUG === '1'))
  return error.exitCode
}

export async function runProcess(): Promise<void> {
  const { stdout, stderr, env } = process
  const io: Io = { stdout, stderr, env, events: process, exit: code => process.exit(code) }
  // print() hears of failed writes itself; without a listener they would end the process with a stack trace.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  // A bug outside of any await. It still ends as an error with a code, not as a trace of ours on somebody's screen.
  process.on('uncaughtException', error => {
    void printError(asMillraceError(error), io).finally(() => process.exit(exitCodes.internal))
  })
  process.exit(await runCli(process.argv.slice(2), io))
}

// The program: commands, and what becomes of every error. The only room with argv, environment, output and exit.
import type { EventEmitter } from 'node:events'
import { Command, CommanderError } from 'commander'
import { type ConfigProblem, configError, exitCodes, type MillraceError } from '../core/errors.ts'
import { packageVersion } from '../core/version.ts'
import { asMillraceError, errorText } from './errors.ts'
import { helpTerm } from './help-term.ts'
import { type OutputStream, print } from './output.ts'
import { isPerfTool, perfTools } from './perf-test/tools.ts'

/** What a command needs of its process. */
export interface Io {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Signals and the exit of the process. */
  readonly events: Pick<EventEmitter, 'on' | 'off'>
  exit(code: number): void
}

interface ProgramCommand {
  readonly description: string
  /** Loads what the command needs. */
  readonly define: () => Promise<(command: Command, io: Io, done: (exitCode: number) => void) => void>
}

const commands: Readonly<Record<string, ProgramCommand>> = {
  bench: {
    description: 'measure what a Kafka cluster and this client can do',
    define: async () => (await import('./bench-command.ts')).defineBench,
  },
  run: {
    description: "run a load test: a file with k6's options and scenarios",
    define: async () => (await import('./run.ts')).defineRun,
  },
  broker: {
    description: 'run an embedded Kafka for demos, tests and calibration',
    define: async () => (await import('./broker.ts')).defineBroker,
  },
  calibrate: {
    description: 'measure what the generator can do on this machine',
    define: async () => (await import('./calibrate.ts')).defineCalibrate,
  },
  lag: {
    description: 'what consumer groups are behind, in offsets and seconds',
    define: async () => (await import('./lag.ts')).defineLag,
  },
  capture: {
    description: 'make a size-and-key profile of a live topic, without contents',
    define: async () => (await import('./capture.ts')).defineCapture,
  },
  plan: {
    description: 'capacity from measurements: what is sustained, how it scales, what a load needs',
    define: async () => (await import('./plan.ts')).definePlan,
  },
  doctor: {
    description: 'what is unwise in a cluster, its topics and its clients, and how to put it right',
    define: async () => (await import('./doctor.ts')).defineDoctor,
  },
  agent: {
    description: 'export consumer lag and the health of brokers and topics to Prometheus',
    define: async () => {
      // Before the rest is loaded: what is compiled by then stays.
      ;(await import('../agents/thread/small-process.ts')).preferSmallHeaps()
      return (await import('./agent.ts')).defineAgent
    },
  },
  dashboards: {
    description: 'Grafana boards: write them to a folder, or draw them from a live Prometheus',
    define: async () => (await import('./dashboards.ts')).defineDashboards,
  },
  alerts: {
    description: 'write the alerting rules for Prometheus, with thresholds of your own',
    define: async () => (await import('./alerts.ts')).defineAlerts,
  },
  stack: {
    description: 'agent, Prometheus, alerts and boards on this machine: up, status, down',
    define: async () => (await import('./stack/command.ts')).defineStack,
  },
  report: {
    description: 'print stored results in any form, or lay runs over each other',
    define: async () => (await import('./report.ts')).defineReport,
  },
  gate: {
    description: 'is the candidate worse than the base, or is it noise? for CI',
    define: async () => (await import('./gate/command.ts')).defineGate,
  },
  history: {
    description: 'results over time, and where they changed',
    define: async () => (await import('./history.ts')).defineHistory,
  },
  'compare-clients': {
    description: 'the same bench through several clients, in turns',
    define: async () => (await import('./compare-clients.ts')).defineCompareClients,
  },
}

export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const printed: string[] = []
  const help: string[] = []
  try {
    const [name = '', ...rest] = args
    if (isPerfTool(name)) return await (await import('./perf-test/commands.ts')).runPerfCommand(name, rest, io)
    let exitCode: number = exitCodes.ok
    // Also `millrace help agent`.
    const program = await makeProgram(args.slice(0, 2), io, code => {
      exitCode = code
    })
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

/** Everything is in the help of the program; only what was asked for is loaded, which is most of the time and memory of a start. */
async function makeProgram(words: readonly string[], io: Io, done: (exitCode: number) => void): Promise<Command> {
  const program = new Command('millrace')
    .description('Load testing and monitoring for Apache Kafka')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
  for (const [name, { description, define }] of Object.entries(commands)) {
    const command = program.command(name).description(description)
    if (words.includes(name)) (await define())(command, io, done)
  }
  // Their arguments have been looked at before: here they are for the help alone.
  for (const [name, { description }] of Object.entries(perfTools)) program.command(name).description(description)
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

// The programs that the harness runs: Java and Maven to get and run Kafka, and Kafka's own console tools.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { MillraceError } from '../../../core/errors.ts'

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  /** Exit status; -1 when a signal ended it (the timeout, for one). */
  readonly code: number
}

export interface CommandOptions {
  readonly timeoutMs?: number
  /** Written to its standard input, for the console producer. */
  readonly input?: string
  readonly cwd?: string
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
}

const commandTimeoutMs = 120_000

/** Runs a program to its end. A program that is not installed is TOOL_MISSING; any exit status is an answer. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}) {
  return new Promise<CommandResult>((resolve, reject) => {
    const env = { ...process.env, ...options.env }
    const child = spawn(command, args, options.cwd === undefined ? { env } : { env, cwd: options.cwd })
    // Not spawn's own timeout: its timer survives a program that is not there, and holds the process open.
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? commandTimeoutMs)
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.once('error', error => {
      clearTimeout(timer)
      reject(missingTool(command, error))
    })
    child.once('close', code => {
      clearTimeout(timer)
      resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), code: code ?? -1 })
    })
    // A tool may end without reading its input; its exit status tells the story, not the broken pipe.
    child.stdin.once('error', () => child.stdin.destroy())
    child.stdin.end(options.input ?? '')
  })
}

export function missingTool(command: string, cause: unknown): MillraceError {
  return new MillraceError('TOOL_MISSING', `cannot run ${command}: it is not installed or not on the PATH`, { cause })
}

/** Why Kafka cannot be run here, or undefined when Java is there and Maven or an installed Kafka is too. */
export function reasonKafkaCannotRun(installed: boolean): string | undefined {
  const works = (command: string, arg: string) => spawnSync(command, [arg], { stdio: 'ignore' }).status === 0
  if (!works('java', '-version')) return 'Java is not installed (17 or newer is needed)'
  if (!installed && !works('mvn', '--version')) return 'Apache Maven is not installed (it fetches Kafka)'
  return undefined
}

// Kafka moves its tools between packages from one release to the next, so each name has all the classes it ever had,
// newest first, and the first one that this version holds is run.
const toolClasses: Readonly<Record<string, readonly string[]>> = {
  'kafka-acls': ['org.apache.kafka.tools.AclCommand', 'kafka.admin.AclCommand'],
  'kafka-broker-api-versions': [
    'org.apache.kafka.tools.BrokerApiVersionsCommand',
    'kafka.admin.BrokerApiVersionsCommand',
  ],
  'kafka-configs': ['org.apache.kafka.tools.ConfigCommand', 'kafka.admin.ConfigCommand'],
  'kafka-console-consumer': ['org.apache.kafka.tools.consumer.ConsoleConsumer'],
  'kafka-console-producer': ['org.apache.kafka.tools.ConsoleProducer', 'kafka.tools.ConsoleProducer'],
  'kafka-console-share-consumer': ['org.apache.kafka.tools.consumer.ConsoleShareConsumer'],
  'kafka-consumer-groups': ['org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'],
  'kafka-consumer-perf-test': ['org.apache.kafka.tools.ConsumerPerformance'],
  'kafka-delete-records': ['org.apache.kafka.tools.DeleteRecordsCommand'],
  'kafka-dump-log': ['org.apache.kafka.tools.DumpLogSegments', 'kafka.tools.DumpLogSegments'],
  'kafka-get-offsets': ['org.apache.kafka.tools.GetOffsetShell'],
  'kafka-leader-election': ['org.apache.kafka.tools.LeaderElectionCommand'],
  'kafka-log-dirs': ['org.apache.kafka.tools.LogDirsCommand'],
  'kafka-metadata-quorum': ['org.apache.kafka.tools.MetadataQuorumCommand'],
  'kafka-producer-perf-test': ['org.apache.kafka.tools.ProducerPerformance'],
  'kafka-reassign-partitions': ['org.apache.kafka.tools.reassign.ReassignPartitionsCommand'],
  'kafka-share-groups': ['org.apache.kafka.tools.consumer.group.ShareGroupCommand'],
  'kafka-storage': ['kafka.tools.StorageTool', 'org.apache.kafka.tools.StorageTool'],
  'kafka-streams-groups': ['org.apache.kafka.tools.streams.StreamsGroupCommand'],
  'kafka-topics': ['org.apache.kafka.tools.TopicCommand'],
  'kafka-transactions': ['org.apache.kafka.tools.TransactionsCommand'],
}

// The perf tools get what Kafka's own start scripts give them, so that a comparison is with the tool as users run it.
const perfFlags = ['-server', '-Xmx512M', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:+ExplicitGCInvokesConcurrent']
// The others live for a second: the quick compiler and the plain collector halve their start.
const shortLivedFlags = ['-Xmx256M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

/** The command line of one of Kafka's tools, for a caller that starts, measures or kills it himself. */
export function toolCommand(
  installDir: string,
  tool: string,
  args: readonly string[],
  className = classesOf(tool)[0]!,
) {
  const flags = tool.endsWith('-perf-test') || tool.endsWith('Performance') ? perfFlags : shortLivedFlags
  return {
    command: 'java',
    args: [...flags, ...loggingFlags(installDir, 'tools'), '-cp', classPath(installDir), className, ...args],
  }
}

/** Runs one of Kafka's tools by its script's name (`kafka-topics`) or by class name. */
export async function runTool(installDir: string, tool: string, args: readonly string[], options: CommandOptions = {}) {
  let result: CommandResult = { stdout: '', stderr: `no such tool: ${tool}`, code: -1 }
  for (const className of classesOf(tool)) {
    const line = toolCommand(installDir, tool, args, className)
    result = await runCommand(line.command, line.args, options)
    if (!result.stderr.includes('Could not find or load main class')) break
  }
  return result
}

const classesOf = (tool: string): readonly string[] => toolClasses[tool.replace(/\.sh$/, '')] ?? [tool]

export const classPath = (installDir: string) => join(installDir, 'libs', '*')

/** Both loggers are named: 3.9 logs with reload4j, 4.x with log4j2, and each ignores the other's property. */
export function loggingFlags(installDir: string, use: 'broker' | 'tools'): readonly string[] {
  return [
    `-Dlog4j2.configurationFile=${join(installDir, `${use}-log4j2.properties`)}`,
    `-Dlog4j.configuration=file:${join(installDir, `${use}-log4j.properties`)}`,
  ]
}

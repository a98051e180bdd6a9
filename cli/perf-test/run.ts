// What the drop-in commands have in common: mistakes told as Kafka's tools tell them (on standard error, exit code 1), lines on
// standard output and notices on standard error, an interrupt that drains, and the exit code.
import { type ConfigProblem, exitCodes, isMillraceError } from '../../core/errors.ts'
import type { PerfProperties } from '../../loadgen/perf-test/client-properties.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { errorText, reasonText } from '../errors.ts'
import { onInterrupt } from '../interrupt.ts'
import { print } from '../output.ts'
import type { Io } from '../program.ts'

export interface PerfTest {
  readonly name: string
  readonly problems: readonly ConfigProblem[]
  readonly properties: PerfProperties
}

export interface PerfTestRun {
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
  readonly onNotice: (text: string) => void
}

interface Outcome {
  readonly exitCode: number
  readonly reason?: { readonly code: string; readonly message: string }
}

type Work = (client: ClientSettings, run: PerfTestRun) => Promise<Outcome>

export async function runPerfTest({ name, problems, properties }: PerfTest, io: Io, work: Work): Promise<number> {
  let client: ClientSettings
  try {
    client = properties.client(problems)
  } catch (error) {
    if (!isMillraceError(error) || error.problems.length === 0) throw error
    await print(
      io.stderr,
      errorText(error, false).replace(/^hint: .*$/m, `hint: millrace ${name} --help lists the flags.`),
    )
    return exitCodes.internal
  }
  for (const notice of properties.notices) await print(io.stderr, `${notice}\n`)
  const printing: Promise<void>[] = []
  const interrupt = onInterrupt(io.events, {
    onFirst: () => void io.stderr.write('ending, Ctrl-C again to leave at once\n'),
    onSecond: () => io.exit(exitCodes.interrupted),
  })
  try {
    const { exitCode, reason } = await work(client, {
      signal: interrupt.signal,
      onLine: line => void printing.push(print(io.stdout, `${line}\n`)),
      onNotice: text => void printing.push(print(io.stderr, `${text}\n`)),
    })
    await Promise.all(printing)
    if (reason !== undefined) await print(io.stderr, reasonText(reason))
    return exitCode
  } finally {
    interrupt.release()
  }
}

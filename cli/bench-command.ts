// `millrace bench`: a command for each mode, with the flags that the mode has.
import type { Command } from 'commander'
import type { BenchMode } from '../loadgen/plan.ts'
import { bench } from './bench.ts'
import { addFlags, leftoverProblems } from './flags.ts'
import type { Io } from './program.ts'

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

/** Gives the command its modes; `done` hears the exit code. */
export function defineBench(group: Command, io: Io, done: (exitCode: number) => void): void {
  for (const [mode, description] of Object.entries(modes) as [BenchMode, string][]) {
    const command = group.command(mode).description(description).usage('--bootstrap host:port [flags]')
    const flags = addFlags(command, mode)
    command.allowUnknownOption().allowExcessArguments().addHelpText('after', benchEpilogue)
    command.action(async () => done(await bench({ mode, flags, problems: leftoverProblems(command.args, mode) }, io)))
  }
}

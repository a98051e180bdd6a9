// `millrace capture`: the sizes and keys of a live topic, for a bench to follow.
import type { Command } from 'commander'
import { type ConfigProblem, exitCodes, MillraceError } from '../core/errors.ts'
import { formatDuration } from '../core/format.ts'
import { type Captured, captureProfile } from '../loadgen/capture/capture.ts'
import { profileRecordsMax } from '../loadgen/payload/profile-text.ts'
import { checkWritable, writeFileAtomically } from '../loadgen/report/json.ts'
import { Cluster } from '../wire/cluster.ts'
import { type CaptureFlagValues, captureFlags } from './capture-flags.ts'
import { clientSettingsOf } from './client-flags.ts'
import { addTableFlags, readTableFlags } from './flag-table.ts'
import { onInterrupt } from './interrupt.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const epilogue = `
The profile has, record by record, the size of the value (or that it is null), a number for the key and its size, the partition,
and the time since the first record. No content is kept, and of a key only the number that it is given. Ctrl-C ends a
capture early and keeps what there is. Nothing is written to the cluster, and no group is joined. A bench follows it with

  millrace bench produce --bootstrap host:port --payload replay:profile.ndjson

and with --partitioner replay and --replay-speed 1x also in its partitions and at its pace.

The principal needs READ and DESCRIBE on the topic.

Exit codes: 0 written, 20 to 25 no connection, no access or a refusal, 23 the topic is not there or no record came,
30 not written, 104 settings not valid.
`

const recordsDefault = 100_000
const durationMsDefault = 10_000

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineCapture(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, captureFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const { values, problems } = readTableFlags(captureFlags, given, command.args)
    done(await capture(values as CaptureFlagValues, problems, io))
  })
}

async function capture(values: CaptureFlagValues, found: readonly ConfigProblem[], io: Io): Promise<number> {
  const { topic, out } = values
  const problems = [...found]
  for (const key of ['topic', 'out'] as const) {
    const path = `--${key}`
    if (values[key] === undefined && !problems.some(problem => problem.path === path))
      problems.push({ path, message: 'is required' })
  }
  const client = clientSettingsOf(values, problems, io.env)
  await checkWritable(out!)
  const cluster = await Cluster.connect(client)
  const interrupt = onInterrupt(io.events, { onFirst() {}, onSecond: () => io.exit(exitCodes.interrupted) })
  try {
    const captured = await captureProfile(cluster, { topic: topic!, ...limitsOf(values) }, interrupt.signal)
    if (captured.records === 0) throw new MillraceError('CAPTURE_EMPTY', `no record came in topic ${topic}`)
    await writeFileAtomically(out!, captured.text)
    await print(io.stderr, `${captureText(captured)}: ${out}\n`)
    return exitCodes.ok
  } finally {
    interrupt.release()
    await cluster.close()
  }
}

/** With one limit alone, it is that one that ends the capture, as far as a profile can be long. */
function limitsOf({ from = { kind: 'latest' }, records, duration }: CaptureFlagValues) {
  const clocks = { nowMs: () => performance.now(), wallMs: () => Date.now() }
  const durationMs = duration ?? (records === undefined ? durationMsDefault : undefined)
  const recordsMax = records ?? (duration === undefined ? recordsDefault : profileRecordsMax)
  return { from, records: recordsMax, ...(durationMs !== undefined && { durationMs }), ...clocks }
}

function captureText({ records, keys, withoutKey, tombstones, valueBytes, spanMs }: Captured): string {
  const mean = Math.round(valueBytes / records)
  const keyless = withoutKey === 0 ? '' : `, ${withoutKey} without a key`
  const nulls = tombstones === 0 ? '' : `, ${tombstones} tombstones`
  const span = formatDuration(spanMs)
  return `${records} records within ${span}, values of ${mean} bytes on average, ${keys} different keys${keyless}${nulls}`
}

// `millrace lag`: what consumer groups are behind, once or again and again.
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { type LagReport, matcherOf, takeLagReport } from '../agents/index.ts'
import { type ConfigProblem, exitCodes, MillraceError } from '../core/errors.ts'
import { Cluster } from '../wire/cluster.ts'
import { clientSettingsOf } from './client-flags.ts'
import { asMillraceError, errorText } from './errors.ts'
import { addTableFlags, readTableFlags } from './flag-table.ts'
import { onInterrupt } from './interrupt.ts'
import { type LagSettings, lagFlags } from './lag-flags.ts'
import { lagText } from './lag-table.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

/** Clears the screen and goes to its top left corner. */
const freshScreen = '\x1b[2J\x1b[H'

const epilogue = `
LAG counts offsets up to the high watermark, as kafka-consumer-groups does; it is an upper bound of the records, because
transaction markers and compacted records take offsets too. BEHIND is the age of the next record to be read, by its own
timestamp; 0 when there is none, - when it cannot be known. Nothing is written to the cluster, and no group is joined.

The principal needs DESCRIBE on the cluster (to list groups), on the groups, and on the topics; READ on the topics for BEHIND.

Exit codes: 0 told, 20 to 25 no connection, no access or a refusal, 23 no group has such a name, 104 settings not valid.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineLag(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, lagFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const { values, problems } = readTableFlags(lagFlags, given, command.args)
    done(await lag(values as LagSettings, problems, io))
  })
}

async function lag(settings: LagSettings, problems: readonly ConfigProblem[], io: Io): Promise<number> {
  const cluster = await Cluster.connect(clientSettingsOf(settings, problems, io.env))
  const interrupt = onInterrupt(io.events, { onFirst() {}, onSecond: () => io.exit(exitCodes.interrupted) })
  try {
    if (settings.watch === undefined) await show(await take(cluster, settings), settings, io)
    else await watch(cluster, settings, settings.watch, interrupt.signal, io)
    return exitCodes.ok
  } finally {
    interrupt.release()
    await cluster.close()
  }
}

async function take(cluster: Cluster, settings: LagSettings): Promise<LagReport> {
  const report = await takeLagReport(cluster, {
    isWanted: matcherOf({ allow: settings.group, deny: [] }),
    timeoutMs: cluster.settings.requestTimeoutMs,
    nowMs: Date.now,
    withSeconds: settings['no-seconds'] === undefined,
  })
  // With a gap the group may be where we could not look.
  if (settings.group.length > 0 && report.groups.length === 0 && report.gaps.length === 0) {
    throw new MillraceError('GROUP_UNKNOWN', `no group is called ${settings.group.join(' or ')}`)
  }
  return report
}

async function watch(
  cluster: Cluster,
  settings: LagSettings,
  everyMs: number,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  for (let dueMs = performance.now(); !signal.aborted; dueMs = Math.max(dueMs + everyMs, performance.now())) {
    await delay(Math.max(0, dueMs - performance.now()), undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    try {
      const report = await take(cluster, settings)
      if (io.stdout.isTTY && settings.json === undefined) await print(io.stdout, `${freshScreen}${timeLine(report)}\n`)
      await show(report, settings, io)
    } catch (error) {
      // A watch outlives a broker: what went wrong is told, and the next look may be better.
      const coded = asMillraceError(error)
      if (!coded.retriable) throw error
      await print(io.stderr, errorText(coded, io.env.MILLRACE_DEBUG === '1'))
    }
  }
}

const timeLine = ({ clusterId, takenAtMs }: LagReport) => `${new Date(takenAtMs).toISOString()}  cluster ${clusterId}\n`

async function show(report: LagReport, settings: LagSettings, io: Io): Promise<void> {
  if (settings.json === undefined) return print(io.stdout, lagText(report, settings.group.length > 0))
  const indent = settings.watch === undefined ? 2 : undefined
  return print(io.stdout, `${JSON.stringify(report, undefined, indent)}\n`)
}

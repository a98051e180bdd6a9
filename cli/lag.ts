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
import { isPanelStream } from './redrawn-lines.ts'
import { clearScreen, screenText } from './screen.ts'

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
    if (settings.watch === undefined) await print(io.stdout, reportText(await take(cluster, settings), settings))
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
  const isScreen = settings.json === undefined && isPanelStream({ stream: io.stdout, env: io.env })
  if (isScreen) await print(io.stdout, clearScreen)
  for (let dueMs = performance.now(); !signal.aborted; dueMs = Math.max(dueMs + everyMs, performance.now())) {
    await delay(Math.max(0, dueMs - performance.now()), undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    try {
      const text = watchText(await take(cluster, settings), settings)
      await print(io.stdout, isScreen ? screenText(text, io.stdout) : text)
    } catch (error) {
      // A watch outlives a broker: what went wrong is told, and the next look may be better.
      const coded = asMillraceError(error)
      if (!coded.retriable) throw error
      await print(io.stderr, errorText(coded, io.env.MILLRACE_DEBUG === '1'))
    }
  }
}

/** One JSON document a line; a table under its time. */
function watchText(report: LagReport, settings: LagSettings): string {
  if (settings.json !== undefined) return `${JSON.stringify(report)}\n`
  const { clusterId, takenAtMs } = report
  const time = `${new Date(takenAtMs).toISOString()}  cluster ${clusterId}`
  return `${time}\n\n${lagText(report, settings.group.length > 0)}\n`
}

function reportText(report: LagReport, settings: LagSettings): string {
  if (settings.json === undefined) return lagText(report, settings.group.length > 0)
  return `${JSON.stringify(report, undefined, 2)}\n`
}

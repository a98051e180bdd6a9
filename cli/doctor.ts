// `millrace doctor`: settings of a cluster, its topics, groups and clients against what is known to be wise.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { matcherOf } from '../agents/index.ts'
import { type ConfigProblem, configError, exitCodes, isMillraceError } from '../core/errors.ts'
import {
  allChecks,
  commandsOf,
  type DoctorReport,
  doctorHtml,
  doctorMarkdown,
  doctorText,
  examine,
  type Facts,
  type FileNames,
  readCluster,
  readFiles,
} from '../doctor/index.ts'
import { Cluster } from '../wire/cluster.ts'
import type { ClientSettings } from '../wire/settings.ts'
import { clientSettingsOf } from './client-flags.ts'
import { type DoctorSettings, doctorFlags } from './doctor-flags.ts'
import { type DocumentLooks, documentTargets, writeDocuments } from './document-reports.ts'
import { addTableFlags, readTableFlags } from './flag-table.ts'
import type { Io } from './program.ts'

const epilogue = `
Nothing is written to the cluster and no group is joined. Without --bootstrap files alone are looked at. The properties of
--command-config are looked at too. What cannot be read is a finding (not-examined), so that nothing is well for want of rights.
The principal needs DESCRIBE and DESCRIBE_CONFIGS on the cluster and the topics, DESCRIBE on the groups, READ on the topics.

  millrace doctor --bootstrap localhost:9092
  millrace doctor --command-config client.properties --report html=doctor.html,json=doctor.json
  millrace doctor --server-properties server.properties --producer-properties producer.properties

Exit codes: 0 nothing at least as bad as --fail-on, 40 findings, 20 to 25 no connection, no access or a refusal, 30 report not
written, 104 settings or files not valid.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineDoctor(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, doctorFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const { values, problems } = readTableFlags(doctorFlags, given, command.args)
    const settings = values as DoctorSettings
    done(await doctor(settings, [...problems, ...ignoreProblems(settings.ignore)], io))
  })
}

function ignoreProblems(ignore: readonly string[]): ConfigProblem[] {
  return ignore.flatMap(pattern => {
    const [id = ''] = pattern.split(':')
    const isKnown = id.includes('*') || allChecks.some(check => check.id === id)
    return isKnown ? [] : [{ path: '--ignore', message: `there is no check ${id} (docs/doctor.checks.md lists them)` }]
  })
}

async function doctor(settings: DoctorSettings, problems: readonly ConfigProblem[], io: Io): Promise<number> {
  const { connection, files } = inputsOf(settings, problems, io)
  const targets = await documentTargets(settings.report)
  const facts = await factsOf(settings, connection, files)
  const failOn = settings['fail-on'] ?? 'warning'
  const options = { ignore: settings.ignore, failOn: failOn === 'never' ? undefined : failOn }
  const report = examine(facts, options, Date.now())
  await writeDocuments(targets, report, looks, io)
  return report.failed ? exitCodes.findings : exitCodes.ok
}

type Files = ReturnType<typeof readFiles>

/** Everything that is wrong with flags, client settings and files, at once. */
function inputsOf(
  settings: DoctorSettings,
  problems: readonly ConfigProblem[],
  io: Io,
): { connection: ClientSettings | undefined; files: Files } {
  const found = [...problems]
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      if (!isMillraceError(error) || error.problems.length === 0) throw error
      found.push(...error.problems)
      return undefined
    }
  }
  const names = fileNames(settings)
  const files = attempt(() => readFiles(names, path => readFileSync(path, 'utf8')))
  const isOffline =
    settings.bootstrap === undefined && settings['command-config'] === undefined && !io.env.MILLRACE_BOOTSTRAP
  const hasFiles = names.servers.length + names.clients.length > 0
  const connection = isOffline && hasFiles ? undefined : attempt(() => clientSettingsOf(settings, [], io.env))
  if (found.length > 0) throw configError(found)
  return { connection, files: files! }
}

function fileNames(settings: DoctorSettings): FileNames {
  const commandConfig = settings['command-config']
  return {
    servers: settings['server-properties'],
    clients: [
      ...(commandConfig === undefined ? [] : [{ path: commandConfig }]),
      ...settings['client-properties'].map(path => ({ path })),
      ...settings['producer-properties'].map(path => ({ path, role: 'producer' as const })),
      ...settings['consumer-properties'].map(path => ({ path, role: 'consumer' as const })),
    ],
  }
}

async function factsOf(settings: DoctorSettings, connection: ClientSettings | undefined, files: Files): Promise<Facts> {
  const addresses = connection?.bootstrap.map(({ host, port }) => `${host}:${port}`).join(',')
  const commands = commandsOf(addresses ?? 'HOST:9092', settings['command-config'])
  const commitsManually = settings['manual-commits'] !== undefined
  if (connection === undefined) return { cluster: undefined, ...files, commitsManually, commands }
  const cluster = await Cluster.connect(connection)
  try {
    const facts = await readCluster(cluster, {
      isTopicWanted: matcherOf({ allow: settings.topic, deny: [] }),
      isGroupWanted: matcherOf({ allow: settings.group, deny: [] }),
      commands,
      timeoutMs: connection.requestTimeoutMs,
      nowMs: Date.now,
    })
    return { cluster: facts, ...files, commitsManually, commands }
  } finally {
    await cluster.close()
  }
}

const looks: DocumentLooks<DoctorReport> = {
  ...{ title: 'doctor', text: doctorText, markdown: doctorMarkdown, html: doctorHtml },
}

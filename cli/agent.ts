// `millrace agent`: flags to an agent that runs until Ctrl-C.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type AgentSettings, agentSettings, type FlagCluster, readAgentConfig, startAgent } from '../agents/index.ts'
import { nearestName } from '../core/config.ts'
import { type ConfigProblem, exitCodes } from '../core/errors.ts'
import { agentDiff } from './agent-diff.ts'
import { agentFlags } from './agent-flags.ts'
import { type ClientFlagValues, propertyFlags } from './client-flags.ts'
import { addTableFlags, type GivenTableFlag, readTableFlags } from './flag-table.ts'
import { onInterrupt } from './interrupt.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const epilogue = `
Serves /metrics for Prometheus (text and OpenMetrics), /healthz and /readyz. Looks at the cluster by itself and answers from
the last look, so a slow broker never makes a scrape slow. It joins no group and writes nothing to the cluster.

The principal needs DESCRIBE on the cluster, on the groups and on the topics. What it may not see is counted in
millrace_agent_gaps{reason="authorization"}.

Every setting but --property is also a variable, --lag-interval is MILLRACE_AGENT_LAG_INTERVAL, and can stand in the file of
--config, which alone can name several clusters. A flag counts more than a variable, a variable more than the file. How to reach the
cluster may also be in MILLRACE_* variables named for client properties, as MILLRACE_SASL_JAAS_CONFIG (not with several clusters).

Exit codes: 0 after Ctrl-C (or when --diff finds nothing that no listed rule explains), 10 with --diff where it does, 30 the address
is taken, 104 settings not valid.
`

/** Gives the command its flags and its action; `done` hears the exit code. */
export function defineAgent(command: Command, io: Io, done: (exitCode: number) => void): void {
  const given = addTableFlags(command, agentFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const settings = agentSettingsOf(given, command.args, io)
    const url = given.findLast(({ key }) => key === 'diff')?.text
    done(await agent(settings, url, io))
  })
}

interface ClusterFlags extends ClientFlagValues {
  readonly config?: string
  readonly 'cluster-name'?: string
}

const envPrefix = 'MILLRACE_AGENT_'
/** Flags that are no settings of the table, and may be variables too. */
const variables = ['config', 'cluster-name', 'bootstrap', 'command-config', 'request-timeout'] as const

/** From flags, variables and the file. Throws CONFIG_INVALID with all that is wrong in any of them. */
export function agentSettingsOf(
  given: readonly GivenTableFlag[],
  leftovers: readonly string[],
  io: Pick<Io, 'env'>,
): AgentSettings {
  const { values, problems } = readTableFlags(agentFlags, [...fromEnv(io.env), ...given], leftovers)
  problems.push(...unknownVariables(io.env))
  const flags = values as unknown as ClusterFlags
  const { config: path } = flags
  return readAgentConfig({
    ...(path === undefined ? {} : { file: { path, text: readText(path, problems) } }),
    env: io.env,
    flags: textsOf(given),
    flagCluster: flagCluster(flags),
    readFile: readFileSync,
    problems,
  })
}

const variableOf = (flag: string) => envPrefix + flag.toUpperCase().replaceAll('-', '_')

/** As if they stood in front of the flags, which then count more. */
const fromEnv = (env: Io['env']): GivenTableFlag[] =>
  variables.flatMap(key => {
    const text = env[variableOf(key)]
    return text === undefined || text === '' ? [] : [{ key, text }]
  })

/** What Kubernetes sets in the containers of a namespace with a Service that is called millrace-agent: MILLRACE_AGENT_PORT and others. */
const isServiceLink = (name: string, value = ''): boolean =>
  /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?$/.test(name) ||
  (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))

function unknownVariables(env: Io['env']): ConfigProblem[] {
  const known = [...agentSettings.map(({ variable }) => variable), ...variables.map(variableOf)]
  const unknown = Object.keys(env).filter(
    name => name.startsWith(envPrefix) && !known.includes(name) && !isServiceLink(name, env[name]),
  )
  return unknown.map(path => {
    const near = nearestName(path, known)
    return {
      path,
      message: near === undefined ? 'is not a setting of the agent' : `is not known; did you mean ${near}?`,
    }
  })
}

function readText(path: string, problems: ConfigProblem[]): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    problems.push({ path: '--config', message: `cannot read the file: ${why}` })
    return ''
  }
}

function textsOf(given: readonly GivenTableFlag[]): Map<string, string[]> {
  const byKey = Map.groupBy(given, ({ key }) => key)
  return new Map([...byKey].map(([key, same]) => [key, same.map(({ text }) => text)]))
}

/** What the command line says of a cluster, if anything. */
function flagCluster(flags: ClusterFlags): FlagCluster | undefined {
  const { 'cluster-name': name, 'command-config': commandConfig } = flags
  const properties = propertyFlags(flags)
  if (name === undefined && commandConfig === undefined && properties.length === 0) return undefined
  return {
    ...(name === undefined ? {} : { name }),
    ...(commandConfig === undefined ? {} : { commandConfig }),
    properties,
  }
}

async function agent(settings: AgentSettings, diffUrl: string | undefined, io: Io): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const interrupt = onInterrupt(io.events, { onFirst: () => resolve(), onSecond: () => io.exit(exitCodes.interrupted) })
  if (diffUrl !== undefined)
    return agentDiff(diffUrl, settings, io, interrupt.signal).finally(() => interrupt.release())
  const onNotice = (text: string) => void io.stderr.write(`${new Date().toISOString()} ${text}\n`)
  const running = await startAgent(settings, onNotice)
  try {
    await print(io.stdout, `millrace agent: ${running.url}/metrics\n`)
    await promise
    return exitCodes.ok
  } finally {
    interrupt.release()
    await running.close()
  }
}

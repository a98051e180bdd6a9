// `millrace agent`: flags to an agent that runs until Ctrl-C.
import type { Command } from 'commander'
import { type AgentSettings, collectorSettings, everything, startAgent } from '../agents/index.ts'
import { type ConfigProblem, exitCodes } from '../core/errors.ts'
import { type AgentFlagValues, agentFlags } from './agent-flags.ts'
import { clientSettingsOf } from './client-flags.ts'
import { addTableFlags, readTableFlags } from './flag-table.ts'
import { onInterrupt } from './interrupt.ts'
import { print } from './output.ts'
import type { Io } from './program.ts'

const epilogue = `
Serves /metrics for Prometheus (text and OpenMetrics), /healthz and /readyz. Looks at the cluster by itself and answers from
the last look, so a slow broker never makes a scrape slow. It joins no group and writes nothing to the cluster.

The principal needs DESCRIBE on the cluster, on the groups and on the topics. What it may not see is counted in
millrace_agent_gaps{reason="authorization"}.

Exit codes: 0 after Ctrl-C, 30 the address is taken, 104 settings not valid.
`

/** One line in the program adds the command; `done` hears the exit code. */
export function addAgentCommand(program: Command, io: Io, done: (exitCode: number) => void): void {
  const command = program
    .command('agent')
    .description('export consumer lag and the health of brokers and topics to Prometheus')
  const given = addTableFlags(command, agentFlags)
  command.addHelpText('after', epilogue)
  command.action(async () => {
    const { values, problems } = readTableFlags(agentFlags, given, command.args)
    done(await agent(settingsOf(values as AgentFlagValues, problems, io), io))
  })
}

function settingsOf(values: AgentFlagValues, problems: readonly ConfigProblem[], io: Io): AgentSettings {
  const client = clientSettingsOf(values, problems, io.env)
  const [first] = client.bootstrap
  const collectors = collectorSettings({
    lag: {
      intervalMs: values['lag-interval'],
      timeoutMs: values['lag-timeout'],
      values: { 'rows-max': values['lag-rows-max'] },
    },
  })
  const groups = { allow: values.group, deny: values['not-group'] }
  const name = values['cluster-name'] ?? `${first?.host}:${first?.port}`
  return {
    clusters: [{ name, client, groups, topics: everything, collectors, profiles: ['native'] }],
    listen: values.listen ?? { host: '127.0.0.1', port: 9400 },
  }
}

async function agent(settings: AgentSettings, io: Io): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const interrupt = onInterrupt(io.events, { onFirst: () => resolve(), onSecond: () => io.exit(exitCodes.interrupted) })
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

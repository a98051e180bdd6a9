// `millrace stack`: everything on this machine, with one command to see it and one to end it.
import type { Command } from 'commander'
import { configError } from '../../core/errors.ts'
import { type Parsed, parseDuration, parseRate, parseWhole } from '../../core/units.ts'
import { parseBootstrap } from '../../wire/bootstrap.ts'
import { addTableFlags, type FlagTable, flag, parseText, readTableFlags } from '../flag-table.ts'
import type { Io } from '../program.ts'
import { down, status } from './others.ts'
import type { Ports } from './parts.ts'
import { usualPorts } from './ports.ts'
import { type UpSettings, up } from './up.ts'

const port = (what: string, usual: number) => flag('Ports:', 'N', `${what} (default: ${usual})`, parseWhole(1, 65_535))
const asText =
  (parse: (text: string) => Parsed<unknown>) =>
  (text: string): Parsed<string> => {
    const parsed = parse(text)
    return 'problem' in parsed ? parsed : { value: text }
  }

const upFlags = {
  bootstrap: flag(
    'Kafka:',
    'host:port,...',
    'watch this cluster (default: an embedded broker is started, and a canary with it)',
    asText(parseBootstrap),
  ),
  'command-config': flag('Kafka:', 'file', 'client.properties file for --bootstrap', parseText),
  'cluster-name': flag(
    'Kafka:',
    'name',
    'the label cluster (default: local, or the first bootstrap address)',
    parseText,
  ),
  load: flag('Load:', 'rate', 'records in and out again all the time, as 1k/s (default: none)', asText(parseRate)),
  thresholds: flag('Rules:', 'file', 'thresholds of your own (docs/alerts.md)', parseText),
  'scrape-interval': flag('Prometheus:', 'time', 'how often it scrapes (default: 5s)', parseDuration),
  prometheus: flag('Prometheus:', 'path', 'the program (default: prometheus on the PATH)', parseText),
  alertmanager: flag(
    'Prometheus:',
    'path',
    'the program (default: alertmanager or prometheus-alertmanager on the PATH; without one no alert is sent)',
    parseText,
  ),
  'broker-port': port('of the embedded broker', usualPorts.broker),
  'control-port': port('of its control endpoint, for faults', usualPorts.control),
  'agent-port': port('of the agent', usualPorts.agent),
  'prometheus-port': port('of Prometheus', usualPorts.prometheus),
  'alertmanager-port': port('of Alertmanager', usualPorts.alertmanager),
  'preview-port': port('of the boards', usualPorts.preview),
  'load-port': port('of the metrics of the load', usualPorts.load),
} as const satisfies FlagTable

const epilogue = `
Starts an embedded broker (or watches --bootstrap), the agent, Prometheus with our rules, Alertmanager where it is installed, and the boards,
all on loopback; Prometheus must be installed. Default ports that are taken give way to free ones. Alerts are told here as they come.

  millrace stack up --load 1k/s                      something to see
  millrace stack up --bootstrap kafka-1:9092         a cluster of yours; nothing is written to it without --load
  millrace stack down                                ends it, from another terminal; so does Ctrl-C

Everything lies in one folder for temporary files, which is removed at the end. docs/stack.md

Exit codes: 0 after Ctrl-C or stack down, 20 a part ended or did not start, 20 to 25 the cluster of --bootstrap cannot be reached or refuses,
30 a port is taken or a stack is running, 31 Prometheus is not installed, 104 settings not valid.
`

/** Gives the command its three; `done` hears the exit code. */
export function defineStack(group: Command, io: Io, done: (exitCode: number) => void): void {
  const starting = group.command('up').description('start everything, until Ctrl-C')
  const given = addTableFlags(starting, upFlags)
  starting.addHelpText('after', epilogue)
  starting.action(async () => {
    const { values, problems } = readTableFlags(upFlags, given, starting.args)
    if (values.bootstrap === undefined) {
      for (const key of ['command-config'])
        if (values[key] !== undefined) problems.push({ path: `--${key}`, message: 'needs --bootstrap' })
    } else {
      for (const key of ['broker-port', 'control-port'])
        if (values[key] !== undefined)
          problems.push({ path: `--${key}`, message: 'is of the embedded broker, which --bootstrap does without' })
    }
    if (values.load === undefined && values['load-port'] !== undefined)
      problems.push({ path: '--load-port', message: 'needs --load' })
    if (problems.length > 0) throw configError(problems)
    done(await up(settingsOf(values), io))
  })
  const others = { down: [down, 'end it, from another terminal'], status: [status, 'what runs, and where'] } as const
  for (const [name, [act, description]] of Object.entries(others)) {
    const command = group.command(name).description(description)
    const none = addTableFlags(command, {})
    command.usage('').action(async () => {
      const { problems } = readTableFlags({}, none, command.args)
      if (problems.length > 0) throw configError(problems)
      done(await act(io))
    })
  }
}

function settingsOf(values: Record<string, unknown>): UpSettings {
  const ports = Object.entries(values).flatMap(([key, value]) =>
    key.endsWith('-port') ? [[key.slice(0, -'-port'.length), value]] : [],
  )
  return {
    ...(values as Omit<UpSettings, 'ports'>),
    ports: Object.fromEntries(ports) as Partial<Ports>,
  }
}

// What a stack is made of: programs with their arguments, in the order in which they are started. Pure.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type PartName = 'kafka' | 'agent' | 'alertmanager' | 'prometheus' | 'load'

export interface Part {
  readonly name: PartName
  readonly command: string
  readonly args: readonly string[]
  /** What answers when it is up; nobody waits for a part without. */
  readonly readyUrl?: string
  /** The stack ends when it does. */
  readonly isNeeded: boolean
}

/** Listeners, all on loopback. */
export type PortName = 'broker' | 'control' | 'agent' | 'prometheus' | 'alertmanager' | 'preview' | 'load'
export type Ports = Readonly<Record<PortName, number>>

const entry = fileURLToPath(new URL(`../main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))

export const addressOf = (port: number): string => `127.0.0.1:${port}`
export const urlOf = (port: number): string => `http://${addressOf(port)}`

const millrace = (name: PartName, args: readonly string[], isNeeded = true): Part => ({
  name,
  command: process.execPath,
  args: [entry, ...args],
  isNeeded,
})

export const brokerPart = ({ broker, control }: Ports): Part => ({
  ...millrace('kafka', ['broker', '--port', `${broker}`, '--control-port', `${control}`]),
  readyUrl: `${urlOf(control)}/stats`,
})

export interface AgentOptions {
  readonly bootstrap: string
  readonly clusterName?: string
  readonly commandConfig?: string
  readonly flags?: readonly string[]
}

const connection = ({ bootstrap, commandConfig }: AgentOptions) => [
  ...['--bootstrap', bootstrap],
  ...(commandConfig === undefined ? [] : ['--command-config', commandConfig]),
]

export function agentPart(port: number, options: AgentOptions): Part {
  const { clusterName, flags = [] } = options
  const name = clusterName === undefined ? [] : ['--cluster-name', clusterName]
  return {
    ...millrace('agent', ['agent', ...connection(options), ...name, '--listen', addressOf(port), ...flags]),
    readyUrl: `${urlOf(port)}/readyz`,
  }
}

export const alertmanagerPart = (command: string, port: number, dir: string): Part => ({
  name: 'alertmanager',
  command,
  args: [
    `--config.file=${join(dir, 'alertmanager.yml')}`,
    `--storage.path=${join(dir, 'alertmanager')}`,
    `--web.listen-address=${addressOf(port)}`,
    // Else it looks for others of its kind, on all interfaces.
    '--cluster.listen-address=',
  ],
  readyUrl: `${urlOf(port)}/-/ready`,
  isNeeded: false,
})

export const prometheusPart = (command: string, port: number, dir: string): Part => ({
  name: 'prometheus',
  command,
  args: [
    `--config.file=${join(dir, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(dir, 'prometheus')}`,
    `--web.listen-address=${addressOf(port)}`,
    '--log.level=warn',
  ],
  readyUrl: `${urlOf(port)}/-/ready`,
  isNeeded: true,
})

const loadDuration = '24h'
/** 192 MiB in all: what was read is of no more use. A segment that is written to is never deleted, so they are small. */
const loadTopic = { 'retention.bytes': 32 * 1024 ** 2, 'segment.bytes': 16 * 1024 ** 2 }

/** Records in and out again by a group, through a topic and a group that the run makes and deletes. */
export function loadPart(port: number, rate: string, options: AgentOptions): Part {
  const configs = Object.entries(loadTopic).flatMap(([name, value]) => ['--topic-config', `${name}=${value}`])
  const load = ['--rate', rate, '--duration', loadDuration, '--workers', '1', '--group-protocol', 'classic']
  const args = ['bench', 'roundtrip', ...connection(options), ...load, ...configs]
  // Not waited for: it makes its topic first, and says in the log what is in its way.
  return millrace('load', [...args, '--quiet', '--prometheus', addressOf(port)], false)
}

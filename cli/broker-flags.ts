// The flags of `millrace broker`, as a table, and how their values are read.
import { parseFault } from '../broker/faults/read-fault.ts'
import type { Fault } from '../broker/index.ts'
import { type ConfigProblem, isMillraceError } from '../core/errors.ts'
import { type Parsed, parseBoolean, parseDuration, parseSize, parseWhole } from '../core/units.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import { type FlagTable, type FlagValues, flag, type GivenTableFlag, parseText, readTableFlags } from './flag-table.ts'

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor?: number
}

export interface UserSpec {
  readonly name: string
  readonly password: string
}

const groups = { listen: 'Listeners:', cluster: 'Cluster:', faults: 'Faults:', access: 'Access:' } as const
const text = parseText
const port = parseWhole(0, 65_535)
const nullSize = bounded(parseSize, 1, 1024 ** 2, 'between 1 and 1MiB')

export const brokerFlags = {
  port: flag(groups.listen, 'N', 'of the first broker, the others on the next ones; 0: any free (default: 9092)', port),
  host: flag(groups.listen, 'HOST', 'address to listen on (default: 127.0.0.1)', text),
  'advertised-host': flag(groups.listen, 'HOST', 'name that clients are told to connect to (default: --host)', text),
  'plain-port': flag(groups.listen, 'N', 'a second listener, without TLS and users; 0: any free (default: none)', port),
  'control-port': flag(groups.listen, 'N', 'HTTP control endpoint on loopback; 0: any free (default: none)', port),
  brokers: flag(groups.cluster, 'N', 'how many brokers (default: 1)', parseWhole(1, 100)),
  topic: flag(groups.cluster, 'SPEC', 'topic to create, name:partitions[:replicas]; repeatable', parseTopic, true),
  'auto-create': flag(groups.cluster, 'BOOL', 'create topics that clients name (default: true)', parseBoolean),
  'retention-bytes': flag(groups.cluster, 'SIZE', 'kept of each partition, as 64MiB (default: all)', parseSize),
  'retention-time': flag(groups.cluster, 'TIME', 'how long records are kept, as 10m (default: 7d)', parseDuration),
  memory: flag(groups.cluster, 'SIZE', 'limit for all records together (default: 1GiB)', parseSize),
  null: flag(groups.cluster, undefined, 'acknowledge without storing and serve made-up records', text),
  'null-record-size': flag(groups.cluster, 'SIZE', 'bytes of the value of made-up records (default: 100)', nullSize),
  config: flag(groups.cluster, 'K=V', 'any broker setting by its Kafka name; repeatable', parsePair, true),
  fault: flag(groups.faults, 'RULE', 'as stall:api=Produce,for=2s,after=10s; repeatable', parseRule, true),
  'fault-seed': flag(groups.faults, 'N', 'which requests percent= strikes (default: 1)', parseWhole(0, 0xffff_ffff)),
  sasl: flag(groups.access, 'USER:PASSWORD', 'clients must authenticate; repeatable', parseUser, true),
  'tls-cert': flag(groups.access, 'FILE', 'certificate chain, PEM; with --tls-key', text),
  'tls-key': flag(groups.access, 'FILE', 'private key, PEM', text),
  'tls-client-ca': flag(groups.access, 'FILE', 'clients must show a certificate of this authority, PEM', text),
} as const satisfies FlagTable

export type BrokerFlagKey = keyof typeof brokerFlags
export type BrokerSettings = FlagValues<typeof brokerFlags, 'topic' | 'config' | 'fault' | 'sasl'>

/** Everything at once: the values and the problems. */
export function readBrokerFlags(
  given: readonly GivenTableFlag[],
  leftovers: readonly string[],
): { settings: BrokerSettings; problems: ConfigProblem[] } {
  const { values, problems } = readTableFlags(brokerFlags, given, leftovers)
  return { settings: values as unknown as BrokerSettings, problems }
}

// ---- values ----

function parseTopic(spec: string): Parsed<TopicSpec> {
  const match = /^([^:]+)(?::([1-9]\d*))?(?::([1-9]\d*))?$/.exec(spec)
  if (match === null) return { problem: `"${spec}" is not a topic: write name:partitions or name:partitions:replicas` }
  const [, name = '', partitions = '1', replicas] = match
  const replication = replicas === undefined ? {} : { replicationFactor: Number(replicas) }
  return { value: { name, partitions: Number(partitions), ...replication } }
}

function parsePair(pair: string): Parsed<readonly [name: string, value: string]> {
  const at = pair.indexOf('=')
  if (at <= 0) return { problem: `"${pair}" is not a setting: write name=value` }
  return { value: [pair.slice(0, at), pair.slice(at + 1)] }
}

/** The text is not quoted: it holds a password. */
function parseUser(pair: string): Parsed<UserSpec> {
  const at = pair.indexOf(':')
  if (at <= 0 || at === pair.length - 1) return { problem: 'must be a user and a password, as alice:secret' }
  return { value: { name: pair.slice(0, at), password: pair.slice(at + 1) } }
}

function parseRule(rule: string): Parsed<Fault> {
  try {
    return { value: parseFault(rule) }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return { problem: error.problems.map(({ message }) => message).join('; ') }
  }
}

// Settings as they were found, by their Kafka names, whatever they were read from: a broker's answer or a file. A value knows
// where it stands and which command changes it.
import type { PropertyEntry } from '../core/properties.ts'
import { type Commands, inFile } from './fixes.ts'

export interface Settings {
  /** `broker 1`, `server.properties`. */
  readonly subject: string
  /** Undefined: not set, and no default is known. */
  get(name: string): string | undefined
  /** Whether somebody has set it. */
  isSet(name: string): boolean
  /** Where it stands, or would. */
  where(name: string): string
  /** The command that gives it this value. */
  change(name: string, value: string): string
}

/** What a broker's file leaves out; Kafka 4.3. What DescribeConfigs says has them already. */
export const brokerDefaults: Readonly<Record<string, string>> = {
  'default.replication.factor': '1',
  'min.insync.replicas': '1',
  'unclean.leader.election.enable': 'false',
  'auto.create.topics.enable': 'true',
  'auto.leader.rebalance.enable': 'true',
  'controlled.shutdown.enable': 'true',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'offsets.retention.minutes': '10080',
  'log.flush.interval.messages': '9223372036854775807',
  'message.max.bytes': '1048588',
  'replica.fetch.max.bytes': '1048576',
  'allow.everyone.if.no.acl.found': 'false',
  'authorizer.class.name': '',
  'log.dirs': '',
  'log.dir': '/tmp/kafka-logs',
  listeners: 'PLAINTEXT://:9092',
  'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
  'ssl.client.auth': 'none',
  'ssl.enabled.protocols': 'TLSv1.2,TLSv1.3',
  'sasl.enabled.mechanisms': 'GSSAPI',
  'num.recovery.threads.per.data.dir': '2',
}

export function fileSettings(
  path: string,
  entries: readonly PropertyEntry[],
  defaults: Readonly<Record<string, string>> = {},
): Settings {
  const found = new Map(entries.map(entry => [entry.key, entry]))
  return {
    subject: path,
    get: name => found.get(name)?.value.trim() ?? defaults[name],
    isSet: name => found.has(name),
    where: name => (found.has(name) ? `${path}:${found.get(name)!.line}` : path),
    change: (name, value) => inFile(path, name, value),
  }
}

export interface BrokerSetting {
  readonly value: string | null
  readonly isDefault: boolean
  /** It changes with a restart alone. */
  readonly readOnly: boolean
}

export function brokerSettings(
  brokerId: number,
  found: ReadonlyMap<string, BrokerSetting>,
  commands: Commands,
): Settings {
  return {
    subject: `broker ${brokerId}`,
    get: name => found.get(name)?.value ?? undefined,
    isSet: name => found.get(name)?.isDefault === false,
    where: () => `broker ${brokerId}`,
    change: (name, value) => {
      if (found.get(name)?.readOnly !== false)
        return `${inFile('server.properties', name, value)}   # then restart broker ${brokerId}`
      return commands.configs('brokers', undefined, { [name]: value })
    },
  }
}

/** A number; undefined where there is none. */
export function numberOf(settings: Pick<Settings, 'get'>, name: string): number | undefined {
  const text = settings.get(name)
  const value = Number(text)
  return text === undefined || text === '' || Number.isNaN(value) ? undefined : value
}

/** `a,b` as its words. */
export const listOf = (text: string | undefined): string[] =>
  (text ?? '').split(',').map(word => word.trim()).filter(word => word !== '') // biome-ignore format: one line

// The settings of topics: which there are, their defaults, what a value must look like, and the resolved form that the log
// reads. Names and defaults are Kafka's, so that kafka-configs and admin clients show what they know.
//
// `effect: false` marks what is kept and shown but changes nothing here (broker/SKIPPED.md says why).

export type ConfigType = 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list'

/** ConfigDef types on the wire (DescribeConfigs v3). */
export const configTypeIds: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
}

export interface ConfigDefinition {
  readonly name: string
  readonly type: ConfigType
  readonly fallback: string
  /** The broker-wide setting that it takes its value from when a topic has none of its own. */
  readonly brokerName: string
  readonly min?: number
  readonly choices?: readonly string[]
}

type Row = readonly [
  name: string,
  type: ConfigType,
  fallback: string,
  limits?: { min?: number; choices?: readonly string[]; brokerName?: string },
]

const rows: readonly Row[] = [
  ['cleanup.policy', 'list', 'delete', { choices: ['delete', 'compact'], brokerName: 'log.cleanup.policy' }],
  ['compression.gzip.level', 'int', '-1'],
  ['compression.lz4.level', 'int', '9'],
  [
    'compression.type',
    'string',
    'producer',
    { choices: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] },
  ],
  ['compression.zstd.level', 'int', '3'],
  ['delete.retention.ms', 'long', '86400000', { min: 0, brokerName: 'log.cleaner.delete.retention.ms' }],
  ['file.delete.delay.ms', 'long', '60000', { min: 0, brokerName: 'log.segment.delete.delay.ms' }],
  ['flush.messages', 'long', '9223372036854775807', { min: 1, brokerName: 'log.flush.interval.messages' }],
  ['flush.ms', 'long', '9223372036854775807', { min: 0, brokerName: 'log.flush.interval.ms' }],
  ['follower.replication.throttled.replicas', 'list', ''],
  ['index.interval.bytes', 'int', '4096', { min: 0, brokerName: 'log.index.interval.bytes' }],
  ['leader.replication.throttled.replicas', 'list', ''],
  ['local.retention.bytes', 'long', '-2', { min: -2, brokerName: 'log.local.retention.bytes' }],
  ['local.retention.ms', 'long', '-2', { min: -2, brokerName: 'log.local.retention.ms' }],
  ['max.compaction.lag.ms', 'long', '9223372036854775807', { min: 1, brokerName: 'log.cleaner.max.compaction.lag.ms' }],
  ['max.message.bytes', 'int', '1048588', { min: 0, brokerName: 'message.max.bytes' }],
  ['message.timestamp.after.max.ms', 'long', '3600000', { min: 0, brokerName: 'log.message.timestamp.after.max.ms' }],
  [
    'message.timestamp.before.max.ms',
    'long',
    '9223372036854775807',
    { min: 0, brokerName: 'log.message.timestamp.before.max.ms' },
  ],
  [
    'message.timestamp.type',
    'string',
    'CreateTime',
    { choices: ['CreateTime', 'LogAppendTime'], brokerName: 'log.message.timestamp.type' },
  ],
  ['min.cleanable.dirty.ratio', 'double', '0.5', { min: 0, brokerName: 'log.cleaner.min.cleanable.ratio' }],
  ['min.compaction.lag.ms', 'long', '0', { min: 0, brokerName: 'log.cleaner.min.compaction.lag.ms' }],
  ['min.insync.replicas', 'int', '1', { min: 1 }],
  ['preallocate', 'boolean', 'false', { brokerName: 'log.preallocate' }],
  ['remote.storage.enable', 'boolean', 'false', { brokerName: 'remote.log.storage.system.enable' }],
  ['retention.bytes', 'long', '-1', { min: -2, brokerName: 'log.retention.bytes' }],
  ['retention.ms', 'long', '604800000', { min: -1, brokerName: 'log.retention.ms' }],
  ['segment.bytes', 'int', '1073741824', { min: 14, brokerName: 'log.segment.bytes' }],
  ['segment.index.bytes', 'int', '10485760', { min: 4, brokerName: 'log.index.size.max.bytes' }],
  ['segment.jitter.ms', 'long', '0', { min: 0, brokerName: 'log.roll.jitter.ms' }],
  ['segment.ms', 'long', '604800000', { min: 1, brokerName: 'log.roll.ms' }],
  ['unclean.leader.election.enable', 'boolean', 'false'],
]

export const topicConfigDefinitions: ReadonlyMap<string, ConfigDefinition> = new Map(
  rows.map(([name, type, fallback, { brokerName = name, ...limits } = {}]) => [
    name,
    { name, type, fallback, brokerName, ...limits },
  ]),
)

/** What is wrong with a value, or undefined. */
export function problemWith({ name, type, min, choices }: ConfigDefinition, value: string): string | undefined {
  const invalid = (why: string) => `Invalid value ${value} for configuration ${name}: ${why}`
  if (type === 'boolean' && !/^(true|false)$/i.test(value)) return invalid('Expected value to be either true or false')
  if (type === 'int' || type === 'long') {
    if (!/^-?\d+$/.test(value)) return invalid(`Not a number of type ${type.toUpperCase()}`)
    if (type === 'int' && Math.abs(Number(value)) > 0x7fff_ffff) return invalid('Not a number of type INT')
  }
  if (type === 'double' && (value.trim() === '' || !Number.isFinite(Number(value)))) {
    return invalid('Not a number of type DOUBLE')
  }
  if (min !== undefined && Number(value) < min) return invalid(`Value must be at least ${min}`)
  const words = type === 'list' ? listOf(value) : [value]
  if (choices !== undefined && words.some(word => !choices.includes(word))) {
    return invalid(`String must be one of: ${choices.join(', ')}`)
  }
  return undefined
}

export const listOf = (value: string): string[] =>
  value
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')

/** What the log and the produce path read, once per batch: resolved when a setting changes, not when it is used. */
export interface ResolvedConfigs {
  /** Infinity: no limit, in all of these. */
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly messageBytesMax: number
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  readonly isLogAppendTime: boolean
  readonly isDeleted: boolean
  readonly isCompacted: boolean
  readonly inSyncReplicasMin: number
}

export function resolveConfigs(read: (name: string) => string): ResolvedConfigs {
  const limit = (name: string) => {
    const value = Number(read(name))
    return value < 0 || value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value
  }
  return {
    retentionMs: limit('retention.ms'),
    retentionBytes: limit('retention.bytes'),
    segmentBytes: limit('segment.bytes'),
    segmentMs: limit('segment.ms'),
    messageBytesMax: limit('max.message.bytes'),
    timestampBeforeMaxMs: limit('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: limit('message.timestamp.after.max.ms'),
    isLogAppendTime: read('message.timestamp.type') === 'LogAppendTime',
    isDeleted: listOf(read('cleanup.policy')).includes('delete'),
    isCompacted: listOf(read('cleanup.policy')).includes('compact'),
    inSyncReplicasMin: Number(read('min.insync.replicas')),
  }
}

// From what kafka-consumer-perf-test is asked for to what is read and how: one member of a group, with the defaults of Kafka's own.
import { type Parsed, parseBoolean, parseOneOf } from '../../core/units.ts'
import type { ConsumePlan } from '../plan.ts'
import type { PerfProperties, PropertyRules } from './client-properties.ts'
import type { GroupReadingSettings, MemberSettings } from './group-reading.ts'

const noJava = 'names a Java class, and there is no Java here: leave it out'
const noBuffers = 'Node cannot set the buffers of a socket: leave it to the kernel'

export const consumerRules: PropertyRules = {
  // Kafka's tool sets them too, whatever is given.
  overridden: [
    'auto.offset.reset',
    'check.crcs',
    'group.id',
    'key.deserializer',
    'max.partition.fetch.bytes',
    'value.deserializer',
  ],
  honoured: [
    'auto.commit.interval.ms',
    'enable.auto.commit',
    'fetch.max.bytes',
    'fetch.max.wait.ms',
    'fetch.min.bytes',
    'group.instance.id',
    'group.protocol',
    'group.remote.assignor',
    'heartbeat.interval.ms',
    'isolation.level',
    'max.poll.interval.ms',
    'partition.assignment.strategy',
    'session.timeout.ms',
  ],
  refused: {
    'client.rack': 'records are read from the leaders here, not from the closest replica (KIP-392): leave it out',
    'interceptor.classes': noJava,
    'receive.buffer.bytes': noBuffers,
    'send.buffer.bytes': noBuffers,
  },
}

export interface ConsumerPerfOptions {
  readonly group: string
  readonly fetchSize: number
  readonly isFromLatest: boolean
}

const int32Max = 2 ** 31 - 1
const assignors = {
  'org.apache.kafka.clients.consumer.RangeAssignor': 'range',
  'org.apache.kafka.clients.consumer.RoundRobinAssignor': 'roundrobin',
  'org.apache.kafka.clients.consumer.CooperativeStickyAssignor': 'cooperative-sticky',
} as const
type Assignor = (typeof assignors)[keyof typeof assignors]

export function planConsumer(
  { group, fetchSize, isFromLatest }: ConsumerPerfOptions,
  properties: PerfProperties,
): Omit<GroupReadingSettings, 'topics'> {
  const plan: ConsumePlan = {
    from: { kind: 'earliest' },
    // Of records that are to be counted only, Kafka's tool does not verify it either.
    verifyCrc: false,
    isolation: properties.read(
      'isolation.level',
      parseOneOf(['read_uncommitted', 'read_committed']),
      'read_uncommitted',
    ),
    fetchMinBytes: properties.whole('fetch.min.bytes', 0, int32Max, 1),
    fetchMaxBytes: properties.whole('fetch.max.bytes', 0, int32Max, 50 * 2 ** 20),
    fetchMaxWaitMs: properties.whole('fetch.max.wait.ms', 0, int32Max, 500),
    partitionMaxBytes: fetchSize,
    decode: 'records',
    ignoreStamps: true,
    stopAtEnd: false,
  }
  const commits = properties.read('enable.auto.commit', parseBoolean, true)
  const commitEveryMs = properties.whole('auto.commit.interval.ms', 1, int32Max, 5_000)
  return {
    plan,
    member: memberOf(group, properties),
    reset: isFromLatest ? 'latest' : 'earliest',
    commitEveryMs: commits ? commitEveryMs : 0,
  }
}

function memberOf(groupId: string, properties: PerfProperties): MemberSettings {
  const anyText = (text: string): Parsed<string> => ({ value: text.trim() })
  const instanceId = properties.read('group.instance.id', anyText, '')
  const rebalanceTimeoutMs = properties.whole('max.poll.interval.ms', 1, int32Max, 300_000)
  const common = { groupId, rebalanceTimeoutMs, ...(instanceId === '' ? {} : { instanceId }) }
  const lowerCased = (text: string) => parseOneOf(['classic', 'consumer'])(text.trim().toLowerCase())
  const protocol = properties.read('group.protocol', lowerCased, 'classic')
  const sessionTimeoutMs = properties.whole('session.timeout.ms', 1, int32Max, 45_000)
  const heartbeatIntervalMs = properties.whole('heartbeat.interval.ms', 1, int32Max, 3_000)
  const assignor = properties.read<Assignor>('partition.assignment.strategy', parseAssignor, 'range')
  const serverAssignor = properties.read('group.remote.assignor', anyText, '')
  if (protocol === 'classic') return { protocol, ...common, assignor, sessionTimeoutMs, heartbeatIntervalMs }
  return { protocol, ...common, ...(serverAssignor === '' ? {} : { serverAssignor }) }
}

/** Of a list the first: the group settles on one that all its members have, and that is mostly the first. */
function parseAssignor(text: string): Parsed<Assignor> {
  const [first = ''] = text.split(',').map(part => part.trim())
  const byClass = Object.entries(assignors).find(([name, short]) => first === name || first === short)
  if (byClass !== undefined) return { value: byClass[1] }
  return { problem: `"${first}" is not one of ${Object.keys(assignors).join(', ')}` }
}

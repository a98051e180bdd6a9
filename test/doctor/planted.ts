// A cluster in which all is well, as facts, and ways to spoil it.

import type { GroupReport } from '../../agents/lag-report.ts'
import { parseProperties } from '../../core/properties.ts'
import type { BrokerFacts, ClientRole, ClusterFacts, Facts, TopicFacts } from '../../doctor/facts.ts'
import { commandsOf } from '../../doctor/fixes.ts'
import { clientFile } from '../../doctor/read/files.ts'
import { brokerDefaults, brokerSettings, fileSettings } from '../../doctor/settings.ts'

export const commands = commandsOf('kafka:9092')

const goodBroker: Readonly<Record<string, string>> = {
  ...brokerDefaults,
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'auto.create.topics.enable': 'false',
  'log.dirs': '/var/lib/kafka/data',
  listeners: 'CLIENT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093',
  'listener.security.protocol.map': 'CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'transaction.max.timeout.ms': '900000',
  'group.min.session.timeout.ms': '6000',
  'group.max.session.timeout.ms': '1800000',
}

export const settingsOfBroker = (id: number, changed: Readonly<Record<string, string>> = {}) => {
  const values = Object.entries({ ...goodBroker, ...changed })
  return brokerSettings(id, new Map(values.map(([name, value]) => [name, { value, isDefault: false, readOnly: name === 'listeners' }])), commands) // biome-ignore format: one line
}

export const broker = (
  id: number,
  changed: Readonly<Record<string, string>> = {},
  more: Partial<BrokerFacts> = {},
): BrokerFacts => ({
  id,
  host: `kafka-${id}`,
  port: 9092,
  rack: null,
  settings: settingsOfBroker(id, changed),
  versions: {
    release: '4.3',
    metadataLevel: 30,
    metadataLevelMax: 30,
    apis: new Map([[68, 1], [35, 5], [66, 2]]), // biome-ignore format: one line
  },
  ...more,
})

const goodTopic = {
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'retention.bytes': '-1',
  'segment.ms': '604800000',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'compression.type': 'producer',
  'flush.messages': '9223372036854775807',
  'max.message.bytes': '1048588',
}

const partition = (index: number) => {
  const replicas = [0, 1, 2].map(turn => ((index + turn) % 3) + 1)
  return { index, leader: replicas[0]!, leaderEpoch: 0, replicas, isr: replicas, offline: [], errorCode: 0 }
}

export const topic = (
  name: string,
  configs: Readonly<Record<string, string>> = {},
  more: Partial<TopicFacts> = {},
): TopicFacts => ({
  name,
  isInternal: name.startsWith('__'),
  partitions: [0, 1, 2, 3, 4, 5].map(partition),
  configs: new Map(
    Object.entries({ ...goodTopic, ...(name.startsWith('__') && { 'cleanup.policy': 'compact' }), ...configs }),
  ),
  records: [1000, 990, 1010, 1005, 1000, 980],
  ...more,
})

export const withPartitions = (
  name: string,
  change: (each: TopicFacts['partitions'][number]) => Partial<TopicFacts['partitions'][number]>,
): TopicFacts => {
  const good = topic(name)
  return { ...good, partitions: good.partitions.map(each => ({ ...each, ...change(each) })) }
}

type Row = GroupReport['partitions'][number]

export const row = (
  more: Partial<Row> & { readonly committed: number; readonly logStart?: number; readonly end: number },
): Row => {
  const { committed, logStart = 0, end, ...rest } = more
  return {
    groupId: 'billing',
    topic: 'orders',
    partition: 0,
    committed,
    ends: { logStart, lastStable: end, highWatermark: end },
    lag: {
      toEnd: Math.max(0, end - committed),
      toStable: Math.max(0, end - committed),
      toRead: Math.max(0, end - Math.max(committed, logStart)),
      lost: Math.max(0, logStart - committed),
      ahead: Math.max(0, committed - end),
    },
    unknown: undefined,
    member: { memberId: 'm1', instanceId: null, clientId: 'billing', host: '10.0.0.1', assigned: [] },
    lagSeconds: 1,
    ...rest,
  }
}

export const group = (more: Partial<GroupReport> = {}): GroupReport => {
  const partitions = more.partitions ?? [row({ committed: 990, end: 1000 })]
  return {
    groupId: 'billing',
    type: 'classic',
    state: 'Stable',
    assignor: 'cooperative-sticky',
    coordinator: 1,
    members: 1,
    partitions,
    lag: partitions.reduce((sum, { lag }) => sum + (lag?.toEnd ?? 0), 0),
    lagSecondsMax: 1,
    lost: partitions.reduce((sum, { lag }) => sum + (lag?.lost ?? 0), 0),
    unknownPartitions: 0,
    ...more,
  }
}

export const client = (role: ClientRole, text: string) => {
  const good: Readonly<Record<ClientRole, string>> = {
    producer: 'compression.type=zstd\n',
    consumer: 'group.id=billing\nenable.auto.commit=false\n',
  }
  const connection = 'bootstrap.servers=kafka-1:9092,kafka-2:9092\nsecurity.protocol=SASL_SSL\n'
  return clientFile(`${role}.properties`, parseProperties(`${connection}${good[role]}${text}`).entries, role)
}

export const server = (text: string) => {
  const good = Object.entries(goodBroker).map(([name, value]) => `${name}=${value}\n`)
  return fileSettings('server.properties', parseProperties(`${good.join('')}${text}`).entries, brokerDefaults)
}

const goodCluster: ClusterFacts = {
  clusterId: 'abc',
  brokers: [broker(1), broker(2), broker(3)],
  topics: [topic('orders'), topic('payments'), topic('__consumer_offsets')],
  groups: [group()],
  dirs: [1, 2, 3].map(id => ({
    broker: id,
    path: '/var/lib/kafka/data',
    isOnline: true,
    content: { bytes: 1, replicas: 1, futureReplicas: 0, futureLagOffsets: 0 },
    volumeBytes: 1000,
    freeBytes: 600,
  })),
  quorum: {
    leader: 1,
    epoch: 1,
    highWatermark: 10,
    nodes: [1, 2, 3].map(id => ({
      id,
      role: id === 1 ? ('leader' as const) : ('follower' as const),
      endOffset: 10,
      lagOffsets: 0,
      lagSec: 0,
      fetchAgeSec: 0,
    })),
  },
  gaps: [],
}

/** All is well, but for what is put in place of it. */
export const facts = (cluster: Partial<ClusterFacts> = {}, more: Partial<Facts> = {}): Facts => ({
  cluster: { ...goodCluster, ...cluster },
  servers: [server('')],
  clients: [client('producer', ''), client('consumer', '')],
  commitsManually: false,
  commands,
  ...more,
})

export { goodCluster }

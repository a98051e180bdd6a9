// The broker's server.properties. Kafka's own defaults stay wherever a benchmark would feel the difference (threads,
// buffers, flushing); only what a small, short-lived cluster needs is set.
import type { Certificates } from './certificates.ts'
import { type Security, securityProperties } from './security.ts'

export interface NodePorts {
  readonly client: number
  readonly admin: number
  readonly controller: number
}

export interface Node {
  readonly id: number
  readonly ports: NodePorts
  readonly dataDir: string
}

export interface ClusterLayout {
  readonly version: string
  readonly nodes: readonly Node[]
  readonly advertisedHost: string
  readonly security: Security
  readonly certificates: Certificates | undefined
  readonly properties: Readonly<Record<string, string>>
}

export const loopback = '127.0.0.1'

const retentionBytes = 1024 ** 3 // of one partition: the logs are usually memory, and a load test fills it
const segmentBytes = 256 * 1024 ** 2
const internalTopicPartitions = '5'

export function brokerProperties(layout: ClusterLayout, node: Node): Record<string, string> {
  const replicas = String(layout.nodes.length)
  const inSync = layout.nodes.length > 1 ? '2' : '1'
  return {
    ...rolesAndListeners(layout, node),
    'log.dirs': node.dataDir,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': internalTopicPartitions,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': internalTopicPartitions,
    ...(Number(layout.version.split('.')[0]) >= 4 ? shareGroupProperties(replicas, inSync) : {}),
    'group.initial.rebalance.delay.ms': '0',
    'log.segment.bytes': String(segmentBytes),
    'log.retention.bytes': String(retentionBytes),
    // Kafka looks for old segments every five minutes and keeps deleted files for one more: too late for a tmpfs.
    'log.retention.check.interval.ms': '10000',
    'log.segment.delete.delay.ms': '1000',
    ...securityProperties(layout.security, layout.certificates),
    ...layout.properties,
  }
}

function rolesAndListeners(layout: ClusterLayout, node: Node): Record<string, string> {
  const { client, admin, controller } = node.ports
  const voters = layout.nodes.map(each => `${each.id}@${loopback}:${each.ports.controller}`)
  const protocols = `CLIENT:${layout.security.protocol},ADMIN:PLAINTEXT,CONTROLLER:PLAINTEXT`
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': voters.join(','),
    listeners: `CLIENT://${loopback}:${client},ADMIN://${loopback}:${admin},CONTROLLER://${loopback}:${controller}`,
    'advertised.listeners': `CLIENT://${layout.advertisedHost}:${client},ADMIN://${loopback}:${admin}`,
    'listener.security.protocol.map': protocols,
    'inter.broker.listener.name': 'ADMIN',
    'controller.listener.names': 'CONTROLLER',
  }
}

const shareGroupProperties = (replicas: string, inSync: string): Record<string, string> => ({
  'share.coordinator.state.topic.replication.factor': replicas,
  'share.coordinator.state.topic.min.isr': inSync,
  'share.coordinator.state.topic.num.partitions': internalTopicPartitions,
})

/** The text of a Java properties file. A backslash escapes there, so it is doubled. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
  return lines.join('')
}

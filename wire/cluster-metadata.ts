// What a cluster says about itself, as plain data: brokers, topics, partitions, leaders. Pure: the cluster fetches it.
import type { metadata } from './apis/03-metadata.ts'
import type { RequestOf, ResponseOf } from './schema.ts'
import type { HostPort } from './settings.ts'

export interface BrokerMetadata extends HostPort {
  readonly rack: string | null
}

export interface PartitionMetadata {
  readonly index: number
  /** Broker id; -1 while there is none. */
  readonly leader: number
  /** -1: not said. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offline: readonly number[]
  readonly errorCode: number
}

export interface TopicMetadata {
  readonly name: string
  /** All zeros from a broker that has no topic ids (before 2.8). */
  readonly id: string
  readonly internal: boolean
  readonly errorCode: number
  /** By index. */
  readonly partitions: readonly PartitionMetadata[]
}

export interface ClusterSnapshot {
  readonly clusterId: string | null
  /** With KRaft any live broker: it forwards to the controller. -1 while there is none. */
  readonly controllerId: number
  readonly brokers: ReadonlyMap<number, BrokerMetadata>
  /** Those that were asked for; one that does not exist is here too, with its error code. */
  readonly topics: ReadonlyMap<string, TopicMetadata>
}

export type TopicSelection = readonly string[] | 'all'

export function metadataRequest(selection: TopicSelection): RequestOf<typeof metadata> {
  const topics = selection === 'all' ? null : selection.map(name => ({ name }))
  return { topics, allowAutoTopicCreation: false }
}

export function snapshotOf(answer: ResponseOf<typeof metadata>): ClusterSnapshot {
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    brokers: new Map(answer.brokers.map(({ nodeId, host, port, rack }) => [nodeId, { host, port, rack }])),
    // A null name answers a question by id, and none is asked.
    topics: new Map(answer.topics.map(topic => [topic.name ?? '', topicOf(topic)])),
  }
}

function topicOf(topic: ResponseOf<typeof metadata>['topics'][number]): TopicMetadata {
  const partitions = topic.partitions.map(partition => ({
    index: partition.partitionIndex,
    leader: partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicas: partition.replicaNodes,
    isr: partition.isrNodes,
    offline: partition.offlineReplicas,
    errorCode: partition.errorCode,
  }))
  partitions.sort((a, b) => a.index - b.index)
  const { topicId: id, isInternal: internal, errorCode } = topic
  return { name: topic.name ?? '', id, internal, errorCode, partitions }
}

/**
 * The newer of what two brokers said of a topic, partition by partition: after a leader has moved some brokers name the old
 * one for a moment longer, and the leader epoch tells them apart (KIP-320).
 */
export function newerOf(known: TopicMetadata | undefined, heard: TopicMetadata): TopicMetadata {
  if (known === undefined || known.id !== heard.id || heard.errorCode !== 0) return heard
  const partitions = heard.partitions.map(partition => {
    const before = known.partitions[partition.index]
    return before !== undefined && before.leaderEpoch > partition.leaderEpoch ? before : partition
  })
  return { ...heard, partitions }
}

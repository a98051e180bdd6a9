// Requests name a topic by name or, since KIP-516, by id. Found here once, with the code for when it is not.
import { kafkaCode } from '../wire/error-codes.ts'
import { zeroUuid } from '../wire/schema.ts'
import type { BrokerState, ClusterState } from './cluster.ts'
import type { ConnectionState, RequestContext } from './handler.ts'
import type { Partition } from './partition.ts'
import type { Topic } from './topic.ts'

/** The name counts unless there is an id. */
export function findTopic(cluster: ClusterState, name: string | null, id: string): Topic | undefined {
  return id === zeroUuid ? cluster.topics.byName(name ?? '') : cluster.topics.byId(id)
}

export const unknownTopicCode = (id: string): number =>
  id === zeroUuid ? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION : kafkaCode.UNKNOWN_TOPIC_ID

/** Where to turn to instead (KIP-951). */
export const leaderOf = ({ leaderId, leaderEpoch }: Partition) => ({ leaderId, leaderEpoch })

export const endpointOf = ({ id, host, ports, rack }: BrokerState, { listener }: ConnectionState) => {
  return { nodeId: id, host, port: ports[listener], rack }
}

/** The addresses that go with those hints. */
export function endpointsOf({ cluster, connection }: RequestContext, brokerIds: Iterable<number>) {
  const known = [...new Set(brokerIds)].map(id => cluster.brokers.get(id))
  return known.filter(broker => broker !== undefined).map(broker => endpointOf(broker, connection))
}

/** A partition as metadata shows it. */
export function partitionStateOf({ isAlive }: ClusterState, partition: Partition) {
  const { index, leaderId, leaderEpoch, replicas, isr } = partition
  return {
    errorCode: leaderId < 0 ? kafkaCode.LEADER_NOT_AVAILABLE : kafkaCode.NONE,
    partitionIndex: index,
    leaderId,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    offlineReplicas: replicas.filter(id => !isAlive(id)),
  }
}

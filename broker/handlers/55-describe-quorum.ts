// DescribeQuorum: the cluster as its own quorum. Every broker is a voter that is always caught up, for they share one state.
import { describeQuorum } from '../../wire/apis/55-describe-quorum.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { zeroUuid } from '../../wire/schema.ts'
import type { ClusterState } from '../cluster.ts'
import { handlerOf } from '../handler.ts'
import { endpointOf } from '../topic-refs.ts'

const metadataTopic = '__cluster_metadata'
/** There is no metadata log here; one record stands for it. */
const metadataEndOffset = 1

export const describeQuorumHandler = handlerOf(describeQuorum, ({ cluster, connection }, request) => {
  const topics = request.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) => {
      const isKnown = topicName === metadataTopic && partitionIndex === 0
      return isKnown ? quorumOf(cluster, partitionIndex) : unknown(partitionIndex)
    }),
  }))
  const nodes = cluster.aliveBrokers.map(broker => {
    const { nodeId, host, port } = endpointOf(broker, connection)
    return { nodeId, listeners: [{ name: 'CONTROLLER', host, port }] }
  })
  return { errorCode: kafkaCode.NONE, errorMessage: null, topics, nodes }
})

function quorumOf(cluster: ClusterState, partitionIndex: number) {
  const { nowMs, controllerId, aliveBrokers } = cluster
  const currentVoters = aliveBrokers.map(({ id }) => ({
    replicaId: id,
    replicaDirectoryId: zeroUuid,
    logEndOffset: metadataEndOffset,
    lastFetchTimestamp: nowMs,
    lastCaughtUpTimestamp: nowMs,
  }))
  const leader = { leaderId: controllerId, leaderEpoch: 1, highWatermark: metadataEndOffset }
  return { partitionIndex, errorCode: kafkaCode.NONE, errorMessage: null, ...leader, currentVoters, observers: [] }
}

function unknown(partitionIndex: number) {
  const leader = { leaderId: -1, leaderEpoch: -1, highWatermark: -1 }
  const errorCode = kafkaCode.UNKNOWN_TOPIC_OR_PARTITION
  return { partitionIndex, errorCode, errorMessage: null, ...leader, currentVoters: [], observers: [] }
}

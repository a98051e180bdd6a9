// The metadata quorum as its leader sees it. Any broker takes the question to the leader (KIP-595).
import { describeQuorum } from '../../wire/apis/55-describe-quorum.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import type { ResponseOf } from '../../wire/schema.ts'

export type QuorumAnswer = ResponseOf<typeof describeQuorum>['topics'][number]['partitions'][number]

/** The one partition of the metadata log. */
const metadataLog = { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }

/** Throws AUTHORIZATION_FAILED without DESCRIBE on the cluster, and VERSION_UNSUPPORTED from a cluster that has ZooKeeper. */
export async function readQuorum(cluster: Cluster, timeoutMs: number): Promise<QuorumAnswer> {
  const answer = await cluster.send('any', describeQuorum, { topics: [metadataLog] }, { timeoutMs })
  const where = 'metadata quorum'
  if (answer.errorCode !== kafkaCode.NONE) throw kafkaError(answer.errorCode, where, answer.errorMessage)
  const partition = answer.topics[0]?.partitions[0]
  if (partition === undefined) throw kafkaError(kafkaCode.UNKNOWN_SERVER_ERROR, where)
  if (partition.errorCode !== kafkaCode.NONE) throw kafkaError(partition.errorCode, where, partition.errorMessage)
  return partition
}

// Partitions whose replicas are being moved (KIP-455). Any broker answers: with KRaft it asks the controller.
import { isMillraceError } from '../../core/errors.ts'
import { listPartitionReassignments } from '../../wire/apis/46-list-partition-reassignments.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { gapOf } from '../gap.ts'
import { type Found, forgotten } from './groups.ts'

/** Topic to partitions; undefined: could not be found out. */
export type Reassignments = ReadonlyMap<string, ReadonlySet<number>>

export async function readReassignments(
  cluster: Cluster,
  timeoutMs: number,
): Promise<Found<Reassignments | undefined>> {
  try {
    const answer = await cluster.send(
      'controller',
      listPartitionReassignments,
      { timeoutMs, topics: null },
      { timeoutMs },
    )
    if (answer.errorCode !== kafkaCode.NONE) throw kafkaError(answer.errorCode, 'reassignments', answer.errorMessage)
    const moved = answer.topics.map(
      ({ name, partitions }) => [name, new Set(partitions.map(({ partitionIndex }) => partitionIndex))] as const,
    )
    return { found: new Map(moved), gaps: [] }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return { found: undefined, gaps: [gapOf('cluster', 'reassignments', forgotten(cluster, error))] }
  }
}

// Which partition of the canary topic proves which broker: one partition for each broker that leads it. The topic is made that
// way once; after that nobody moves anything. A canary that reassigns its own topic measures its own doing, so what has
// changed since is told, and what a person could do about it. Pure.
import type { ClusterSnapshot, TopicMetadata } from '../../wire/cluster-metadata.ts'

/** Brokers of each partition, the leader first: every broker leads one partition, and the next ones follow. */
export function assignmentsFor(brokers: Iterable<number>, replicationFactor: number): readonly (readonly number[])[] {
  const ids = [...brokers].toSorted((a, b) => a - b)
  const replicas = Math.min(replicationFactor, ids.length)
  return ids.map((_, first) => Array.from({ length: replicas }, (_, step) => ids[(first + step) % ids.length]!))
}

export interface Coverage {
  /** Partition to the broker that leads it. */
  readonly leaders: ReadonlyMap<number, number>
  /** No partition of the topic has a leader there: nothing is proven about them. */
  readonly uncovered: readonly number[]
}

export function coverageOf({ brokers }: Pick<ClusterSnapshot, 'brokers'>, topic: TopicMetadata): Coverage {
  const leaders = new Map<number, number>()
  for (const { index, leader } of topic.partitions) if (leader >= 0) leaders.set(index, leader)
  const covered = new Set(leaders.values())
  return { leaders, uncovered: [...brokers.keys()].filter(id => !covered.has(id)).toSorted((a, b) => a - b) }
}

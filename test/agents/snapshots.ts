// Snapshots made by hand: one group on one topic at a chosen moment.
import type { GroupSnapshot, LagSnapshot } from '../../agents/snapshot.ts'
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'

/** Of one group on the partitions of one topic. */
export interface Seen {
  readonly atMs: number
  readonly committed: readonly number[]
  readonly ends: readonly number[]
  readonly topicId?: string
}

export function snapshotOf({ atMs, committed, ends, topicId = 'id-1' }: Seen): LagSnapshot {
  const partitions = ends.map((_, index) => ({
    index,
    leader: 1,
    leaderEpoch: 0,
    replicas: [1],
    isr: [1],
    offline: [],
    errorCode: 0,
  }))
  const topic: TopicMetadata = { name: 't', id: topicId, internal: false, errorCode: 0, partitions }
  const group: GroupSnapshot = {
    ...{ groupId: 'g', type: 'classic', state: 'Empty', protocolType: 'consumer', coordinator: 1 },
    description: { groupId: 'g', state: 'Empty', assignor: '', members: [] },
    commits: new Map([['t', new Map(committed.map((offset, partition) => [partition, offset]))]]),
  }
  const ofTopic = ends.map(
    (end, partition) => [partition, { logStart: 0, lastStable: end, highWatermark: end }] as const,
  )
  return {
    ...{ clusterId: 'c', commitsAtMs: atMs, endsAtMs: atMs, groups: [group], gaps: [] },
    metadata: { clusterId: 'c', controllerId: 1, brokers: new Map(), topics: new Map([['t', topic]]) },
    ends: new Map([['t', new Map(ofTopic)]]),
  }
}

// Snapshots made by hand: one group on one topic at a chosen moment.
import type { GroupSnapshot, LagSnapshot } from '../../agents/snapshot.ts'
import type { TopicMetadata } from '../../wire/cluster-metadata.ts'

/** Of one group on the partitions of one topic. */
export interface Seen {
  readonly atMs: number
  readonly committed: readonly number[]
  readonly ends: readonly number[]
  readonly topicId?: string
  /** By member, the partitions that it is to read; left out: nobody is there. */
  readonly assigned?: readonly (readonly number[])[]
  readonly state?: string
  /** Makes it a share group. */
  readonly shareLags?: readonly number[]
}

export function snapshotOf(seen: Seen): LagSnapshot {
  const { atMs, committed, ends, topicId = 'id-1', assigned = [], state = 'Empty', shareLags } = seen
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
    ...{ groupId: 'g', type: shareLags === undefined ? 'classic' : 'share', state: 'Empty' },
    ...{ protocolType: 'consumer', coordinator: 1 },
    description: {
      ...{ groupId: 'g', state, assignor: '' },
      members: assigned.map((own, at) => ({
        ...{ memberId: `m-${at}`, instanceId: null, clientId: '', host: '' },
        assigned: own.map(partition => ({ topic: 't', partition })),
      })),
    },
    commits: new Map([['t', new Map(committed.map((offset, partition) => [partition, offset]))]]),
    shareLags: shareLags && new Map([['t', new Map(shareLags.map((lag, partition) => [partition, lag]))]]),
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

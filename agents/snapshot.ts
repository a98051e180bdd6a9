// One look at the groups of a cluster, in an order that makes its errors one-sided: first what is committed, then where the
// logs end. An end only grows, so a lag may be overstated by what arrived in between, and is never negative by a race.
import type { ClusterSnapshot } from '../wire/cluster-metadata.ts'
import type { Gap } from './gap.ts'
import { type GroupCommits, readCommits } from './source/commits.ts'
import { type GroupListing, readGroups } from './source/groups.ts'
import { type GroupDescription, readMembers } from './source/members.ts'
import type { OneLook } from './source/one-look.ts'
import { type EndsByTopic, readPartitionEnds, type TopicPartition } from './source/partition-ends.ts'
import { readShareOffsets } from './source/share-offsets.ts'

export interface GroupSnapshot extends GroupListing {
  /** Undefined: could not be found out, or a type that has none to tell. */
  readonly description: GroupDescription | undefined
  /** Undefined: could not be found out; empty: nothing is committed. Of share groups: where what is not done with begins. */
  readonly commits: GroupCommits | undefined
  /** Of share groups, as the broker counts it; undefined for other types. */
  readonly shareLags?: GroupCommits | undefined
}

export interface LagSnapshot {
  readonly clusterId: string | null
  /** Wall clock when the commits had been read; the ends are younger. */
  readonly commitsAtMs: number
  readonly endsAtMs: number
  readonly metadata: ClusterSnapshot
  readonly groups: readonly GroupSnapshot[]
  readonly ends: EndsByTopic
  readonly gaps: readonly Gap[]
}

export interface SnapshotOptions {
  readonly isWanted?: (groupId: string) => boolean
  /** Ends of all partitions of these topics, read by a group or not; undefined: only of those that are. */
  readonly isTopicWanted?: (topic: string) => boolean
  readonly timeoutMs: number
  readonly nowMs: () => number
}

/** Throws when the cluster goes away in the middle of it: half a look would tell of groups without lags. */
export async function takeLagSnapshot(cluster: OneLook, options: SnapshotOptions): Promise<LagSnapshot> {
  const { timeoutMs, nowMs, isWanted = () => true, isTopicWanted = () => false } = options
  const metadata = await cluster.metadata('all')
  const listed = await readGroups(cluster, timeoutMs)
  const groups = listed.found.filter(({ groupId }) => isWanted(groupId))
  const topicNames = new Map([...metadata.topics.values()].map(({ id, name }) => [id, name]))
  const { share = [], other = [] } = Object.groupBy(groups, ({ type }) => (type === 'share' ? 'share' : 'other'))
  const [described, committed, shared] = await Promise.all([
    readMembers(cluster, groups, timeoutMs),
    readCommits(cluster, { groups: other, topicNames, timeoutMs }),
    readShareOffsets(cluster, share, timeoutMs),
  ])
  const commitsAtMs = nowMs()
  const starts = [...shared.found.values()].map(each => each.starts)
  const read = partitionsOf([...committed.found.values(), ...starts], described.found.values())
  const partitions = [...allOf(metadata, isTopicWanted), ...read.filter(({ topic }) => !isTopicWanted(topic))]
  const ended = await readPartitionEnds(cluster, { partitions, metadata, timeoutMs })
  await cluster.assertAnswered()
  return {
    clusterId: metadata.clusterId,
    commitsAtMs,
    endsAtMs: nowMs(),
    metadata,
    groups: groups.map(group => ({
      ...group,
      description: described.found.get(group.groupId),
      commits: committed.found.get(group.groupId) ?? shared.found.get(group.groupId)?.starts,
      shareLags: shared.found.get(group.groupId)?.lags,
    })),
    ends: ended.found,
    gaps: [...listed.gaps, ...described.gaps, ...committed.gaps, ...shared.gaps, ...ended.gaps],
  }
}

function allOf({ topics }: ClusterSnapshot, isWanted: (topic: string) => boolean): TopicPartition[] {
  const wanted = [...topics.values()].filter(({ name }) => isWanted(name))
  return wanted.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ index: partition }) => ({ topic, partition })),
  )
}

/** Committed or assigned, each once. */
function partitionsOf(commits: Iterable<GroupCommits>, descriptions: Iterable<GroupDescription>): TopicPartition[] {
  const wanted = new Map<string, Set<number>>()
  const want = (topic: string, partition: number) => {
    if (!wanted.has(topic)) wanted.set(topic, new Set())
    wanted.get(topic)!.add(partition)
  }
  for (const group of commits) {
    for (const [topic, offsets] of group) for (const partition of offsets.keys()) want(topic, partition)
  }
  for (const { members } of descriptions) {
    for (const { assigned } of members) for (const { topic, partition } of assigned) want(topic, partition)
  }
  return [...wanted].flatMap(([topic, partitions]) => [...partitions].map(partition => ({ topic, partition })))
}

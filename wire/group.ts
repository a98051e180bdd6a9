// Members of consumer groups, of both protocols: see group/member.ts.
import { Cluster, type ClusterDeps } from './cluster.ts'
import { ClassicMember, type ClassicMemberOptions } from './group/classic-member.ts'
import { ConsumerMember, type ConsumerMemberOptions } from './group/consumer-member.ts'
import type { GroupMember } from './group/member.ts'
import type { ClientSettings } from './settings.ts'

export { type ClassicAssignorName, classicAssignorNames } from './group/classic-assignors.ts'
export type { ClassicMemberOptions } from './group/classic-member.ts'
export type { ConsumerMemberOptions } from './group/consumer-member.ts'
export type { GroupMember, GroupMemberOptions, GroupOffsets } from './group/member.ts'
export type { TopicPartitions } from './group/topic-partitions.ts'

/** Joins a group, over connections of its own. The member is told of its share through the callbacks of its options. */
export async function joinConsumerGroup(
  settings: ClientSettings,
  options: ClassicMemberOptions | ConsumerMemberOptions,
  deps: ClusterDeps = {},
): Promise<GroupMember> {
  const cluster = await Cluster.connect(settings, deps)
  const member =
    options.protocol === 'classic'
      ? new ClassicMember(cluster, settings, options, deps)
      : new ConsumerMember(cluster, settings, options, deps)
  return member.start()
}

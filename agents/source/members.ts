// Who is in a group and what it is to read: one request for each type of group (classic, KIP-848, share, streams), many groups in one
// to their coordinator.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import { describeGroups } from '../../wire/apis/15-describe-groups.ts'
import { consumerGroupDescribe } from '../../wire/apis/69-consumer-group-describe.ts'
import { shareGroupDescribe } from '../../wire/apis/77-share-group-describe.ts'
import { streamsGroupDescribe } from '../../wire/apis/89-streams-group-describe.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { decodeAssignment } from '../../wire/group/consumer-protocol.ts'
import type { ResponseOf } from '../../wire/schema.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten, type GroupListing, type GroupType } from './groups.ts'
import type { AskedCluster } from './one-look.ts'
import type { TopicPartition } from './partition-ends.ts'

const groupsPerRequest = 200

export interface Member {
  readonly memberId: string
  /** Static members (KIP-345). */
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly assigned: readonly TopicPartition[]
}

export interface GroupDescription {
  readonly groupId: string
  readonly state: string
  /** Name of the assignor: `range`, `cooperative-sticky`, `uniform`. */
  readonly assignor: string
  readonly members: readonly Member[]
}

export async function readMembers(
  cluster: AskedCluster,
  groups: readonly GroupListing[],
  timeoutMs: number,
): Promise<Found<Map<string, GroupDescription>>> {
  const found = new Map<string, GroupDescription>()
  const gaps: Gap[] = []
  const sameRequest = Map.groupBy(groups, group => `${group.coordinator} ${group.type}`)
  await Promise.all(
    [...sameRequest.values()].map(async same => {
      for (let from = 0; from < same.length; from += groupsPerRequest) {
        const piece = same.slice(from, from + groupsPerRequest)
        const { coordinator, type } = piece[0]!
        try {
          const ids = piece.map(({ groupId }) => groupId)
          for (const answer of await describe[type](cluster, coordinator, ids, timeoutMs)) {
            if ('error' in answer) gaps.push(gapOf('group', answer.groupId, answer.error))
            else found.set(answer.groupId, answer)
          }
        } catch (error) {
          if (!isMillraceError(error)) throw error
          forgotten(cluster, error)
          gaps.push(...piece.map(({ groupId }) => gapOf('group', groupId, error)))
        }
      }
    }),
  )
  return { found, gaps }
}

type Answer = GroupDescription | { readonly groupId: string; readonly error: MillraceError }
type Describe = (cluster: AskedCluster, broker: number, ids: readonly string[], timeoutMs: number) => Promise<Answer[]>

const describe: Readonly<Record<GroupType, Describe>> = {
  classic: async (cluster, broker, ids, timeoutMs) => {
    const { groups } = await cluster.send({ broker }, describeGroups, { groups: [...ids] }, { timeoutMs })
    return groups.map(group => {
      const isConsumer = group.protocolType === 'consumer'
      return answerOf(group, group.protocolData, member => ({
        ...memberOf({ ...member, instanceId: member.groupInstanceId }),
        assigned: isConsumer ? assignmentOf(member.memberAssignment) : [],
      }))
    })
  },
  consumer: async (cluster, broker, ids, timeoutMs) => {
    const { groups } = await cluster.send({ broker }, consumerGroupDescribe, { groupIds: [...ids] }, { timeoutMs })
    return groups.map(ofPartitions)
  },
  share: async (cluster, broker, ids, timeoutMs) => {
    const { groups } = await cluster.send({ broker }, shareGroupDescribe, { groupIds: [...ids] }, { timeoutMs })
    return groups.map(ofPartitions)
  },
  streams: async (cluster, broker, ids, timeoutMs) => {
    const { groups } = await cluster.send({ broker }, streamsGroupDescribe, { groupIds: [...ids] }, { timeoutMs })
    return groups.map(group =>
      answerOf(group, group.assignorName ?? '', member => ({
        ...memberOf(member),
        assigned: tasksOf(group.topology, member.assignment.activeTasks),
      })),
    )
  },
}

interface Described<M> {
  readonly groupId: string
  readonly errorCode: number
  readonly groupState: string
  readonly members: readonly M[]
}

function answerOf<M>(group: Described<M>, assignor: string, member: (each: M) => Member): Answer {
  const { groupId, errorCode, groupState: state, members } = group
  if (errorCode !== kafkaCode.NONE) return { groupId, error: kafkaError(errorCode, `group ${groupId}`) }
  return { groupId, state, assignor, members: members.map(member) }
}

interface DescribedMember {
  readonly memberId: string
  /** Members of share groups have none. */
  readonly instanceId?: string | null
  readonly clientId: string
  readonly clientHost: string
}

const memberOf = (member: DescribedMember) => ({
  memberId: member.memberId,
  instanceId: member.instanceId ?? null,
  clientId: member.clientId,
  host: member.clientHost.replace(/^\//, ''),
})

interface PartitionsMember extends DescribedMember {
  readonly assignment: {
    readonly topicPartitions: readonly { readonly topicName: string; readonly partitions: readonly number[] }[]
  }
}

/** Consumer and share groups: the broker tells the partitions of each member. */
const ofPartitions = (group: Described<PartitionsMember> & { readonly assignorName: string }): Answer =>
  answerOf(group, group.assignorName, member => ({
    ...memberOf(member),
    assigned: member.assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(partition => ({ topic, partition })),
    ),
  }))

type StreamsGroup = ResponseOf<typeof streamsGroupDescribe>['groups'][number]

/** A task is a partition of each source topic of its subtopology. */
function tasksOf(
  topology: StreamsGroup['topology'],
  tasks: StreamsGroup['members'][number]['assignment']['activeTasks'],
): TopicPartition[] {
  const topicsOf = new Map(
    (topology?.subtopologies ?? []).map(({ subtopologyId, sourceTopics, repartitionSourceTopics }) => {
      return [subtopologyId, [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]] as const
    }),
  )
  return tasks.flatMap(({ subtopologyId, partitions }) =>
    (topicsOf.get(subtopologyId) ?? []).flatMap(topic => partitions.map(partition => ({ topic, partition }))),
  )
}

/** Other protocols than that of consumers put bytes of their own there. */
function assignmentOf(bytes: Uint8Array): TopicPartition[] {
  try {
    const assigned = decodeAssignment(Buffer.from(bytes))
    return [...assigned].flatMap(([topic, partitions]) => [...partitions].map(partition => ({ topic, partition })))
  } catch {
    // What a member says of itself is its own: bytes that do not follow the protocol are no reason to lose the group.
    return []
  }
}

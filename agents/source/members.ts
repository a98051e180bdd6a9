// Who is in a group and what it is to read: DescribeGroups for the classic protocol, ConsumerGroupDescribe for the new one
// (KIP-848), many groups in one request to their coordinator.
import { isMillraceError } from '../../core/errors.ts'
import { describeGroups } from '../../wire/apis/15-describe-groups.ts'
import { consumerGroupDescribe } from '../../wire/apis/69-consumer-group-describe.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { decodeAssignment } from '../../wire/group/consumer-protocol.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten, type GroupListing } from './groups.ts'
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
  cluster: Cluster,
  groups: readonly GroupListing[],
  timeoutMs: number,
): Promise<Found<Map<string, GroupDescription>>> {
  const found = new Map<string, GroupDescription>()
  const gaps: Gap[] = []
  const asked = groups.filter(({ type }) => type === 'classic' || type === 'consumer')
  const pieces = [...Map.groupBy(asked, group => `${group.coordinator} ${group.type}`).values()]
  await Promise.all(
    pieces.map(async same => {
      for (let from = 0; from < same.length; from += groupsPerRequest) {
        const piece = same.slice(from, from + groupsPerRequest)
        try {
          const describe = piece[0]!.type === 'consumer' ? describeConsumer : describeClassic
          await describe(cluster, piece, timeoutMs, found, gaps)
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

type Describe = (
  cluster: Cluster,
  groups: readonly GroupListing[],
  timeoutMs: number,
  found: Map<string, GroupDescription>,
  gaps: Gap[],
) => Promise<void>

const describeClassic: Describe = async (cluster, groups, timeoutMs, found, gaps) => {
  const broker = groups[0]!.coordinator
  const body = { groups: groups.map(({ groupId }) => groupId) }
  const answer = await cluster.send({ broker }, describeGroups, body, { timeoutMs })
  for (const { errorCode, groupId, groupState, protocolData, protocolType, members } of answer.groups) {
    if (errorCode !== kafkaCode.NONE) {
      gaps.push(gapOf('group', groupId, kafkaError(errorCode, `group ${groupId}`)))
      continue
    }
    const isConsumer = protocolType === 'consumer'
    found.set(groupId, {
      groupId,
      state: groupState,
      assignor: protocolData,
      members: members.map(member => ({
        memberId: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        host: member.clientHost.replace(/^\//, ''),
        assigned: isConsumer ? assignmentOf(member.memberAssignment) : [],
      })),
    })
  }
}

const describeConsumer: Describe = async (cluster, groups, timeoutMs, found, gaps) => {
  const broker = groups[0]!.coordinator
  const body = { groupIds: groups.map(({ groupId }) => groupId) }
  const answer = await cluster.send({ broker }, consumerGroupDescribe, body, { timeoutMs })
  for (const { errorCode, groupId, groupState, assignorName, members } of answer.groups) {
    if (errorCode !== kafkaCode.NONE) {
      gaps.push(gapOf('group', groupId, kafkaError(errorCode, `group ${groupId}`)))
      continue
    }
    found.set(groupId, {
      groupId,
      state: groupState,
      assignor: assignorName,
      members: members.map(member => ({
        memberId: member.memberId,
        instanceId: member.instanceId,
        clientId: member.clientId,
        host: member.clientHost.replace(/^\//, ''),
        assigned: member.assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
          partitions.map(partition => ({ topic: topicName, partition })),
        ),
      })),
    })
  }
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

// Why a KIP-848 group refuses a member, in Kafka's codes and words: clients act on the code, people read the words.
import { kafkaCode } from '../../wire/error-codes.ts'
import type { PartitionSets } from '../../wire/group/assignors.ts'
import { type ConsumerMember, shownEpochOf } from './consumer-members.ts'
import { type HeartbeatRequest, memberEpochs } from './consumer-messages.ts'
import type { Refusal } from './context.ts'
import { type PartitionEpochs, pick } from './reconcile.ts'

const refusal = (code: keyof typeof kafkaCode, errorMessage: string): Refusal => {
  return { errorCode: kafkaCode[code], errorMessage }
}

export const unknownMember = (memberId: string, groupId: string) =>
  refusal('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${groupId}.`)
export const unknownInstance = (instanceId: string, groupId: string) =>
  refusal('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown in group ${groupId}.`)
export const fencedInstance = (instanceId: string, ownerId: string) =>
  refusal('FENCED_INSTANCE_ID', `Static member with instance id ${instanceId} was fenced by member ${ownerId}.`)
export const unreleased = (instanceId: string, ownerId: string) =>
  refusal(
    'UNRELEASED_INSTANCE_ID',
    `Static member with instance id ${instanceId} cannot join the group because the instance id is owned by member ${ownerId}.`,
  )

/** One epoch behind is forgiven to a member whose last answer was lost: it cannot own more than it was given. */
export function epochProblem(member: ConsumerMember, { memberEpoch, owned }: HeartbeatRequest): Refusal | undefined {
  const { current } = member
  const knownEpoch = shownEpochOf(member)
  if (memberEpoch === memberEpochs.join || memberEpoch === knownEpoch) return undefined
  const fenced = (word: string) =>
    refusal(
      'FENCED_MEMBER_EPOCH',
      `The consumer group member has a ${word} member epoch (${memberEpoch}) than the one known by the group coordinator (${knownEpoch}). The member must abandon all its partitions and rejoin.`,
    )
  if (memberEpoch > knownEpoch) return fenced('greater')
  const isRepeat = memberEpoch === current.previousEpoch && owned !== undefined && isWithin(owned, current.assigned)
  return isRepeat ? undefined : fenced('smaller')
}

function isWithin(owned: PartitionSets, assigned: PartitionEpochs): boolean {
  const isMissing = (topicId: string, partition: number) => assigned.get(topicId)?.has(partition) !== true
  const asEpochs = new Map([...owned].map(([id, each]) => [id, new Map([...each].map(partition => [partition, 0]))]))
  return pick(asEpochs, isMissing).size === 0
}

export const groupFull = (sizeMax: number) =>
  refusal('GROUP_MAX_SIZE_REACHED', `The consumer group has reached its maximum capacity of ${sizeMax} members.`)

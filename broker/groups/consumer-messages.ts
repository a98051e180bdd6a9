// What a member of a KIP-848 group says in a heartbeat, what it is told, and which requests make no sense.
import { kafkaCode } from '../../wire/error-codes.ts'
import { assignors, type PartitionSets } from '../../wire/group/assignors.ts'
import type { Refusal } from './context.ts'
import type { PartitionEpochs } from './reconcile.ts'
import { compileTopicRegex, type Subscription } from './subscription.ts'

/** Epochs that are words. */
export const memberEpochs = { join: 0, leave: -1, leaveStatic: -2 } as const

export interface HeartbeatRequest {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  /** -1: as before. */
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  /** undefined, of this and the next: as before. */
  readonly subscription: Subscription | undefined
  readonly owned: PartitionSets | undefined
  readonly clientId: string
  readonly clientHost: string
}

export interface HeartbeatAnswer {
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** undefined: as before. */
  readonly assigned: PartitionEpochs | undefined
}

export function heartbeatProblem(request: HeartbeatRequest): Refusal | undefined {
  const { memberId, memberEpoch, instanceId, rackId, serverAssignor, subscription } = request
  if (memberId.trim() === '') return invalid("MemberId can't be empty.")
  if (instanceId !== null && instanceId.trim() === '') return invalid("InstanceId can't be empty.")
  if (rackId !== null && rackId.trim() === '') return invalid("RackId can't be empty.")
  if (memberEpoch < memberEpochs.leaveStatic) return invalid('MemberEpoch is invalid.')
  if (memberEpoch === memberEpochs.leaveStatic && instanceId === null) return invalid("InstanceId can't be null.")
  if (memberEpoch === memberEpochs.join) {
    if (request.rebalanceTimeoutMs === -1) return invalid('RebalanceTimeoutMs must be provided in first request.')
    if (request.owned === undefined || request.owned.size > 0) {
      return invalid('TopicPartitions must be empty when (re-)joining.')
    }
    if (subscription === undefined) {
      return invalid('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
    }
  }
  if (serverAssignor !== null && !assignors.has(serverAssignor)) {
    const known = [...assignors.keys()].join(', ')
    const errorMessage = `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${known}.`
    return { errorCode: kafkaCode.UNSUPPORTED_ASSIGNOR, errorMessage }
  }
  const regex = subscription?.regex ?? ''
  if (regex === '' || compileTopicRegex(regex) !== undefined) return undefined
  const errorMessage = `SubscribedTopicRegex \`${regex}\` is not a valid regular expression.`
  return { errorCode: kafkaCode.INVALID_REGULAR_EXPRESSION, errorMessage }
}

const invalid = (errorMessage: string): Refusal => ({ errorCode: kafkaCode.INVALID_REQUEST, errorMessage })

// All groups of the cluster and their offsets. A request finds its group here; a group that does not exist is made, refused
// or turned into one of the other protocol as Kafka does it. What is long unused is dropped when somebody looks.
import { kafkaCode } from '../../wire/error-codes.ts'
import { ClassicGroup } from './classic.ts'
import {
  type JoinAnswer,
  type JoinRequest,
  joinError,
  type SyncAnswer,
  type SyncRequest,
  syncError,
} from './classic-messages.ts'
import { ConsumerGroup } from './consumer.ts'
import { type HeartbeatAnswer, type HeartbeatRequest, heartbeatProblem, memberEpochs } from './consumer-messages.ts'
import type { GroupContext, Refusal } from './context.ts'
import { type OffsetCommit, OffsetStore } from './offsets.ts'
import { isSubscribed } from './subscribed.ts'

export type Group = ClassicGroup | ConsumerGroup

export interface Committer {
  /** A generation in the classic protocol. */
  readonly memberEpoch: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** Of OffsetCommit; undefined in a transaction. */
  readonly version: number | undefined
}

/** offsets.retention.check.interval.ms of Kafka. */
const expiryIntervalMs = 600_000
/** A limit that only a mistake, or malice, reaches. */
const groupsMax = 10_000
/** The first version in which members of the new protocol may commit. */
const memberEpochSince = 9

export class GroupCoordinator {
  readonly offsets = new OffsetStore()
  readonly #groups = new Map<string, Group>()
  readonly #context: GroupContext
  #expiredMs: number

  constructor(context: GroupContext) {
    this.#context = context
    this.#expiredMs = context.scheduler.nowMs()
  }

  get(groupId: string): Group | undefined {
    this.#expire()
    return this.#groups.get(groupId)
  }

  get groups(): Group[] {
    this.#expire()
    return [...this.#groups.values()]
  }

  // ---- classic ----

  join(groupId: string, request: JoinRequest): Promise<JoinAnswer> {
    const refuse = async (errorCode: number) => joinError(errorCode, request.memberId)
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#context.settings
    if (groupId === '') return refuse(kafkaCode.INVALID_GROUP_ID)
    if (request.sessionTimeoutMs < sessionTimeoutMsMin || request.sessionTimeoutMs > sessionTimeoutMsMax) {
      return refuse(kafkaCode.INVALID_SESSION_TIMEOUT)
    }
    const found = this.get(groupId)
    if (found?.type === 'consumer' && !found.isEmpty) return refuse(kafkaCode.INCONSISTENT_GROUP_PROTOCOL)
    const known = found?.type === 'classic' ? found : undefined
    if (known === undefined && request.memberId !== '') return refuse(kafkaCode.UNKNOWN_MEMBER_ID)
    if (this.#isFullFor(groupId)) return refuse(kafkaCode.POLICY_VIOLATION)
    const group = known ?? this.#keep(new ClassicGroup(groupId, this.#context))
    return new Promise(resolve => group.join(request, resolve))
  }

  sync(groupId: string, request: SyncRequest): Promise<SyncAnswer> {
    const group = this.#classic(groupId)
    if (typeof group === 'number') return Promise.resolve(syncError(group))
    return new Promise(resolve => group.sync(request, resolve))
  }

  heartbeat(groupId: string, memberId: string, groupInstanceId: string | null, generationId: number): number {
    const group = this.#classic(groupId)
    return typeof group === 'number' ? group : group.heartbeat(memberId, groupInstanceId, generationId)
  }

  /** Of both protocols: administrators remove members of either with LeaveGroup. */
  leave(groupId: string, memberId: string, groupInstanceId: string | null): number {
    const group = this.get(groupId)
    if (group === undefined) return kafkaCode.UNKNOWN_MEMBER_ID
    if (group.type === 'consumer') return group.evict(memberId, groupInstanceId)
    return group.leave(memberId, groupInstanceId)
  }

  /** The group, or the code for that there is none. */
  #classic(groupId: string): ClassicGroup | number {
    if (groupId === '') return kafkaCode.INVALID_GROUP_ID
    const group = this.get(groupId)
    return group?.type === 'classic' ? group : kafkaCode.UNKNOWN_MEMBER_ID
  }

  // ---- consumer ----

  consumerHeartbeat(groupId: string, request: HeartbeatRequest): HeartbeatAnswer | Refusal {
    if (groupId.trim() === '') return { errorCode: kafkaCode.INVALID_REQUEST, errorMessage: "GroupId can't be empty." }
    const problem = heartbeatProblem(request)
    if (problem !== undefined) return problem
    const found = this.get(groupId)
    if (found?.type === 'consumer') return found.heartbeat(request)
    const isFree = found === undefined || found.isEmpty
    if (request.memberEpoch !== memberEpochs.join || !isFree) {
      const why = found === undefined ? 'not found' : 'not a consumer group'
      return { errorCode: kafkaCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} is ${why}.` }
    }
    if (this.#isFullFor(groupId)) {
      return { errorCode: kafkaCode.POLICY_VIOLATION, errorMessage: `More than ${groupsMax} groups.` }
    }
    const group = new ConsumerGroup(groupId, this.#context)
    const answer = group.heartbeat(request)
    // Only a member makes a group: a request that is refused leaves nothing behind, nor takes a classic one away.
    if (!group.isEmpty) this.#keep(group)
    return answer
  }

  // ---- offsets ----

  /** Takes the offsets of topics that exist, at once or (KIP-447) when the producer's transaction commits. */
  commit(groupId: string, committer: Committer, commits: readonly OffsetCommit[], producerId?: number): number {
    const errorCode = this.#commitError(groupId, committer, commits)
    if (errorCode !== kafkaCode.NONE) return errorCode
    if (commits.length === 0) return kafkaCode.NONE
    const nowMs = this.#context.scheduler.nowMs()
    if (producerId === undefined) this.offsets.commit(groupId, commits, nowMs)
    else this.offsets.addPending(producerId, groupId, commits, nowMs)
    return kafkaCode.NONE
  }

  #commitError(groupId: string, committer: Committer, commits: readonly OffsetCommit[]): number {
    const { memberId, memberEpoch, groupInstanceId, version } = committer
    const isTransactional = version === undefined
    const group = this.get(groupId)
    if (group === undefined) {
      // Whoever assigns partitions to himself has a group in name only.
      if (memberEpoch >= 0) return kafkaCode.ILLEGAL_GENERATION
      if (this.#isFullFor(groupId)) return kafkaCode.POLICY_VIOLATION
      this.#keep(new ClassicGroup(groupId, this.#context))
      return kafkaCode.NONE
    }
    if (group.type === 'classic') return group.commitError(memberId, groupInstanceId, memberEpoch, isTransactional)
    const partitions = commits.map(({ topic, partition }) => {
      return { topicId: this.#context.topics.byName(topic)?.id ?? '', partition }
    })
    const isTooOld = version !== undefined && version < memberEpochSince && group.members.get(memberId) !== undefined
    if (isTooOld) return kafkaCode.UNSUPPORTED_VERSION
    return group.commitError({ memberId, memberEpoch, isTransactional }, partitions)
  }

  fetchError(groupId: string, memberId: string | null, memberEpoch: number): number {
    const group = this.get(groupId)
    if (group?.type !== 'consumer') return kafkaCode.NONE
    return group.fetchError(memberId, memberEpoch)
  }

  // ---- administration ----

  delete(groupId: string): number {
    const group = this.get(groupId)
    if (group === undefined) return kafkaCode.GROUP_ID_NOT_FOUND
    if (!group.isEmpty) return kafkaCode.NON_EMPTY_GROUP
    this.#drop(group)
    this.offsets.deleteGroup(groupId)
    return kafkaCode.NONE
  }

  /** The code for the whole request, and for each topic that its members are reading. */
  offsetDeleteError(groupId: string): number {
    const group = this.get(groupId)
    if (group === undefined) return kafkaCode.GROUP_ID_NOT_FOUND
    const isOpaque = group.type === 'classic' && !group.isEmpty && group.members.protocolType !== 'consumer'
    return isOpaque ? kafkaCode.NON_EMPTY_GROUP : kafkaCode.NONE
  }

  isSubscribed(groupId: string, topic: string): boolean {
    const group = this.#groups.get(groupId)
    return group !== undefined && isSubscribed(group, topic, this.#context.topics)
  }

  topicDeleted(topic: string): void {
    this.offsets.deleteTopic(topic)
  }

  // ---- within ----

  #isFullFor(groupId: string): boolean {
    return this.#groups.size >= groupsMax && !this.#groups.has(groupId)
  }

  #keep<G extends Group>(group: G): G {
    const before = this.#groups.get(group.groupId)
    if (before !== undefined) this.#drop(before)
    this.#groups.set(group.groupId, group)
    return group
  }

  #drop(group: Group): void {
    this.#groups.delete(group.groupId)
    if (group.type === 'classic') group.die()
  }

  #expire(): void {
    const { scheduler, settings, topics } = this.#context
    const nowMs = scheduler.nowMs()
    if (nowMs - this.#expiredMs < expiryIntervalMs) return
    this.#expiredMs = nowMs
    for (const group of [...this.#groups.values()]) {
      const { groupId, isEmpty, stateSinceMs } = group
      const isSimple = group.type === 'classic' && group.members.protocolType === null
      this.offsets.expire(groupId, {
        nowMs,
        retentionMs: settings.offsetsRetentionMs,
        // As long as there are members, what they do not read any more ages from its commit.
        idleSinceMs: isEmpty && !isSimple ? stateSinceMs : 0,
        keeps: topic => !isEmpty && isSubscribed(group, topic, topics),
      })
      if (isEmpty && !this.offsets.hasGroup(groupId)) this.#drop(group)
    }
  }
}

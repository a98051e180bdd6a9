// A group of the consumer protocol (KIP-848). The coordinator assigns: any change of members, subscriptions or topics makes
// a new group epoch, an assignor the target for it, and each member is walked there by its heartbeats (reconcile.ts).
// The order of the checks and the words are Kafka's.
import { kafkaCode } from '../../wire/error-codes.ts'
import { type AssignorResult, assignorDefault, assignors, type PartitionSets } from '../../wire/group/assignors.ts'
import { type ConsumerMember, ConsumerMembers, type MemberProfile, makeMember } from './consumer-members.ts'
import { type HeartbeatAnswer, type HeartbeatRequest, memberEpochs } from './consumer-messages.ts'
import {
  epochProblem,
  fencedInstance,
  groupFull,
  unknownInstance,
  unknownMember,
  unreleased,
} from './consumer-refusals.ts'
import type { GroupContext, Refusal } from './context.ts'
import { type PartitionEpochs, reconcile, samePartitions } from './reconcile.ts'
import { resolveSubscription, sameSubscription } from './subscription.ts'

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

const noPartitions: PartitionSets = new Map()

export class ConsumerGroup {
  readonly type = 'consumer'
  readonly groupId: string
  readonly members = new ConsumerMembers()
  epoch = 0
  /** The group epoch that the target is for. */
  assignmentEpoch = 0
  /** Since when it has been without members. */
  stateSinceMs: number
  #target: AssignorResult = new Map()
  /** Topics that members subscribe to, as they were when the epoch began. */
  #topics = ''
  readonly #context: GroupContext

  constructor(groupId: string, context: GroupContext) {
    this.groupId = groupId
    this.#context = context
    this.stateSinceMs = context.scheduler.nowMs()
  }

  get isEmpty(): boolean {
    return this.members.size === 0
  }

  get state(): ConsumerGroupState {
    if (this.isEmpty) return 'Empty'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    const isThere = ({ current, isAway }: ConsumerMember) =>
      !isAway && current.state === 'stable' && current.memberEpoch === this.assignmentEpoch
    return [...this.members].every(isThere) ? 'Stable' : 'Reconciling'
  }

  targetOf(memberId: string): PartitionSets {
    return this.#target.get(memberId) ?? noPartitions
  }

  // ---- heartbeat ----

  /** Of a request that makes sense (heartbeatProblem). */
  heartbeat(request: HeartbeatRequest): HeartbeatAnswer | Refusal {
    return request.memberEpoch < 0 ? this.#leave(request) : this.#beat(request)
  }

  #beat(request: HeartbeatRequest): HeartbeatAnswer | Refusal {
    const found = this.#memberFor(request)
    if ('errorCode' in found) return found
    const { member, isNew } = found
    const hasNewSubscription = updateProfile(member, request)
    const topics = this.#fingerprint()
    if (isNew || hasNewSubscription || topics !== this.#topics) this.#nextEpoch(topics)
    if (this.epoch > this.assignmentEpoch) this.#assign()
    const before = member.current
    const partitions = this.targetOf(member.memberId)
    const { isHeld } = this.members
    const target = { epoch: this.assignmentEpoch, partitions, owned: request.owned, isHeld }
    const current = reconcile(before, target)
    if (current !== before) this.members.move(member, current)
    this.#keepTime(member)
    const isFull =
      request.rebalanceTimeoutMs !== -1 && request.subscription !== undefined && request.owned !== undefined
    const isTold = request.memberEpoch === 0 || isFull || !samePartitions(before.assigned, current.assigned)
    return this.#answer(member.memberId, current.memberEpoch, isTold ? current.assigned : undefined)
  }

  #answer(memberId: string, memberEpoch: number, assigned: PartitionEpochs | undefined): HeartbeatAnswer {
    return { memberId, memberEpoch, heartbeatIntervalMs: this.#context.settings.consumerHeartbeatIntervalMs, assigned }
  }

  // ---- who is it ----

  #memberFor(request: HeartbeatRequest): { member: ConsumerMember; isNew: boolean } | Refusal {
    const { memberId, memberEpoch, instanceId } = request
    const known = this.members.get(memberId)
    if (instanceId !== null) return this.#staticMemberFor(request, instanceId)
    if (known !== undefined) return epochProblem(known, request) ?? { member: known, isNew: false }
    return memberEpoch === 0 ? this.#create(request) : unknownMember(memberId, this.groupId)
  }

  #staticMemberFor(
    request: HeartbeatRequest,
    instanceId: string,
  ): { member: ConsumerMember; isNew: boolean } | Refusal {
    const known = this.members.byInstance(instanceId)
    if (request.memberEpoch !== 0) {
      if (known === undefined) return unknownInstance(instanceId, this.groupId)
      if (known.memberId !== request.memberId) return fencedInstance(instanceId, known.memberId)
      return epochProblem(known, request) ?? { member: known, isNew: false }
    }
    if (known === undefined) return this.#create(request)
    if (!known.isAway) return unreleased(instanceId, known.memberId)
    return { member: this.#replace(known, request.memberId), isNew: false }
  }

  #create(request: HeartbeatRequest): { member: ConsumerMember; isNew: boolean } | Refusal {
    const { groupSizeMax } = this.#context.settings
    if (this.members.size >= groupSizeMax) return groupFull(groupSizeMax)
    const member = makeMember(request.memberId, profileOf(request))
    this.members.add(member)
    return { member, isNew: true }
  }

  /** A static member is back: what it had waits for it, and nobody else notices. */
  #replace(known: ConsumerMember, memberId: string): ConsumerMember {
    const { current } = known
    this.members.remove(known)
    const member = makeMember(memberId, known)
    member.current = { ...current, memberEpoch: 0, previousEpoch: 0 }
    this.members.add(member)
    const target = this.#target.get(known.memberId)
    this.#target.delete(known.memberId)
    if (target !== undefined) this.#target.set(memberId, target)
    return member
  }

  // ---- assign ----

  #nextEpoch(topics = this.#fingerprint()): void {
    this.epoch++
    this.#topics = topics
  }

  #subscribed(): Map<string, Map<string, number>> {
    const { topics } = this.#context
    return new Map([...this.members].map(each => [each.memberId, resolveSubscription(each.subscription, topics)]))
  }

  /** Changes when a topic that somebody wants is created, deleted or grown. */
  #fingerprint(): string {
    const all = new Map([...this.#subscribed().values()].flatMap(topics => [...topics]))
    return [...all]
      .map(([topicId, partitions]) => `${topicId}:${partitions}`)
      .sort()
      .join()
  }

  #assign(): void {
    const subscribed = this.#subscribed()
    const topics = new Map([...subscribed.values()].flatMap(each => [...each]))
    const members = [...this.members].map(({ memberId, instanceId }) => {
      return { memberId, instanceId, subscribed: new Set(subscribed.get(memberId)!.keys()) }
    })
    this.#target = assignors.get(this.assignorName)!({ members, topics, previous: this.#target })
    this.assignmentEpoch = this.epoch
  }

  /** The one that most members ask for. */
  get assignorName(): string {
    const votes = new Map<string, number>()
    for (const { serverAssignor } of this.members) {
      if (serverAssignor !== null) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
    }
    return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? assignorDefault
  }

  // ---- time ----

  #keepTime(member: ConsumerMember): void {
    const { scheduler, settings } = this.#context
    member.cancelSession()
    member.cancelSession = scheduler.after(settings.consumerSessionTimeoutMs, () => this.#remove(member))
    const { state, memberEpoch } = member.current
    if (state !== 'unrevoked') {
      member.cancelRevocation()
      member.revocationEpoch = undefined
    } else if (member.revocationEpoch !== memberEpoch) {
      member.cancelRevocation()
      member.revocationEpoch = memberEpoch
      member.cancelRevocation = scheduler.after(member.rebalanceTimeoutMs, () => this.#remove(member))
    }
  }

  // ---- leave ----

  #leave({ memberId, memberEpoch, instanceId }: HeartbeatRequest): HeartbeatAnswer | Refusal {
    const member = instanceId === null ? this.members.get(memberId) : this.members.byInstance(instanceId)
    if (member === undefined) {
      return instanceId === null ? unknownMember(memberId, this.groupId) : unknownInstance(instanceId, this.groupId)
    }
    if (member.memberId !== memberId) return fencedInstance(instanceId!, member.memberId)
    if (memberEpoch === memberEpochs.leaveStatic) this.#sendAway(member)
    else this.#remove(member)
    return this.#answer(memberId, memberEpoch, undefined)
  }

  /** Nothing is with the member any more, so what it was to give up is given up. */
  #sendAway(member: ConsumerMember): void {
    member.isAway = true
    member.cancelRevocation()
    member.revocationEpoch = undefined
    this.members.move(member, { ...member.current, pendingRevocation: new Map() })
  }

  #remove(member: ConsumerMember): void {
    this.members.remove(member)
    this.#target.delete(member.memberId)
    this.#nextEpoch()
    if (this.isEmpty) this.stateSinceMs = this.#context.scheduler.nowMs()
  }

  /** For administrators, who remove members through LeaveGroup by id or by instance id. */
  evict(memberId: string, instanceId: string | null): number {
    const member =
      memberId === '' && instanceId !== null ? this.members.byInstance(instanceId) : this.members.get(memberId)
    if (member === undefined) return kafkaCode.UNKNOWN_MEMBER_ID
    if (instanceId !== null && member.instanceId !== instanceId) return kafkaCode.FENCED_INSTANCE_ID
    this.#remove(member)
    return kafkaCode.NONE
  }

  // ---- offsets ----

  /** Whether these offsets may be committed: with the current epoch, or with an older one in which it had them already. */
  commitError(
    { memberId, memberEpoch, isTransactional }: { memberId: string; memberEpoch: number; isTransactional: boolean },
    partitions: readonly { topicId: string; partition: number }[],
  ): number {
    if (memberEpoch < 0 && this.isEmpty) return kafkaCode.NONE
    if (isTransactional && memberEpoch === -1 && memberId === '') return kafkaCode.NONE
    const member = this.members.get(memberId)
    if (member === undefined) return kafkaCode.UNKNOWN_MEMBER_ID
    const { assigned, pendingRevocation, memberEpoch: own } = member.current
    if (memberEpoch === own) return kafkaCode.NONE
    const sinceOf = (topicId: string, partition: number) =>
      assigned.get(topicId)?.get(partition) ?? pendingRevocation.get(topicId)?.get(partition) ?? own
    const isOk = memberEpoch < own && partitions.every(each => sinceOf(each.topicId, each.partition) <= memberEpoch)
    return isOk ? kafkaCode.NONE : kafkaCode.STALE_MEMBER_EPOCH
  }

  fetchError(memberId: string | null, memberEpoch: number): number {
    if (memberId === null && memberEpoch < 0) return kafkaCode.NONE
    const member = this.members.get(memberId ?? '')
    if (member === undefined) return kafkaCode.UNKNOWN_MEMBER_ID
    return memberEpoch === member.current.memberEpoch ? kafkaCode.NONE : kafkaCode.STALE_MEMBER_EPOCH
  }

  isSubscribedTo(topicId: string): boolean {
    return [...this.#subscribed().values()].some(topics => topics.has(topicId))
  }
}

// ---- requests ----

function profileOf(request: HeartbeatRequest): MemberProfile {
  const { instanceId, rackId, rebalanceTimeoutMs, serverAssignor, clientId, clientHost } = request
  const subscription = request.subscription ?? { names: [], regex: '' }
  return { instanceId, rackId, rebalanceTimeoutMs, serverAssignor, clientId, clientHost, subscription }
}

/** What the request leaves out stays; true when the member wants other topics than before. */
function updateProfile(member: ConsumerMember, request: HeartbeatRequest): boolean {
  const { rackId, rebalanceTimeoutMs, serverAssignor, subscription } = request
  if (rackId !== null) member.rackId = rackId
  if (rebalanceTimeoutMs !== -1) member.rebalanceTimeoutMs = rebalanceTimeoutMs
  if (serverAssignor !== null) member.serverAssignor = serverAssignor
  member.clientId = request.clientId
  member.clientHost = request.clientHost
  if (subscription === undefined || sameSubscription(subscription, member.subscription)) return false
  member.subscription = subscription
  return true
}

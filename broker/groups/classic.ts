// A classic group, as requests see it: who may join, sync, beat, leave and commit, and with which error not. Codes and their
// order are Kafka's, because clients act on them: UNKNOWN_MEMBER_ID joins anew, ILLEGAL_GENERATION joins again,
// REBALANCE_IN_PROGRESS gives up partitions first, FENCED_INSTANCE_ID stops.
import { kafkaCode } from '../../wire/error-codes.ts'
import { type ClassicMember, type ClassicMembers, sameProtocols } from './classic-members.ts'
import {
  type JoinAnswer,
  type JoinRequest,
  joinError,
  noAssignment,
  type SyncAnswer,
  type SyncRequest,
  syncError,
} from './classic-messages.ts'
import { ClassicRebalance, type ClassicState } from './classic-rebalance.ts'
import type { GroupContext } from './context.ts'

type AnswerJoin = (answer: JoinAnswer) => void

/** Ids given out and not come back with: a limit that only a mistake, or malice, reaches. */
const expectedMax = 10_000

export class ClassicGroup {
  readonly type = 'classic'
  readonly groupId: string
  readonly #context: GroupContext
  readonly #rebalance: ClassicRebalance

  constructor(groupId: string, context: GroupContext) {
    this.groupId = groupId
    this.#context = context
    this.#rebalance = new ClassicRebalance(context)
  }

  get members(): ClassicMembers {
    return this.#rebalance.members
  }

  get state(): ClassicState {
    return this.#rebalance.state
  }

  get stateSinceMs(): number {
    return this.#rebalance.stateSinceMs
  }

  get isEmpty(): boolean {
    return this.state === 'Empty'
  }

  get generationId(): number {
    return this.#rebalance.generationId
  }

  get protocolName(): string | null {
    return this.#rebalance.protocolName
  }

  // ---- join ----

  join(request: JoinRequest, answer: AnswerJoin): void {
    const { memberId, groupInstanceId } = request
    const refuse = (errorCode: number) => answer(joinError(errorCode, memberId))
    if (this.state === 'Dead') return refuse(kafkaCode.COORDINATOR_NOT_AVAILABLE)
    if (this.#isFullFor(memberId)) {
      this.#rebalance.unexpect(memberId)
      return refuse(kafkaCode.GROUP_MAX_SIZE_REACHED)
    }
    if (!this.members.supports(request.protocolType, request.protocols)) {
      return refuse(kafkaCode.INCONSISTENT_GROUP_PROTOCOL)
    }
    if (memberId === '') return this.#joinNew(request, answer)
    if (this.#rebalance.arrived(memberId)) return this.#add(request, memberId, answer)
    const errorCode = this.#identityError(memberId, groupInstanceId)
    if (errorCode !== kafkaCode.NONE) return refuse(errorCode)
    this.#rejoin(this.members.get(memberId)!, request, answer)
  }

  #isFullFor(memberId: string): boolean {
    const { groupSizeMax } = this.#context.settings
    const member = this.members.get(memberId)
    switch (this.state) {
      case 'PreparingRebalance':
        return member?.answerJoin === undefined && this.members.awaitingJoin >= groupSizeMax
      case 'CompletingRebalance':
      case 'Stable':
        return member === undefined && this.members.size >= groupSizeMax
      default:
        return false
    }
  }

  #joinNew(request: JoinRequest, answer: AnswerJoin): void {
    const { groupInstanceId, clientId, sessionTimeoutMs } = request
    const memberId = `${groupInstanceId ?? clientId}-${this.#context.newId()}`
    const known = groupInstanceId === null ? undefined : this.members.byInstance(groupInstanceId)
    if (known !== undefined) return this.#replaceStatic(known, memberId, request, answer)
    if (groupInstanceId === null && request.isMemberIdRequired) {
      if (this.#rebalance.expected >= expectedMax) return answer(joinError(kafkaCode.GROUP_MAX_SIZE_REACHED, ''))
      this.#rebalance.expect(memberId, sessionTimeoutMs)
      return answer(joinError(kafkaCode.MEMBER_ID_REQUIRED, memberId))
    }
    this.#add(request, memberId, answer)
  }

  #add(request: JoinRequest, memberId: string, answer: AnswerJoin): void {
    const { groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request
    const identity = { memberId, groupInstanceId, clientId, clientHost }
    const timing = { sessionTimeoutMs, rebalanceTimeoutMs, cancelSession: () => {} }
    const waiting = { answerJoin: answer, answerSync: undefined, isNew: true }
    const member: ClassicMember = { ...identity, ...timing, ...waiting, protocols, assignment: noAssignment }
    this.#rebalance.add(member, request.protocolType)
  }

  #rejoin(member: ClassicMember, request: JoinRequest, answer: AnswerJoin): void {
    const isSame = sameProtocols(member.protocols, request.protocols)
    const isLeader = member.memberId === this.members.leaderId
    // The answer to the join was lost, or (Stable) a follower asks again without need. A leader asks because it sees
    // something that the others do not, such as new partitions.
    if (isSame && (this.state === 'CompletingRebalance' || (this.state === 'Stable' && !isLeader))) {
      return answer(this.#rebalance.generationFor(member))
    }
    this.#update(member, request, answer)
    this.#rebalance.rebalance()
  }

  #update(member: ClassicMember, request: JoinRequest, answer: AnswerJoin): void {
    // A join that is sent again replaces the one that waits.
    this.#rebalance.answerJoin(member, joinError(kafkaCode.REBALANCE_IN_PROGRESS, member.memberId))
    member.protocols = request.protocols
    member.sessionTimeoutMs = request.sessionTimeoutMs
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    member.clientId = request.clientId
    member.clientHost = request.clientHost
    member.answerJoin = answer
  }

  /** KIP-345: a static member that restarts within its session takes its old place. */
  #replaceStatic(member: ClassicMember, memberId: string, request: JoinRequest, answer: AnswerJoin): void {
    const oldLeader = this.members.leaderId!
    this.#rebalance.rename(member, memberId)
    this.#update(member, request, answer)
    if (this.state !== 'Stable' || this.members.selectProtocol() !== this.protocolName) {
      return this.#rebalance.rebalance()
    }
    // Nobody else has to notice. A leader must not assign anew: from v9 on it is told so (KIP-814), before that it is told
    // that somebody else leads.
    const generation = this.#rebalance.generationFor(member)
    const current = request.canSkipAssignment
      ? { ...generation, skipAssignment: this.members.leaderId === memberId }
      : { ...generation, leader: oldLeader, members: [] }
    this.#rebalance.answerJoin(member, current)
  }

  // ---- sync ----

  sync(request: SyncRequest, answer: (answer: SyncAnswer) => void): void {
    const errorCode = this.#syncError(request)
    if (errorCode !== kafkaCode.NONE) return answer(syncError(errorCode))
    this.#rebalance.sync(this.members.get(request.memberId)!, request.assignments, answer)
  }

  #syncError({ memberId, groupInstanceId, generationId, protocolType, protocolName }: SyncRequest): number {
    if (this.state === 'Dead') return kafkaCode.COORDINATOR_NOT_AVAILABLE
    const errorCode = this.#identityError(memberId, groupInstanceId)
    if (errorCode !== kafkaCode.NONE) return errorCode
    if (generationId !== this.generationId) return kafkaCode.ILLEGAL_GENERATION
    const isOther = (given: string | null, own: string | null) => given !== null && own !== null && given !== own
    if (isOther(protocolType, this.members.protocolType)) return kafkaCode.INCONSISTENT_GROUP_PROTOCOL
    if (isOther(protocolName, this.protocolName)) return kafkaCode.INCONSISTENT_GROUP_PROTOCOL
    return this.state === 'PreparingRebalance' ? kafkaCode.REBALANCE_IN_PROGRESS : kafkaCode.NONE
  }

  // ---- heartbeat, leave, commit ----

  heartbeat(memberId: string, groupInstanceId: string | null, generationId: number): number {
    if (this.state === 'Dead') return kafkaCode.COORDINATOR_NOT_AVAILABLE
    const errorCode = this.#identityError(memberId, groupInstanceId)
    if (errorCode !== kafkaCode.NONE) return errorCode
    if (generationId !== this.generationId) return kafkaCode.ILLEGAL_GENERATION
    this.#rebalance.touch(this.members.get(memberId)!)
    return this.state === 'PreparingRebalance' ? kafkaCode.REBALANCE_IN_PROGRESS : kafkaCode.NONE
  }

  leave(memberId: string, groupInstanceId: string | null): number {
    if (this.state === 'Dead') return kafkaCode.COORDINATOR_NOT_AVAILABLE
    if (this.#rebalance.unexpect(memberId)) return kafkaCode.NONE
    // An administrator knows static members by their instance id alone.
    const isByInstance = memberId === '' && groupInstanceId !== null
    const errorCode = isByInstance ? kafkaCode.NONE : this.#identityError(memberId, groupInstanceId)
    if (errorCode !== kafkaCode.NONE) return errorCode
    const member = isByInstance ? this.members.byInstance(groupInstanceId) : this.members.get(memberId)
    if (member === undefined) return kafkaCode.UNKNOWN_MEMBER_ID
    this.#rebalance.remove(member)
    return kafkaCode.NONE
  }

  /** Whether these offsets may be committed. A simple consumer has no member id and generation -1. */
  commitError(
    memberId: string,
    groupInstanceId: string | null,
    generationId: number,
    isTransactional: boolean,
  ): number {
    if (this.state === 'Dead') return kafkaCode.COORDINATOR_NOT_AVAILABLE
    if (generationId < 0 && this.isEmpty) return kafkaCode.NONE
    if (generationId >= 0 || memberId !== '' || groupInstanceId !== null) {
      const errorCode = this.#identityError(memberId, groupInstanceId)
      if (errorCode !== kafkaCode.NONE) return errorCode
      if (generationId !== this.generationId) return kafkaCode.ILLEGAL_GENERATION
    } else if (!isTransactional) {
      return kafkaCode.UNKNOWN_MEMBER_ID
    }
    if (isTransactional) return kafkaCode.NONE
    if (this.state === 'CompletingRebalance') return kafkaCode.REBALANCE_IN_PROGRESS
    this.#rebalance.touch(this.members.get(memberId)!)
    return kafkaCode.NONE
  }

  die(): void {
    this.#rebalance.die()
  }

  #identityError(memberId: string, groupInstanceId: string | null): number {
    if (groupInstanceId !== null) {
      const known = this.members.byInstance(groupInstanceId)
      if (known === undefined) return kafkaCode.UNKNOWN_MEMBER_ID
      if (known.memberId !== memberId) return kafkaCode.FENCED_INSTANCE_ID
    }
    return this.members.get(memberId) === undefined ? kafkaCode.UNKNOWN_MEMBER_ID : kafkaCode.NONE
  }
}

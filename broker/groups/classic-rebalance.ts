// The life of a classic group: its states, its generations, who is waited for and how long. What is asked of it by requests
// is in classic.ts. Answers that wait for others are callbacks, time is an injected scheduler.
//
//   Empty ──join──> PreparingRebalance ──all are in, or time is up──> CompletingRebalance ──leader's sync──> Stable
//     ^                   ^   │ nobody is in                               │ join, leave, lost session        │
//     └───────────────────┼───┘                                            │                                  │
//                         └────────────────────────────────────────────────┴──────────────────────────────────┘
import { kafkaCode } from '../../wire/error-codes.ts'
import type { Cancel } from '../scheduler.ts'
import { type ClassicMember, ClassicMembers, metadataOf } from './classic-members.ts'
import { type JoinAnswer, joinError, noAssignment, type SyncAnswer, syncError } from './classic-messages.ts'
import type { GroupContext } from './context.ts'

export type ClassicState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

/** Kafka's: how long a member that has never been in a generation may wait for its first. */
const newMemberJoinTimeoutMs = 300_000

export class ClassicRebalance {
  readonly members = new ClassicMembers()
  state: ClassicState = 'Empty'
  /** Since when it has been in this state. */
  stateSinceMs: number
  generationId = 0
  protocolName: string | null = null
  readonly #context: GroupContext
  /** Ids that were given out and have not come back yet (KIP-394). */
  readonly #pendingIds = new Map<string, Cancel>()
  readonly #pendingSync = new Set<string>()
  #cancelTimer: Cancel = () => {}
  /** The first rebalance waits a while for others to come, whoever is in already. */
  #isInitialDelay = false
  #isJoinedInDelay = false

  constructor(context: GroupContext) {
    this.#context = context
    this.stateSinceMs = context.scheduler.nowMs()
  }

  // ---- members ----

  /** A new member, which waits in `answerJoin` for its first generation. */
  add(member: ClassicMember, protocolType: string): void {
    this.members.add(member, protocolType)
    if (this.#isInitialDelay) this.#isJoinedInDelay = true
    this.#startSession(member, newMemberJoinTimeoutMs)
    this.rebalance()
  }

  /** The member has been heard of. */
  touch(member: ClassicMember): void {
    this.#startSession(member, member.sessionTimeoutMs)
  }

  #startSession(member: ClassicMember, timeoutMs: number): void {
    member.cancelSession()
    member.cancelSession = this.#context.scheduler.after(timeoutMs, () => {
      // Who waits for the group is not late itself; its session begins anew with the answer.
      const isHeldUp = member.answerJoin !== undefined || member.answerSync !== undefined
      if (member.isNew || !isHeldUp) this.remove(member)
    })
  }

  remove(member: ClassicMember): void {
    this.#forget(member)
    this.rebalance()
  }

  /** KIP-345: a static member is back under a new id, and whoever still speaks under the old one is fenced. */
  rename(member: ClassicMember, memberId: string): void {
    this.#pendingSync.delete(member.memberId)
    this.answerJoin(member, joinError(kafkaCode.FENCED_INSTANCE_ID, member.memberId))
    this.#answerSync(member, syncError(kafkaCode.FENCED_INSTANCE_ID))
    this.members.rename(member, memberId)
    this.touch(member)
  }

  #forget(member: ClassicMember): void {
    member.cancelSession()
    this.#pendingSync.delete(member.memberId)
    this.members.remove(member)
    this.answerJoin(member, joinError(kafkaCode.UNKNOWN_MEMBER_ID, member.memberId))
    this.#answerSync(member, syncError(kafkaCode.UNKNOWN_MEMBER_ID))
  }

  get expected(): number {
    return this.#pendingIds.size
  }

  /** KIP-394: a rebalance waits for whoever was given an id, as long as a session lasts. */
  expect(memberId: string, sessionTimeoutMs: number): void {
    const giveUp = () => {
      this.arrived(memberId)
      this.#completeIfAllAreIn()
    }
    this.#pendingIds.set(memberId, this.#context.scheduler.after(sessionTimeoutMs, giveUp))
  }

  /** False: it was not expected. */
  arrived(memberId: string): boolean {
    this.#pendingIds.get(memberId)?.()
    return this.#pendingIds.delete(memberId)
  }

  /** It will not come: nobody has to wait for it. False: it was not expected. */
  unexpect(memberId: string): boolean {
    const wasExpected = this.arrived(memberId)
    if (wasExpected) this.#completeIfAllAreIn()
    return wasExpected
  }

  // ---- join ----

  rebalance(): void {
    if (this.state === 'Dead') return
    if (this.state !== 'PreparingRebalance') this.#prepare()
    this.#completeIfAllAreIn()
  }

  #prepare(): void {
    for (const member of this.members) {
      if (this.state === 'CompletingRebalance') member.assignment = noAssignment
      this.#answerSync(member, syncError(kafkaCode.REBALANCE_IN_PROGRESS))
    }
    this.#pendingSync.clear()
    const isFirst = this.state === 'Empty'
    this.#enter('PreparingRebalance')
    if (isFirst) this.#waitForFirst(this.members.rebalanceTimeoutMs)
    else this.#after(this.members.rebalanceTimeoutMs, () => this.#completeJoin())
  }

  /** As long as new members come, wait again, up to the rebalance timeout in all. */
  #waitForFirst(leftMs: number): void {
    const delayMs = Math.min(this.#context.settings.initialRebalanceDelayMs, leftMs)
    this.#isInitialDelay = true
    this.#isJoinedInDelay = false
    this.#after(delayMs, () => {
      if (this.#isJoinedInDelay && leftMs > delayMs) return this.#waitForFirst(leftMs - delayMs)
      this.#completeJoin()
    })
  }

  #completeIfAllAreIn(): void {
    const isWaitedFor = this.#isInitialDelay || this.#pendingIds.size > 0
    if (this.state !== 'PreparingRebalance' || isWaitedFor) return
    if (this.members.awaitingJoin === this.members.size) this.#completeJoin()
  }

  #completeJoin(): void {
    this.#isInitialDelay = false
    for (const member of [...this.members]) {
      if (member.answerJoin === undefined && member.groupInstanceId === null) this.#forget(member)
    }
    if (this.members.size > 0 && !this.members.electJoined()) {
      // Only static members that are away: their sessions decide.
      return this.#after(this.members.rebalanceTimeoutMs, () => this.#completeJoin())
    }
    this.#cancelTimer()
    this.generationId++
    if (this.members.size === 0) {
      this.protocolName = null
      return this.#enter('Empty')
    }
    this.protocolName = this.members.selectProtocol()
    this.#enter('CompletingRebalance')
    this.#after(this.members.rebalanceTimeoutMs, () => this.#dropUnsynced())
    for (const member of [...this.members]) {
      this.#pendingSync.add(member.memberId)
      this.touch(member)
      member.isNew = false
      this.answerJoin(member, this.generationFor(member))
    }
  }

  generationFor(member: ClassicMember): JoinAnswer {
    const { leaderId, protocolType } = this.members
    const everyone = () =>
      [...this.members].map(each => {
        const { memberId, groupInstanceId } = each
        return { memberId, groupInstanceId, metadata: metadataOf(each, this.protocolName) }
      })
    return {
      errorCode: kafkaCode.NONE,
      generationId: this.generationId,
      protocolType,
      protocolName: this.protocolName,
      leader: leaderId!,
      skipAssignment: false,
      memberId: member.memberId,
      members: member.memberId === leaderId ? everyone() : [],
    }
  }

  answerJoin(member: ClassicMember, answer: JoinAnswer): void {
    const respond = member.answerJoin
    member.answerJoin = undefined
    respond?.(answer)
  }

  // ---- sync ----

  sync(member: ClassicMember, assignments: ReadonlyMap<string, Buffer>, answer: (answer: SyncAnswer) => void): void {
    this.#pendingSync.delete(member.memberId)
    if (this.state === 'Stable') {
      this.touch(member)
      return answer(this.#assignmentOf(member))
    }
    this.#answerSync(member, syncError(kafkaCode.REBALANCE_IN_PROGRESS))
    member.answerSync = answer
    if (member.memberId === this.members.leaderId) this.#assign(assignments)
  }

  #assign(assignments: ReadonlyMap<string, Buffer>): void {
    this.#enter('Stable')
    for (const member of this.members) {
      member.assignment = assignments.get(member.memberId) ?? noAssignment
      if (member.answerSync === undefined) continue
      this.touch(member)
      this.#answerSync(member, this.#assignmentOf(member))
    }
  }

  #assignmentOf({ assignment }: ClassicMember): SyncAnswer {
    const { protocolName } = this
    return { errorCode: kafkaCode.NONE, protocolType: this.members.protocolType, protocolName, assignment }
  }

  #answerSync(member: ClassicMember, answer: SyncAnswer): void {
    const respond = member.answerSync
    member.answerSync = undefined
    respond?.(answer)
  }

  /** Who joined and then never asked for its share would hold up the others. */
  #dropUnsynced(): void {
    if (this.#pendingSync.size === 0) return
    const late = [...this.#pendingSync].map(memberId => this.members.get(memberId))
    for (const member of late) if (member !== undefined) this.#forget(member)
    this.rebalance()
  }

  // ---- end ----

  /** Only an empty group can be given up. */
  die(): void {
    for (const cancel of this.#pendingIds.values()) cancel()
    this.#pendingIds.clear()
    this.#cancelTimer()
    this.#enter('Dead')
  }

  #enter(state: ClassicState): void {
    this.state = state
    this.stateSinceMs = this.#context.scheduler.nowMs()
  }

  #after(delayMs: number, run: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#context.scheduler.after(delayMs, run)
  }
}

// The members of a KIP-848 group, and who holds which partition. A partition is held from the moment it is assigned until
// the member has confirmed that it let go of it, or is gone.
import type { Cancel } from '../scheduler.ts'
import { memberEpochs } from './consumer-messages.ts'
import { type CurrentAssignment, noAssignmentYet } from './reconcile.ts'
import type { Subscription } from './subscription.ts'

/** What a member says of itself. */
export interface MemberProfile {
  instanceId: string | null
  rackId: string | null
  rebalanceTimeoutMs: number
  serverAssignor: string | null
  clientId: string
  clientHost: string
  subscription: Subscription
}

export interface ConsumerMember extends MemberProfile {
  readonly memberId: string
  current: CurrentAssignment
  /** A static member that left and means to come back: its partitions wait for it as long as its session lasts. */
  isAway: boolean
  cancelSession: Cancel
  cancelRevocation: Cancel
  /** The epoch in which the member was told to give up partitions, when a timer runs for that. */
  revocationEpoch: number | undefined
}

export function makeMember(memberId: string, profile: MemberProfile): ConsumerMember {
  const timers = { cancelSession: () => {}, cancelRevocation: () => {}, revocationEpoch: undefined }
  // The profile first: it may be a member's, whose own id and timers must not come along.
  return { ...profile, memberId, current: noAssignmentYet, isAway: false, ...timers }
}

/** As clients are told it: a member that is away has none of its own. */
export const shownEpochOf = ({ isAway, current }: ConsumerMember): number =>
  isAway ? memberEpochs.leaveStatic : current.memberEpoch

export class ConsumerMembers {
  readonly #byId = new Map<string, ConsumerMember>()
  readonly #idByInstance = new Map<string, string>()
  readonly #holders = new Map<string, string>()

  get size(): number {
    return this.#byId.size
  }

  [Symbol.iterator](): IterableIterator<ConsumerMember> {
    return this.#byId.values()
  }

  get(memberId: string): ConsumerMember | undefined {
    return this.#byId.get(memberId)
  }

  byInstance(instanceId: string): ConsumerMember | undefined {
    const memberId = this.#idByInstance.get(instanceId)
    return memberId === undefined ? undefined : this.#byId.get(memberId)
  }

  add(member: ConsumerMember): void {
    this.#byId.set(member.memberId, member)
    if (member.instanceId !== null) this.#idByInstance.set(member.instanceId, member.memberId)
    for (const key of heldBy(member.current)) this.#holders.set(key, member.memberId)
  }

  remove(member: ConsumerMember): void {
    member.cancelSession()
    member.cancelRevocation()
    this.#release(member)
    this.#byId.delete(member.memberId)
    if (member.instanceId !== null && this.#idByInstance.get(member.instanceId) === member.memberId) {
      this.#idByInstance.delete(member.instanceId)
    }
  }

  move(member: ConsumerMember, current: CurrentAssignment): void {
    this.#release(member)
    member.current = current
    for (const key of heldBy(current)) this.#holders.set(key, member.memberId)
  }

  readonly isHeld = (topicId: string, partition: number): boolean => this.#holders.has(keyOf(topicId, partition))

  #release(member: ConsumerMember): void {
    for (const key of heldBy(member.current)) {
      if (this.#holders.get(key) === member.memberId) this.#holders.delete(key)
    }
  }
}

function* heldBy({ assigned, pendingRevocation }: CurrentAssignment): Generator<string, void, undefined> {
  for (const held of [assigned, pendingRevocation]) {
    for (const [topicId, partitions] of held) for (const partition of partitions.keys()) yield keyOf(topicId, partition)
  }
}

const keyOf = (topicId: string, partition: number) => `${topicId}:${partition}`

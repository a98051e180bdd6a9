// The members of a classic group: who they are, which of them are static (KIP-345), who leads, and which protocol all of
// them support.
import type { Cancel } from '../scheduler.ts'
import type { JoinAnswer, JoinProtocol, SyncAnswer } from './classic-messages.ts'

export interface ClassicMember {
  memberId: string
  readonly groupInstanceId: string | null
  clientId: string
  clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: readonly JoinProtocol[]
  assignment: Buffer
  /** It has never been through a rebalance: its session runs even while it waits in one. */
  isNew: boolean
  answerJoin: ((answer: JoinAnswer) => void) | undefined
  answerSync: ((answer: SyncAnswer) => void) | undefined
  cancelSession: Cancel
}

export class ClassicMembers {
  readonly #byId = new Map<string, ClassicMember>()
  readonly #idByInstance = new Map<string, string>()
  leaderId: string | undefined
  protocolType: string | null = null

  get size(): number {
    return this.#byId.size
  }

  [Symbol.iterator](): IterableIterator<ClassicMember> {
    return this.#byId.values()
  }

  get(memberId: string): ClassicMember | undefined {
    return this.#byId.get(memberId)
  }

  byInstance(groupInstanceId: string): ClassicMember | undefined {
    const memberId = this.#idByInstance.get(groupInstanceId)
    return memberId === undefined ? undefined : this.#byId.get(memberId)
  }

  add(member: ClassicMember, protocolType: string): void {
    if (this.#byId.size === 0) this.protocolType = protocolType
    this.#byId.set(member.memberId, member)
    if (member.groupInstanceId !== null) this.#idByInstance.set(member.groupInstanceId, member.memberId)
    this.leaderId ??= member.memberId
  }

  remove(member: ClassicMember): void {
    this.#byId.delete(member.memberId)
    if (member.groupInstanceId !== null && this.#idByInstance.get(member.groupInstanceId) === member.memberId) {
      this.#idByInstance.delete(member.groupInstanceId)
    }
    if (this.leaderId === member.memberId) this.leaderId = this.#byId.keys().next().value
  }

  /** A static member came back under a new id; it keeps its place, and the lead if it had it. */
  rename(member: ClassicMember, memberId: string): void {
    const wasLeader = this.leaderId === member.memberId
    this.#byId.delete(member.memberId)
    member.memberId = memberId
    this.#byId.set(memberId, member)
    if (member.groupInstanceId !== null) this.#idByInstance.set(member.groupInstanceId, memberId)
    if (wasLeader) this.leaderId = memberId
  }

  get awaitingJoin(): number {
    return this.#count(member => member.answerJoin !== undefined)
  }

  /** The leader if it is in this rebalance, else somebody who is; false when nobody is. */
  electJoined(): boolean {
    if (this.leaderId !== undefined && this.get(this.leaderId)?.answerJoin !== undefined) return true
    for (const member of this) {
      if (member.answerJoin === undefined) continue
      this.leaderId = member.memberId
      return true
    }
    return false
  }

  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  // ---- protocols ----

  supports(protocolType: string, protocols: readonly JoinProtocol[]): boolean {
    if (protocolType === '' || protocols.length === 0) return false
    if (this.size === 0) return true
    return this.protocolType === protocolType && protocols.some(({ name }) => this.#allSupport(name))
  }

  /** Each member votes for the first of its protocols that all support. */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const { protocols } of this) {
      const choice = protocols.find(({ name }) => this.#allSupport(name))?.name
      if (choice !== undefined) votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    return [...votes].sort(([, a], [, b]) => b - a)[0]![0]
  }

  #allSupport(name: string): boolean {
    return this.#count(({ protocols }) => protocols.some(each => each.name === name)) === this.size
  }

  #count(matches: (member: ClassicMember) => boolean): number {
    let count = 0
    for (const member of this) if (matches(member)) count++
    return count
  }
}

export function sameProtocols(a: readonly JoinProtocol[], b: readonly JoinProtocol[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, metadata }, index) => name === b[index]!.name && metadata.equals(b[index]!.metadata))
  )
}

export const metadataOf = ({ protocols }: ClassicMember, protocolName: string | null): Buffer =>
  protocols.find(({ name }) => name === protocolName)?.metadata ?? Buffer.alloc(0)

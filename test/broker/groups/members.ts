// Simulated members of both protocols, as well behaved as a client can be: they beat, they give up what they are told to, and
// they commit what they own. They can crash, leave, stall and come back, and they keep a ledger of what they own.

import { expect } from 'vitest'
import type { JoinAnswer } from '../../../broker/groups/classic-messages.ts'
import type { GroupCoordinator } from '../../../broker/groups/coordinator.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import type { Ledger } from './ledger.ts'
import { idOf, type Setup } from './setup.ts'

export const groupId = 'group'
export const topic = 'topic'
const protocolName = 'spread'
export const sessionTimeoutMs = 15_000
/** Shorter than a session: a static member that stalls is then still in the group, which has moved on. */
const rebalanceTimeoutMs = 6_000

export interface World {
  readonly setup: Setup
  readonly ledger: Ledger
  readonly partitions: () => number
  readonly heartbeatMs: number
  readonly failures: unknown[]
}

export abstract class SimulatedMember {
  readonly name: string
  readonly instanceId: string | null
  protected readonly world: World
  protected memberId = ''
  /** The next offset to commit, by partition. */
  protected readonly owned = new Map<number, number>()
  isAlive = true
  #stalledUntilMs = 0

  constructor(world: World, name: string, instanceId: string | null) {
    this.world = world
    this.name = name
    this.instanceId = instanceId
  }

  /** A failed expectation in the loop ends the member, and is the test's to report. */
  start(): this {
    this.loop().catch((error: unknown) => this.world.failures.push(error))
    return this
  }

  protected abstract loop(): Promise<void>
  abstract leave(): void
  protected abstract commitOne(partition: number, offset: number): number

  protected get coordinator(): GroupCoordinator {
    return this.world.setup.coordinator
  }

  crash(): void {
    this.isAlive = false
    this.releaseAll()
  }

  /** It does nothing for a while, then goes on as if nothing had been. Until it has asked, others may own what it owned. */
  stall(ms: number): void {
    this.#stalledUntilMs = this.world.setup.time.nowMs() + ms
    for (const partition of this.owned.keys()) this.world.ledger.release(this.name, partition)
  }

  protected async sleep(ms: number): Promise<void> {
    const { time } = this.world.setup
    await time.sleep(ms)
    while (this.isAlive && time.nowMs() < this.#stalledUntilMs) await time.sleep(this.#stalledUntilMs - time.nowMs())
  }

  protected take(partition: number): void {
    const fetched = this.coordinator.offsets.get(groupId, topic, partition)?.offset ?? -1
    const isStalled = this.world.setup.time.nowMs() < this.#stalledUntilMs
    if (!isStalled) this.world.ledger.take(this.name, partition, fetched)
    this.owned.set(partition, fetched + 1)
  }

  protected release(partition: number): void {
    this.world.ledger.release(this.name, partition)
    this.owned.delete(partition)
  }

  protected releaseAll(): void {
    for (const partition of [...this.owned.keys()]) this.release(partition)
  }

  /** False: the coordinator does not know this member as what it takes itself for. */
  protected commitAll(): boolean {
    for (const [partition, offset] of this.owned) {
      const errorCode = this.commitOne(partition, offset)
      if (errorCode === kafkaCode.NONE) {
        this.world.ledger.accepted(this.name, partition, offset)
        this.owned.set(partition, offset + 1)
      } else {
        this.world.ledger.refusals++
        if (errorCode !== kafkaCode.REBALANCE_IN_PROGRESS) return false
      }
    }
    return true
  }

  protected commits(partition: number, offset: number) {
    return [{ topic, partition, offset, leaderEpoch: 0, metadata: '' }]
  }
}

export class ClassicSimulation extends SimulatedMember {
  #generationId = -1
  #seenPartitions = 0

  protected async loop(): Promise<void> {
    while (this.isAlive) {
      const joined = await this.#join()
      if (!this.isAlive) return
      if (joined.errorCode === kafkaCode.NONE && (await this.#sync(joined))) await this.#beat(joined)
      this.releaseAll()
      // Another process has this instance id now: a real member ends here.
      if (joined.errorCode === kafkaCode.FENCED_INSTANCE_ID) this.isAlive = false
    }
  }

  async #join(): Promise<JoinAnswer> {
    const joined = await this.coordinator.join(groupId, {
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      clientId: this.name,
      clientHost: '/127.0.0.1',
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocolType: 'consumer',
      protocols: [{ name: protocolName, metadata: Buffer.alloc(0) }],
      isMemberIdRequired: true,
      canSkipAssignment: true,
    })
    if (joined.errorCode === kafkaCode.UNKNOWN_MEMBER_ID) this.memberId = ''
    else if (joined.memberId !== '') this.memberId = joined.memberId
    if (joined.errorCode === kafkaCode.NONE) this.#generationId = joined.generationId
    return joined
  }

  async #sync(joined: JoinAnswer): Promise<boolean> {
    const isLeader = joined.leader === joined.memberId && !joined.skipAssignment
    this.#seenPartitions = this.world.partitions()
    const synced = await this.coordinator.sync(groupId, {
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      generationId: this.#generationId,
      protocolType: 'consumer',
      protocolName,
      assignments: isLeader
        ? spread(
            joined.members.map(each => each.memberId),
            this.#seenPartitions,
          )
        : new Map(),
    })
    if (!this.isAlive || synced.errorCode !== kafkaCode.NONE) return this.#isStillMember(synced.errorCode)
    for (const partition of JSON.parse(synced.assignment.toString() || '[]')) this.take(partition)
    return true
  }

  /** Until it has to join again. */
  async #beat({ leader, memberId }: JoinAnswer): Promise<void> {
    for (;;) {
      await this.sleep(this.world.heartbeatMs)
      if (!this.isAlive) return
      if (leader === memberId && this.world.partitions() !== this.#seenPartitions) return
      const isCurrent = this.commitAll()
      const errorCode = this.coordinator.heartbeat(groupId, this.memberId, this.instanceId, this.#generationId)
      if (isCurrent && errorCode === kafkaCode.NONE) continue
      this.#isStillMember(errorCode)
      return
    }
  }

  #isStillMember(errorCode: number): boolean {
    if (errorCode === kafkaCode.UNKNOWN_MEMBER_ID) this.memberId = ''
    if (errorCode === kafkaCode.FENCED_INSTANCE_ID) this.isAlive = false
    return false
  }

  protected commitOne(partition: number, offset: number): number {
    const { memberId, instanceId: groupInstanceId } = this
    const committer = { memberId, groupInstanceId, memberEpoch: this.#generationId, version: 8 }
    return this.coordinator.commit(groupId, committer, this.commits(partition, offset))
  }

  leave(): void {
    this.crash()
    // A static member goes without a word: that is what lets it come back to what it had.
    if (this.instanceId === null) this.coordinator.leave(groupId, this.memberId, null)
  }
}

function spread(memberIds: readonly string[], partitions: number): Map<string, Buffer> {
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const share = (index: number) => all.filter(partition => partition % memberIds.length === index)
  return new Map(memberIds.map((memberId, index) => [memberId, Buffer.from(JSON.stringify(share(index)))]))
}

export class ConsumerSimulation extends SimulatedMember {
  static #made = 0
  #epoch = 0
  #isToldAll = false
  /** Commits that are still on their way when the partition is given up. */
  #late: { partition: number; offset: number; epoch: number }[] = []

  protected async loop(): Promise<void> {
    this.memberId = `${this.name}-${ConsumerSimulation.#made++}`
    while (this.isAlive) {
      this.#beat()
      await this.sleep(this.world.heartbeatMs)
      if (this.isAlive && !this.commitAll()) this.#startOver()
    }
  }

  #beat(): void {
    const isFull = this.#epoch === 0 || !this.#isToldAll
    const answer = this.coordinator.consumerHeartbeat(groupId, {
      memberId: this.memberId,
      memberEpoch: this.#epoch,
      instanceId: this.instanceId,
      rackId: null,
      rebalanceTimeoutMs: isFull ? rebalanceTimeoutMs : -1,
      serverAssignor: null,
      subscription: isFull ? { names: [topic], regex: '' } : undefined,
      owned: new Map(this.owned.size === 0 ? [] : [[idOf(topic), new Set(this.owned.keys())]]),
      clientId: this.name,
      clientHost: '/127.0.0.1',
    })
    if ('errorCode' in answer) return this.#startOver()
    this.#tryLate()
    const oldEpoch = this.#epoch
    this.#isToldAll = true
    this.#epoch = answer.memberEpoch
    if (answer.assigned === undefined) return
    const assigned = answer.assigned.get(idOf(topic)) ?? new Map()
    for (const [partition, offset] of [...this.owned]) {
      if (assigned.has(partition)) continue
      this.release(partition)
      this.#late.push({ partition, offset, epoch: oldEpoch })
    }
    for (const partition of assigned.keys()) if (!this.owned.has(partition)) this.take(partition)
  }

  /** The coordinator has heard by now that these were given up: others may own them. */
  #tryLate(): void {
    for (const { partition, offset, epoch } of this.#late.splice(0)) {
      const committer = { memberId: this.memberId, groupInstanceId: this.instanceId, memberEpoch: epoch, version: 9 }
      const errorCode = this.coordinator.commit(groupId, committer, this.commits(partition, offset))
      expect(errorCode).toBe(kafkaCode.STALE_MEMBER_EPOCH)
    }
  }

  #startOver(): void {
    this.releaseAll()
    this.#late = []
    this.#epoch = 0
    this.#isToldAll = false
  }

  protected commitOne(partition: number, offset: number): number {
    const { memberId, instanceId: groupInstanceId } = this
    const committer = { memberId, groupInstanceId, memberEpoch: this.#epoch, version: 9 }
    return this.coordinator.commit(groupId, committer, this.commits(partition, offset))
  }

  leave(): void {
    this.crash()
    this.coordinator.consumerHeartbeat(groupId, {
      memberId: this.memberId,
      memberEpoch: this.instanceId === null ? -1 : -2,
      instanceId: this.instanceId,
      rackId: null,
      rebalanceTimeoutMs: -1,
      serverAssignor: null,
      subscription: undefined,
      owned: undefined,
      clientId: this.name,
      clientHost: '/127.0.0.1',
    })
  }
}

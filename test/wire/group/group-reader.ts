// A consumer in a group, as an application would write it: it reads what it owns, batch by batch, commits now and then, and
// commits what it has read before it gives anything up. It can leave, be killed, and stall past its session.
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../../core/clock.ts'
import { isMillraceError } from '../../../core/errors.ts'
import { fetchCommittedOffsets } from '../../../wire/admin.ts'
import { fetch } from '../../../wire/apis/01-fetch.ts'
import { Cluster } from '../../../wire/cluster.ts'
import {
  type ClassicMemberOptions,
  type ConsumerMemberOptions,
  type GroupMember,
  joinConsumerGroup,
  type TopicPartitions,
} from '../../../wire/group.ts'
import { BatchHeader, RecordCursor } from '../../../wire/record-batch/scan.ts'
import type { ClientSettings } from '../../../wire/settings.ts'
import type { GroupLedger, Owner } from './ledger.ts'

export interface ReaderWorld {
  readonly settings: ClientSettings
  readonly topic: string
  readonly groupId: string
  readonly ledger: GroupLedger
  readonly clock: Clock
  readonly sessionTimeoutMs: number
  /** Between two fetches: how fast a member reads. */
  readonly pauseMs: number
  readonly partitionMaxBytes: number
  /** So many fetches between two commits. */
  readonly commitEvery: number
  readonly memberOptions: (
    common: Pick<ClassicMemberOptions, 'groupId' | 'topics' | 'instanceId' | 'onAssigned' | 'onRevoked' | 'onLost'>,
  ) => ClassicMemberOptions | ConsumerMemberOptions
}

export class GroupReader implements Owner {
  readonly name: string
  readonly instanceId: string | undefined
  readonly #world: ReaderWorld
  /** Next offset, of what it owns and has not begun to give up. */
  readonly #positions = new Map<number, number>()
  #member!: GroupMember
  #cluster!: Cluster
  #isAlive = true
  #stalled: Promise<void> | undefined
  #committing: Promise<void> = Promise.resolve()
  #reading: Promise<void> = Promise.resolve()

  static async join(world: ReaderWorld, name: string, instanceId?: string): Promise<GroupReader> {
    const reader = new GroupReader(world, name, instanceId)
    await reader.#start()
    return reader
  }

  private constructor(world: ReaderWorld, name: string, instanceId: string | undefined) {
    this.#world = world
    this.name = name
    this.instanceId = instanceId
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Resolves with what ended the member by itself. */
  get ended() {
    return this.#member.ended
  }

  leaseUntilMs(): number {
    return this.#isAlive ? this.#member.confirmedMs + this.#world.sessionTimeoutMs : 0
  }

  async #start(): Promise<void> {
    const { settings, groupId, topic, clock, memberOptions } = this.#world
    this.#cluster = await Cluster.connect(settings, { clock })
    const calls = {
      onAssigned: (partitions: TopicPartitions) => this.#assigned(partitions),
      onRevoked: (partitions: TopicPartitions) => this.#revoked(partitions),
      onLost: () => this.#lost(),
    }
    const instance = this.instanceId === undefined ? {} : { instanceId: this.instanceId }
    const options = memberOptions({ groupId, topics: [topic], ...instance, ...calls })
    const pause = async (durationMs: number, signal: AbortSignal) => {
      await delay(durationMs, undefined, { signal }).catch(() => undefined)
      await this.#stalled
    }
    this.#member = await joinConsumerGroup({ ...settings, clientId: this.name }, options, { clock, pause })
    void this.#member.ended.then(() => {
      this.#isAlive = false
    })
    this.#reading = this.#read()
  }

  // ---- what the group says ----

  async #assigned(partitions: TopicPartitions): Promise<void> {
    const { groupId, topic, ledger } = this.#world
    const indexes = [...(partitions.get(topic) ?? [])]
    const floors = indexes.map(partition => ledger.committedOf(partition))
    const committed = await fetchCommittedOffsets(this.#cluster, groupId, topic, indexes)
    if (!this.#isAlive) return
    indexes.forEach((partition, index) => {
      const fetched = committed.get(partition)?.offset ?? 0
      ledger.take(this, partition, fetched, floors[index]!)
      this.#positions.set(partition, fetched)
    })
  }

  async #revoked(partitions: TopicPartitions): Promise<void> {
    const given = [...(partitions.get(this.#world.topic) ?? [])]
    const offsets = new Map(
      given.flatMap(each => (this.#positions.has(each) ? [[each, this.#positions.get(each)!]] : [])),
    )
    for (const partition of given) this.#positions.delete(partition)
    const isCommitted = await this.#commit(offsets)
    for (const partition of given) {
      this.#world.ledger.release(this, partition, isCommitted ? offsets.get(partition) : undefined)
    }
  }

  #lost(): void {
    this.#positions.clear()
    this.#world.ledger.releaseAll(this)
  }

  // ---- reading ----

  async #read(): Promise<void> {
    const { pauseMs, commitEvery } = this.#world
    for (let turn = 1; this.#isAlive; turn++) {
      await delay(pauseMs)
      const wasStalled = this.#stalled !== undefined
      await this.#stalled
      // One that was away tries to commit what it had before it hears that it is out: that is what must be refused.
      if (wasStalled) await this.#commit(new Map(this.#positions))
      if (!this.#isAlive) return
      await this.#fetchAll().catch(error => this.#forgive(error))
      if (turn % commitEvery === 0) await this.#commit(new Map(this.#positions))
    }
  }

  async #fetchAll(): Promise<void> {
    const { topic, partitionMaxBytes } = this.#world
    const { id: topicId, partitions: known } = await this.#cluster.topic(topic)
    const asked = known.filter(({ index, leader }) => this.#positions.has(index) && leader >= 0)
    const byLeader = Map.groupBy(asked, ({ leader }) => leader)
    for (const [leader, theirs] of byLeader) {
      const partitions = theirs.map(({ index: partition }) => {
        return { partition, fetchOffset: this.#positions.get(partition) ?? 0, partitionMaxBytes }
      })
      const answer = await this.#cluster.send({ broker: leader }, fetch, {
        maxWaitMs: 0,
        minBytes: 0,
        topics: [{ topic, topicId, partitions }],
      })
      for (const { partitionIndex, errorCode, records } of answer.responses.flatMap(each => each.partitions)) {
        if (errorCode !== 0) await this.#cluster.metadata([topic], { allowCached: false })
        else this.#take(partitionIndex, records)
      }
    }
  }

  /** Records of a partition that is the member's own at this moment. */
  #take(partition: number, records: Buffer): void {
    const { ledger, clock } = this.#world
    const header = new BatchHeader()
    const cursor = new RecordCursor()
    for (let at = 0; header.read(records, at); at += header.byteLength) {
      const position = this.#positions.get(partition)
      if (position === undefined || !this.#isAlive || clock.nowNs() / 1e6 >= this.leaseUntilMs()) return
      header.verifyCrc()
      cursor.start(header.records(), header.recordsCount)
      let next = position
      while (cursor.next()) {
        const offset = header.baseOffset + cursor.offsetDelta
        if (offset < position) continue
        const value = cursor.buffer.toString('latin1', cursor.valueAt, cursor.valueAt + cursor.valueBytes)
        ledger.read(this, partition, offset, next++, value)
      }
      this.#positions.set(partition, next)
    }
  }

  // ---- commits ----

  /** One after the other; whether it was accepted. */
  #commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const committed = this.#committing.then(() => this.#commitNow(offsets))
    this.#committing = committed.then(() => undefined)
    return committed
  }

  async #commitNow(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const { ledger, topic, sessionTimeoutMs } = this.#world
    if (offsets.size === 0 || !this.#isAlive) return true
    const sent = ledger.tick()
    try {
      await this.#member.commit(new Map([[topic, offsets]]), { timeoutMs: sessionTimeoutMs })
    } catch (error) {
      ledger.refusals++
      this.#forgive(error)
      return false
    }
    for (const [partition, offset] of offsets) ledger.accepted(this, partition, offset, sent)
    return true
  }

  /** Refusals and lost connections are what this is about; anything else is a mistake. */
  #forgive(error: unknown): void {
    if (!isMillraceError(error)) throw error
    this.#cluster.forget(error)
  }

  // ---- the end ----

  stall(durationMs: number): void {
    const over = delay(durationMs).then(() => {
      if (this.#stalled === over) this.#stalled = undefined
    })
    this.#stalled = over
  }

  async leave(): Promise<void> {
    await this.#member.leave()
    this.#isAlive = false
    this.#world.ledger.releaseAll(this)
    await this.#close()
  }

  async crash(): Promise<void> {
    this.#isAlive = false
    this.#world.ledger.releaseAll(this)
    await this.#member.abandon()
    await this.#close()
  }

  async #close(): Promise<void> {
    await this.#cluster.close()
    await this.#reading
  }
}

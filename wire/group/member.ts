// What the members of both group protocols have in common: what they own, who is told of it, commits, and the end. How a
// member gets its share is in classic-member.ts and consumer-member.ts.
//
// A member has connections of its own: a coordinator keeps a member's request while its group rebalances, and whatever else
// were asked on that connection would wait behind it. Records are read through another cluster client.
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, makeClock } from '../../core/clock.ts'
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { offsetCommit } from '../apis/08-offset-commit.ts'
import { backoffMs } from '../backoff.ts'
import { Cluster, type ClusterDeps } from '../cluster.ts'
import { kafkaCode, kafkaError } from '../error-codes.ts'
import type { Api, RequestOf, ResponseOf } from '../schema.ts'
import type { ClientSettings } from '../settings.ts'
import { countOf, nonePartitions, type TopicPartitions, union, without } from './topic-partitions.ts'

export interface GroupMemberOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** Makes it a static member (KIP-345): one that comes back within its session under this id has its share again. */
  readonly instanceId?: string
  /** How long a member may take to give up partitions, and a classic group to gather. */
  readonly rebalanceTimeoutMs: number
  /** These are the member's own now. */
  readonly onAssigned?: (partitions: TopicPartitions) => void | Promise<void>
  /** These are to be given up: they are the member's own, and may be committed, until this has resolved. */
  readonly onRevoked?: (partitions: TopicPartitions) => void | Promise<void>
  /** These went without a word, for the member was taken for dead: others may own them, and no commit is accepted. */
  readonly onLost?: (partitions: TopicPartitions) => void | Promise<void>
}

/** Next offset to read, by topic and partition. */
export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>

const retryBackoff = { initialMs: 100, maxMs: 1_000 }
/** The group is between two generations, or the member has not heard of its newest epoch: the next try knows better. */
const commitAgainCodes: ReadonlySet<number> = new Set([kafkaCode.REBALANCE_IN_PROGRESS, kafkaCode.STALE_MEMBER_EPOCH])

export abstract class GroupMember {
  /** Resolves when it has left, or was abandoned; with the error that ended it, if one did. */
  readonly ended: Promise<MillraceError | undefined>
  protected readonly options: GroupMemberOptions
  protected cluster: Cluster
  protected isStopping = false
  #memberId = ''
  #generation = -1
  #owned: TopicPartitions = nonePartitions
  #confirmedMs = Number.NEGATIVE_INFINITY
  #running: Promise<void> = Promise.resolve()
  #isAbandoned = false
  #nap: AbortController | undefined
  #isWoken = false
  readonly #settings: ClientSettings
  readonly #deps: ClusterDeps
  readonly #clock: Clock
  #end!: (error: MillraceError | undefined) => void

  constructor(cluster: Cluster, settings: ClientSettings, options: GroupMemberOptions, deps: ClusterDeps) {
    this.cluster = cluster
    this.options = options
    this.#settings = settings
    this.#deps = deps
    this.#clock = deps.clock ?? makeClock()
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  start(): this {
    this.#running = this.run().catch(error => this.#fail(error))
    return this
  }

  /** Until it is to stop. */
  protected abstract run(): Promise<void>
  /** A goodbye, if the member is one that says goodbye. */
  protected abstract sayGoodbye(): Promise<void>
  /** The coordinator may be keeping a request for long. */
  protected abstract readonly isHeldUp: boolean

  // ---- what it is ----

  get memberId(): string {
    return this.#memberId
  }

  /** Of a classic group the generation, of a consumer group the member epoch. */
  get generation(): number {
    return this.#generation
  }

  get owned(): TopicPartitions {
    return this.#owned
  }

  /** When the last request was sent that the coordinator answered to this member as a member, on the clock of `nowMs`. */
  get confirmedMs(): number {
    return this.#confirmedMs
  }

  nowMs(): number {
    return this.#clock.nowNs() / 1e6
  }

  protected setIdentity(memberId: string, generation: number): void {
    this.#memberId = memberId
    this.#generation = generation
  }

  protected confirm(sentMs: number): void {
    this.#confirmedMs = sentMs
  }

  // ---- what it owns ----

  protected async take(partitions: TopicPartitions): Promise<void> {
    if (this.#isAbandoned || countOf(partitions) === 0) return
    this.#owned = union(this.#owned, partitions)
    await this.options.onAssigned?.(partitions)
  }

  protected async giveUp(partitions: TopicPartitions): Promise<void> {
    if (this.#isAbandoned || countOf(partitions) === 0) return
    await this.options.onRevoked?.(partitions)
    this.#owned = without(this.#owned, partitions)
  }

  protected async lose(): Promise<void> {
    const lost = this.#owned
    if (this.#isAbandoned || countOf(lost) === 0) return
    this.#owned = nonePartitions
    await this.options.onLost?.(lost)
  }

  // ---- commits ----

  /**
   * Of partitions that the member owns; others are refused here, since a classic coordinator would take them. Tries again
   * while the group rebalances. Rejects when the coordinator does not take this member for the owner any more.
   */
  async commit(offsets: GroupOffsets, { timeoutMs }: { timeoutMs?: number } = {}): Promise<void> {
    const again = (error: MillraceError) => error.retriable || commitAgainCodes.has(error.kafkaCode ?? kafkaCode.NONE)
    const settings = { isWorthAnotherTry: again, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    await this.cluster.retry(leftMs => this.#commitOnce(offsets, leftMs), settings)
  }

  async #commitOnce(offsets: GroupOffsets, timeoutMs: number): Promise<void> {
    const { groupId, instanceId: groupInstanceId = null } = this.options
    const topics = []
    for (const [name, partitions] of offsets) {
      const { id: topicId } = await this.cluster.topic(name)
      const commits = [...partitions].map(([partitionIndex, committedOffset]) => {
        return { partitionIndex, committedOffset, committedMetadata: '' }
      })
      topics.push({ name, topicId, partitions: commits })
    }
    // After the last wait, so that what is checked and what is sent belong together.
    for (const [topic, partitions] of offsets) {
      for (const partition of partitions.keys()) {
        if (this.#owned.get(topic)?.has(partition) !== true) throw this.#notOwned(topic, partition)
      }
    }
    const generation = this.#generation
    const identity = { memberId: this.#memberId, generationIdOrMemberEpoch: generation, groupInstanceId }
    const answer = await this.ask(offsetCommit, { groupId, ...identity, topics }, timeoutMs)
    const errorCode = answer.topics.flatMap(topic => topic.partitions).find(each => each.errorCode !== 0)?.errorCode
    if (errorCode === undefined) return
    // It waited behind a join, and the member is in the next generation by now: the next try says so.
    const isOvertaken = errorCode === kafkaCode.ILLEGAL_GENERATION && this.#generation > generation
    throw kafkaError(isOvertaken ? kafkaCode.REBALANCE_IN_PROGRESS : errorCode, `commit of group ${groupId}`)
  }

  #notOwned(topic: string, partition: number): MillraceError {
    const what = `partition ${partition} of topic ${topic}, which this member of group ${this.options.groupId} does not own`
    return new MillraceError('REQUEST_REFUSED', `commit of ${what}`, { kafkaCode: kafkaCode.UNKNOWN_MEMBER_ID })
  }

  /** One try, of the group's coordinator. */
  protected ask<A extends Api>(api: A, body: RequestOf<A>, timeoutMs?: number): Promise<ResponseOf<A>> {
    const target = { coordinator: 'group', key: this.options.groupId } as const
    return this.cluster.send(target, api, body, timeoutMs === undefined ? {} : { timeoutMs })
  }

  // ---- time ----

  /** Ends early when the member is woken, or was woken since the last nap. */
  protected async nap(durationMs: number): Promise<void> {
    if (!this.#isWoken && !this.isStopping) {
      this.#nap = new AbortController()
      const { pause = sleep } = this.#deps
      await pause(durationMs, this.#nap.signal).catch(() => undefined)
    }
    this.#isWoken = false
  }

  protected wake(): void {
    this.#isWoken = true
    this.#nap?.abort()
  }

  /** After so many failures in a row. */
  protected napAfterFailure(failures: number): Promise<void> {
    return this.nap(backoffMs(retryBackoff, failures, this.#deps.random ?? Math.random))
  }

  // ---- the end ----

  /** Gives up what it owns, says goodbye, and closes its connections. */
  async leave(): Promise<void> {
    if (this.isStopping) return void (await this.ended)
    this.#stop()
    if (this.isHeldUp) {
      await this.cluster.close()
      this.cluster = await Cluster.connect(this.#settings, this.#deps)
    }
    await this.#running
    try {
      await this.giveUp(this.#owned)
      await this.sayGoodbye()
    } finally {
      await this.cluster.close()
      this.#end(undefined)
    }
  }

  /** Ends without a word, as a process that is killed: nobody is called, the coordinator finds out by itself. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true
    this.#stop()
    this.#end(undefined)
    await this.cluster.close()
    await this.#running
  }

  #stop(): void {
    this.isStopping = true
    this.wake()
  }

  async #fail(error: unknown): Promise<void> {
    // What is under way when the connections are closed ends with that.
    if (this.isStopping) return
    this.isStopping = true
    const why = isMillraceError(error) ? error : new MillraceError('INTERNAL', String(error), { cause: error })
    try {
      await this.lose()
    } finally {
      await this.cluster.close()
      this.#end(why)
    }
  }
}

const sleep = (durationMs: number, signal: AbortSignal): Promise<void> => delay(durationMs, undefined, { signal })

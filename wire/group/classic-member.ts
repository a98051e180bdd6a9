// A member of a classic group: it joins, the leader among the members assigns, all are told their share, and heartbeats tell
// when to start anew. With range and roundrobin a member gives up all it has before it joins again; with
// cooperative-sticky (KIP-429) it keeps reading, and gives up only what goes to others.
//
//   join ──> sync ──> beat ──rebalance──> (give up) ──> join ...
import { MillraceError } from '../../core/errors.ts'
import { joinGroup } from '../apis/11-join-group.ts'
import { heartbeat } from '../apis/12-heartbeat.ts'
import { leaveGroup } from '../apis/13-leave-group.ts'
import { syncGroup } from '../apis/14-sync-group.ts'
import type { Cluster, ClusterDeps } from '../cluster.ts'
import { kafkaCode, kafkaError, kafkaErrorKind } from '../error-codes.ts'
import type { ResponseOf } from '../schema.ts'
import type { ClientSettings } from '../settings.ts'
import { assignClassic, type ClassicAssignorName } from './classic-assignors.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts'
import { GroupMember, type GroupMemberOptions } from './member.ts'
import { nonePartitions, type TopicPartitions, without } from './topic-partitions.ts'

export interface ClassicMemberOptions extends GroupMemberOptions {
  readonly protocol: 'classic'
  readonly assignor: ClassicAssignorName
  /** Without a heartbeat for so long a member is taken for dead. */
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

type Joined = ResponseOf<typeof joinGroup>
/** Whether the member is in the generation, or has to start anew. */
type Step = 'in' | 'anew'

const protocolType = 'consumer'
const noGeneration = -1
/** A join is answered when the rebalance is over: so much longer than that may take. */
const joinSlackMs = 5_000

export class ClassicMember extends GroupMember {
  declare protected readonly options: ClassicMemberOptions
  protected isHeldUp = false
  /** As the leader saw them when it assigned; undefined: not the leader. */
  #counts: ReadonlyMap<string, number> | undefined
  #failures = 0

  constructor(cluster: Cluster, settings: ClientSettings, options: ClassicMemberOptions, deps: ClusterDeps) {
    super(cluster, settings, options, deps)
  }

  get #isEager(): boolean {
    return this.options.assignor !== 'cooperative-sticky'
  }

  protected async run(): Promise<void> {
    while (!this.isStopping) {
      if (this.#isEager) await this.#whileBeating(this.giveUp(this.owned))
      if (await this.#attempt(() => this.#joinAndSync())) await this.#beatUntilRebalance()
    }
  }

  /** Trouble on the way is no end: false, after a pause. */
  async #attempt(work: () => Promise<Step>): Promise<boolean> {
    try {
      const step = await work()
      this.#failures = 0
      return step === 'in'
    } catch (error) {
      if (this.isStopping) return false
      if (!(error instanceof MillraceError) || !error.retriable) throw error
      this.cluster.forget(error)
      await this.#loseIfExpired()
      await this.napAfterFailure(++this.#failures)
      return false
    }
  }

  // ---- join and sync ----

  async #joinAndSync(): Promise<Step> {
    const joined = await this.#join()
    if (joined === undefined) return 'anew'
    this.setIdentity(joined.memberId, joined.generationId)
    const sentMs = this.nowMs()
    const { groupId, instanceId: groupInstanceId = null } = this.options
    const identity = { generationId: this.generation, memberId: this.memberId, groupInstanceId }
    const protocol = { protocolType, protocolName: this.options.assignor }
    const assignments = await this.#assign(joined)
    const synced = await this.#held(() => this.ask(syncGroup, { groupId, ...identity, ...protocol, assignments }))
    if (!(await this.#isAccepted(synced.errorCode))) return 'anew'
    this.confirm(sentMs)
    return this.#adopt(decodeAssignment(synced.assignment))
  }

  async #join(): Promise<Joined | undefined> {
    const { groupId, topics, assignor, instanceId = null, sessionTimeoutMs, rebalanceTimeoutMs } = this.options
    const { memberId, owned, generation } = this
    const subscription = { topics, owned: this.#isEager ? nonePartitions : owned, generation }
    const protocols = [{ name: assignor, metadata: encodeSubscription(subscription) }]
    const timing = { sessionTimeoutMs, rebalanceTimeoutMs }
    const body = { groupId, ...timing, memberId, groupInstanceId: instanceId, protocolType, protocols, reason: null }
    const joined = await this.#held(() => this.ask(joinGroup, body, rebalanceTimeoutMs + joinSlackMs))
    if (joined.errorCode === kafkaCode.MEMBER_ID_REQUIRED) {
      this.setIdentity(joined.memberId, noGeneration)
      return undefined
    }
    return (await this.#isAccepted(joined.errorCode)) ? joined : undefined
  }

  /** While the coordinator keeps the request, a leave has to go another way. */
  async #held<T>(send: () => Promise<T>): Promise<T> {
    this.isHeldUp = true
    try {
      return await send()
    } finally {
      this.isHeldUp = false
    }
  }

  async #assign({ leader, memberId, members, skipAssignment }: Joined) {
    this.#counts = undefined
    if (leader !== memberId) return []
    const subscribed = members.map(({ memberId: id, groupInstanceId, metadata }) => {
      return { memberId: id, instanceId: groupInstanceId, ...decodeSubscription(metadata) }
    })
    const topics = [...new Set(subscribed.flatMap(each => each.topics))]
    this.#counts = await this.#partitionCounts(topics, false)
    if (skipAssignment) return []
    const shares = assignClassic(this.options.assignor, subscribed, this.#counts)
    return [...shares].map(([id, share]) => ({ memberId: id, assignment: encodeAssignment(share) }))
  }

  async #partitionCounts(topics: readonly string[], allowCached = true): Promise<ReadonlyMap<string, number>> {
    const found = [...(await this.cluster.metadata(topics, { allowCached })).topics.values()]
    return new Map(found.filter(each => each.partitions.length > 0).map(each => [each.name, each.partitions.length]))
  }

  async #adopt(assigned: TopicPartitions): Promise<Step> {
    const revoked = without(this.owned, assigned)
    const added = without(assigned, this.owned)
    const { generation } = this
    await this.#whileBeating(this.giveUp(revoked))
    // It was told that it is out, or was away for longer than its session: what it was given may be another's by now.
    if (this.generation !== generation || this.#isExpired) {
      await this.lose()
      return 'anew'
    }
    await this.#whileBeating(this.take(added))
    // What was given up goes to others in the next generation.
    return revoked.size > 0 ? 'anew' : 'in'
  }

  // ---- beat ----

  async #beatUntilRebalance(): Promise<void> {
    while (!this.isStopping) {
      await this.nap(this.options.heartbeatIntervalMs)
      if (this.isStopping || (await this.#hasNewPartitions())) return
      if (!(await this.#beats())) return
    }
  }

  async #hasNewPartitions(): Promise<boolean> {
    const seen = this.#counts
    if (seen === undefined) return false
    const counts = await this.#partitionCounts([...seen.keys()]).catch(() => seen)
    return [...counts].some(([topic, count]) => seen.get(topic) !== count)
  }

  /** False: it is time to join again. A coordinator that cannot be reached is asked again as long as the session lasts. */
  async #beats(): Promise<boolean> {
    const isIn = await this.#attempt(async () => ((await this.#beatOnce()) ? 'in' : 'anew'))
    return isIn || (this.#failures > 0 && !this.#isExpired)
  }

  async #beatOnce(): Promise<boolean> {
    const { groupId, instanceId: groupInstanceId = null, sessionTimeoutMs } = this.options
    const { memberId, generation: generationId } = this
    const sentMs = this.nowMs()
    const body = { groupId, generationId, memberId, groupInstanceId }
    const { errorCode } = await this.ask(heartbeat, body, sessionTimeoutMs)
    if (errorCode === kafkaCode.NONE || errorCode === kafkaCode.REBALANCE_IN_PROGRESS) this.confirm(sentMs)
    return this.#isAccepted(errorCode)
  }

  /** Whoever is called may take longer than a session. */
  async #whileBeating(work: Promise<void>): Promise<void> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
      this.wake()
    })
    while (!isDone && !this.isStopping) {
      await this.nap(this.options.heartbeatIntervalMs)
      // Its no is heard by the next request too.
      if (!isDone) await this.#beatOnce().catch(() => undefined)
    }
    await done
  }

  // ---- answers ----

  /** False: the member has to join again, as somebody new if the group does not know it. Throws what ends it. */
  async #isAccepted(errorCode: number): Promise<boolean> {
    switch (errorCode) {
      case kafkaCode.NONE:
        return true
      case kafkaCode.REBALANCE_IN_PROGRESS:
        return false
      case kafkaCode.UNKNOWN_MEMBER_ID:
        this.setIdentity('', noGeneration)
        await this.lose()
        return false
      case kafkaCode.ILLEGAL_GENERATION:
        this.setIdentity(this.memberId, noGeneration)
        await this.lose()
        return false
      default: {
        if (!kafkaErrorKind(errorCode).retriable) await this.lose()
        throw kafkaError(errorCode, `group ${this.options.groupId}`)
      }
    }
  }

  get #isExpired(): boolean {
    return this.nowMs() - this.confirmedMs >= this.options.sessionTimeoutMs
  }

  async #loseIfExpired(): Promise<void> {
    if (!this.#isExpired) return
    await this.lose()
  }

  protected async sayGoodbye(): Promise<void> {
    const { groupId, instanceId } = this.options
    // A static member goes without a word, so that its share waits for it (KIP-345).
    if (instanceId !== undefined || this.memberId === '') return
    const { memberId } = this
    const body = { groupId, memberId, members: [{ memberId, groupInstanceId: null, reason: null }] }
    await this.cluster.sendWithRetry({ coordinator: 'group', key: groupId }, leaveGroup, body)
  }
}

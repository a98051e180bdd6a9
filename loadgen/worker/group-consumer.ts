// A consumer that is a member of a group: it reads what the group gives it, from where the group has committed, and commits
// now and then, before it gives partitions up, and at its end. It may leave, or end as if it had crashed, and come back.
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { fetchCommittedOffsets } from '../../wire/admin.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { type GroupMember, joinConsumerGroup, type TopicPartitions } from '../../wire/group.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import type { MembersPlan } from '../plan.ts'
import type { ConsumeStreams } from './consume-streams.ts'
import type { Ownership, Positions } from './contract.ts'

/** Of every member of a group of the run, whatever it does with what it reads. */
export interface MemberSettings {
  readonly client: ClientSettings
  readonly group: string
  readonly topic: string
  readonly plan: MembersPlan
  /** Among all consumers of the run. */
  readonly index: number
  /** By partition: where a partition without a commit is read from. */
  readonly startOffsets: readonly number[]
}

export interface GroupConsumerSettings extends MemberSettings {
  /** Reading never begins before `startOffsets`: what was there before the run is not for it. */
  readonly isFromStart: boolean
}

export interface GroupConsumerDeps {
  readonly cluster: Cluster
  readonly streams: Pick<ConsumeStreams, 'assign' | 'revoke' | 'run' | 'stop' | 'positions'>
  nowNs(): number
  onOwnership(event: Ownership): void
  /** A partition is read from this offset on. */
  onStart(partition: number, offset: number): void
  onCommit(isDone: boolean): void
  onNotice(text: string): void
  join?: typeof joinConsumerGroup
}

/** A commit before partitions are given up holds up the whole group: it is given up on after this time. */
const commitTimeoutMs = 10_000

type MemberOptions = Parameters<typeof joinConsumerGroup>[1]

/** As the plan has it; who is told of partitions is the caller's. */
export function memberOptions({ group, topic, plan }: Pick<MemberSettings, 'group' | 'topic' | 'plan'>): MemberOptions {
  const { rebalanceTimeoutMs, sessionTimeoutMs, heartbeatIntervalMs } = plan
  const common = { groupId: group, topics: [topic], rebalanceTimeoutMs }
  if (plan.protocol === 'classic') {
    return { ...common, protocol: 'classic', assignor: plan.assignor, sessionTimeoutMs, heartbeatIntervalMs }
  }
  return { ...common, protocol: 'consumer', ...(plan.assignor !== undefined && { serverAssignor: plan.assignor }) }
}

export class GroupConsumer {
  readonly #settings: GroupConsumerSettings
  readonly #deps: GroupConsumerDeps
  #member: GroupMember | undefined
  #changing: Promise<void> = Promise.resolve()
  #committing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #failure: MillraceError | undefined
  #commitFailure: MillraceError | undefined
  #isOver = false
  /** How far everything that it has ever had was read. */
  #positions: Positions = {}

  constructor(settings: GroupConsumerSettings, deps: GroupConsumerDeps) {
    this.#settings = settings
    this.#deps = deps
  }

  get positions(): Positions {
    return { ...this.#positions, ...this.#deps.streams.positions }
  }

  /** Until it is told to stop; then it commits what it has read, and leaves. */
  async run(): Promise<void> {
    this.#timer = setInterval(() => this.#commitNow(), this.#settings.plan.commitIntervalMs)
    try {
      await this.#deps.streams.run()
    } finally {
      this.#isOver = true
      clearInterval(this.#timer)
      await this.#change(() => this.#leave())
    }
    const failure = this.#failure ?? this.#commitFailure
    if (failure !== undefined) throw failure
  }

  join(): Promise<void> {
    return this.#change(async () => {
      if (this.#isOver || this.#member !== undefined) return
      const { join = joinConsumerGroup } = this.#deps
      const member = await join(this.#settings.client, this.#options())
      this.#member = member
      void member.ended.then(error => {
        if (this.#member === member && error !== undefined) this.#fail(error)
      })
    })
  }

  /** With a goodbye: what it has read is committed. */
  leave(): Promise<void> {
    return this.#change(() => this.#leave())
  }

  /** As a process that is killed: nothing is committed, and nobody is told. */
  kill(): Promise<void> {
    return this.#change(async () => {
      const member = this.#member
      this.#member = undefined
      if (member === undefined) return
      const partitions = [...(member.owned.get(this.#settings.topic) ?? [])]
      this.#take(this.#deps.streams.revoke(new Set(partitions)))
      this.#tell('killed', partitions)
      await member.abandon()
      this.#commitFailure = undefined
    })
  }

  // ---- what the member is told ----

  #options(): MemberOptions {
    const { topic } = this.#settings
    return {
      ...memberOptions(this.#settings),
      onAssigned: (partitions: TopicPartitions) => this.#assigned(partitions.get(topic) ?? new Set()),
      onRevoked: (partitions: TopicPartitions) => this.#revoked(partitions.get(topic) ?? new Set()),
      onLost: (partitions: TopicPartitions) => this.#lost(partitions.get(topic) ?? new Set()),
    }
  }

  async #assigned(partitions: ReadonlySet<number>): Promise<void> {
    const { group, topic, startOffsets, isFromStart } = this.#settings
    const { cluster, streams, onStart } = this.#deps
    const committed = await fetchCommittedOffsets(cluster, group, topic, [...partitions])
    const assignments = [...partitions].map(partition => {
      const least = startOffsets[partition] ?? 0
      const offset = committed.get(partition)?.offset ?? least
      return { partition, startOffset: isFromStart ? Math.max(offset, least) : offset }
    })
    for (const { partition, startOffset } of assignments) onStart(partition, startOffset)
    const offsets = Object.fromEntries(assignments.map(({ partition, startOffset }) => [partition, startOffset]))
    this.#tell('assigned', [...partitions], offsets)
    streams.assign(assignments)
  }

  async #revoked(partitions: ReadonlySet<number>): Promise<void> {
    const positions = this.#deps.streams.revoke(partitions)
    this.#take(positions)
    this.#tell('revoked', [...partitions])
    await this.#committing
    await this.#commit(positions)
  }

  #lost(partitions: ReadonlySet<number>): void {
    this.#take(this.#deps.streams.revoke(partitions))
    this.#tell('lost', [...partitions])
  }

  #tell(what: Ownership['what'], partitions: readonly number[], offsets?: Positions): void {
    if (this.#isOver) return
    const event = { what, partitions, consumer: this.#settings.index, ns: this.#deps.nowNs() }
    this.#deps.onOwnership(offsets === undefined ? event : { ...event, offsets })
  }

  #take(positions: Positions): void {
    this.#positions = { ...this.#positions, ...positions }
  }

  // ---- commits ----

  /** A commit that is still under way holds the next one up. */
  #commitNow(): void {
    this.#committing ??= this.#commit(this.#deps.streams.positions).finally(() => {
      this.#committing = undefined
    })
  }

  /** What is not committed is read again by the next owner: that is told, and only the last one decides. */
  async #commit(positions: Positions): Promise<void> {
    const member = this.#member
    const { topic, group, index } = this.#settings
    const owned = member?.owned.get(topic)
    const offsets = Object.entries(positions).filter(([partition]) => owned?.has(Number(partition)))
    if (member === undefined || offsets.length === 0) return
    const byPartition = new Map(offsets.map(([partition, offset]) => [Number(partition), offset]))
    try {
      await member.commit(new Map([[topic, byPartition]]), { timeoutMs: commitTimeoutMs })
      this.#commitFailure = undefined
      this.#deps.onCommit(true)
    } catch (error) {
      // It was killed meanwhile.
      if (this.#member !== member) return
      this.#commitFailure = isMillraceError(error)
        ? error
        : new MillraceError('INTERNAL', String(error), { cause: error })
      this.#deps.onCommit(false)
      this.#deps.onNotice(`group ${group}, consumer ${index}: not committed: ${(error as Error).message}`)
    }
  }

  // ---- the end ----

  async #leave(): Promise<void> {
    const member = this.#member
    if (member === undefined) return
    await this.#committing
    this.#commitFailure = undefined
    // While it leaves it is still asked to give up what it has, and commits that.
    await member.leave()
    this.#member = undefined
  }

  #fail(error: MillraceError): void {
    this.#failure ??= error
    this.#deps.streams.stop()
  }

  /** Joining and leaving come one after the other, whatever asks for them. */
  #change(work: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(work).catch(error => {
      this.#fail(isMillraceError(error) ? error : new MillraceError('INTERNAL', String(error), { cause: error }))
    })
    return this.#changing
  }
}

// A consumer of the run that handles what it reads: member of the group, life after life. It may leave, or end as if it had crashed,
// and come back under the same transactional id, which fences whatever its life before has left open.
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { fetchCommittedOffsets } from '../../wire/admin.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { type GroupMember, joinConsumerGroup, type TopicPartitions } from '../../wire/group.ts'
import type { Ownership, Positions } from '../worker/contract.ts'
import { type MemberSettings, memberOptions } from '../worker/group-consumer.ts'
import type { ProcessLife } from './life.ts'

export interface ProcessConsumerDeps {
  readonly cluster: Cluster
  nowNs(): number
  /** A life of its own, with an identity of its own. */
  begin(onFetching: (partition: number) => void): Promise<ProcessLife>
  onOwnership(event: Ownership): void
  /** A partition is read from this offset on. */
  onStart(partition: number, offset: number): void
  join?: typeof joinConsumerGroup
}

export class ProcessConsumer {
  readonly #settings: MemberSettings
  readonly #deps: ProcessConsumerDeps
  readonly #stopped = Promise.withResolvers<void>()
  #life: ProcessLife | undefined
  #member: GroupMember | undefined
  #running: Promise<void> | undefined
  #isStarted = false
  #isOver = false
  #changing: Promise<void> = Promise.resolve()
  #failure: MillraceError | undefined
  #positions: Positions = {}

  constructor(settings: MemberSettings, deps: ProcessConsumerDeps) {
    this.#settings = settings
    this.#deps = deps
  }

  get positions(): Positions {
    return { ...this.#positions, ...this.#life?.positions.committedOffsets }
  }

  /** Until it is told to stop; then it commits what it has handled, and leaves. */
  async run(): Promise<void> {
    this.#isStarted = true
    this.#startLife()
    await this.#stopped.promise
    this.#isOver = true
    await this.#change(() => this.#leave())
    if (this.#failure !== undefined) throw this.#failure
  }

  stop(): void {
    this.#stopped.resolve()
  }

  join(): Promise<void> {
    return this.#change(async () => {
      if (this.#isOver || this.#member !== undefined) return
      const { join = joinConsumerGroup, begin, nowNs } = this.#deps
      const { client, group, topic, plan, index } = this.#settings
      const life = await begin(partition =>
        this.#tellAll({ what: 'fetching', partitions: [partition], consumer: index, ns: nowNs() }),
      )
      const of = (partitions: TopicPartitions) => partitions.get(topic) ?? new Set<number>()
      const member = await join(client, {
        ...memberOptions({ group, topic, plan }),
        onAssigned: partitions => this.#assigned(life, of(partitions)),
        onRevoked: async partitions => {
          await life.revoked(of(partitions))
          this.#tell('revoked', [...of(partitions)])
        },
        onLost: async partitions => {
          await life.lost(of(partitions))
          this.#tell('lost', [...of(partitions)])
        },
      })
      life.member = member
      this.#member = member
      this.#life = life
      void member.ended.then(error => {
        if (this.#member === member && error !== undefined) this.#fail(error)
      })
      if (this.#isStarted) this.#startLife()
    })
  }

  /** With a goodbye: what it has handled is committed. */
  leave(): Promise<void> {
    return this.#change(() => this.#leave())
  }

  /** As a process that is killed: nothing is committed or aborted, and nobody is told. */
  kill(): Promise<void> {
    return this.#change(async () => {
      const [member, life] = [this.#member, this.#life]
      if (member === undefined || life === undefined) return
      this.#keep(life)
      const partitions = [...life.positions.partitions]
      life.kill()
      this.#tell('killed', partitions)
      await member.abandon()
      await this.#running
    })
  }

  #startLife(): void {
    const life = this.#life
    if (life === undefined) return
    this.#running = life.run().catch(error => {
      this.#fail(isMillraceError(error) ? error : new MillraceError('INTERNAL', String(error), { cause: error }))
    })
  }

  async #leave(): Promise<void> {
    const [member, life] = [this.#member, this.#life]
    if (member === undefined || life === undefined) return
    life.stop()
    await this.#running
    // While it leaves it is still asked to give up what it has.
    await member.leave()
    this.#keep(life)
  }

  #keep(life: ProcessLife): void {
    this.#positions = { ...this.#positions, ...life.positions.committedOffsets }
    this.#member = this.#life = undefined
  }

  // ---- what the member is told ----

  async #assigned(life: ProcessLife, partitions: ReadonlySet<number>): Promise<void> {
    const { group, topic, startOffsets } = this.#settings
    const { cluster, onStart } = this.#deps
    const committed = await fetchCommittedOffsets(cluster, group, topic, [...partitions])
    const starts = new Map(
      [...partitions].map(each => [each, committed.get(each)?.offset ?? startOffsets[each] ?? 0] as const),
    )
    for (const [partition, offset] of starts) onStart(partition, offset)
    this.#tell('assigned', [...partitions], Object.fromEntries(starts))
    life.assigned(starts)
  }

  #tell(what: Ownership['what'], partitions: readonly number[], offsets?: Positions): void {
    const event = { what, partitions, consumer: this.#settings.index, ns: this.#deps.nowNs() }
    this.#tellAll(offsets === undefined ? event : { ...event, offsets })
  }

  #tellAll(event: Ownership): void {
    if (!this.#isOver) this.#deps.onOwnership(event)
  }

  #fail(error: MillraceError): void {
    this.#failure ??= error
    this.stop()
  }

  /** Joining and leaving come one after the other, whatever asks for them. */
  #change(work: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(work).catch(error => {
      this.#fail(isMillraceError(error) ? error : new MillraceError('INTERNAL', String(error), { cause: error }))
    })
    return this.#changing
  }
}

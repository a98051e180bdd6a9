// The members of a run's group, seen from the main thread: waits until the group has formed, lets members come and go, and ends
// the reading when what was to be read has been read by whoever had it.
import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { deleteGroup } from '../../wire/admin.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { Crew, WorkerTask } from '../crew.ts'
import { LagProbe } from '../lag-probe.ts'
import type { BenchPlan, ConsumePlan, MembersPlan } from '../plan.ts'
import { plural } from '../report/format.ts'
import type { RunTopic } from '../topic.ts'
import type { MemberChange, Ownership } from '../worker/contract.ts'
import { ReadPositions } from '../worker/read-positions.ts'
import type { Rebalances } from './model.ts'
import { RebalanceWatch } from './rebalance-watch.ts'

const lookEveryMs = 20
const lagEveryMs = 500
/** Beyond what a rebalance may take. */
const formSlackMs = 30_000

export interface GroupRunSettings {
  readonly plan: ConsumePlan & { readonly members: MembersPlan; readonly group: string }
  readonly partitions: number
  readonly readPositions: SharedArrayBuffer
  readonly clock: Pick<Clock, 'nowNs'>
  readEndOffsets(): Promise<readonly number[]>
  onNotice(text: string): void
}

export type GroupCrew = Pick<Crew, 'stop' | 'readUntil' | 'finished' | 'failure' | 'tellMember'>

export class GroupRun {
  readonly #settings: GroupRunSettings
  readonly #watch: RebalanceWatch
  readonly #positions: ReadPositions
  readonly #timers = new Set<NodeJS.Timeout>()
  #isOver = false
  #next = 0
  /** Seen at the start, where they are the end. */
  #endOffsets: readonly number[] | undefined
  readonly #lag: LagProbe
  hasReachedEnd = false
  /** By partition: where the first that had it began. */
  readonly startOffsets = new Map<number, number>()

  constructor(settings: GroupRunSettings) {
    const { plan, partitions, readPositions, clock } = settings
    this.#settings = settings
    this.#watch = new RebalanceWatch(partitions, plan.members.consumers, clock.nowNs())
    this.#positions = new ReadPositions(readPositions)
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    this.#lag = new LagProbe({ ...settings, partitions: all, readPositions: this.#positions })
  }

  readonly onOwnership = (event: Ownership): void => {
    for (const [partition, offset] of Object.entries(event.offsets ?? {})) {
      if (!this.startOffsets.has(Number(partition))) this.startOffsets.set(Number(partition), offset)
    }
    if (!this.#isOver) this.#watch.take(event)
  }

  readonly onCommit = (isDone: boolean): void => this.#watch.committed(isDone)

  /** Every partition has its owner; throws when that takes too long, or a worker has failed. */
  async formed(crew: GroupCrew): Promise<void> {
    const { plan, clock, onNotice, readEndOffsets } = this.#settings
    const limitNs = clock.nowNs() + (plan.members.rebalanceTimeoutMs + formSlackMs) * 1e6
    while (!this.#watch.isFormed) {
      if (crew.failure !== undefined) throw crew.failure
      if (clock.nowNs() >= limitNs) throw this.#notFormed()
      await this.#nap()
    }
    onNotice(`group ${plan.group}: formed, ${plural(plan.members.consumers, 'member')}`)
    if (plan.stopAtEnd) this.#endOffsets = await readEndOffsets()
  }

  #notFormed(): MillraceError {
    const { plan, partitions } = this.#settings
    const { unowned } = this.#watch
    const what =
      unowned > 0 ? `${unowned} of ${partitions} partitions belong to nobody of this run` : 'shares are not even'
    return new MillraceError(
      'GROUP_NOT_FORMED',
      `group '${plan.group}' with ${plan.members.consumers} consumers: ${what}`,
    )
  }

  /** The run begins: members come and go from the beginning of the measured time on. */
  start(crew: GroupCrew, { startNs, fromNs, untilNs }: { startNs: number; fromNs: number; untilNs: number }): void {
    this.#watch.start(startNs)
    this.#lookAtLag()
    if (this.#endOffsets !== undefined) this.followed(crew).readUntil(this.#endOffsets)
    const { churn, consumers } = this.#settings.plan.members
    if (churn === undefined) return
    const { clock } = this.#settings
    const again = (afterMs: number) =>
      this.#after(afterMs, () => {
        // Whoever goes comes back within the measured time.
        if (clock.nowNs() + (churn.everyMs / 2) * 1e6 >= untilNs) return
        const who = Array.from({ length: churn.count }, () => this.#next++ % consumers)
        this.#change(crew, churn.how, who)
        this.#after(churn.everyMs / 2, () => this.#change(crew, 'join', who))
        again(churn.everyMs)
      })
    again((fromNs - clock.nowNs()) / 1e6 + churn.everyMs)
  }

  /** What `measure` tells consumers to read to, they read together: none of them knows when all of it has been read. */
  followed(crew: GroupCrew): Pick<Crew, 'stop' | 'readUntil' | 'finished' | 'failure'> {
    return {
      stop: role => crew.stop(role),
      readUntil: endOffsets => {
        crew.readUntil(endOffsets)
        void this.readUntil(crew, endOffsets)
      },
      finished: role => crew.finished(role),
      get failure() {
        return crew.failure
      },
    }
  }

  async readUntil(crew: GroupCrew, endOffsets: readonly number[]): Promise<void> {
    let hasFinished = false
    void crew.finished('consume').then(() => {
      hasFinished = true
    })
    while (!hasFinished) {
      this.hasReachedEnd = endOffsets.every((end, partition) => this.#positions.at(partition) >= end)
      if (this.hasReachedEnd) return crew.stop('consume')
      await this.#nap()
    }
  }

  /** Nothing that happens from now on counts. */
  stop(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  /** A group that was made up for the run is forgotten with it. */
  async forget(cluster: Cluster): Promise<void> {
    const { plan, onNotice } = this.#settings
    if (!plan.members.isOwnGroup) return
    await deleteGroup(cluster, plan.group).catch((error: unknown) =>
      onNotice(`group ${plan.group} was made for this run and could not be deleted: ${(error as Error).message}`),
    )
  }

  get result(): Rebalances {
    const { group, members } = this.#settings.plan
    const { protocol, assignor, consumers } = members
    return this.#watch.result({ group, protocol, consumers, ...(assignor !== undefined && { assignor }) })
  }

  /** Of partitions that belong to nobody for the moment too; undefined: not known. */
  get lag(): number | undefined {
    return this.#lag.lag
  }

  /** One look after the other; one that fails is as old as the last that did not. */
  #lookAtLag(): void {
    void this.#lag
      .look()
      .catch(() => undefined)
      .then(() => this.#isOver || this.#after(lagEveryMs, () => this.#lookAtLag()))
  }

  #change(crew: GroupCrew, does: MemberChange, who: readonly number[]): void {
    const { clock, onNotice } = this.#settings
    const words = { leave: 'leaves', kill: 'is killed', join: 'joins' }[does]
    for (const consumer of who) {
      this.#watch.changed(does, clock.nowNs())
      crew.tellMember(consumer, does)
      onNotice(`churn: consumer ${consumer} ${words}`)
    }
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        if (!this.#isOver) work()
      },
      Math.max(0, ms),
    )
    this.#timers.add(timer)
  }

  #nap(): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

export interface GroupParts {
  readonly plan: BenchPlan
  readonly topic: RunTopic
  readonly tasks: readonly WorkerTask[]
  readonly clock: Pick<Clock, 'nowNs'>
  readEndOffsets(): Promise<readonly number[]>
  onNotice(text: string): void
}

/** Undefined: the consumers of the run are no members of a group. */
export function groupOf({ plan: { consume }, topic, tasks, ...rest }: GroupParts): GroupRun | undefined {
  const readPositions = tasks.find(task => task.readPositions !== undefined)?.readPositions
  const { members, group } = consume ?? {}
  if (consume === undefined || members === undefined || group === undefined || readPositions === undefined)
    return undefined
  const partitions = topic.partitions
  return new GroupRun({ plan: { ...consume, members, group }, partitions, readPositions, ...rest })
}

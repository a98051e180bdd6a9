// A cluster that exists as numbers: topics that are written to, groups that read and commit, and what goes on around them. Everything
// that happens is healthy; much of it is not calm. Time is told to it, a second a tick.
import type { GroupSnapshot, LagSnapshot } from '../../../agents/snapshot.ts'
import type { ClusterSnapshot, PartitionMetadata } from '../../../wire/cluster-metadata.ts'

export interface TopicPlan {
  readonly name: string
  readonly partitions: number
  /** Records in this second, in each partition. */
  readonly arriving: (sec: number) => number
  readonly configs?: Readonly<Record<string, string>>
  /** Records at the beginning. */
  readonly filled?: number
  /** Offsets of open transactions at the end of each partition. */
  readonly open?: (sec: number) => number
  readonly exists?: (sec: number) => boolean
  readonly replicas?: (sec: number) => { readonly isr: readonly number[]; readonly leader: number }
}

export interface GroupPlan {
  readonly id: string
  readonly topic: string
  /** 0: nobody is there. */
  readonly members: (sec: number) => number
  /** Records a second, of each partition. */
  readonly speed: number
  readonly commitEverySec: number
  /** Members are about to be told what to read, and read nothing. */
  readonly moving?: (sec: number) => boolean
  /** Reads by assign(), without being a member. */
  readonly isSimple?: boolean
  /** Committed at the beginning; undefined: the end. */
  readonly from?: number
  readonly exists?: (sec: number) => boolean
}

interface Log {
  start: number
  end: number
  /** By second: end at that time, for retention. */
  readonly ends: number[]
}

interface Position {
  readonly read: number[]
  readonly committed: number[]
}

const always = () => true

export class World {
  readonly #topics: readonly TopicPlan[]
  readonly #groups: readonly GroupPlan[]
  #logs = new Map<string, Log[]>()
  #positions = new Map<string, Position>()
  #generation = new Map<string, number>()
  sec = 0

  constructor(topics: readonly TopicPlan[], groups: readonly GroupPlan[]) {
    this.#topics = topics
    this.#groups = groups
    this.#arrange()
  }

  tick(): void {
    this.sec++
    this.#arrange()
    for (const topic of this.#there) this.#write(topic)
    for (const group of this.#present) this.#read(group)
  }

  get #there(): readonly TopicPlan[] {
    return this.#topics.filter(({ exists = always }) => exists(this.sec))
  }

  get #present(): readonly GroupPlan[] {
    return this.#groups.filter(({ exists = always }) => exists(this.sec))
  }

  /** Makes what has come to be, and forgets what is gone: a topic that comes back is another one. */
  #arrange(): void {
    for (const { name, partitions, filled = 0, exists = always } of this.#topics) {
      if (!exists(this.sec)) this.#logs.delete(name)
      else if (!this.#logs.has(name)) {
        this.#generation.set(name, (this.#generation.get(name) ?? 0) + 1)
        this.#logs.set(
          name,
          Array.from({ length: partitions }, () => ({ start: 0, end: filled, ends: [] })),
        )
      }
    }
    for (const { id, topic, from, exists = always } of this.#groups) {
      const logs = this.#logs.get(topic)
      if (!exists(this.sec) || logs === undefined) this.#positions.delete(id)
      else if (!this.#positions.has(id)) {
        const at = logs.map(({ end }) => from ?? end)
        this.#positions.set(id, { read: [...at], committed: [...at] })
      }
    }
  }

  #write({ name, arriving, configs }: TopicPlan): void {
    const keptSec = Number(configs?.['retention.ms'] ?? Number.POSITIVE_INFINITY) / 1000
    for (const log of this.#logs.get(name)!) {
      log.end += arriving(this.sec)
      log.ends.push(log.end)
      // Segments are deleted as a whole, now and then.
      if (this.sec % 60 === 0) log.start = Math.max(log.start, log.ends.at(-1 - keptSec) ?? 0)
    }
  }

  #read({ id, topic, members, speed, commitEverySec, moving, isSimple }: GroupPlan): void {
    const [logs, position] = [this.#logs.get(topic), this.#positions.get(id)]
    if (logs === undefined || position === undefined) return
    if (!(isSimple || members(this.sec) > 0) || moving?.(this.sec)) return
    const open = this.#topics.find(({ name }) => name === topic)!.open?.(this.sec) ?? 0
    logs.forEach(({ end }, at) => {
      position.read[at] = Math.max(position.read[at]!, Math.min(end - open, position.read[at]! + speed))
      if (this.sec % commitEverySec === 0) position.committed[at] = position.read[at]!
    })
  }

  // ---- what an agent would be told ----

  metadata(): ClusterSnapshot {
    const brokers = new Map([1, 2, 3].map(id => [id, { host: `broker-${id}`, port: 9092, rack: null }] as const))
    const topics = this.#there.map(({ name, partitions, replicas }) => {
      const { isr, leader } = replicas?.(this.sec) ?? { isr: [1, 2, 3], leader: 1 }
      const of = (index: number): PartitionMetadata => ({
        ...{ index, leader, isr, leaderEpoch: 0, replicas: [1, 2, 3], offline: [], errorCode: 0 },
      })
      const id = `${name}-${this.#generation.get(name)}`
      return [
        name,
        { name, id, internal: false, errorCode: 0, partitions: Array.from({ length: partitions }, (_, i) => of(i)) },
      ] as const
    })
    return { clusterId: 'id', controllerId: 1, brokers, topics: new Map(topics) }
  }

  lag(): LagSnapshot {
    const atMs = this.sec * 1000
    const ends = this.#there.map(({ name, open }) => {
      const ofTopic = this.#logs.get(name)!.map(({ start, end }, index) => {
        return [index, { logStart: start, lastStable: end - (open?.(this.sec) ?? 0), highWatermark: end }] as const
      })
      return [name, new Map(ofTopic)] as const
    })
    const groups = this.#present.map(group => this.#snapshotOf(group))
    return {
      clusterId: 'id',
      commitsAtMs: atMs,
      endsAtMs: atMs,
      metadata: this.metadata(),
      groups,
      ends: new Map(ends),
      gaps: [],
    }
  }

  #snapshotOf({ id, topic, members, moving, isSimple }: GroupPlan): GroupSnapshot {
    const position = this.#positions.get(id)
    const count = isSimple ? 0 : members(this.sec)
    const isMoving = moving?.(this.sec) === true
    const partitions = position?.committed.map((_, partition) => ({ topic, partition })) ?? []
    const list = Array.from({ length: count }, (_, at) => ({
      ...{ memberId: `m-${at}`, instanceId: null, clientId: 'c', host: 'h' },
      assigned: isMoving ? [] : partitions.filter(({ partition }) => partition % count === at),
    }))
    const state = count === 0 ? 'Empty' : isMoving ? 'PreparingRebalance' : 'Stable'
    return {
      ...{ groupId: id, type: 'classic', state, protocolType: 'consumer', coordinator: 1 },
      description: { groupId: id, state, assignor: 'range', members: list },
      commits: new Map(position === undefined ? [] : [[topic, new Map(position.committed.entries())]]),
    }
  }

  configs(): ReadonlyMap<string, Readonly<Record<string, string>>> {
    const defaults = { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'min.insync.replicas': '2' }
    return new Map(this.#there.map(({ name, configs = {} }) => [name, { ...defaults, ...configs }]))
  }
}

// Committed offsets of all groups, and those that a transaction has handed in and not yet ended (KIP-447). Pure.
//
// A pending offset becomes a committed one when its transaction commits, unless the group has committed the same partition
// since it was handed in: then it is the older of the two. That order is what `sequence` keeps.

export interface OffsetValue {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface CommittedOffset extends OffsetValue {
  readonly committedMs: number
  /** Set by clients that ask for a retention of their own (OffsetCommit up to v4). */
  readonly expiresMs: number | undefined
  readonly sequence: number
}

export interface OffsetCommit extends OffsetValue {
  readonly topic: string
  readonly partition: number
  readonly expiresMs?: number | undefined
}

/** By topic, then by partition. */
type Offsets = Map<string, Map<number, CommittedOffset>>

export class OffsetStore {
  readonly #committed = new Map<string, Offsets>()
  /** By producer, then by group. */
  readonly #pending = new Map<number, Map<string, Offsets>>()
  #sequence = 0

  commit(groupId: string, commits: readonly OffsetCommit[], nowMs: number): void {
    this.#put(entry(this.#committed, groupId, newMap), commits, nowMs)
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(groupId)?.get(topic)?.get(partition)
  }

  /** Topics of a group that have offsets, committed or pending. */
  topicsOf(groupId: string): Map<string, number[]> {
    const partitions = new Map<string, Set<number>>()
    const ofTransactions = [...this.#pending.values()].map(groups => groups.get(groupId))
    for (const offsets of [this.#committed.get(groupId), ...ofTransactions]) {
      for (const [topic, each] of offsets ?? []) {
        const found = entry(partitions, topic, () => new Set<number>())
        for (const partition of each.keys()) found.add(partition)
      }
    }
    return new Map([...partitions].map(([topic, each]) => [topic, [...each].sort((a, b) => a - b)]))
  }

  hasGroup(groupId: string): boolean {
    return this.#committed.has(groupId) || [...this.#pending.values()].some(groups => groups.has(groupId))
  }

  get groupIds(): Set<string> {
    return new Set([...this.#committed.keys(), ...[...this.#pending.values()].flatMap(groups => [...groups.keys()])])
  }

  // ---- transactions ----

  addPending(producerId: number, groupId: string, commits: readonly OffsetCommit[], nowMs: number): void {
    const groups = entry(this.#pending, producerId, () => new Map<string, Offsets>())
    this.#put(entry(groups, groupId, newMap), commits, nowMs)
  }

  isPending(groupId: string, topic: string, partition: number): boolean {
    for (const groups of this.#pending.values()) if (groups.get(groupId)?.get(topic)?.has(partition)) return true
    return false
  }

  /** The producer's transaction has ended; without `groupIds` for all its groups. */
  complete(producerId: number, result: 'commit' | 'abort', groupIds?: readonly string[]): void {
    const groups = this.#pending.get(producerId)
    if (groups === undefined) return
    for (const groupId of groupIds ?? [...groups.keys()]) {
      if (result === 'commit') this.#settle(groupId, groups.get(groupId) ?? newMap())
      groups.delete(groupId)
    }
    if (groups.size === 0) this.#pending.delete(producerId)
  }

  #settle(groupId: string, pending: Offsets): void {
    for (const [topic, partitions] of pending) {
      for (const [partition, offset] of partitions) {
        const current = this.get(groupId, topic, partition)
        if (current !== undefined && current.sequence > offset.sequence) continue
        entry(entry(this.#committed, groupId, newMap), topic, newPartitions).set(partition, offset)
      }
    }
  }

  // ---- forgetting ----

  delete(groupId: string, topic: string, partition: number): void {
    for (const offsets of this.#allOf(groupId)) {
      offsets.get(topic)?.delete(partition)
      if (offsets.get(topic)?.size === 0) offsets.delete(topic)
    }
    this.#dropEmpty()
  }

  deleteGroup(groupId: string): void {
    this.#committed.delete(groupId)
    for (const groups of this.#pending.values()) groups.delete(groupId)
    this.#dropEmpty()
  }

  deleteTopic(topic: string): void {
    for (const groupId of this.groupIds) for (const offsets of this.#allOf(groupId)) offsets.delete(topic)
    this.#dropEmpty()
  }

  /** Drops what is older than `retentionMs`, counted from the commit or from `idleSinceMs`, whichever is later. */
  expire(
    groupId: string,
    limits: { nowMs: number; retentionMs: number; idleSinceMs: number; keeps: (topic: string) => boolean },
  ): void {
    const { nowMs, retentionMs, idleSinceMs, keeps } = limits
    for (const [topic, partitions] of this.#committed.get(groupId) ?? []) {
      if (keeps(topic)) continue
      for (const [partition, { committedMs, expiresMs }] of [...partitions]) {
        const endMs = expiresMs ?? Math.max(committedMs, idleSinceMs) + retentionMs
        if (endMs <= nowMs && !this.isPending(groupId, topic, partition)) this.delete(groupId, topic, partition)
      }
    }
  }

  // ---- within ----

  #put(offsets: Offsets, commits: readonly OffsetCommit[], nowMs: number): void {
    for (const { topic, partition, offset, leaderEpoch, metadata, expiresMs } of commits) {
      const value = { offset, leaderEpoch, metadata, committedMs: nowMs, expiresMs, sequence: this.#sequence++ }
      entry(offsets, topic, newPartitions).set(partition, value)
    }
  }

  *#allOf(groupId: string): Generator<Offsets, void, undefined> {
    const committed = this.#committed.get(groupId)
    if (committed !== undefined) yield committed
    for (const groups of this.#pending.values()) {
      const pending = groups.get(groupId)
      if (pending !== undefined) yield pending
    }
  }

  #dropEmpty(): void {
    for (const [groupId, offsets] of this.#committed) if (offsets.size === 0) this.#committed.delete(groupId)
    for (const [producerId, groups] of this.#pending) {
      for (const [groupId, offsets] of groups) if (offsets.size === 0) groups.delete(groupId)
      if (groups.size === 0) this.#pending.delete(producerId)
    }
  }
}

const newMap = (): Offsets => new Map()
const newPartitions = () => new Map<number, CommittedOffset>()

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

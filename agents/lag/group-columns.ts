// What one group has to do with the partitions of all its topics, as columns: a row for each that is committed or assigned. A row takes
// some dozen bytes, and a group a handful of arrays however many topics it reads.
//
// The past is one column of commits for each observation. Groups that have committed nothing since share one column among their
// observations, so what stands still takes no memory. NaN: not known.
import type { GroupSnapshot } from '../snapshot.ts'
import type { Member } from '../source/members.ts'
import { slotsMax } from './observation-axis.ts'
import type { TopicColumns } from './topic-columns.ts'

type Wanted = Pick<GroupSnapshot, 'commits' | 'description' | 'type' | 'shareLags'>

export interface Moment {
  readonly slot: number
  /** Of the observation before; undefined: there is none. */
  readonly slotBefore: number | undefined
  /** This observation takes the place of the newest one. */
  readonly isReplacing: boolean
}

export class GroupColumns {
  /** By name. */
  readonly topics: readonly TopicColumns[]
  /** First row of each topic, and the number of rows. */
  readonly starts: Int32Array
  /** Rising within a topic. */
  readonly partitions: Int32Array
  #committed: Float64Array
  /** Undefined: nobody reads any. */
  readonly members: readonly (Member | undefined)[] | undefined
  /** Of a share group, as the broker counts them. */
  readonly shareLags: Float64Array | undefined
  /** Of a share group: what lies before was done with, because the lag was 0 when the log ended there. 0: not known. */
  readonly shareDone: Float64Array | undefined
  /** Indexes of `lagStates`. */
  readonly states: Uint8Array
  readonly #seen: Float64Array[]

  constructor(
    group: Wanted,
    isTopicWanted: (topic: string) => boolean,
    columnsOf: (topic: string) => TopicColumns,
    before: GroupColumns | undefined,
  ) {
    const assigned = assignedOf(group)
    const names = topicNamesOf(group, assigned, isTopicWanted)
    const partitionsOf = (name: string) =>
      [...new Set([...(group.commits?.get(name)?.keys() ?? []), ...(assigned.get(name)?.keys() ?? [])])].sort(
        (a, b) => a - b,
      )
    const partitions = names.map(partitionsOf)
    const each = <T>(value: (topic: string, partition: number) => T): T[] =>
      names.flatMap((name, at) => partitions[at]!.map(partition => value(name, partition)))
    this.topics = names.map(columnsOf)
    this.starts = new Int32Array(names.length + 1)
    for (const [at, { length }] of partitions.entries()) this.starts[at + 1] = this.starts[at]! + length
    const flat = Int32Array.from(partitions.flat())
    this.partitions = before !== undefined && isSame(before.partitions, flat) ? before.partitions : flat
    this.#committed = Float64Array.from(each((name, index) => group.commits?.get(name)?.get(index) ?? Number.NaN))
    this.members = assigned.size === 0 ? undefined : each((name, partition) => assigned.get(name)?.get(partition))
    this.shareLags =
      group.type === 'share'
        ? Float64Array.from(each((name, index) => group.shareLags?.get(name)?.get(index) ?? Number.NaN))
        : undefined
    this.states = new Uint8Array(this.partitions.length)
    this.#seen = before === undefined ? [] : before.#seenBy(this)
    this.shareDone = this.shareLags && this.#doneSince(before)
  }

  /** Start offsets that are set back make records undone again. */
  #doneSince(before: GroupColumns | undefined): Float64Array {
    if (before?.shareDone === undefined) return new Float64Array(this.length)
    const { shareDone, committed } = before
    return Float64Array.from(this.#rowsIn(before), (row, at) =>
      row < 0 || committed[row]! > this.committed[at]! ? 0 : shareDone[row]!,
    )
  }

  get length(): number {
    return this.partitions.length
  }

  get committed(): Float64Array {
    return this.#committed
  }

  /** The past as rows of these columns. Topics that were made again under their name have none. */
  #seenBy(next: GroupColumns): Float64Array[] {
    const isLaidOutAlike = next.partitions === this.partitions && isSame(next.starts, this.starts)
    if (isLaidOutAlike && next.topics.every(({ id, name }, at) => isTopic(this.topics[at]!, name, id)))
      return this.#seen
    const from = next.#rowsIn(this)
    const moved = new Map<Float64Array, Float64Array>()
    for (const column of this.#seen) {
      if (!moved.has(column))
        moved.set(
          column,
          Float64Array.from(from, row => (row < 0 ? Number.NaN : column[row]!)),
        )
    }
    return this.#seen.map(column => moved.get(column)!)
  }

  /** Of each row of these its row in `before`; -1: none. */
  #rowsIn(before: GroupColumns): Int32Array {
    const rows = new Int32Array(this.length).fill(-1)
    for (const [at, { id, name }] of this.topics.entries()) {
      const there = before.topics.findIndex(other => isTopic(other, name, id))
      if (there < 0) continue
      const [start, end] = [before.starts[there]!, before.starts[there + 1]!]
      const byPartition = new Map(
        Array.from(before.partitions.subarray(start, end), (partition, index) => [partition, start + index]),
      )
      for (let row = this.starts[at]!; row < this.starts[at + 1]!; row++)
        rows[row] = byPartition.get(this.partitions[row]!) ?? -1
    }
    return rows
  }

  /** A step back must not be lost when an observation is replaced: the higher commit moves to the one before. */
  observe({ slot, slotBefore, isReplacing }: Moment): void {
    const none = () => new Float64Array(this.length).fill(Number.NaN)
    for (let at = 0; at < slotsMax && this.#seen.length < slotsMax; at++) this.#seen.push(this.#seen[0] ?? none())
    const before = slotBefore === undefined ? undefined : this.#seen[slotBefore]!
    if (before !== undefined && isSame(before, this.#committed)) this.#committed = before
    if (isReplacing && before !== undefined)
      this.#seen[slotBefore!] = higherOf(this.#seen[slot]!, this.#committed, before)
    this.#seen[slot] = this.#committed
    this.#keepDone()
  }

  #keepDone(): void {
    for (const [at, { highWatermark }] of (this.shareDone === undefined ? [] : this.topics).entries()) {
      for (let row = this.starts[at]!; row < this.starts[at + 1]!; row++)
        if (this.shareLags![row] === 0) this.shareDone![row] = highWatermark[this.partitions[row]!]! || 0
    }
  }

  seenCommit(slot: number, row: number): number {
    return this.#seen[slot]![row]!
  }
}

/** `before`, with what was replaced where that is beyond what took its place. */
function higherOf(replaced: Float64Array, by: Float64Array, before: Float64Array): Float64Array {
  let higher = before
  for (let row = 0; row < by.length; row++) {
    if (!(replaced[row]! > by[row]!)) continue
    // Others may share the column.
    if (higher === before) higher = before.slice()
    higher[row] = Math.max(replaced[row]!, before[row]! || 0)
  }
  return higher
}

export type Assigned = Map<string, Map<number, Member>>

/** Committed, assigned, or both, in order. */
export const topicNamesOf = (
  { commits }: Wanted,
  assigned: Assigned,
  isTopicWanted: (topic: string) => boolean,
): string[] => [...new Set([...(commits?.keys() ?? []), ...assigned.keys()])].filter(isTopicWanted).sort()

/** Topic to partition to the member that reads it. */
export function assignedOf({ description }: Wanted): Assigned {
  const assigned: Assigned = new Map()
  for (const member of description?.members ?? []) {
    for (const { topic, partition } of member.assigned) {
      if (!assigned.has(topic)) assigned.set(topic, new Map())
      assigned.get(topic)!.set(partition, member)
    }
  }
  return assigned
}

const isTopic = (columns: TopicColumns, name: string, id: string) => columns.name === name && columns.id === id

function isSame(a: Int32Array | Float64Array, b: Int32Array | Float64Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++)
    if (a[at] !== b[at] && !(Number.isNaN(a[at]) && Number.isNaN(b[at]))) return false
  return true
}

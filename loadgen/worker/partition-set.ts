// DATA PLANE: the partitions that one loop reads. They are there from the beginning, or come and go.
import type { Assignment, Positions } from './contract.ts'
import { PartitionPosition } from './partition-position.ts'

export class PartitionSet {
  #all: readonly PartitionPosition[] = []
  #leaders: readonly number[]
  /** Where all of them end, those too that are still to come. */
  #endOffsets: readonly number[] = []
  #turn = 0

  constructor(assignments: readonly Assignment[], leaders: readonly number[]) {
    this.#leaders = leaders
    this.add(assignments)
  }

  add(assignments: readonly Assignment[]): void {
    const added = assignments.map(assignment => {
      const { partition, endOffset = this.#endOffsets[partition] } = assignment
      const ended = endOffset === undefined ? assignment : { ...assignment, endOffset }
      return new PartitionPosition(ended, this.#leaders[partition] ?? -1)
    })
    this.#all = [...this.#all, ...added]
  }

  /** What is on its way for them is passed over. */
  remove(partitions: ReadonlySet<number>): void {
    this.#all = this.#all.filter(({ partition }) => !partitions.has(partition))
  }

  get all(): readonly PartitionPosition[] {
    return this.#all
  }

  /** By partition, what was counted. */
  get positions(): Positions {
    return Object.fromEntries(this.#all.map(position => [position.partition, position.readUpTo]))
  }

  get isDone(): boolean {
    return this.#all.every(position => position.isDone)
  }

  /** Some have nobody to be read from, as far as is known. */
  get isAstray(): boolean {
    return this.#all.some(position => !position.isDone && !position.hasLeader)
  }

  get lag(): number {
    let lag = 0
    for (const position of this.#all) lag += position.lag
    return lag
  }

  get outOfRange(): readonly PartitionPosition[] {
    return this.#all.filter(position => position.isOutOfRange)
  }

  find(partition: number): PartitionPosition | undefined {
    return this.#all.find(position => position.partition === partition)
  }

  markStale(leader: number): void {
    for (const position of this.#all) if (position.leader === leader) position.isStale = true
  }

  ledBy(leaders: readonly number[]): void {
    this.#leaders = leaders
    for (const position of this.#all) {
      position.leader = leaders[position.partition] ?? position.leader
      position.isStale = false
    }
  }

  /** The broker fills an answer in the order asked, up to its size limit: so each partition is first in its turn. */
  askFor(leader: number, partitionMaxBytes: number) {
    const wanted = this.#all.filter(position => position.isReadFrom(leader))
    if (wanted.length === 0) return []
    const first = this.#turn++ % wanted.length
    return [...wanted.slice(first), ...wanted.slice(0, first)].map(position => {
      position.isAnswerOld = false
      return { partition: position.partition, fetchOffset: position.offset, partitionMaxBytes }
    })
  }

  /** Offsets by partition; those of other partitions are passed over. */
  seek(offsets: Positions): void {
    for (const position of this.#all) {
      const offset = offsets[position.partition]
      if (offset !== undefined) position.seekTo(offset)
    }
  }

  readUntil(endOffsets: readonly number[]): void {
    this.#endOffsets = endOffsets
    for (const position of this.#all) position.endOffset = endOffsets[position.partition] ?? position.endOffset
  }
}

// How far a consumer has read, told to those who ask: its lag, and to all that read in a run which offsets are being read again.
import type { Assignment } from './contract.ts'
import type { PartitionSet } from './partition-set.ts'
import type { ReadPositions } from './read-positions.ts'
import type { WorkerSlots } from './slots.ts'

/** Two streams of a worker add up to what a slot can hold. */
const lagMax = 2 ** 31 - 1

interface ReadProgressDeps {
  readonly slots: WorkerSlots
  readonly readPositions?: ReadPositions
}

export class ReadProgress {
  readonly #partitions: PartitionSet
  readonly #slots: WorkerSlots
  readonly #readPositions: ReadPositions | undefined
  /** As told to the slots, which hold the sum of several. */
  #lag = 0

  constructor(partitions: PartitionSet, { slots, readPositions }: ReadProgressDeps) {
    this.#partitions = partitions
    this.#slots = slots
    this.#readPositions = readPositions
  }

  tellLag(): void {
    const lag = Math.min(this.#partitions.lag, lagMax)
    this.#slots.shift('lag', lag - this.#lag)
    this.#lag = lag
  }

  tellStarts(assignments: readonly Assignment[]): void {
    for (const { partition, startOffset } of assignments) {
      this.#readPositions?.moveTo(partition, startOffset)
      this.#readPositions?.claim(partition, startOffset)
    }
  }

  tellPositions(): void {
    if (this.#readPositions === undefined) return
    for (const { partition, readUpTo } of this.#partitions.all) this.#readPositions.moveTo(partition, readUpTo)
  }
}

// How far a consumer that handles records has got in each of its partitions: fetched, handled, committed. What is handled and not
// committed is read again when its transaction is aborted.
import type { ReadPart, ReadRecord } from './log-reader.ts'

interface Position {
  /** Where the next fetch begins. */
  fetched: number
  handled: number
  committed: number
  readonly waiting: ReadRecord[]
}

export class ProcessPositions {
  readonly #partitions = new Map<number, Position>()

  get partitions(): ReadonlySet<number> {
    return new Set(this.#partitions.keys())
  }

  add(partition: number, offset: number): void {
    this.#partitions.set(partition, { fetched: offset, handled: offset, committed: offset, waiting: [] })
  }

  remove(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#partitions.delete(partition)
  }

  /** Partitions of which nothing waits, and where to go on. */
  get toFetch(): Map<number, number> {
    const idle = [...this.#partitions].filter(([, { waiting }]) => waiting.length === 0)
    return new Map(idle.map(([partition, { fetched }]) => [partition, fetched]))
  }

  /** What was fetched from an offset at which the partition does not stand any more is not wanted. */
  take({ partition, records, nextOffset }: ReadPart, fetchedAt: number): boolean {
    const position = this.#partitions.get(partition)
    if (position === undefined || position.fetched !== fetchedAt) return false
    position.fetched = nextOffset
    position.waiting.push(...records.filter(({ isAborted }) => !isAborted))
    this.#settle(position)
    return true
  }

  get hasWaiting(): boolean {
    return [...this.#partitions.values()].some(({ waiting }) => waiting.length > 0)
  }

  /** The next records, partition after partition. */
  poll(max: number): ReadRecord[] {
    const polled: ReadRecord[] = []
    for (const position of this.#partitions.values()) {
      if (polled.length >= max) break
      polled.push(...position.waiting.splice(0, max - polled.length))
    }
    return polled
  }

  handled(records: readonly ReadRecord[]): void {
    for (const { partition, offset } of records) {
      const position = this.#partitions.get(partition)
      if (position !== undefined) position.handled = offset + 1
    }
    for (const position of this.#partitions.values()) this.#settle(position)
  }

  /** Behind the last record lie markers, or records that nobody is to see. */
  #settle(position: Position): void {
    if (position.waiting.length === 0) position.handled = Math.max(position.handled, position.fetched)
  }

  /** Next offset to read of what is handled and not committed. */
  get toCommit(): Map<number, number> {
    const ahead = [...this.#partitions].filter(([, { handled, committed }]) => handled > committed)
    return new Map(ahead.map(([partition, { handled }]) => [partition, handled]))
  }

  committed(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      const position = this.#partitions.get(partition)
      if (position !== undefined) position.committed = offset
    }
  }

  /** Back to what is committed. */
  rewind(): void {
    for (const position of this.#partitions.values()) {
      position.fetched = position.handled = position.committed
      position.waiting.length = 0
    }
  }

  get handledOffsets(): Record<number, number> {
    return Object.fromEntries([...this.#partitions].map(([partition, { handled }]) => [partition, handled]))
  }

  get committedOffsets(): Record<number, number> {
    return Object.fromEntries([...this.#partitions].map(([partition, { committed }]) => [partition, committed]))
  }
}

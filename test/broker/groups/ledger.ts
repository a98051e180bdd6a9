// The truth that simulated members are held to: who owns a partition, and what the last commit of it was.
import { expect } from 'vitest'

export class Ledger {
  readonly #owners = new Map<number, string>()
  readonly #committed = new Map<number, number>()
  commits = 0
  refusals = 0

  get owned(): number {
    return this.#owners.size
  }

  ownerOf(partition: number): string | undefined {
    return this.#owners.get(partition)
  }

  /** `fetched` is what the coordinator says was committed last. */
  take(owner: string, partition: number, fetched: number): void {
    expect([partition, this.#owners.get(partition) ?? owner]).toEqual([partition, owner])
    this.#owners.set(partition, owner)
    expect([partition, fetched]).toEqual([partition, this.committedOf(partition)])
  }

  release(owner: string, partition: number): void {
    if (this.#owners.get(partition) === owner) this.#owners.delete(partition)
  }

  /** The coordinator took the commit: nobody else may own the partition, and no commit may have come in between. */
  accepted(owner: string, partition: number, offset: number): void {
    expect([partition, this.#owners.get(partition) ?? owner]).toEqual([partition, owner])
    expect([partition, offset]).toEqual([partition, this.committedOf(partition) + 1])
    this.#committed.set(partition, offset)
    // One that had stalled knows by this that it still owns it.
    this.#owners.set(partition, owner)
    this.commits++
  }

  committedOf(partition: number): number {
    return this.#committed.get(partition) ?? -1
  }
}

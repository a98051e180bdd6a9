// A worker's partitions, read in two streams side by side: while the answer of one is checked and decoded, the broker fills
// the connection of the other. With one stream either the broker or the reader waits, most of the time.
import { shareOut } from '../assignments.ts'
import { ConsumeLoop, type ConsumeLoopDeps, type ConsumeLoopSettings } from './consume-loop.ts'
import type { Assignment, Positions } from './contract.ts'
import type { LedgerOutcome } from './ledger.ts'

/** More than two gain nothing: they share one thread, which is busy with two. */
const streamsMax = 2

const emptyShares = () => Array.from({ length: streamsMax }, (): Assignment[] => [])

export class ConsumeStreams {
  readonly #loops: readonly ConsumeLoop[]

  constructor(settings: ConsumeLoopSettings, deps: ConsumeLoopDeps) {
    const shares = settings.isOpenEnded ? emptyShares() : shareOut(settings.assignments, streamsMax)
    this.#loops = shares.map(assignments => new ConsumeLoop({ ...settings, assignments }, deps))
  }

  get positions(): Positions {
    return Object.assign({}, ...this.#loops.map(loop => loop.positions))
  }

  get ledgers(): LedgerOutcome[] {
    return this.#loops.map(loop => loop.ledger)
  }

  get reachedEnd(): boolean {
    return this.#loops.every(loop => loop.reachedEnd)
  }

  async open(): Promise<void> {
    await Promise.all(this.#loops.map(loop => loop.open()))
  }

  /** Ends when both have; a stream that fails stops the other. */
  async run(): Promise<void> {
    const ends = await Promise.allSettled(this.#loops.map(loop => loop.run().finally(() => this.#stopIfFailed(loop))))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  stop(): void {
    for (const loop of this.#loops) loop.stop()
  }

  readUntil(endOffsets: readonly number[]): void {
    for (const loop of this.#loops) loop.readUntil(endOffsets)
  }

  /** To the stream that has the fewest. */
  assign(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) {
      const [least] = [...this.#loops].sort((one, other) => one.size - other.size)
      least!.assign([assignment])
    }
  }

  /** How far they were read. */
  revoke(partitions: ReadonlySet<number>): Positions {
    return Object.assign({}, ...this.#loops.map(loop => loop.revoke(partitions)))
  }

  pause(): void {
    for (const loop of this.#loops) loop.pause()
  }

  resume(): void {
    for (const loop of this.#loops) loop.resume()
  }

  seek(offsets: Positions): void {
    for (const loop of this.#loops) loop.seek(offsets)
  }

  async close(): Promise<void> {
    await Promise.all(this.#loops.map(loop => loop.close()))
  }

  #stopIfFailed(loop: ConsumeLoop): void {
    if (loop.hasFailed) this.stop()
  }
}

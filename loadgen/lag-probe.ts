// What the consumers of a run are behind, seen from outside: end offsets as the brokers tell them, less what has been read by now.
// For times in which consumers hear nothing of the end of the log: they pause, or partitions belong to nobody.
import type { ReadPositions } from './worker/read-positions.ts'

export interface LagProbeSettings {
  /** Those that the run reads. */
  readonly partitions: readonly number[]
  readonly readPositions: Pick<ReadPositions, 'at'>
  /** By partition. */
  readEndOffsets(): Promise<readonly number[]>
}

export class LagProbe {
  readonly #settings: LagProbeSettings
  #ends: readonly number[] | undefined

  constructor(settings: LagProbeSettings) {
    this.#settings = settings
  }

  async look(): Promise<void> {
    this.#ends = await this.#settings.readEndOffsets()
  }

  /** In offsets, over all partitions; undefined: not known yet. */
  get lag(): number | undefined {
    return this.lagAt(partition => this.#settings.readPositions.at(partition))
  }

  lagAt(positionOf: (partition: number) => number): number | undefined {
    const ends = this.#ends
    if (ends === undefined) return undefined
    return this.#settings.partitions.reduce((sum, each) => sum + Math.max(0, (ends[each] ?? 0) - positionOf(each)), 0)
  }

  /** Sum of the end offsets. */
  get appended(): number {
    return this.#settings.partitions.reduce((sum, each) => sum + (this.#ends?.[each] ?? 0), 0)
  }
}

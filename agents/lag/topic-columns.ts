// The partitions of one topic as columns: their ends now, the ends at each observation, and the history that time lags come from. Kept
// once, however many groups read the topic. NaN: not known.
import { EndHistory } from '../evaluate/end-history.ts'
import type { PartitionEnds } from '../evaluate/offset-lag.ts'
import { slotsMax } from './observation-axis.ts'

export class TopicColumns {
  readonly name: string
  /** Of the topic: one that is made again under its name starts without a past. */
  readonly id: string
  readonly size: number
  /** 0 to size - 1. */
  readonly partitions: Int32Array
  readonly logStart: Float64Array
  readonly lastStable: Float64Array
  readonly highWatermark: Float64Array
  /** Wall clock of the ends. */
  endsAtMs = 0
  readonly #seenEnds: Float64Array
  readonly #histories: (EndHistory | undefined)[]

  constructor(name: string, id: string, size: number, before?: TopicColumns) {
    this.name = name
    this.id = id
    this.size = size
    this.partitions = Int32Array.from({ length: size }, (_, partition) => partition)
    this.logStart = new Float64Array(size).fill(Number.NaN)
    this.lastStable = new Float64Array(size).fill(Number.NaN)
    this.highWatermark = new Float64Array(size).fill(Number.NaN)
    this.#seenEnds = new Float64Array(size * slotsMax).fill(Number.NaN)
    this.#histories = Array.from({ length: size })
    if (before !== undefined && before.id === id) this.#takeOver(before)
  }

  /** Partitions were added. */
  #takeOver(before: TopicColumns): void {
    for (let slot = 0; slot < slotsMax; slot++) {
      const seen = before.#seenEnds.subarray(slot * before.size, (slot + 1) * before.size)
      this.#seenEnds.set(seen.subarray(0, this.size), slot * this.size)
    }
    before.#histories.slice(0, this.size).forEach((history, partition) => {
      this.#histories[partition] = history
    })
  }

  /** What was not answered is not known now, and keeps its past. */
  saw(ends: ReadonlyMap<number, PartitionEnds> | undefined, slot: number, heardAtMs: number, askedAtMs: number): void {
    this.endsAtMs = heardAtMs
    for (let partition = 0; partition < this.size; partition++) {
      const { logStart, lastStable, highWatermark } = ends?.get(partition) ?? notKnown
      this.logStart[partition] = logStart
      this.lastStable[partition] = lastStable
      this.highWatermark[partition] = highWatermark
      this.#seenEnds[slot * this.size + partition] = highWatermark
      if (Number.isNaN(highWatermark)) continue
      const history = this.#histories[partition] ?? new EndHistory()
      history.saw(highWatermark, heardAtMs, askedAtMs)
      this.#histories[partition] = history
    }
  }

  seenEnd(slot: number, partition: number): number {
    return this.#seenEnds[slot * this.size + partition]!
  }

  history(partition: number): EndHistory | undefined {
    return this.#histories[partition]
  }
}

const notKnown: PartitionEnds = { logStart: Number.NaN, lastStable: Number.NaN, highWatermark: Number.NaN }

// DATA PLANE: one copy a byte on append, none on read; a handful of number stores per batch.
//
// A stretch of a partition's log: batches one behind the other in one block of memory, so that a read is a view of it, whole
// batches without a copy. It is also what retention drops at once, as Kafka drops segments.
import { at } from '../wire/record-batch/constants.ts'

export interface LogRead {
  /** Whole batches, in place: a view. */
  readonly bytes: Buffer
  /** The offset behind the last of them. */
  readonly endOffset: number
}

const nothing = Buffer.alloc(0)

export class LogChunk {
  readonly baseOffset: number
  readonly createdMs: number
  readonly buffer: Buffer
  usedBytes = 0
  nextOffset: number
  maxTimestampMs = Number.NEGATIVE_INFINITY
  /** Position and base offset of each batch, ascending. */
  readonly #positions: number[] = []
  readonly #offsets: number[] = []

  constructor(baseOffset: number, capacityBytes: number, createdMs: number) {
    this.baseOffset = baseOffset
    this.nextOffset = baseOffset
    this.createdMs = createdMs
    this.buffer = Buffer.allocUnsafeSlow(capacityBytes)
  }

  get freeBytes(): number {
    return this.buffer.length - this.usedBytes
  }

  get batches(): number {
    return this.#positions.length
  }

  /** Copies the batch in and sets its offset and leader epoch, which the checksum does not cover. */
  append(batch: Buffer, baseOffset: number, leaderEpoch: number, lastOffset: number, maxTimestampMs: number): void {
    const position = this.usedBytes
    this.buffer.set(batch, position)
    this.buffer.writeInt32BE(Math.floor(baseOffset / 0x1_0000_0000), position + at.baseOffset)
    this.buffer.writeUInt32BE(baseOffset >>> 0, position + at.baseOffset + 4)
    this.buffer.writeInt32BE(leaderEpoch, position + at.partitionLeaderEpoch)
    this.#positions.push(position)
    this.#offsets.push(baseOffset)
    this.usedBytes = position + batch.length
    this.nextOffset = lastOffset + 1
    if (maxTimestampMs > this.maxTimestampMs) this.maxTimestampMs = maxTimestampMs
  }

  /** From the batch that holds `offset` on: whole batches below `endOffset` that `bytesMax` has room for. */
  read(offset: number, endOffset: number, bytesMax: number, atLeastOne: boolean): LogRead {
    const first = this.#indexOf(offset)
    const end = this.#indexFrom(endOffset)
    if (end <= first) return { bytes: nothing, endOffset: offset }
    const from = this.#positions[first]!
    let last = this.#lastStartingUpTo(from + bytesMax, end)
    if (last <= first && atLeastOne) last = first + 1
    if (last <= first) return { bytes: nothing, endOffset: offset }
    return {
      bytes: this.buffer.subarray(from, this.#positionOf(last)),
      endOffset: this.#offsets[last] ?? this.nextOffset,
    }
  }

  /** What `read` without a limit would give. */
  bytesBetween(offset: number, endOffset: number): number {
    return Math.max(0, this.#positionOf(this.#indexFrom(endOffset)) - this.#positionOf(this.#indexOf(offset)))
  }

  /** Each batch as a view, oldest first, from the one that holds `offset` on. */
  *batchesFrom(offset: number): Generator<Buffer, void, undefined> {
    for (let index = this.#indexOf(offset); index < this.#positions.length; index++) {
      yield this.buffer.subarray(this.#positions[index]!, this.#positionOf(index + 1))
    }
  }

  /** Index of the batch that holds `offset`, or of the first. */
  #indexOf(offset: number): number {
    return Math.max(0, lowerBound(this.#offsets, offset + 1) - 1)
  }

  /** Index of the first batch that begins at or after `offset`. */
  #indexFrom(offset: number): number {
    return offset >= this.nextOffset ? this.#offsets.length : lowerBound(this.#offsets, offset)
  }

  /** Index of the first batch that does not end by `position`, at most `limit`. */
  #lastStartingUpTo(position: number, limit: number): number {
    if (position >= this.#positionOf(limit)) return limit
    return Math.min(limit, lowerBound(this.#positions, position + 1) - 1)
  }

  #positionOf(index: number): number {
    return this.#positions[index] ?? this.usedBytes
  }
}

/** Index of the first element that is at least `value`. */
export function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

// DATA PLANE: where a consumer stands in one partition, and what the last answer brought for it.
import { isMillraceError, MillraceError } from '../../core/errors.ts'
import { BatchHeader } from '../../wire/record-batch/scan.ts'
import type { Assignment } from './contract.ts'

interface PartitionAnswer {
  readonly records: Buffer
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly abortedTransactions: readonly { readonly producerId: number; readonly firstOffset: number }[] | null
}

const nothing = Buffer.alloc(0)
const header = new BatchHeader()

export class PartitionPosition {
  readonly partition: number
  leader: number
  /** Next offset to fetch. */
  offset: number
  endOffset: number
  /** The leader has refused or failed: to be looked up again before the next fetch. */
  isStale = false
  /** Its end is not that of the log: the run has all the records that it wants. */
  isCut = false
  /** The log does not hold this offset (any more). */
  isOutOfRange = false
  /** A fetch that is under way asks for another offset than this one: what it brings is not wanted. */
  isAnswerOld = true
  /** Nobody has answered for it yet. */
  isAwaited = true
  /** Records before this offset have been read before (read-positions.ts). */
  newFrom = 0
  /** What was fetched and is still to be read: complete batches only, from this offset on. */
  records: Buffer = nothing
  readFrom = 0
  /** KIP-98: producers whose records are to be passed over, from these offsets on (read_committed). */
  aborted: { readonly producerId: number; readonly firstOffset: number }[] = []
  /** End of the log, as the last answer told it; -1: not heard of. */
  #highWatermark = -1
  #startOffset: number

  constructor({ partition, startOffset, endOffset }: Assignment, leader: number) {
    this.partition = partition
    this.leader = leader
    this.offset = startOffset
    this.endOffset = endOffset ?? Number.POSITIVE_INFINITY
    this.#startOffset = startOffset
  }

  get isDone(): boolean {
    return this.offset >= this.endOffset
  }

  get hasLeader(): boolean {
    return this.leader >= 0 && !this.isStale
  }

  isReadFrom(leader: number): boolean {
    return this.leader === leader && !this.isStale && !this.isDone
  }

  seekTo(offset: number): void {
    this.offset = offset
    this.#startOffset = Math.min(this.#startOffset, offset)
    this.isAnswerOld = true
  }

  /** Nothing is read from this offset on. */
  cutAt(offset: number): void {
    this.endOffset = offset
    this.isCut = true
  }

  /** What was counted ends here: before the records of the last batch that lie beyond the end. */
  get readUpTo(): number {
    return Math.max(this.#startOffset, Math.min(this.offset, this.endOffset))
  }

  /** Offsets that the log holds beyond what was read, as of the last answer. */
  get lag(): number {
    return Math.max(0, this.#highWatermark - this.readUpTo)
  }

  /** Takes what was fetched at the offset, and moves the offset on to where the next fetch begins. */
  advance({ records, abortedTransactions, highWatermark }: PartitionAnswer): void {
    this.readFrom = this.offset
    this.#highWatermark = highWatermark
    try {
      this.records = this.#hopOver(records)
    } catch (error) {
      throw this.located(error)
    }
    this.aborted =
      abortedTransactions === null ? [] : [...abortedTransactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Hops over the headers to the end of the last complete batch. */
  #hopOver(records: Buffer): Buffer {
    let at = 0
    while (header.read(records, at)) {
      at += header.byteLength
      // A batch from before the offset that was asked for must not lead back.
      this.offset = Math.max(this.offset, header.lastOffset + 1)
      if (this.isDone) break
    }
    return records.subarray(0, at)
  }

  /** The error of a damaged batch, with where to look for it. */
  located(error: unknown): unknown {
    if (!isMillraceError(error)) return error
    const { code, hint, message } = error
    const where = `partition ${this.partition}, fetched at offset ${this.readFrom}`
    return new MillraceError(code, `${where}: ${message}`, { hint, cause: error })
  }

  /** The answer is read; its memory goes back. */
  clear(): void {
    this.records = nothing
  }
}

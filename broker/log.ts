// DATA PLANE: per batch a copy and a few stores; nothing per record.
//
// One partition's log, in memory: chunks of batches as they were received, with the offset and the leader epoch written in.
// Every replica reads the same log, so what is appended is replicated, and the high watermark is the end.
import { isAbortMarker } from '../wire/record-batch/control.ts'
import { decodeBatches } from '../wire/record-batch/decode.ts'
import { type BatchHeader, RecordCursor } from '../wire/record-batch/scan.ts'
import { LogChunk, type LogRead } from './log-chunk.ts'
import { type AbortedTransaction, TransactionIndex } from './log-transactions.ts'
import type { MemoryBudget } from './memory.ts'
import type { ResolvedConfigs } from './topic-configs.ts'

const nothing = Buffer.alloc(0)
const chunkBytesMin = 16 * 1024
const chunkBytesMax = 4 * 1024 * 1024
/** A topic that keeps little is kept in pieces that are small beside it, so that retention can be held closely. */
const chunksInRetention = 8

export interface LogDeps {
  readonly configs: () => ResolvedConfigs
  readonly memory: MemoryBudget
  readonly nowMs: () => number
}

export interface TimedOffset {
  readonly offset: number
  readonly timestampMs: number
  readonly leaderEpoch: number
}

export class PartitionLog {
  readonly transactions = new TransactionIndex()
  readonly #deps: LogDeps
  readonly #chunks: LogChunk[] = []
  readonly #epochs: { readonly epoch: number; readonly startOffset: number }[] = []
  #startOffset = 0
  #endOffset = 0
  #sizeBytes = 0
  #nextChunkBytes = chunkBytesMin

  constructor(deps: LogDeps) {
    this.#deps = deps
  }

  get startOffset(): number {
    return this.#startOffset
  }

  get endOffset(): number {
    return this.#endOffset
  }

  get highWatermark(): number {
    return this.#endOffset
  }

  /** Up to here a read_committed consumer may read. */
  get lastStableOffset(): number {
    return this.transactions.firstOpenOffset ?? this.#endOffset
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Appends one checked batch and returns its base offset; undefined when the memory limit leaves no room for it. */
  append(batch: BatchHeader, leaderEpoch: number): number | undefined {
    const bytes = batch.buffer.subarray(batch.position, batch.position + batch.byteLength)
    const chunk = this.#chunkFor(bytes.length)
    if (chunk === undefined) return undefined
    const baseOffset = this.#endOffset
    const lastOffset = baseOffset + batch.lastOffset - batch.baseOffset
    this.#noteEpoch(leaderEpoch, baseOffset)
    chunk.append(bytes, baseOffset, leaderEpoch, lastOffset, batch.maxTimestampMs)
    this.#sizeBytes += bytes.length
    this.#endOffset = lastOffset + 1
    if (batch.isTransactional) this.#noteTransaction(batch, baseOffset)
    return baseOffset
  }

  /**
   * Whole batches from the one that holds `offset`, below `endOffset`, of one chunk: a reader asks again for more. With
   * `atLeastOne` the first is there however large it is (KIP-74).
   */
  read(offset: number, endOffset: number, bytesMax: number, atLeastOne: boolean): LogRead {
    const chunk = this.#chunks[this.#chunkIndexOf(offset)]
    if (chunk === undefined || offset >= endOffset) return { bytes: nothing, endOffset: offset }
    return chunk.read(offset, endOffset, bytesMax, atLeastOne)
  }

  /** Bytes between two offsets, counted no further than `enough`: what a fetch waits for. */
  bytesBetween(offset: number, endOffset: number, enough: number): number {
    if (offset >= endOffset) return 0
    let total = 0
    for (let index = this.#chunkIndexOf(offset); index < this.#chunks.length && total < enough; index++) {
      const chunk = this.#chunks[index]!
      if (chunk.baseOffset >= endOffset) break
      total += chunk.bytesBetween(Math.max(offset, chunk.baseOffset), endOffset)
    }
    return total
  }

  /** Those with records in [from, end). */
  abortedIn(from: number, end: number): AbortedTransaction[] {
    return this.transactions.abortedIn(from, end)
  }

  // ---- by time ----

  /** The first record at or after this time. */
  offsetAtTime(timestampMs: number): TimedOffset | undefined {
    for (const chunk of this.#chunks) {
      if (chunk.maxTimestampMs < timestampMs) continue
      const found = this.#firstRecord(chunk, record => record.timestampMs >= timestampMs)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The first of the records with the greatest timestamp (KIP-734). */
  offsetOfMaxTimestamp(): TimedOffset | undefined {
    let newest: LogChunk | undefined
    for (const chunk of this.#chunks) {
      if (newest === undefined || chunk.maxTimestampMs > newest.maxTimestampMs) newest = chunk
    }
    if (newest === undefined) return undefined
    const { maxTimestampMs } = newest
    return this.#firstRecord(newest, record => record.timestampMs >= maxTimestampMs)
  }

  #firstRecord(chunk: LogChunk, isWanted: (record: { timestampMs: number }) => boolean): TimedOffset | undefined {
    for (const bytes of chunk.batchesFrom(this.#startOffset)) {
      for (const { records, leaderEpoch } of decodeBatches(bytes, { verifyCrc: false })) {
        const record = records.find(each => each.offset >= this.#startOffset && isWanted(each))
        if (record !== undefined) return { offset: record.offset, timestampMs: record.timestampMs, leaderEpoch }
      }
    }
    return undefined
  }

  // ---- by leader epoch (KIP-101, KIP-279) ----

  /** Where the largest epoch that is not above this one ends; undefined when there is none. */
  endOfEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number } | undefined {
    const next = this.#epochs.findIndex(each => each.epoch > epoch)
    if (next < 0) {
      const last = this.#epochs.at(-1)
      return last && { epoch: last.epoch, endOffset: this.#endOffset }
    }
    const found = this.#epochs[next - 1]
    return found && { epoch: found.epoch, endOffset: this.#epochs[next]!.startOffset }
  }

  epochAt(offset: number): number {
    return this.#epochs.findLast(each => each.startOffset <= offset)?.epoch ?? -1
  }

  #noteEpoch(epoch: number, startOffset: number): void {
    if (this.#epochs.at(-1)?.epoch !== epoch) this.#epochs.push({ epoch, startOffset })
  }

  // ---- what is dropped ----

  /** Drops what the topic's retention does not cover any more; returns the bytes of memory given back. */
  applyRetention(): number {
    const { retentionMs, retentionBytes, isDeleted } = this.#deps.configs()
    if (!isDeleted) return 0
    const oldestMs = this.#deps.nowMs() - retentionMs
    let freed = 0
    for (let oldest = this.#chunks[0]; oldest !== undefined; oldest = this.#chunks[0]) {
      const isTooOld = oldest.maxTimestampMs < oldestMs
      const isTooMuch = this.#chunks.length > 1 && this.#sizeBytes - oldest.usedBytes >= retentionBytes
      if (!isTooOld && !isTooMuch) break
      freed += this.#dropOldest()
    }
    if (freed > 0) this.#moveStart(this.#chunks[0]?.baseOffset ?? this.#endOffset)
    return freed
  }

  /** DeleteRecords (KIP-107): nothing before `offset` can be read any more; whole chunks are given back. */
  deleteBefore(offset: number): void {
    this.#moveStart(offset)
    while (this.#chunks[0] !== undefined && this.#chunks[0].nextOffset <= this.#startOffset) this.#dropOldest()
  }

  /** Gives all memory back: the topic is gone. */
  drop(): void {
    while (this.#chunks.length > 0) this.#dropOldest()
    this.#moveStart(this.#endOffset)
  }

  #dropOldest(): number {
    const chunk = this.#chunks.shift()!
    this.#sizeBytes -= chunk.usedBytes
    this.#deps.memory.give(chunk.buffer.length)
    return chunk.buffer.length
  }

  #moveStart(offset: number): void {
    this.#startOffset = Math.max(this.#startOffset, offset)
    this.transactions.forgetBefore(this.#startOffset)
  }

  // ---- chunks ----

  #chunkFor(byteLength: number): LogChunk | undefined {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.freeBytes >= byteLength && !this.#isTimeToRoll(last)) return last
    this.applyRetention()
    const capacity = this.#takeMemory(byteLength)
    if (capacity === undefined) return undefined
    this.#nextChunkBytes = Math.min(this.#nextChunkBytes * 2, chunkBytesMax)
    const chunk = new LogChunk(this.#endOffset, capacity, this.#deps.nowMs())
    this.#chunks.push(chunk)
    return chunk
  }

  /** For a chunk that will hold more than this batch; near the limit, for one that holds just this batch. */
  #takeMemory(byteLength: number): number | undefined {
    const capacity = Math.max(byteLength, Math.min(this.#nextChunkBytes, this.#chunkBytesMax()))
    const { memory } = this.#deps
    if (memory.take(capacity)) return capacity
    return memory.take(byteLength) ? byteLength : undefined
  }

  #isTimeToRoll({ createdMs }: LogChunk): boolean {
    const { segmentMs } = this.#deps.configs()
    return segmentMs !== Number.POSITIVE_INFINITY && this.#deps.nowMs() - createdMs > segmentMs
  }

  #chunkBytesMax(): number {
    const { segmentBytes, retentionBytes } = this.#deps.configs()
    const fine = Math.max(chunkBytesMin, Math.ceil(retentionBytes / chunksInRetention))
    return Math.min(chunkBytesMax, segmentBytes, fine)
  }

  /** Index of the chunk that holds `offset`, or of the first. */
  #chunkIndexOf(offset: number): number {
    let index = this.#chunks.length - 1
    // From the end: consumers are mostly there, and there are few chunks.
    while (index > 0 && this.#chunks[index]!.baseOffset > offset) index--
    return index
  }

  #noteTransaction(batch: BatchHeader, baseOffset: number): void {
    if (!batch.isControl) return this.transactions.noteData(batch.producerId, baseOffset)
    const records = batch.records()
    const cursor = new RecordCursor()
    cursor.start(records, 1)
    if (!cursor.next()) return
    const kind = isAbortMarker(records, cursor.keyAt) ? 'abort' : 'commit'
    this.transactions.noteMarker(batch.producerId, baseOffset, kind)
  }
}

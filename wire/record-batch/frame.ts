// DATA PLANE: reserving a record costs 5 ns with fixed sizes, nothing in a run of one moment, 25 ns otherwise; no allocation.
//
// Puts record frames into a batch of a slab and says where key and value go; the caller writes those in place. Two ways:
// with one key size and one value size every batch has the same frame, written once when the memory is laid out, and only
// keys, values and timestamp deltas are patched; otherwise each record is framed as it comes. Record layout (KIP-98):
//   length varint | attributes int8 | timestampDelta varint | offsetDelta varint | keyLength varint | key
//   | valueLength varint | value | headers count varint | headers

import { headerBytes } from './constants.ts'
import { batchIndexOf, type Slab } from './slab.ts'

/** A batch being filled. Positions are offsets in the slab. */
export interface BatchSpace {
  readonly base: number
  /** Records reserved so far, and the end of the last one relative to `base`. */
  count: number
  end: number
  baseTimestampMs: number
  maxTimestampMs: number
}

export interface RecordFramer {
  /** Where the record that was reserved last wants its key (when it has one) and its value. */
  keyAt: number
  valueAt: number
  /** False when the batch has no room for it. A key size of -1 is a null key, a value size of -1 a null value. */
  reserve(batch: BatchSpace, keyBytes: number, valueBytes: number, timestampMs: number): boolean
}

export function clearBatch(batch: BatchSpace): void {
  batch.count = 0
  batch.end = headerBytes
  batch.baseTimestampMs = 0
  batch.maxTimestampMs = 0
}

export interface HeaderField {
  readonly name: string
  readonly value: string | Buffer
}

export function encodeHeaders(headers: readonly HeaderField[]): Buffer {
  const sized = (content: string | Buffer) => {
    const bytes = Buffer.from(content as string)
    return Buffer.concat([varint(bytes.length), bytes])
  }
  return Buffer.concat([varint(headers.length), ...headers.flatMap(({ name, value }) => [sized(name), sized(value)])])
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(5)
  return bytes.subarray(0, writeVarint(new DataView(bytes.buffer, bytes.byteOffset), 0, value))
}

/** Zigzag varint; returns the position after it. */
export function writeVarint(view: DataView, position: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let at = position
  while (rest > 0x7f) {
    view.setUint8(at++, (rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  view.setUint8(at++, rest)
  return at
}

export function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5
}

function bodyBytes(
  deltaBytes: number,
  offsetDelta: number,
  keyBytes: number,
  valueBytes: number,
  headerFieldsBytes: number,
): number {
  const keyPart = varintBytes(keyBytes) + Math.max(keyBytes, 0)
  const valuePart = varintBytes(valueBytes) + Math.max(valueBytes, 0)
  return 1 + deltaBytes + varintBytes(offsetDelta) + keyPart + valuePart + headerFieldsBytes
}

/** Bytes of a batch that holds one record, to check a record size against limits. */
export function singleRecordBatchBytes(keyBytes: number, valueBytes: number, headers: Buffer): number {
  const body = bodyBytes(1, 0, keyBytes, valueBytes, headers.length)
  return headerBytes + varintBytes(body) + body
}

/** Largest timestamp delta that a one-byte varint holds. */
const deltaMsMax = 63

/** For records of one size: all frames are written at once, here; `reserve` only patches the timestamp delta. */
export class FixedFramer implements RecordFramer {
  keyAt = 0
  valueAt = 0
  readonly #slab: Slab
  readonly #view: DataView
  /** By batch: from this slot on all timestamp deltas are 0 in memory. */
  readonly #zeroFrom: Int32Array
  readonly #deltaAt: Int32Array
  readonly #keyAt: Int32Array
  readonly #valueAt: Int32Array
  readonly #end: Int32Array
  readonly #capacity: number

  constructor(slab: Slab, bases: readonly number[], keyBytes: number, valueBytes: number, headers: Buffer) {
    this.#slab = slab
    this.#view = slab.view
    this.#zeroFrom = new Int32Array(slab.batches)
    const countMax = Math.ceil(slab.batchBytes / Math.max(1, bodyBytes(1, 0, keyBytes, valueBytes, headers.length)))
    this.#deltaAt = new Int32Array(countMax)
    this.#keyAt = new Int32Array(countMax)
    this.#valueAt = new Int32Array(countMax)
    this.#end = new Int32Array(countMax)
    this.#capacity = this.#layOut(slab.batchBytes, keyBytes, valueBytes, headers.length)
    for (const base of bases) this.#writeFrames(slab, base, keyBytes, valueBytes, headers)
  }

  reserve(batch: BatchSpace, _keyBytes: number, _valueBytes: number, timestampMs: number): boolean {
    const index = batch.count
    if (index === this.#capacity) return false
    if (index === 0) batch.baseTimestampMs = timestampMs
    const deltaMs = timestampMs - batch.baseTimestampMs
    if (deltaMs > deltaMsMax || deltaMs < 0) return false
    this.#view.setUint8(batch.base + this.#deltaAt[index]!, deltaMs << 1)
    if (deltaMs !== 0) this.#noteDeltas(batch, index + 1)
    this.keyAt = batch.base + this.#keyAt[index]!
    this.valueAt = batch.base + this.#valueAt[index]!
    batch.count = index + 1
    batch.end = this.#end[index]!
    if (timestampMs > batch.maxTimestampMs) batch.maxTimestampMs = timestampMs
    return true
  }

  /** Where the value of each slot lies, relative to the batch. */
  get valueOffsets(): Int32Array {
    return this.#valueAt
  }

  /** Records that a batch holds. */
  get capacity(): number {
    return this.#capacity
  }

  /** Bytes of a batch that is full, its header included. */
  get fullBytes(): number {
    return this.#end[this.#capacity - 1]!
  }

  /** Reserves up to `countMax` records of one moment; how many found room. They take the slots after those before. */
  reserveRun(batch: BatchSpace, countMax: number, timestampMs: number): number {
    const from = batch.count
    if (from === 0) batch.baseTimestampMs = timestampMs
    const deltaMs = timestampMs - batch.baseTimestampMs
    const to = Math.min(from + countMax, this.#capacity)
    if (to === from || deltaMs > deltaMsMax || deltaMs < 0) return 0
    this.#writeDeltas(batch, from, to, deltaMs)
    batch.count = to
    batch.end = this.#end[to - 1]!
    if (timestampMs > batch.maxTimestampMs) batch.maxTimestampMs = timestampMs
    return to - from
  }

  /** A batch is mostly filled within a millisecond: most deltas are 0, and most slots hold that from the time before. */
  #writeDeltas(batch: BatchSpace, from: number, to: number, deltaMs: number): void {
    const index = batchIndexOf(this.#slab, batch.base)
    const zeroFrom = this.#zeroFrom[index]!
    const writeTo = deltaMs === 0 ? Math.min(to, zeroFrom) : to
    for (let slot = from; slot < writeTo; slot++) this.#view.setUint8(batch.base + this.#deltaAt[slot]!, deltaMs << 1)
    if (deltaMs !== 0) this.#noteDeltas(batch, to)
    // Those in front are of this filling, and 0 as well.
    else if (to >= zeroFrom && batch.maxTimestampMs <= batch.baseTimestampMs) this.#zeroFrom[index] = 0
  }

  #noteDeltas(batch: BatchSpace, to: number): void {
    const index = batchIndexOf(this.#slab, batch.base)
    if (this.#zeroFrom[index]! < to) this.#zeroFrom[index] = to
  }

  #layOut(batchBytes: number, keyBytes: number, valueBytes: number, headerFieldsBytes: number): number {
    let at: number = headerBytes
    for (let index = 0; ; index++) {
      const body = bodyBytes(1, index, keyBytes, valueBytes, headerFieldsBytes)
      const end = at + varintBytes(body) + body
      if (end > batchBytes || index === this.#end.length) return index
      this.#deltaAt[index] = at + varintBytes(body) + 1
      this.#keyAt[index] = this.#deltaAt[index]! + 1 + varintBytes(index) + varintBytes(keyBytes)
      this.#valueAt[index] = this.#keyAt[index]! + Math.max(keyBytes, 0) + varintBytes(valueBytes)
      this.#end[index] = end
      at = end
    }
  }

  #writeFrames(slab: Slab, base: number, keyBytes: number, valueBytes: number, headers: Buffer): void {
    for (let index = 0; index < this.#capacity; index++) {
      const from = base + (index === 0 ? headerBytes : this.#end[index - 1]!)
      writeFrame(slab, from, index, 0, keyBytes, valueBytes, headers)
    }
  }
}

/** Writes everything of a record but key and value; returns where the key goes. */
function writeFrame(
  { view, buffer }: Slab,
  from: number,
  offsetDelta: number,
  deltaMs: number,
  keyBytes: number,
  valueBytes: number,
  headers: Buffer,
): number {
  let at = writeVarint(view, from, bodyBytes(varintBytes(deltaMs), offsetDelta, keyBytes, valueBytes, headers.length))
  view.setUint8(at++, 0)
  at = writeVarint(view, at, deltaMs)
  at = writeVarint(view, at, offsetDelta)
  const keyAt = writeVarint(view, at, keyBytes)
  const valueAt = writeVarint(view, keyAt + Math.max(keyBytes, 0), valueBytes)
  buffer.set(headers, valueAt + Math.max(valueBytes, 0))
  return keyAt
}

/** For records of varying size. */
export class GrowingFramer implements RecordFramer {
  keyAt = 0
  valueAt = 0
  readonly #slab: Slab
  readonly #headers: Buffer

  constructor(slab: Slab, headers: Buffer) {
    this.#slab = slab
    this.#headers = headers
  }

  reserve(batch: BatchSpace, keyBytes: number, valueBytes: number, timestampMs: number): boolean {
    if (batch.count === 0) batch.baseTimestampMs = timestampMs
    // Record timestamps may run backwards by a clock step; the delta is signed, so that is no reason to cut the batch.
    const deltaMs = timestampMs - batch.baseTimestampMs
    const body = bodyBytes(varintBytes(deltaMs), batch.count, keyBytes, valueBytes, this.#headers.length)
    const end = batch.end + varintBytes(body) + body
    if (end > this.#slab.batchBytes) return false
    this.keyAt = writeFrame(
      this.#slab,
      batch.base + batch.end,
      batch.count,
      deltaMs,
      keyBytes,
      valueBytes,
      this.#headers,
    )
    this.valueAt = this.keyAt + Math.max(keyBytes, 0) + varintBytes(valueBytes)
    batch.count++
    batch.end = end
    batch.maxTimestampMs = Math.max(batch.maxTimestampMs, timestampMs)
    return true
  }
}

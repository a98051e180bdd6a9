// Full decode of record sets, as they come in a fetch response or lie in a log segment: every batch, every record, every
// header. For consuming at full speed there is the header scan (scan.ts); this is for looking inside.
//
// A broker cuts the last batch of a fetch wherever its byte limit falls, so an incomplete last batch is the normal end.
import { MillraceError } from '../../core/errors.ts'
import { crc32c } from '../checksum.ts'
import type { CodecName } from '../compression.ts'
import { codecById, decompress, inflatedBytesMax } from '../compression.ts'
import type { RecordHeader } from './build.ts'
import { at, attributeBits, crcCoversFrom, headerBytes, logOverheadBytes, magicV2 } from './constants.ts'
import { unknownMagic } from './magic.ts'
import { RecordReader } from './record-reader.ts'

export interface BatchRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface Batch {
  readonly baseOffset: number
  /** Offset of the last record that was ever in the batch: reading goes on after it, compacted or not. */
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly byteLength: number
  readonly codec: CodecName
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly transactional: boolean
  /** Its records are markers (control.ts), not data. */
  readonly control: boolean
  readonly deleteHorizonMs: number | undefined
  /** -1 in these three: not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  /** Keys and values are views into the buffer, or into what was inflated from it. */
  readonly records: readonly BatchRecord[]
}

export interface DecodeOptions {
  /** On by default. */
  readonly verifyCrc?: boolean
  /** Limit on what one batch inflates to. */
  readonly inflatedBytesMax?: number
}

export function* decodeBatches(buffer: Buffer, options: DecodeOptions = {}): Generator<Batch, void, undefined> {
  let start = 0
  while (start + at.crc <= buffer.length) {
    const magic = buffer.readInt8(start + at.magic)
    if (magic !== magicV2) throw unknownMagic(magic, readInt64(buffer, start + at.baseOffset))
    const byteLength = logOverheadBytes + buffer.readInt32BE(start + at.batchLength)
    if (byteLength < headerBytes) throw corruptAt(buffer, start, `claims a length of ${byteLength} bytes`)
    if (start + byteLength > buffer.length) return
    yield decodeBatch(buffer.subarray(start, start + byteLength), options)
    start += byteLength
  }
}

/** One whole batch. */
function decodeBatch(batch: Buffer, options: DecodeOptions): Batch {
  if (options.verifyCrc !== false) checkCrc(batch)
  const attributes = batch.readInt16BE(at.attributes)
  const has = (bit: number) => (attributes & bit) !== 0
  const baseOffset = readInt64(batch, at.baseOffset)
  const baseTimestampMs = readInt64(batch, at.baseTimestamp)
  const header = {
    baseOffset,
    lastOffset: baseOffset + batch.readInt32BE(at.lastOffsetDelta),
    leaderEpoch: batch.readInt32BE(at.partitionLeaderEpoch),
    byteLength: batch.length,
    codec: codecById(attributes & attributeBits.codec).name,
    timestampType: has(attributeBits.timestampType) ? 'LogAppendTime' : 'CreateTime',
    baseTimestampMs,
    maxTimestampMs: readInt64(batch, at.maxTimestamp),
    transactional: has(attributeBits.transactional),
    control: has(attributeBits.control),
    deleteHorizonMs: has(attributeBits.deleteHorizon) ? baseTimestampMs : undefined,
    producerId: readInt64(batch, at.producerId),
    producerEpoch: batch.readInt16BE(at.producerEpoch),
    baseSequence: batch.readInt32BE(at.baseSequence),
  } as const
  return { ...header, records: decodeRecords(batch, header, options.inflatedBytesMax ?? inflatedBytesMax) }
}

type Header = Omit<Batch, 'records'>

function decodeRecords(batch: Buffer, header: Header, sizeMax: number): BatchRecord[] {
  const count = batch.readInt32BE(at.recordsCount)
  if (count < 0) throw corruptAt(batch, 0, `claims ${count} records`)
  // Compaction keeps an empty batch where it must remember a producer's last sequence; nothing is left to inflate.
  if (count === 0) return []

  const cursor = new RecordReader(inflate(batch, header.codec, sizeMax), header.baseOffset)
  const records: BatchRecord[] = []
  for (let index = 0; index < count; index++) records.push(decodeRecord(cursor, header))
  if (cursor.remaining > 0) throw cursor.corrupt(`${cursor.remaining} bytes after the last of ${count} records`)
  return records
}

function inflate(batch: Buffer, codec: CodecName, sizeMax: number): Buffer {
  try {
    return decompress(codec, batch.subarray(at.records), { sizeMax })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw corruptAt(batch, 0, `cannot be unpacked: ${why}`, cause)
  }
}

function decodeRecord(cursor: RecordReader, header: Header): BatchRecord {
  const byteLength = cursor.varint()
  const end = cursor.position + byteLength
  cursor.skip(1) // record attributes: none defined
  const timestampDelta = cursor.varlong()
  const offsetDelta = cursor.varint()
  const key = cursor.nullableBytes()
  const value = cursor.nullableBytes()
  const headerCount = cursor.varint()
  if (headerCount < 0) throw cursor.corrupt(`${headerCount} headers claimed`)
  const headers: RecordHeader[] = []
  while (headers.length < headerCount) headers.push(decodeHeader(cursor))
  if (cursor.position !== end) throw cursor.corrupt(`a record of ${byteLength} bytes that takes another number`)
  return {
    offset: header.baseOffset + offsetDelta,
    timestampMs:
      header.timestampType === 'LogAppendTime' ? header.maxTimestampMs : header.baseTimestampMs + timestampDelta,
    key,
    value,
    headers,
  }
}

function decodeHeader(cursor: RecordReader): RecordHeader {
  const key = cursor.nullableBytes()
  if (key === null) throw cursor.corrupt('a record header without a key')
  return { key: key.toString(), value: cursor.nullableBytes() }
}

function checkCrc(batch: Buffer): void {
  const stored = batch.readUInt32BE(at.crc)
  const computed = crc32c(batch, crcCoversFrom)
  if (stored === computed) return
  throw corruptAt(batch, 0, `has CRC ${stored.toString(16)} written on it, but its bytes give ${computed.toString(16)}`)
}

/** Offsets, times and producer ids stay below 2^53. */
const readInt64 = (buffer: Buffer, position: number) =>
  buffer.readInt32BE(position) * 0x1_0000_0000 + buffer.readUInt32BE(position + 4)

function corruptAt(buffer: Buffer, start: number, what: string, cause?: unknown): MillraceError {
  const offset = readInt64(buffer, start + at.baseOffset)
  return new MillraceError('BATCH_CORRUPT', `the batch at offset ${offset} ${what}`, { cause })
}

// Builds any record batch of magic 2 from its parts: what tests, the embedded broker and control records need. The
// produce loop does not come here: it patches batches that were built once (template.ts).
//
//   Record => length attributes timestampDelta offsetDelta key value [headers]      (KIP-98; all lengths zigzag varints)
import { crc32c } from '../checksum.ts'
import type { CodecName } from '../compression.ts'
import { codecs, compress } from '../compression.ts'
import { Writer } from '../writer.ts'
import { at, attributeBits, crcCoversFrom, headerBytes, logOverheadBytes, magicV2, noProducer } from './constants.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

export interface RecordInput {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly RecordHeader[]
  readonly timestampMs: number
  /** One more than the record before when left out; compaction leaves gaps. */
  readonly offsetDelta?: number
}

export interface BatchInput {
  readonly records: readonly RecordInput[]
  readonly baseOffset?: number
  /** When the last offsets of the batch were compacted away; the last record's otherwise. */
  readonly lastOffsetDelta?: number
  readonly leaderEpoch?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly codec?: CodecName
  readonly level?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /** Makes the timestamp type LogAppendTime: every record then has this time. */
  readonly logAppendTimeMs?: number
  /** KIP-534: when the tombstones of this batch may go. */
  readonly deleteHorizonMs?: number
}

export function buildBatch(input: BatchInput): Buffer {
  const offsetDeltas = assignOffsetDeltas(input.records)
  const firstTimestampMs = input.records[0]?.timestampMs ?? -1
  const baseTimestampMs = input.deleteHorizonMs ?? firstTimestampMs
  const newestMs = input.records.reduce((newest, record) => Math.max(newest, record.timestampMs), -1)

  const body = new Writer()
  input.records.forEach((record, index) => {
    writeRecord(body, record, record.timestampMs - baseTimestampMs, offsetDeltas[index]!)
  })
  const packed = compress(input.codec ?? 'none', body.buffer(), input.level === undefined ? {} : { level: input.level })

  const writer = new Writer()
  writer.int64(input.baseOffset ?? 0)
  writer.int32(headerBytes - logOverheadBytes + packed.length)
  writer.int32(input.leaderEpoch ?? -1)
  writer.int8(magicV2)
  writer.uint32(0) // the CRC, below
  writer.int16(attributesOf(input))
  writer.int32(input.lastOffsetDelta ?? offsetDeltas.at(-1) ?? 0)
  writer.int64(baseTimestampMs)
  writer.int64(input.logAppendTimeMs ?? newestMs)
  writer.int64(input.producerId ?? noProducer)
  writer.int16(input.producerEpoch ?? noProducer)
  writer.int32(input.baseSequence ?? noProducer)
  writer.int32(input.records.length)
  writer.bytes(packed)

  const batch = writer.buffer()
  batch.writeUInt32BE(crc32c(batch, crcCoversFrom), at.crc)
  return batch
}

function attributesOf(input: BatchInput): number {
  let attributes: number = codecs[input.codec ?? 'none'].id
  if (input.logAppendTimeMs !== undefined) attributes |= attributeBits.timestampType
  if (input.transactional) attributes |= attributeBits.transactional
  if (input.control) attributes |= attributeBits.control
  if (input.deleteHorizonMs !== undefined) attributes |= attributeBits.deleteHorizon
  return attributes
}

function assignOffsetDeltas(records: readonly RecordInput[]): number[] {
  let next = 0
  return records.map(record => {
    const delta = record.offsetDelta ?? next
    next = delta + 1
    return delta
  })
}

function writeRecord(writer: Writer, record: RecordInput, timestampDelta: number, offsetDelta: number): void {
  const body = new Writer()
  body.int8(0) // record attributes: none defined
  writeVarlong(body, timestampDelta)
  writeVarint(body, offsetDelta)
  writeBytes(body, record.key)
  writeBytes(body, record.value)
  const headers = record.headers ?? []
  writeVarint(body, headers.length)
  for (const header of headers) {
    writeBytes(body, Buffer.from(header.key))
    writeBytes(body, header.value)
  }
  writeVarint(writer, body.length)
  writer.bytes(body.buffer())
}

function writeBytes(writer: Writer, bytes: Buffer | null): void {
  writeVarint(writer, bytes === null ? -1 : bytes.length)
  if (bytes !== null) writer.bytes(bytes)
}

/** Zigzag: small numbers of either sign stay short. */
const writeVarint = (writer: Writer, value: number) => writer.uvarint((value << 1) ^ (value >> 31))

/** As writeVarint for 64 bits; arithmetic instead of shifts, which have only 32. */
function writeVarlong(writer: Writer, value: number): void {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest > 0x7f) {
    writer.int8((rest % 0x80) - 0x80) // the low seven bits, with the top bit set
    rest = Math.floor(rest / 0x80)
  }
  writer.int8(rest)
}

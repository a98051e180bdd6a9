// DATA PLANE: once per batch; a checksum that has to be read from the bytes runs at about 8 GB/s.
//
// Finishes a batch in its slab: header fields, compression when asked for, CRC-32C. The result is what a produce request
// carries. Uncompressed, it is a view of the slab and must stay untouched until the broker has answered.
import type { Piece } from '../../core/crc-algebra.ts'
import { castagnoli, crc32c } from '../checksum.ts'
import { type CodecName, codecs, compress } from '../compression.ts'
import { at, attributeBits, crcCoversFrom, headerBytes, logOverheadBytes, magicV2, noProducer } from './constants.ts'
import type { BatchSpace } from './frame.ts'
import type { Slab } from './slab.ts'

export interface SealSettings {
  readonly compression: CodecName
  /** noProducer (-1) when the producer is not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  /** Its records count when their transaction commits (KIP-98). */
  readonly transactional?: boolean
}

/** `records`: the checksum of the records as they lie in the slab, where it is known. */
export function sealBatch(
  slab: Slab,
  batch: BatchSpace,
  baseSequence: number,
  settings: SealSettings,
  records?: Piece,
): Buffer {
  writeHeader(slab.view, batch, baseSequence, settings)
  const whole = slab.buffer.subarray(batch.base, batch.base + batch.end)
  const sealed = settings.compression === 'none' ? whole : compressed(whole, settings.compression)
  const crc =
    records === undefined || sealed !== whole
      ? crc32c(sealed, crcCoversFrom)
      : castagnoli.combine(crc32c(whole, crcCoversFrom, headerBytes), records)
  sealed.writeUInt32BE(crc, at.crc)
  return sealed
}

function writeHeader(view: DataView, batch: BatchSpace, baseSequence: number, settings: SealSettings): void {
  const { base } = batch
  setInt64(view, base + at.baseOffset, 0)
  view.setInt32(base + at.batchLength, batch.end - logOverheadBytes)
  view.setInt32(base + at.partitionLeaderEpoch, -1)
  view.setInt8(base + at.magic, magicV2)
  view.setInt16(base + at.attributes, attributesOf(settings))
  view.setInt32(base + at.lastOffsetDelta, batch.count - 1)
  setInt64(view, base + at.baseTimestamp, batch.baseTimestampMs)
  setInt64(view, base + at.maxTimestamp, batch.maxTimestampMs)
  setInt64(view, base + at.producerId, settings.producerId)
  view.setInt16(base + at.producerEpoch, settings.producerEpoch)
  view.setInt32(base + at.baseSequence, settings.producerId === noProducer ? noProducer : baseSequence)
  view.setInt32(base + at.recordsCount, batch.count)
}

const attributesOf = ({ compression, transactional = false }: SealSettings): number =>
  codecs[compression].id | (transactional ? attributeBits.transactional : 0)

function compressed(whole: Buffer, codec: CodecName): Buffer {
  const records = compress(codec, whole.subarray(headerBytes))
  const sealed = Buffer.allocUnsafeSlow(headerBytes + records.length)
  whole.copy(sealed, 0, 0, headerBytes)
  records.copy(sealed, headerBytes)
  sealed.writeInt32BE(sealed.length - logOverheadBytes, at.batchLength)
  return sealed
}

function setInt64(view: DataView, position: number, value: number): void {
  view.setInt32(position, Math.floor(value / 0x1_0000_0000))
  view.setUint32(position + 4, value >>> 0)
}

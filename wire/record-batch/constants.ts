// Layout of a record batch, magic 2 (KIP-98): where each field of the 61-byte header lies, and the attribute bits.
// Everything that touches batch bytes in place (template, scan, decode, build) reads positions from here.

/** Byte offsets within one batch. */
export const at = {
  baseOffset: 0, // int64
  batchLength: 8, // int32: bytes that follow this field
  partitionLeaderEpoch: 12, // int32, written by the broker, outside the CRC
  magic: 16, // int8
  crc: 17, // uint32: CRC-32C of everything from `attributes` to the end
  attributes: 21, // int16
  lastOffsetDelta: 23, // int32
  baseTimestamp: 27, // int64
  maxTimestamp: 35, // int64
  producerId: 43, // int64
  producerEpoch: 51, // int16
  baseSequence: 53, // int32
  recordsCount: 57, // int32
  records: 61,
} as const

/** A batch without records. */
export const headerBytes = at.records

/** baseOffset and batchLength: what comes before the bytes that batchLength counts. The same in every magic. */
export const logOverheadBytes = at.partitionLeaderEpoch

/** The CRC covers the batch from here to its end, so the broker may set offset and leader epoch without a new CRC. */
export const crcCoversFrom = at.attributes

export const magicV2 = 2

/** Bits of `attributes`. */
export const attributeBits = {
  codec: 0x07,
  /** Set: LogAppendTime, maxTimestamp holds for every record. Clear: CreateTime. */
  timestampType: 0x08,
  transactional: 0x10,
  control: 0x20,
  /** KIP-534: baseTimestamp is when the tombstones of this batch may be deleted. */
  deleteHorizon: 0x40,
} as const

/** Value of producerId, producerEpoch and baseSequence for a producer that is not idempotent. */
export const noProducer = -1

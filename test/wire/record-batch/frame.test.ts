// Shows that batches built in place hold exactly the records that were put in: for every combination of sizes, at the sizes
// where a varint grows by a byte, for batches that are filled partly, used again for fewer records, or full to the brim.
// Method: both framers fill batches of a slab, which are sealed and read back by the two readers (decode.ts, scan.ts).
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headerBytes } from '../../../wire/record-batch/constants.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import {
  type BatchSpace,
  clearBatch,
  encodeHeaders,
  FixedFramer,
  GrowingFramer,
  type HeaderField,
  type RecordFramer,
  singleRecordBatchBytes,
  varintBytes,
  writeVarint,
} from '../../../wire/record-batch/frame.ts'
import { BatchHeader, RecordCursor } from '../../../wire/record-batch/scan.ts'
import { sealBatch } from '../../../wire/record-batch/seal.ts'
import { batchBaseOf, makeSlab, type Slab } from '../../../wire/record-batch/slab.ts'

interface RecordSpec {
  /** -1: null. */
  readonly keyBytes: number
  readonly valueBytes: number
  readonly timestampMs: number
}

const plain = { compression: 'none', producerId: -1, producerEpoch: -1 } as const
const startMs = 1_767_323_045_678

function spaceOf(slab: Slab, index: number): BatchSpace {
  const space = { base: batchBaseOf(slab, index), count: 0, end: 0, baseTimestampMs: 0, maxTimestampMs: 0 }
  clearBatch(space)
  return space
}

/** Content that differs from record to record and from byte to byte. */
const contentOf = (bytes: number, salt: number) =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + salt * 17) & 0xff))

/** Puts in as many of the records as fit; the number of those. */
function fill(
  framer: RecordFramer,
  slab: Slab,
  space: BatchSpace,
  records: readonly RecordSpec[],
  salt: number,
): number {
  for (const [index, { keyBytes, valueBytes, timestampMs }] of records.entries()) {
    if (!framer.reserve(space, keyBytes, valueBytes, timestampMs)) return index
    if (keyBytes > 0) slab.buffer.set(contentOf(keyBytes, salt + index), framer.keyAt)
    slab.buffer.set(contentOf(valueBytes, salt + index + 1), framer.valueAt)
  }
  return records.length
}

function expectHolds(
  slab: Slab,
  space: BatchSpace,
  records: readonly RecordSpec[],
  salt: number,
  headers: readonly HeaderField[] = [],
): void {
  const sealed = sealBatch(slab, space, 0, plain)
  expect(sealed.length).toBe(space.end)
  expect(sealed.length).toBeLessThanOrEqual(slab.batchBytes)
  const [batch, ...more] = [...decodeBatches(sealed)]
  expect(more).toEqual([])
  expect(batch!.maxTimestampMs).toBe(Math.max(...records.map(record => record.timestampMs)))
  expect(batch!.lastOffset).toBe(records.length - 1)
  const expected = records.map(({ keyBytes, valueBytes, timestampMs }, index) => ({
    offset: index,
    timestampMs,
    key: keyBytes < 0 ? null : contentOf(keyBytes, salt + index),
    value: contentOf(valueBytes, salt + index + 1),
    headers: headers.map(({ name, value }) => ({ key: name, value: Buffer.from(value) })),
  }))
  // Buffer.equals by hand first: a deep comparison of thousands of buffers costs seconds.
  const same =
    batch!.records.length === expected.length &&
    batch!.records.every((record, index) => {
      const wanted = expected[index]!
      return (
        record.offset === wanted.offset &&
        record.timestampMs === wanted.timestampMs &&
        (wanted.key === null ? record.key === null : record.key?.equals(wanted.key) === true) &&
        record.value!.equals(wanted.value) &&
        record.headers.length === wanted.headers.length
      )
    })
  if (!same) expect(batch!.records).toEqual(expected)
  expect(batch!.records[0]!.headers).toEqual(expected[0]!.headers)
  expectScans(sealed, expected)
}

function expectScans(sealed: Buffer, expected: readonly { timestampMs: number; key: Buffer | null; value: Buffer }[]) {
  const header = new BatchHeader()
  expect(header.read(sealed, 0)).toBe(true)
  header.verifyCrc()
  const cursor = new RecordCursor()
  cursor.start(header.records(), header.recordsCount)
  for (const [index, { timestampMs, key, value }] of expected.entries()) {
    if (!cursor.next()) throw new Error(`only ${index} records`)
    const foundKey = cursor.keyBytes < 0 ? null : cursor.buffer.subarray(cursor.keyAt, cursor.keyAt + cursor.keyBytes)
    const foundValue = cursor.buffer.subarray(cursor.valueAt, cursor.valueAt + cursor.valueBytes)
    const sameKey = key === null ? foundKey === null : foundKey?.equals(key)
    const sameTime = header.baseTimestampMs + cursor.timestampDeltaMs === timestampMs
    if (!sameKey || !foundValue.equals(value) || !sameTime || cursor.offsetDelta !== index) {
      throw new Error(`record ${index} is another one`)
    }
  }
  expect(cursor.next()).toBe(false)
}

const slabOf = (batchBytes: number, batches = 1) => makeSlab(13, batchBytes, batches)
const fixedFramer = (slab: Slab, keyBytes: number, valueBytes: number, headers: readonly HeaderField[] = []) => {
  const bases = Array.from({ length: slab.batches }, (_, index) => batchBaseOf(slab, index))
  return new FixedFramer(slab, bases, keyBytes, valueBytes, encodeHeaders(headers))
}
const sameRecords = (count: number, keyBytes: number, valueBytes: number): RecordSpec[] =>
  Array.from({ length: count }, (_, index) => ({ keyBytes, valueBytes, timestampMs: startMs + (index % 64) }))

describe('varints', () => {
  it('are as long as announced and are what the protocol calls zigzag', () => {
    const edges = [0, 63, 8191, 1_048_575, 134_217_727].flatMap(edge => [
      edge,
      edge + 1,
      0 - edge,
      -edge - 1,
      -edge - 2,
    ])
    const bytes = Buffer.alloc(8)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    for (const value of [...edges, 2 ** 30, 0x7fff_ffff, -0x8000_0000]) {
      expect(writeVarint(view, 0, value)).toBe(varintBytes(value))
      let zigzag = 0
      for (let index = 0; index < varintBytes(value); index++) zigzag += (bytes[index]! & 0x7f) * 2 ** (7 * index)
      expect(zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2).toBe(value)
    }
  })
})

const headers: HeaderField[] = [
  { name: 'trace', value: 'ä-1' },
  { name: '', value: '' },
  { name: 'long', value: 'x'.repeat(100) },
]

describe('records of one size', () => {
  const sizes = fc.record({
    keyBytes: fc.integer({ min: -1, max: 300 }),
    valueBytes: fc.integer({ min: 0, max: 400 }),
    batchBytes: fc.integer({ min: 512, max: 20_000 }),
    withHeaders: fc.boolean(),
  })

  it('come back from a full batch, a partly filled one, and one that is used again, for any size', () => {
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (size, part) => {
        const { keyBytes, valueBytes, batchBytes } = size
        const used = size.withHeaders ? headers : []
        fc.pre(singleRecordBatchBytes(keyBytes, valueBytes, encodeHeaders(used)) <= batchBytes)
        const slab = slabOf(batchBytes, 2)
        const framer = fixedFramer(slab, keyBytes, valueBytes, used)
        const space = spaceOf(slab, 1)
        const plenty = sameRecords(batchBytes, keyBytes, valueBytes)
        const count = fill(framer, slab, space, plenty, 1)
        expectHolds(slab, space, plenty.slice(0, count), 1, used)

        const fewer = Math.max(1, Math.floor(count * part))
        clearBatch(space)
        fill(framer, slab, space, plenty.slice(0, fewer), 9)
        expectHolds(slab, space, plenty.slice(0, fewer), 9, used)
      }),
      { numRuns: 60 },
    )
  })

  it('fill a batch so far that one more would not fit', () => {
    for (const [keyBytes, valueBytes] of [
      [-1, 100],
      [0, 0],
      [20, 63],
      [-1, 8192],
    ] as const) {
      const batchBytes = 65_536
      const slab = slabOf(batchBytes)
      const space = spaceOf(slab, 0)
      fill(fixedFramer(slab, keyBytes, valueBytes), slab, space, sameRecords(batchBytes, keyBytes, valueBytes), 1)
      const record = (space.end - headerBytes) / space.count
      expect(space.end).toBeLessThanOrEqual(batchBytes)
      expect(space.end + Math.ceil(record) + 2).toBeGreaterThan(batchBytes)
    }
  })

  const lengths = [62, 63, 64, 65, 8190, 8191, 8192, 8193]
  it.each(lengths)('come back with keys and values of %d bytes, where length varints grow', bytes => {
    const slab = slabOf(200_000)
    for (const [keyBytes, valueBytes] of [
      [-1, bytes],
      [bytes, 1],
      [bytes, bytes],
    ] as const) {
      const space = spaceOf(slab, 0)
      const records = sameRecords(10, keyBytes, valueBytes)
      expect(fill(fixedFramer(slab, keyBytes, valueBytes), slab, space, records, 3)).toBe(10)
      expectHolds(slab, space, records, 3)
    }
  })

  const counts = [1, 63, 64, 65, 8191, 8192, 8193, 8200]
  it.each(counts)('come back %d in a batch, where offset varints grow', count => {
    const slab = slabOf(400_000)
    const space = spaceOf(slab, 0)
    const records = sameRecords(count, -1, 20)
    expect(fill(fixedFramer(slab, -1, 20), slab, space, records, 5)).toBe(count)
    expectHolds(slab, space, records, 5)
  })

  it('are refused when none fits', () => {
    const slab = slabOf(256)
    const framer = fixedFramer(slab, -1, 200)
    expect(framer.reserve(spaceOf(slab, 0), -1, 200, startMs)).toBe(false)
  })

  const times = [
    { why: 'as long as the delta fits one byte', deltaMs: 63, taken: true },
    { why: 'not a millisecond later: the batch is cut', deltaMs: 64, taken: false },
    { why: 'not before its first record: the batch is cut', deltaMs: -1, taken: false },
  ]
  it.each(times)('are taken $why', ({ deltaMs, taken }) => {
    const slab = slabOf(1_000)
    const framer = fixedFramer(slab, -1, 20)
    const space = spaceOf(slab, 0)
    framer.reserve(space, -1, 20, startMs)
    expect(framer.reserve(space, -1, 20, startMs + deltaMs)).toBe(taken)
    expect(space.count).toBe(taken ? 2 : 1)
  })

  it('may run back within the batch: its newest time stays the newest', () => {
    const slab = slabOf(1_000)
    const space = spaceOf(slab, 0)
    const records = [0, 30, 10].map(deltaMs => ({ keyBytes: -1, valueBytes: 20, timestampMs: startMs + deltaMs }))
    fill(fixedFramer(slab, -1, 20), slab, space, records, 1)
    expectHolds(slab, space, records, 1)
  })
})

describe('records of one size and one moment, in runs', () => {
  const run = fc.record({
    count: fc.integer({ min: 1, max: 30 }),
    deltaMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 63 })),
    isOne: fc.boolean(),
  })
  const filling = fc.array(run, { minLength: 1, maxLength: 4 })

  it('have their own time, whatever times the memory held before', () => {
    fc.assert(
      fc.property(fc.array(filling, { minLength: 1, maxLength: 8 }), fillings => {
        const slab = slabOf(2_000, 2)
        const framer = fixedFramer(slab, -1, 20)
        const space = spaceOf(slab, 1)
        for (const [at, runs] of fillings.entries()) {
          clearBatch(space)
          const records: RecordSpec[] = []
          // The first record of a batch has no delta.
          for (const { count, deltaMs, isOne } of [{ count: 1, deltaMs: 0, isOne: at % 2 === 0 }, ...runs]) {
            const timestampMs = startMs + at + deltaMs
            const reserved = isOne
              ? Number(framer.reserve(space, -1, 20, timestampMs))
              : framer.reserveRun(space, count, timestampMs)
            const record = { keyBytes: -1, valueBytes: 20, timestampMs }
            records.push(...Array.from({ length: reserved }, () => record))
          }
          for (let slot = 0; slot < records.length; slot++) {
            slab.buffer.set(contentOf(20, at + slot + 1), space.base + framer.valueOffsets[slot]!)
          }
          expectHolds(slab, space, records, at)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('fill the batch to its end, and no further', () => {
    const slab = slabOf(2_000)
    const framer = fixedFramer(slab, -1, 20)
    const space = spaceOf(slab, 0)
    expect(framer.reserveRun(space, 10, startMs)).toBe(10)
    expect(framer.reserveRun(space, 1_000, startMs)).toBe(framer.capacity - 10)
    expect(framer.reserveRun(space, 1, startMs)).toBe(0)
  })
})

describe('records of varying size', () => {
  const record = fc.record({
    keyBytes: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 100 })),
    valueBytes: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(62, 63, 64, 8191, 8192)),
    // A clock step in either direction is no reason to cut the batch.
    timestampMs: fc.integer({ min: startMs - 5_000_000, max: startMs + 5_000_000 }),
  })

  it('come back as they were put in, from a batch and from its memory used again', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 60 }), fc.boolean(), (records, withHeaders) => {
        const used = withHeaders ? headers : []
        const slab = slabOf(30_000, 2)
        const framer = new GrowingFramer(slab, encodeHeaders(used))
        const space = spaceOf(slab, 1)
        const count = fill(framer, slab, space, records, 1)
        expect(count).toBeGreaterThan(0)
        expectHolds(slab, space, records.slice(0, count), 1, used)
        clearBatch(space)
        const fewer = records.slice(0, Math.ceil(count / 2))
        fill(framer, slab, space, fewer, 4)
        expectHolds(slab, space, fewer, 4, used)
      }),
      { numRuns: 100 },
    )
  })

  it('leave the batch as it was when one does not fit, so that a smaller one still may', () => {
    const slab = slabOf(300)
    const framer = new GrowingFramer(slab, encodeHeaders([]))
    const space = spaceOf(slab, 0)
    const small = { keyBytes: -1, valueBytes: 40, timestampMs: startMs }
    expect(fill(framer, slab, space, [small], 1)).toBe(1)
    expect(framer.reserve(space, -1, 250, startMs + 9)).toBe(false)
    expectHolds(slab, space, [small], 1)
    expect(fill(framer, slab, space, [small], 2)).toBe(1)
    expect(space.count).toBe(2)
  })

  it('fill the batch to its last byte and no further', () => {
    for (let valueBytes = 0; valueBytes < 70; valueBytes++) {
      const need = singleRecordBatchBytes(5, valueBytes, encodeHeaders(headers))
      const exact = slabOf(need)
      const framer = new GrowingFramer(exact, encodeHeaders(headers))
      const space = spaceOf(exact, 0)
      expect(framer.reserve(space, 5, valueBytes, startMs)).toBe(true)
      expect(space.end).toBe(need)
      const short = slabOf(need - 1)
      expect(new GrowingFramer(short, encodeHeaders(headers)).reserve(spaceOf(short, 0), 5, valueBytes, startMs)).toBe(
        false,
      )
    }
  })
})

describe('batches of a slab', () => {
  it('do not touch each other or the payload in front, all of them full', () => {
    const slab = slabOf(1_000, 5)
    slab.buffer.fill(0xee, 0, slab.headroomBytes)
    const framer = fixedFramer(slab, 8, 50)
    const spaces = Array.from({ length: 5 }, (_, index) => spaceOf(slab, index))
    const records = sameRecords(100, 8, 50)
    const counts = spaces.map((space, index) => fill(framer, slab, space, records, 10 * index))
    for (const [index, space] of spaces.entries()) sealBatch(slab, space, index, plain)
    for (const [index, space] of spaces.entries()) {
      expectHolds(slab, space, records.slice(0, counts[index]), 10 * index)
    }
    expect(slab.buffer.subarray(0, slab.headroomBytes)).toEqual(Buffer.alloc(slab.headroomBytes, 0xee))
  })

  it('are aligned to 8 bytes of each other', () => {
    const slab = makeSlab(0, 1_001, 3)
    expect([0, 1, 2].map(index => batchBaseOf(slab, index))).toEqual([0, 1_008, 2_016])
    expect(slab.buffer.length).toBe(3 * 1_008)
  })
})

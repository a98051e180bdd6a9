// Shows that the header scan, which consumers count with, sees what the full decoder sees, and that damage of any kind ends in
// an error or in fewer bytes read, never in other records, an endless walk, or an exception without a code.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { crc32c } from '../../../wire/checksum.ts'
import { codecNames } from '../../../wire/compression.ts'
import { type BatchInput, buildBatch, type RecordInput } from '../../../wire/record-batch/build.ts'
import { at, crcCoversFrom } from '../../../wire/record-batch/constants.ts'
import { buildMarker, isAbortMarker } from '../../../wire/record-batch/control.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { BatchHeader, RecordCursor } from '../../../wire/record-batch/scan.ts'

interface Scanned {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

function* scan(buffer: Buffer, { verifyCrc = true } = {}): Generator<{ header: BatchHeader; records: Scanned[] }> {
  const header = new BatchHeader()
  const cursor = new RecordCursor()
  for (let position = 0; header.read(buffer, position); position += header.byteLength) {
    if (verifyCrc) header.verifyCrc()
    const records: Scanned[] = []
    cursor.start(header.records(), header.recordsCount)
    while (cursor.next()) {
      const piece = (from: number, bytes: number) => (bytes < 0 ? null : cursor.buffer.subarray(from, from + bytes))
      records.push({
        offset: header.baseOffset + cursor.offsetDelta,
        timestampMs: header.baseTimestampMs + cursor.timestampDeltaMs,
        key: piece(cursor.keyAt, cursor.keyBytes),
        value: piece(cursor.valueAt, cursor.valueBytes),
      })
    }
    yield { header, records }
  }
}

const refusal = (read: () => unknown): MillraceError => {
  try {
    read()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const resealed = (batch: Buffer): Buffer => {
  batch.writeUInt32BE(crc32c(batch, crcCoversFrom), at.crc)
  return batch
}

const record = (text: string, more: Partial<RecordInput> = {}): RecordInput => ({
  key: null,
  value: Buffer.from(text),
  timestampMs: 1_000,
  ...more,
})
const batchOf = (...texts: string[]) => buildBatch({ records: texts.map(text => record(text)) })

const bytes = fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array))
const recordInput = fc.record({
  key: fc.option(bytes, { nil: null }),
  value: fc.option(bytes, { nil: null }),
  headers: fc.array(fc.record({ key: fc.string(), value: fc.option(bytes, { nil: null }) }), { maxLength: 2 }),
  timestampMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
})
const batchInput = fc.record({
  records: fc.array(recordInput, { maxLength: 8 }),
  baseOffset: fc.nat(2 ** 40),
  producerId: fc.integer({ min: -1, max: 2 ** 40 }),
  codec: fc.constantFrom(...codecNames),
  transactional: fc.boolean(),
  control: fc.boolean(),
})

describe('scanning', () => {
  it('sees what decoding sees', () => {
    fc.assert(
      fc.property(fc.array(batchInput, { maxLength: 4 }), inputs => {
        const buffer = Buffer.concat(inputs.map(input => buildBatch(input)))
        const scanned: Partial<BatchInput & { lastOffset: number }>[] = []
        for (const { header, records } of scan(buffer)) {
          scanned.push({
            baseOffset: header.baseOffset,
            lastOffset: header.lastOffset,
            producerId: header.producerId,
            transactional: header.isTransactional,
            control: header.isControl,
            records: records as unknown as RecordInput[],
          })
        }
        const decoded = [...decodeBatches(buffer)].map(batch => ({
          baseOffset: batch.baseOffset,
          lastOffset: batch.lastOffset,
          producerId: batch.producerId,
          transactional: batch.transactional,
          control: batch.control,
          records: batch.records.map(({ headers: _, ...rest }) => rest),
        }))
        expect(scanned).toEqual(decoded)
      }),
      { numRuns: 60 },
    )
  })

  it('reads the gaps that compaction leaves', () => {
    const records = [3, 64, 8_192].map(offsetDelta => record(`at ${offsetDelta}`, { offsetDelta }))
    const [batch] = scan(buildBatch({ records, baseOffset: 100, lastOffsetDelta: 9_000 }))
    expect(batch!.records.map(({ offset }) => offset)).toEqual([103, 164, 8_292])
    expect(batch!.header.lastOffset).toBe(9_100)
  })

  it.each(codecNames)('reads a batch that compaction has emptied (%s)', codec => {
    const buffer = buildBatch({ records: [], codec, baseOffset: 7, lastOffsetDelta: 4, producerId: 3, baseSequence: 9 })
    const [batch] = scan(buffer)
    expect(batch!.records).toEqual([])
    expect(batch!.header.lastOffset).toBe(11)
  })

  it.each(codecNames)('reads an emptied batch of which only the header was kept (%s)', codec => {
    const header = buildBatch({ records: [], codec, lastOffsetDelta: 4 }).subarray(0, at.records)
    header.writeInt32BE(at.records - 12, at.batchLength)
    expect([...scan(resealed(Buffer.from(header)))].map(({ records }) => records)).toEqual([[]])
  })

  it('tells the broker time from the producer time', () => {
    const [batch] = scan(buildBatch({ records: [record('x')], logAppendTimeMs: 5_000 }))
    expect([batch!.header.isLogAppendTime, batch!.header.maxTimestampMs]).toEqual([true, 5_000])
  })

  it('knows an abort marker from a commit', () => {
    const marker = { producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: 0 }
    for (const kind of ['abort', 'commit'] as const) {
      const header = new BatchHeader()
      header.read(buildMarker({ ...marker, kind }), 0)
      const cursor = new RecordCursor()
      cursor.start(header.records(), header.recordsCount)
      cursor.next()
      expect([header.isControl, isAbortMarker(cursor.buffer, cursor.keyAt)]).toEqual([true, kind === 'abort'])
    }
  })
})

describe('an answer that ends in the middle of a batch', () => {
  it('is read up to the last whole batch, wherever it is cut', () => {
    const first = batchOf('one', 'two')
    const second = batchOf('three')
    const both = Buffer.concat([first, second])
    for (let length = 0; length <= both.length; length++) {
      const whole = [...scan(both.subarray(0, length))].map(({ records }) => records.length)
      expect(whole).toEqual(length === both.length ? [2, 1] : length >= first.length ? [2] : [])
    }
  })
})

describe('damage', () => {
  it('of any byte that the checksum covers is noticed', () => {
    const intact = batchOf('one', 'two')
    for (let position = crcCoversFrom; position < intact.length; position++) {
      const damaged = Buffer.from(intact)
      damaged[position]! ^= 0x10
      const error = refusal(() => [...scan(damaged)])
      expect(error.code).toBe('BATCH_CORRUPT')
    }
  })

  it('of the stored checksum is noticed', () => {
    const damaged = batchOf('one')
    damaged[at.crc]! ^= 1
    expect(refusal(() => [...scan(damaged)]).message).toMatch(/checksum \d+, stored \d+/)
  })

  it('of any kind ends in a code or in an end when checksums are not verified', () => {
    const intact = fc.constantFrom(
      batchOf('one', 'two', 'x'.repeat(200)),
      buildBatch({ records: [record('z')], codec: 'lz4' }),
    )
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(intact, changes, (batch, edits) => {
        const damaged = Buffer.from(batch)
        for (const [position, value] of edits) damaged[position % damaged.length] = value
        try {
          for (const { header, records } of scan(damaged, { verifyCrc: false })) {
            for (const { key, value } of records) {
              // What is told to be a key or a value lies within its batch.
              expect((key?.length ?? 0) + (value?.length ?? 0)).toBeLessThanOrEqual(header.records().length)
            }
          }
        } catch (error) {
          if (!(error instanceof MillraceError)) throw error
          expect(['BATCH_CORRUPT', 'VERSION_UNSUPPORTED']).toContain(error.code)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  const lies: { why: string; change: (batch: Buffer) => void; says: RegExp }[] = [
    {
      why: 'a length shorter than a header',
      change: batch => batch.writeInt32BE(40, at.batchLength),
      says: /length of 52 bytes/,
    },
    { why: 'a negative length', change: batch => batch.writeInt32BE(-1, at.batchLength), says: /length of 11 bytes/ },
    { why: 'fewer than no records', change: batch => batch.writeInt32BE(-1, at.recordsCount), says: /-1 records/ },
    {
      why: 'an end before its beginning',
      change: batch => batch.writeInt32BE(-2, at.lastOffsetDelta),
      says: /up to offset -2/,
    },
    {
      why: 'more records than there are',
      change: batch => batch.writeInt32BE(3, at.recordsCount),
      says: /endless varint/,
    },
    { why: 'an unknown codec', change: batch => batch.writeInt16BE(7, at.attributes), says: /codec 7 is not known/ },
    {
      why: 'compressed bytes that are not',
      change: batch => batch.writeInt16BE(4, at.attributes),
      says: /zstd data does not inflate/,
    },
    {
      why: 'a record longer than its batch',
      change: batch => {
        batch[at.records] = 120
      },
      says: /a record of 60 bytes/,
    },
    {
      why: 'a record of negative length',
      change: batch => {
        batch[at.records] = 3
      },
      says: /a record of -2 bytes/,
    },
    // Positions within the first record: length, attributes, time, offset, key length, value length.
    {
      why: 'a value longer than its record',
      change: batch => {
        batch[at.records + 5] = 40
      },
      says: /leaves its record/,
    },
    {
      why: 'a key that ends behind its record',
      change: batch => {
        batch[at.records + 4] = 10
        batch[at.records + 10] = 1
      },
      says: /leaves its record/,
    },
  ]
  it.each(lies)('$why is refused behind a right checksum', ({ change, says }) => {
    const batch = batchOf('one', 'two')
    change(batch)
    const error = refusal(() => [...scan(resealed(batch))])
    expect(error.code).toBe('BATCH_CORRUPT')
    expect(error.message).toMatch(says)
  })

  it('of the magic is told from the formats of before Kafka 0.11', () => {
    const withMagic = (magic: number) => {
      const batch = batchOf('one')
      batch[at.magic] = magic
      return refusal(() => [...scan(batch)]).code
    }
    expect([withMagic(0), withMagic(1), withMagic(3)]).toEqual([
      'VERSION_UNSUPPORTED',
      'VERSION_UNSUPPORTED',
      'BATCH_CORRUPT',
    ])
  })
})

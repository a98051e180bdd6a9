// Shows that decode gives back what build was given, for every codec and every header field; that damage is noticed and
// named; that an incomplete last batch is the normal end of a fetch; and that the format before Kafka 0.11 is refused.
// Method: properties over generated batches; single bytes changed by hand; the layout itself is checked on golden batches
// of real Kafka (golden.test.ts), since a round trip alone would hide a mistake made twice.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { crc32c } from '../../../wire/checksum.ts'
import { codecNames } from '../../../wire/compression.ts'
import { type BatchInput, buildBatch } from '../../../wire/record-batch/build.ts'
import { at, crcCoversFrom } from '../../../wire/record-batch/constants.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map(array => Buffer.from(array))
const nullableBytes = fc.option(bytes, { nil: null })
const record = fc.record({
  key: nullableBytes,
  value: nullableBytes,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: nullableBytes }), { maxLength: 4 }),
  timestampMs: fc.integer({ min: -1, max: 4_102_444_800_000 }),
  gap: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(1000)),
})
const batchInput = fc.record({
  records: fc.array(record, { maxLength: 12 }),
  baseOffset: fc.nat(Number.MAX_SAFE_INTEGER - 100_000),
  leaderEpoch: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  producerId: fc.integer({ min: -1, max: 2 ** 40 }),
  producerEpoch: fc.integer({ min: -1, max: 2 ** 15 - 1 }),
  baseSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  codec: fc.constantFrom(...codecNames),
  transactional: fc.boolean(),
  control: fc.boolean(),
  logAppendTimeMs: fc.option(fc.nat(4_102_444_800_000), { nil: undefined }),
  deleteHorizonMs: fc.option(fc.nat(4_102_444_800_000), { nil: undefined }),
})

/** The gaps between generated records, as the offset deltas that build takes. */
function withDeltas<T extends { gap: number }>(records: readonly T[]) {
  let next = 0
  return records.map(({ gap, ...rest }) => {
    const offsetDelta = next + gap
    next = offsetDelta + 1
    return { ...rest, offsetDelta }
  })
}

const record1 = { key: Buffer.from('k'), value: Buffer.from('value'), timestampMs: 1000 }

const decodeOne = (batch: Buffer) => [...decodeBatches(batch)][0]!

const refusal = (read: () => unknown): MillraceError => {
  try {
    read()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Writes the CRC anew, so that what is wrong is found behind it. */
const resealed = (batch: Buffer): Buffer => {
  batch.writeUInt32BE(crc32c(batch, crcCoversFrom), at.crc)
  return batch
}

describe('decode(build(x)) = x', () => {
  it('for every codec, field, key, value, header, timestamp and gap', () => {
    fc.assert(
      fc.property(batchInput, input => {
        const records = withDeltas(input.records)
        const built = buildBatch({ ...input, records })
        expect([...decodeBatches(built)]).toEqual([
          {
            baseOffset: input.baseOffset,
            lastOffset: input.baseOffset + (records.at(-1)?.offsetDelta ?? 0),
            leaderEpoch: input.leaderEpoch,
            byteLength: built.length,
            codec: input.codec,
            timestampType: input.logAppendTimeMs === undefined ? 'CreateTime' : 'LogAppendTime',
            baseTimestampMs: input.deleteHorizonMs ?? records[0]?.timestampMs ?? -1,
            maxTimestampMs: input.logAppendTimeMs ?? Math.max(-1, ...records.map(each => each.timestampMs)),
            transactional: input.transactional,
            control: input.control,
            deleteHorizonMs: input.deleteHorizonMs,
            producerId: input.producerId,
            producerEpoch: input.producerEpoch,
            baseSequence: input.baseSequence,
            records: records.map(({ offsetDelta, timestampMs, ...rest }) => ({
              offset: input.baseOffset + offsetDelta,
              timestampMs: input.logAppendTimeMs ?? timestampMs,
              ...rest,
            })),
          },
        ])
      }),
      { numRuns: 200 },
    )
  })

  it('for a batch whose last offsets were compacted away', () => {
    const batch = decodeOne(buildBatch({ records: [record1], baseOffset: 100, lastOffsetDelta: 9 }))
    expect(batch.lastOffset).toBe(109)
    expect(batch.records.map(each => each.offset)).toEqual([100])
  })
})

describe('the end of a fetch', () => {
  const set = Buffer.concat([0, 1, 2].map(index => buildBatch({ records: [record1], baseOffset: index })))
  const batchBytes = set.length / 3

  it('may lie anywhere within the last batch, which is then left out', () => {
    for (let length = 0; length <= set.length; length++) {
      const offsets = [...decodeBatches(set.subarray(0, length))].map(batch => batch.baseOffset)
      expect(offsets).toEqual([0, 1, 2].slice(0, Math.floor(length / batchBytes)))
    }
  })
})

describe('damage', () => {
  const built = () => buildBatch({ records: [record1, record1], baseOffset: 7, leaderEpoch: 3 })

  it('to any byte that the CRC covers is noticed', () => {
    for (let position = at.crc; position < built().length; position++) {
      const damaged = built()
      damaged[position]! ^= 0x40
      const error = refusal(() => [...decodeBatches(damaged)])
      expect(error.code).toBe('BATCH_CORRUPT')
      expect(error.message).toMatch(/^the batch at offset 7 has CRC [0-9a-f]+ written on it, but its bytes give/)
    }
  })

  it('is not looked for when the caller says so', () => {
    const damaged = built()
    damaged.writeUInt32BE(0, at.crc)
    expect([...decodeBatches(damaged, { verifyCrc: false })]).toHaveLength(1)
  })

  it('never ends in anything but a coded error, even behind a right CRC', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...codecNames),
        fc.nat(200),
        fc.integer({ min: 1, max: 255 }),
        (codec, distance, flip) => {
          const damaged = buildBatch({ records: [record1, record1, record1], codec })
          damaged[at.attributes + (distance % (damaged.length - at.attributes))]! ^= flip
          try {
            // Not every change is damage: another timestamp is as good as the first.
            for (const batch of decodeBatches(resealed(damaged))) expect(batch.records.length).toBeLessThanOrEqual(3)
          } catch (error) {
            expect(error).toMatchObject({ name: 'MillraceError', code: 'BATCH_CORRUPT' })
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  const faults: { why: string; damage: (batch: Buffer) => void; message: string }[] = [
    {
      why: 'a length below the header',
      damage: batch => batch.writeInt32BE(10, at.batchLength),
      message: 'length of 22',
    },
    { why: 'a negative length', damage: batch => batch.writeInt32BE(-1, at.batchLength), message: 'length of 11' },
    { why: 'a codec of the future', damage: batch => batch.writeInt16BE(7, at.attributes), message: 'codec 7' },
    { why: 'too many records claimed', damage: batch => batch.writeInt32BE(3, at.recordsCount), message: 'end within' },
    { why: 'too few', damage: batch => batch.writeInt32BE(1, at.recordsCount), message: 'after the last of 1' },
    { why: 'a negative count', damage: batch => batch.writeInt32BE(-2, at.recordsCount), message: 'claims -2 records' },
    {
      why: 'a record length that lies',
      damage: batch => batch.writeInt8(2, at.records),
      message: 'a record of 1 bytes',
    },
    {
      why: 'a key beyond the batch',
      damage: batch => batch.writeInt8(124, at.records + 4),
      message: '62 bytes wanted',
    },
    { why: 'a magic of the future', damage: batch => batch.writeInt8(3, at.magic), message: 'magic 3' },
  ]

  it.each(faults)('$why is named', ({ damage, message }) => {
    const damaged = built()
    damage(damaged)
    const error = refusal(() => [...decodeBatches(resealed(damaged))])
    expect(error.code).toBe('BATCH_CORRUPT')
    expect(error.message).toContain(message)
    expect(error.message).toMatch(/offset 7|codec/)
  })

  it('to one batch leaves those before it readable', () => {
    const second = built()
    second[second.length - 1]! ^= 1
    const offsets: number[] = []
    const read = () => {
      for (const batch of decodeBatches(Buffer.concat([buildBatch({ records: [record1] }), second]))) {
        offsets.push(batch.baseOffset)
      }
    }
    expect(refusal(read).code).toBe('BATCH_CORRUPT')
    expect(offsets).toEqual([0])
  })

  it('that inflates to a bomb is stopped at the limit', () => {
    const bomb: BatchInput = { records: [{ ...record1, value: Buffer.alloc(2_000_000) }], codec: 'zstd' }
    const error = refusal(() => [...decodeBatches(buildBatch(bomb), { inflatedBytesMax: 1_000_000 })])
    expect(error.message).toContain('offset 0 cannot be unpacked: zstd data inflates to more than the limit of 1000000')
  })
})

describe('message sets from before Kafka 0.11', () => {
  // offset int64, size int32, crc uint32, magic int8, attributes int8, [timestamp int64], key, value
  it.each([
    { magic: 0, hex: '0000000000000005000000120000000000' + '00ffffffff0000000476616c75' },
    { magic: 1, hex: '00000000000000050000001a0000000001' + '000000000000000000ffffffff0000000476616c75' },
  ])('magic $magic is recognised and refused', ({ magic, hex }) => {
    const error = refusal(() => [...decodeBatches(Buffer.from(hex, 'hex'))])
    expect(error.code).toBe('VERSION_UNSUPPORTED')
    expect(error.message).toBe(`offset 5 holds a message set of magic ${magic}`)
    expect(error.hint).toContain('before Kafka 0.11')
  })
})

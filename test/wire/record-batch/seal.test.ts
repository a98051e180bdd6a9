// Shows that a sealed batch carries what the broker checks: checksum, counts, times, producer identity and sequence, with every
// codec; and that sealing a batch again (its memory is used over and over) leaves nothing of the one before.
import { describe, expect, it } from 'vitest'
import type { Piece } from '../../../core/crc-algebra.ts'
import { castagnoli, crc32c } from '../../../wire/checksum.ts'
import { codecNames } from '../../../wire/compression.ts'
import { headerBytes } from '../../../wire/record-batch/constants.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { clearBatch, encodeHeaders, GrowingFramer } from '../../../wire/record-batch/frame.ts'
import { type SealSettings, sealBatch } from '../../../wire/record-batch/seal.ts'
import { batchBaseOf, makeSlab } from '../../../wire/record-batch/slab.ts'

const startMs = 1_767_323_045_678
const none: SealSettings = { compression: 'none', producerId: -1, producerEpoch: -1 }

function fixture() {
  const slab = makeSlab(0, 4_096, 2)
  const framer = new GrowingFramer(slab, encodeHeaders([]))
  const space = { base: batchBaseOf(slab, 1), count: 0, end: 0, baseTimestampMs: 0, maxTimestampMs: 0 }
  const put = (texts: readonly string[]) => {
    clearBatch(space)
    for (const [index, text] of texts.entries()) {
      framer.reserve(space, -1, text.length, startMs + index)
      slab.buffer.write(text, framer.valueAt)
    }
  }
  const seal = (baseSequence: number, settings: SealSettings, known?: Piece) => {
    const [batch] = decodeBatches(sealBatch(slab, space, baseSequence, settings, known))
    return { ...batch!, records: batch!.records.map(record => record.value!.toString()) }
  }
  const records = () => slab.buffer.subarray(space.base + headerBytes, space.base + space.end)
  return { put, seal, records }
}

describe('a sealed batch', () => {
  it.each(codecNames)('is whole and has its checksum with %s', compression => {
    const { put, seal } = fixture()
    put(['one', 'two', 'three'.repeat(100)])
    expect(seal(0, { ...none, compression })).toMatchObject({
      baseOffset: 0,
      lastOffset: 2,
      leaderEpoch: -1,
      codec: compression,
      timestampType: 'CreateTime',
      baseTimestampMs: startMs,
      maxTimestampMs: startMs + 2,
      transactional: false,
      control: false,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      records: ['one', 'two', 'three'.repeat(100)],
    })
  })

  const producers = [
    { why: 'small numbers', producerId: 7, producerEpoch: 0, baseSequence: 0 },
    { why: 'an id beyond 32 bits', producerId: 2 ** 40 + 3, producerEpoch: 32_767, baseSequence: 0x7fff_ffff },
  ]
  it.each(producers)('of an idempotent producer says who made it and as what: $why', ({ why: _, ...identity }) => {
    const { put, seal } = fixture()
    put(['x'])
    for (const compression of ['none', 'lz4'] as const) {
      expect(seal(identity.baseSequence, { ...identity, compression })).toMatchObject(identity)
    }
  })

  it('takes what is known of its records for granted, unless they are compressed', () => {
    const { put, seal, records } = fixture()
    put(['one', 'two'.repeat(100)])
    const piece = { crc: crc32c(records()), shift: castagnoli.shiftOf(records().length) }
    expect(seal(7, none, piece).records).toHaveLength(2)
    const wrong = { ...piece, crc: piece.crc ^ 1 }
    expect(() => seal(7, none, wrong)).toThrow('its bytes give')
    expect(seal(7, { ...none, compression: 'lz4' }, wrong).records).toHaveLength(2)
  })

  it('has no sequence when the producer has no identity', () => {
    const { put, seal } = fixture()
    put(['x'])
    expect(seal(1234, none).baseSequence).toBe(-1)
  })

  it('does not remember the batch that lay there before', () => {
    const { put, seal } = fixture()
    put(Array.from({ length: 100 }, (_, index) => `first ${index}`))
    seal(500, { compression: 'none', producerId: 9, producerEpoch: 3 })
    put(['second'])
    expect(seal(0, none)).toMatchObject({ lastOffset: 0, producerId: -1, maxTimestampMs: startMs, records: ['second'] })
  })
})

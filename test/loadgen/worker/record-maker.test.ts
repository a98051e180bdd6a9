// Shows that a producer's records carry the key they were placed by, their headers, their time and their size, and that a
// record that found no room is the same record later.
import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from '../../../loadgen/payload/murmur2.ts'
import type { KeyPlan, ProducePlan } from '../../../loadgen/plan.ts'
import type { Batch } from '../../../loadgen/worker/batch.ts'
import { RecordMaker } from '../../../loadgen/worker/record-maker.ts'
import { crc32c } from '../../../wire/checksum.ts'
import { headerBytes } from '../../../wire/record-batch/constants.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { sealBatch } from '../../../wire/record-batch/seal.ts'
import { produceOf } from '../plans.ts'
import { identity, stampOf } from '../stamps.ts'

const wallUs = 1_767_323_045_678_901
const plain = { compression: 'none', producerId: -1, producerEpoch: -1 } as const

function setUp(changes: Partial<ProducePlan> = {}) {
  const maker = new RecordMaker(produceOf(changes), 1, identity())
  const open = () => {
    const batch = maker.pool.take()!
    batch.open(0, 0)
    return batch
  }
  const recordsOf = (batch: Batch) =>
    [...decodeBatches(Buffer.from(sealBatch(maker.slab, batch, 0, plain)))][0]!.records
  return { maker, open, recordsOf }
}

const keyPlans: KeyPlan[] = [
  { kind: 'sequential' },
  { kind: 'uniform', count: 1000 },
  { kind: 'zipf', count: 1000, exponent: 1 },
  { kind: 'hot', share: 0.5 },
]

describe('records', () => {
  it.each(keyPlans)('carry the key by which they were placed ($kind)', keys => {
    const { maker, open, recordsOf } = setUp({ keys })
    const batch = open()
    const placed: number[] = []
    for (let sequence = 0; sequence < 50; sequence++) {
      // Asked twice, as after a batch that was full: the draw is the same.
      placed.push(maker.partitionByKey(sequence, 12))
      expect(maker.partitionByKey(sequence, 12)).toBe(placed.at(-1))
      maker.append(batch, sequence, wallUs, 0)
    }
    const found = recordsOf(batch).map(({ key }) => {
      const view = new DataView(key!.buffer, key!.byteOffset, key!.length)
      return partitionOf(murmur2(view, 0, key!.length), 12)
    })
    expect(found).toEqual(placed)
  })

  it('carry their headers and the time they were made', () => {
    for (const size of [
      { kind: 'fixed', bytes: 50 },
      { kind: 'uniform', bytesMin: 20, bytesMax: 90 },
    ] as const) {
      const { maker, open, recordsOf } = setUp({
        size,
        headers: [
          { name: 'a', value: 'ü' },
          { name: 'b', value: '' },
        ],
      })
      const batch = open()
      for (let sequence = 0; sequence < 20; sequence++) maker.append(batch, sequence, wallUs + sequence * 1000, 0)
      const records = recordsOf(batch)
      expect(records.map(({ timestampMs }) => timestampMs - Math.floor(wallUs / 1000))).toEqual(
        Array.from({ length: 20 }, (_, index) => index),
      )
      expect(records[7]!.headers).toEqual([
        { key: 'a', value: Buffer.from('ü') },
        { key: 'b', value: Buffer.from('') },
      ])
    }
  })

  it('are counted by their keys and values, not by what is around them', () => {
    const { maker, open, recordsOf } = setUp({
      keys: { kind: 'sequential' },
      size: { kind: 'uniform', bytesMin: 20, bytesMax: 90 },
      headers: [{ name: 'a', value: 'b' }],
    })
    const batch = open()
    for (let sequence = 0; sequence < 30; sequence++) maker.append(batch, sequence, wallUs, 0)
    const bytes = recordsOf(batch).reduce((sum, { key, value }) => sum + key!.length + value!.length, 0)
    expect(batch.dataBytes).toBe(bytes)
  })

  it('that find no room go into the next batch unchanged, size, key and all', () => {
    const changes: Partial<ProducePlan> = {
      keys: { kind: 'uniform', count: 1_000_000 },
      size: { kind: 'uniform', bytesMin: 100, bytesMax: 900 },
    }
    const seen = (batchBytes: number) => {
      const { maker, open, recordsOf } = setUp({ ...changes, batchBytes, bufferBytes: 64 * batchBytes })
      const found: string[] = []
      let batch = open()
      for (let sequence = 0; sequence < 100; sequence++) {
        if (maker.append(batch, sequence, wallUs, 0)) continue
        found.push(...recordsOf(batch).map(({ key, value }) => `${key} ${value!.length}`))
        batch = open()
        expect(maker.append(batch, sequence, wallUs, 0)).toBe(true)
      }
      return [...found, ...recordsOf(batch).map(({ key, value }) => `${key} ${value!.length}`)]
    }
    expect(seen(2_048)).toEqual(seen(262_144))
  })

  it('have their sequence in front, whatever batch they are in', () => {
    const { maker, open, recordsOf } = setUp()
    const sequences: number[] = []
    for (let sequence = 0, batch = open(); sequence < 500; ) {
      if (maker.append(batch, sequence, wallUs, 0)) sequence++
      else {
        sequences.push(...recordsOf(batch).map(({ value }) => stampOf(value!)!.sequence))
        batch = open()
      }
    }
    expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, index) => index))
    expect(sequences.length).toBeGreaterThan(400)
  })
})

describe('the checksum of a batch', () => {
  it('is known once it is full of runs of one moment, whatever lay in its memory before', () => {
    const { maker, open } = setUp({ size: { kind: 'fixed', bytes: 100 } })
    for (let round = 0; round < 3; round++) {
      const batch = open()
      maker.appendRun(batch, 5, 0, 1, wallUs, 0)
      expect(maker.checksumOf(batch)).toBeUndefined()
      maker.appendRun(batch, 1e6, 5, 1, wallUs + round, 0)
      const read = crc32c(maker.slab.buffer, batch.base + headerBytes, batch.base + batch.end)
      expect(maker.checksumOf(batch)?.crc).toBe(read)
      maker.pool.giveBack(batch)
    }
  })

  it('is not known where payload is made up for each record', () => {
    const { maker, open } = setUp({ size: { kind: 'fixed', bytes: 100 }, payload: { kind: 'text' } })
    const batch = open()
    maker.appendRun(batch, 1e6, 0, 1, wallUs, 0)
    expect(batch.count).toBeGreaterThan(1)
    expect(maker.checksumOf(batch)).toBeUndefined()
  })
})

describe('memory', () => {
  it('is at least two batches, however small the buffer', () => {
    expect(setUp({ bufferBytes: 1 }).maker.pool.size).toBe(2)
    expect(setUp({ batchBytes: 1_000, bufferBytes: 5_999 }).maker.pool.size).toBe(5)
  })
})

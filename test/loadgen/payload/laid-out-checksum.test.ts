// Shows that the checksum of laid-out records is that of their bytes, whatever was stamped over them.
// Method: batches are laid out and stamped in memory, and their bytes are read; sequences begin where carries are near.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import { layOutPayload, type SlotPlaces, stampRun } from '../../../loadgen/payload/laid-out.ts'
import { LaidOutChecksum } from '../../../loadgen/payload/laid-out-checksum.ts'
import { type Batch, BatchPool } from '../../../loadgen/worker/batch.ts'
import { crc32c } from '../../../wire/checksum.ts'
import { headerBytes } from '../../../wire/record-batch/constants.ts'
import { encodeHeaders, FixedFramer } from '../../../wire/record-batch/frame.ts'
import { makeSlab } from '../../../wire/record-batch/slab.ts'

const wallUs = 1_790_000_000_123_456
const timestampMs = Math.floor(wallUs / 1_000)
const random = makeRandom(11, 0)

interface Setting {
  readonly batchBytes: number
  readonly valueBytes: number
  readonly places: SlotPlaces
  readonly headers?: Buffer
}

const asHeader = encodeHeaders([{ name: 'mr', value: Buffer.alloc(32) }])

const settings: readonly (readonly [why: string, setting: Setting])[] = [
  ['stamp in the value', { batchBytes: 16_384, valueBytes: 100, places: { stampAt: 0, noiseAt: 32 } }],
  ['stamp as a header', { batchBytes: 16_384, valueBytes: 60, places: { stampAt: 65, noiseAt: 0 }, headers: asHeader }],
  ['no stamp', { batchBytes: 4_096, valueBytes: 8, places: { stampAt: -1, noiseAt: 0 } }],
  ['one record', { batchBytes: 1_100, valueBytes: 1_024, places: { stampAt: 0, noiseAt: 32 } }],
  ['offset deltas of three bytes', { batchBytes: 524_288, valueBytes: 40, places: { stampAt: 0, noiseAt: 32 } }],
]

function setUp({ batchBytes, valueBytes, places, headers = encodeHeaders([]) }: Setting) {
  const slab = makeSlab(0, batchBytes, 2)
  const pool = new BatchPool(slab)
  layOutPayload(slab, random)
  const framer = new FixedFramer(slab, pool.bases, -1, valueBytes, headers)
  const checksum = new LaidOutChecksum(slab, framer, places)
  return { slab, framer, checksum, batch: pool.take()!, other: pool.take()!, places }
}

type World = ReturnType<typeof setUp>

/** Fills a batch in runs of so many records, each with a moment of its own within one millisecond. */
function fill(
  { slab, framer, checksum, places }: World,
  batch: Batch,
  sequence: number,
  stream: number,
  runRecords = 1e9,
) {
  batch.open(0, 0, sequence)
  for (let from = 0; ; from = batch.count) {
    const reserved = framer.reserveRun(batch, runRecords, timestampMs)
    if (reserved === 0) return
    const run = { sequence: sequence + from, stream, wallUs: wallUs + (batch.count % 500) }
    stampRun(slab.view, batch.base, framer.valueOffsets, places, from, from + reserved, run)
    checksum.stamped(batch, from, from + reserved, run)
  }
}

const readCrc = ({ slab }: World, batch: Batch) => crc32c(slab.buffer, batch.base + headerBytes, batch.base + batch.end)

describe('checksum of laid-out records', () => {
  it.each(settings)('is that of their bytes: %s', (_why, setting) => {
    const world = setUp(setting)
    const { framer, checksum, batch } = world
    const { capacity } = framer
    const near = (edge: number) => [edge - capacity, edge - capacity + 1, edge - 1].filter(first => first >= 0)
    const firsts = [
      0,
      1,
      capacity,
      ...near(4_096),
      ...near(65_536),
      ...near(2 ** 31),
      2 ** 32 - capacity,
      2 ** 32,
      2 ** 40 + 12_345,
    ]
    for (let round = 0; round < 20; round++) firsts.push(random.next() % (2 ** 32 - capacity))
    for (const first of firsts) {
      fill(world, batch, first, random.next())
      expect(checksum.of(batch)?.crc).toBe(readCrc(world, batch))
    }
  })

  it('reads the bytes of each memory once', () => {
    const world = setUp(settings[0]![1])
    const { slab, checksum, batch, other } = world
    for (const each of [batch, other]) {
      fill(world, each, 5, 1)
      expect(checksum.of(each)?.crc).toBe(readCrc(world, each))
    }
    // What nobody has told it of is not in it: it did not look.
    slab.buffer[batch.base + batch.end - 1]! ^= 1
    fill(world, batch, 6, 1)
    const crc = checksum.of(batch)?.crc
    expect(crc).not.toBe(readCrc(world, batch))
    slab.buffer[batch.base + batch.end - 1]! ^= 1
    expect(crc).toBe(readCrc(world, batch))
  })

  it('adds up over runs that share a batch', () => {
    const world = setUp(settings[0]![1])
    for (const runRecords of [1, 7, 50]) {
      fill(world, world.batch, 4_090, 3, runRecords)
      expect(world.checksum.of(world.batch)?.crc).toBe(readCrc(world, world.batch))
    }
  })

  it('leaves to others what it does not cover', () => {
    const world = setUp(settings[0]![1])
    const { framer, checksum, batch } = world
    fill(world, batch, 2 ** 32 - 1, 0)
    expect(checksum.of(batch)).toBeUndefined()

    // Runs that do not follow each other.
    batch.open(0, 0)
    for (const sequence of [0, 7]) {
      const from = batch.count
      const to = from + framer.reserveRun(batch, sequence === 0 ? 3 : 1e9, timestampMs)
      checksum.stamped(batch, from, to, { sequence, stream: 0, wallUs })
    }
    expect(batch.count).toBe(framer.capacity)
    expect(checksum.of(batch)).toBeUndefined()

    fill(world, batch, 0, 0)
    batch.maxTimestampMs++
    expect(checksum.of(batch)).toBeUndefined()

    batch.open(0, 0)
    framer.reserveRun(batch, 3, timestampMs)
    expect(checksum.of(batch)).toBeUndefined()
  })

  it('takes a memory that was written to otherwise as a new one', () => {
    const world = setUp(settings[0]![1])
    const { slab, framer, checksum, batch } = world
    fill(world, batch, 0, 0)
    checksum.of(batch)
    batch.open(0, 0)
    framer.reserve(batch, -1, 100, timestampMs)
    slab.buffer.fill(7, framer.valueAt, framer.valueAt + 100)
    checksum.overwritten(batch)
    framer.reserveRun(batch, 1e9, timestampMs)
    expect(checksum.of(batch)).toBeUndefined()

    fill(world, batch, 0, 0)
    expect(checksum.of(batch)?.crc).toBe(readCrc(world, batch))
  })
})

// Shows that a partition's log gives back what was put in, from any offset and within any limit; that it finds offsets by
// time and by leader epoch; and that retention, deletion and the memory limit are kept exactly.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../broker/log.ts'
import { MemoryBudget } from '../../broker/memory.ts'
import { type ResolvedConfigs, resolveConfigs, topicConfigDefinitions } from '../../broker/topic-configs.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { buildMarker } from '../../wire/record-batch/control.ts'
import { decodeBatches } from '../../wire/record-batch/decode.ts'
import { BatchHeader } from '../../wire/record-batch/scan.ts'
import { batchOf } from './ask.ts'

const mebibyte = 1024 * 1024

function setup(configs: Record<string, string> = {}, limitBytes = 64 * mebibyte) {
  const memory = new MemoryBudget(limitBytes)
  const clock = { nowMs: 1_700_000_000_000 }
  const read = (name: string) => configs[name] ?? topicConfigDefinitions.get(name)!.fallback
  let resolved: ResolvedConfigs = resolveConfigs(read)
  const log = new PartitionLog({ memory, configs: () => resolved, nowMs: () => clock.nowMs })
  const append = (bytes: Buffer, epoch = 0) => {
    const header = new BatchHeader()
    expect(header.read(bytes, 0)).toBe(true)
    return log.append(header, epoch)
  }
  const change = (changed: Record<string, string>) => {
    resolved = resolveConfigs(name => changed[name] ?? read(name))
  }
  return { log, memory, clock, append, change }
}

type Setup = ReturnType<typeof setup>

const valuesIn = (bytes: Buffer) =>
  [...decodeBatches(bytes)].flatMap(batch => batch.records.map(record => [record.offset, String(record.value)]))

/** Everything, as a consumer reads it: again and again from where the last answer ended. */
function readAll({ log }: Setup, from: number, bytesMax = mebibyte) {
  const found: unknown[][] = []
  for (let offset = from; offset < log.endOffset; ) {
    const { bytes, endOffset } = log.read(offset, log.endOffset, bytesMax, true)
    found.push(...valuesIn(bytes))
    expect(endOffset).toBeGreaterThan(offset)
    offset = endOffset
  }
  return found
}

describe('reading', () => {
  it('gives offsets and leader epoch by the broker, under a checksum that still holds', () => {
    const bench = setup()
    expect([bench.append(batchOf(['a', 'b']), 3), bench.append(batchOf(['c']), 4)]).toEqual([0, 2])
    const [first, second] = decodeBatches(bench.log.read(0, 3, mebibyte, true).bytes)
    expect([first!.baseOffset, first!.leaderEpoch, second!.baseOffset, second!.leaderEpoch]).toEqual([0, 3, 2, 4])
    expect(readAll(bench, 0)).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ])
  })

  it('starts with the batch that holds the offset, whichever of its records that is', () => {
    const bench = setup()
    bench.append(batchOf(['a', 'b', 'c']))
    bench.append(batchOf(['d', 'e']))
    expect(readAll(bench, 1)[0]).toEqual([0, 'a'])
    expect(readAll(bench, 4)[0]).toEqual([3, 'd'])
  })

  it('gives whole batches within the limit, the first one in any case if asked to', () => {
    const { log, append } = setup()
    const batch = batchOf(['0123456789'])
    for (let index = 0; index < 10; index++) append(batch)
    expect(log.read(0, 10, batch.length * 3 + 5, true).bytes.length).toBe(batch.length * 3)
    expect(log.read(0, 10, 1, true)).toMatchObject({ endOffset: 1 })
    expect(log.read(0, 10, 1, false)).toMatchObject({ endOffset: 0, bytes: Buffer.alloc(0) })
    expect(log.read(2, 5, mebibyte, true)).toMatchObject({ endOffset: 5 })
    expect(log.bytesBetween(2, 5, mebibyte)).toBe(batch.length * 3)
  })

  it('gives back any sequence of batches from any offset, over all chunks', () => {
    const sizes = fc.array(fc.record({ records: fc.integer({ min: 1, max: 5 }), bytes: fc.nat(60_000) }), {
      minLength: 1,
      maxLength: 40,
    })
    const check = fc.property(
      sizes,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(400_000),
      (batches, at, limit) => {
        const bench = setup()
        const expected: unknown[][] = []
        for (const { records, bytes } of batches) {
          const values = Array.from(
            { length: records },
            (_, index) => `${expected.length + index}:${'x'.repeat(bytes)}`,
          )
          const base = bench.append(batchOf(values))!
          expected.push(...values.map((value, index) => [base + index, value]))
        }
        const from = Math.floor(at * bench.log.endOffset)
        const found = readAll(bench, Math.min(from, bench.log.endOffset - 1), limit + 1)
        expect(found).toEqual(expected.slice(expected.length - found.length))
        expect(found[0]![0]).toBeLessThanOrEqual(from)
      },
    )
    fc.assert(check, { numRuns: 60 })
  })
})

describe('offsets by time', () => {
  it('are those of the first record at or after it, also inside a batch and in a compressed one', () => {
    const { log, append } = setup()
    const record = (timestampMs: number) => ({ key: null, value: Buffer.from('v'), timestampMs })
    append(buildBatch({ records: [record(100), record(200)] }))
    append(buildBatch({ records: [record(300), record(400)], codec: 'gzip' }))
    expect(log.offsetAtTime(150)).toEqual({ offset: 1, timestampMs: 200, leaderEpoch: 0 })
    expect(log.offsetAtTime(301)).toMatchObject({ offset: 3, timestampMs: 400 })
    expect(log.offsetAtTime(401)).toBeUndefined()
  })

  it('the greatest timestamp need not be the last', () => {
    const { log, append } = setup()
    expect(log.offsetOfMaxTimestamp()).toBeUndefined()
    for (const timestampMs of [10, 30, 20]) append(batchOf(['v'], { timestampMs }))
    expect(log.offsetOfMaxTimestamp()).toEqual({ offset: 1, timestampMs: 30, leaderEpoch: 0 })
  })
})

describe('leader epochs', () => {
  it('end where the next one began', () => {
    const { log, append } = setup()
    for (const epoch of [0, 0, 2, 5]) append(batchOf(['v']), epoch)
    expect([log.endOfEpoch(0), log.endOfEpoch(1), log.endOfEpoch(2), log.endOfEpoch(7)]).toEqual([
      { epoch: 0, endOffset: 2 },
      { epoch: 0, endOffset: 2 },
      { epoch: 2, endOffset: 3 },
      { epoch: 5, endOffset: 4 },
    ])
    expect([log.epochAt(0), log.epochAt(2), log.epochAt(9)]).toEqual([0, 2, 5])
  })
})

describe('transactions', () => {
  const data = (producerId: number) =>
    batchOf(['v'], { producerId, producerEpoch: 0, baseSequence: 0, transactional: true })
  const marker = (producerId: number, kind: 'abort' | 'commit') =>
    buildMarker({ kind, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: 1 })

  it('hold the last stable offset back until their marker, and aborted ones are listed where they have records', () => {
    const { log, append } = setup()
    append(batchOf(['v']))
    append(data(7))
    append(data(8))
    expect(log.lastStableOffset).toBe(1)
    append(marker(7, 'commit'))
    expect(log.lastStableOffset).toBe(2)
    append(marker(8, 'abort'))
    expect([log.lastStableOffset, log.endOffset]).toEqual([5, 5])
    expect(log.abortedIn(0, 5)).toEqual([{ producerId: 8, firstOffset: 2, lastOffset: 4 }])
    expect(log.abortedIn(0, 2)).toEqual([])
    expect(log.abortedIn(5, 9)).toEqual([])
  })
})

describe('retention', () => {
  const fill = ({ append }: Setup, batches: number, bytes = 8_000) => {
    for (let index = 0; index < batches; index++) append(batchOf(['x'.repeat(bytes)]))
  }

  it('by size keeps at least what was asked for, and not much more', () => {
    const bench = setup({ 'retention.bytes': '400000' })
    fill(bench, 500)
    bench.log.applyRetention()
    expect(bench.log.sizeBytes).toBeGreaterThanOrEqual(400_000)
    expect(bench.log.sizeBytes).toBeLessThan(500_000)
    expect(bench.log.endOffset).toBe(500)
    expect(readAll(bench, bench.log.startOffset)[0]![0]).toBe(bench.log.startOffset)
  })

  it('by time drops what is older, the newest chunk too, and gives the memory back', () => {
    const bench = setup({ 'retention.ms': '1000' })
    fill(bench, 100)
    expect(bench.memory.usedBytes).toBeGreaterThan(800_000)
    bench.clock.nowMs += 1_001
    expect(bench.log.applyRetention()).toBeGreaterThan(800_000)
    expect([bench.memory.usedBytes, bench.log.startOffset, bench.log.sizeBytes]).toEqual([0, 100, 0])
    expect(bench.append(batchOf(['next']))).toBe(100)
  })

  it('leaves a compacted topic alone', () => {
    const bench = setup({ 'retention.ms': '1000', 'cleanup.policy': 'compact' })
    fill(bench, 10)
    bench.clock.nowMs += 5_000
    expect([bench.log.applyRetention(), bench.log.startOffset]).toEqual([0, 0])
  })

  it('follows a change of the settings', () => {
    const bench = setup()
    fill(bench, 200)
    expect(bench.log.applyRetention()).toBe(0)
    bench.change({ 'retention.bytes': '100000' })
    expect(bench.log.applyRetention()).toBeGreaterThan(0)
  })
})

describe('the memory limit', () => {
  it('refuses the batch that does not fit, and takes it again when there is room', () => {
    const bench = setup({}, 200_000)
    const batch = batchOf(['x'.repeat(10_000)])
    let appended = 0
    while (bench.append(batch) !== undefined) appended++
    expect(bench.memory.usedBytes).toBeLessThanOrEqual(200_000)
    // Chunks of growing size waste a little at their ends.
    expect(appended).toBeGreaterThan(0.9 * Math.floor(200_000 / batch.length))
    bench.log.deleteBefore(appended)
    expect(bench.memory.usedBytes).toBe(0)
    expect(bench.append(batch)).toBe(appended)
  })

  it('is not passed by ten times as much with retention, and nothing is refused', () => {
    const bench = setup({ 'retention.bytes': '100000' }, 400_000)
    const batch = batchOf(['x'.repeat(10_000)])
    for (let bytes = 0; bytes < 4_000_000; bytes += batch.length) {
      expect(bench.append(batch)).toBeDefined()
      expect(bench.memory.usedBytes).toBeLessThanOrEqual(400_000)
    }
  })

  it('gets everything back when the topic goes', () => {
    const bench = setup()
    for (let index = 0; index < 100; index++) bench.append(batchOf(['x'.repeat(10_000)]))
    bench.log.drop()
    expect([bench.memory.usedBytes, bench.log.sizeBytes, bench.log.startOffset]).toEqual([0, 0, 100])
  })
})

describe('deleting records', () => {
  it('moves the start inside a batch, and gives back chunks that are wholly before it', () => {
    const bench = setup()
    for (let index = 0; index < 100; index++) bench.append(batchOf(['x'.repeat(10_000)]))
    bench.append(batchOf(['a', 'b', 'c']))
    const before = bench.memory.usedBytes
    bench.log.deleteBefore(101)
    expect(bench.log.startOffset).toBe(101)
    expect(bench.memory.usedBytes).toBeLessThan(before)
    expect(bench.log.offsetAtTime(0)).toMatchObject({ offset: 101 })
    bench.log.deleteBefore(50)
    expect(bench.log.startOffset).toBe(101)
  })
})

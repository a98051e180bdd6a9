// Shows that consumers with a common limit count exactly that many records, whoever comes first, and that their positions,
// which a group commits, stand behind the last record that was counted.
// Method: loops as they are, brokers in memory (fake-log.ts), fake timers; any logs, codecs, shares and limits.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConsumePlan } from '../../../loadgen/plan.ts'
import { ConsumeLoop } from '../../../loadgen/worker/consume-loop.ts'
import { allocateRecordLimit, RecordLimit } from '../../../loadgen/worker/record-limit.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'
import { consumeOf } from '../plans.ts'
import { FakeLog } from './fake-log.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** What each loop has counted, and where they stand. One loop for each share of the partitions; as in a run, all are stopped when together they have enough. */
async function read(log: FakeLog, shares: readonly number[][], records: number, plan: Partial<ConsumePlan> = {}) {
  const memory = allocateRecordLimit(records)
  const loops = shares.map(partitions => {
    const slots = allocateSlots()
    const counts = zeroCounts()
    const reader = new SlotReader(slots)
    const loop = new ConsumeLoop(
      {
        plan: consumeOf(plan),
        topic: { name: 'orders', id: '' },
        leaders: log.leaders,
        assignments: partitions.map(partition => ({ partition, startOffset: 0, endOffset: log.endOffset(partition) })),
        reading: { measureBy: 'nothing', startsAtZero: () => false },
        retryBackoffMs: 100,
      },
      {
        clock: { nowNs: () => Date.now() * 1e6, wallUsAt: ns => ns / 1000 },
        slots: new WorkerSlots(slots),
        limit: new RecordLimit(memory),
        connect: brokerId => log.connect(brokerId),
        refreshLeaders: async () => log.leaders,
        earliestOffset: async () => 0,
        pause: async () => {},
        onRetry: code => expect.unreachable(code),
        onNotice: text => expect.unreachable(text),
      },
    )
    const counted = () => {
      reader.addGrowthTo(counts)
      return counts.records
    }
    return { loop, counted }
  })
  let ended = 0
  for (const { loop } of loops) void loop.run().then(() => ended++)
  for (let turns = 0; ended < loops.length; turns++) {
    expect(turns).toBeLessThan(10_000)
    await vi.advanceTimersByTimeAsync(1)
    if (loops.reduce((sum, { counted }) => sum + counted(), 0) >= records) for (const { loop } of loops) loop.stop()
  }
  return {
    counted: loops.map(({ counted }) => counted()),
    positions: Object.assign({}, ...loops.map(({ loop }) => loop.positions)),
    reachedEnd: loops.every(({ loop }) => loop.reachedEnd),
  }
}

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)

describe.each(['headers', 'records'] as const)('a limit (%s)', decode => {
  it('in the middle of a batch: no record more, and the position behind the last', async () => {
    const log = new FakeLog([1])
    for (const count of [10, 10, 10]) log.append(0, count)
    expect(await read(log, [[0]], 13, { decode })).toEqual({ counted: [13], positions: { 0: 13 }, reachedEnd: false })
  })

  it('at the end of the log, or behind it, is none', async () => {
    const log = new FakeLog([1, 2])
    for (const partition of [0, 1]) log.append(partition, 10)
    for (const records of [20, 21]) {
      const found = await read(log, [[0, 1]], records, { decode })
      expect(found).toEqual({ counted: [20], positions: { 0: 10, 1: 10 }, reachedEnd: true })
    }
  })

  it('counts what is there, in a log with gaps', async () => {
    const log = new FakeLog([1])
    log.append(0, 5)
    log.append(0, 5, { baseOffset: 100 })
    log.append(0, 5, { baseOffset: 200 })
    expect(await read(log, [[0]], 7, { decode })).toMatchObject({ counted: [7], positions: { 0: 102 } })
  })

  it('is kept by many readers together', async () => {
    const batches = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 12 })
    const logs = fc.array(fc.record({ batches, leader: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 1,
      maxLength: 6,
    })
    const property = fc.asyncProperty(
      logs,
      fc.integer({ min: 1, max: 3 }),
      fc.nat(400),
      fc.constantFrom('none' as const, 'lz4' as const),
      async (partitions, readers, limit, codec) => {
        const log = new FakeLog(partitions.map(({ leader }) => leader))
        for (const [partition, { batches }] of partitions.entries()) {
          for (const count of batches) log.append(partition, count, { codec })
        }
        const all = sum(partitions.flatMap(({ batches }) => batches))
        const records = Math.min(limit + 1, all)
        const shares = Array.from({ length: readers }, (_, reader) =>
          partitions.flatMap((_, partition) => (partition % readers === reader ? [partition] : [])),
        ).filter(share => share.length > 0)
        const { counted, positions, reachedEnd } = await read(log, shares, limit + 1, { decode })
        expect(sum(counted)).toBe(records)
        expect(sum(Object.values(positions) as number[])).toBe(records)
        expect(reachedEnd).toBe(records === all)
      },
    )
    await fc.assert(property, { numRuns: 60 })
  })
})

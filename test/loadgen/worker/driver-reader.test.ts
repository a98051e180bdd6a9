// Shows what is counted of the records that a client under test hands over: each once, within the offsets that were asked for,
// up to the limit, with its age and its place among the records of its producer, wherever it carries its stamp.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../../core/histogram.ts'
import { stampBytes, streamWord, writeStampRecord, writeStampRun } from '../../../loadgen/payload/stamp.ts'
import type { Assignment } from '../../../loadgen/worker/contract.ts'
import { DriverReader } from '../../../loadgen/worker/driver-reader.ts'
import { allocateRecordLimit, RecordLimit } from '../../../loadgen/worker/record-limit.ts'
import type { Reading } from '../../../loadgen/worker/record-times.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'

const nowUs = 2_000_000
const byStamp: Reading = { measureBy: 'stamp', run: 7, startsAtZero: () => true }

function reading(assignments: readonly Assignment[], { how = byStamp, limit = undefined as number | undefined } = {}) {
  const memory = allocateSlots()
  const slots = new SlotReader(memory)
  const limited = limit === undefined ? {} : { limit: new RecordLimit(allocateRecordLimit(limit)) }
  const clock = { nowNs: () => 0, wallUsAt: () => nowUs }
  const reader = new DriverReader(how, assignments, { clock, slots: new WorkerSlots(memory), ...limited })
  const counts = zeroCounts()
  const latency = makeHistogram()
  const take = () => {
    reader.flush()
    slots.addGrowthTo(counts)
    slots.latency.drainInto(latency)
    return { counts, latency }
  }
  return { reader, slots, take }
}

function stamped(sequence: number, { run = 7, partition = 0, intendedUs = nowUs - 5_000 } = {}): Buffer {
  const bytes = Buffer.alloc(stampBytes.binary + 8)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  writeStampRun(view, 0, { run, host: 1 })
  writeStampRecord(view, 0, streamWord(0, partition), sequence, intendedUs, 0)
  return bytes
}

async function hasEnded(reader: DriverReader): Promise<boolean> {
  let ended = false
  void reader.done.then(() => {
    ended = true
  })
  await new Promise(resolve => setImmediate(resolve))
  return ended
}

describe('reading through a client under test', () => {
  it('counts records and bytes, times each from its stamp, and accounts for it', () => {
    const { reader, take } = reading([{ partition: 0, startOffset: 0 }])
    reader.burst()
    reader.record(0, 0, 5, stamped(0), undefined, 0)
    reader.record(0, 1, 0, stamped(1), undefined, 0)
    reader.record(0, 2, 0, stamped(3), undefined, 0)
    reader.record(0, 3, 0, Buffer.from('not ours'), undefined, 0)
    const { counts, latency } = take()
    expect(counts).toMatchObject({ records: 4, bytes: 5 + 3 * 40 + 8 })
    expect(latency.totalCount).toBe(3)
    expect(latency.getValueAtPercentile(50) / 1e6).toBeCloseTo(5, 1)
    expect(reader.ledger).toMatchObject({ unstamped: 1, streams: [{ received: 3, next: 4, gaps: [[2, 3]] }] })
  })

  it('finds the stamp in its header', () => {
    const { reader, take } = reading([{ partition: 0, startOffset: 0 }])
    reader.burst()
    reader.record(0, 0, 0, Buffer.from('{}'), stamped(0).subarray(0, stampBytes.binary), 0)
    expect(take().latency.totalCount).toBe(1)
    expect(reader.ledger.streams).toMatchObject([{ received: 1 }])
  })

  it('measures by CreateTime where there are no stamps, and asks for timestamps only then', () => {
    const how: Reading = { measureBy: 'createTime', startsAtZero: () => true }
    const { reader, take } = reading([{ partition: 0, startOffset: 0 }], { how })
    expect(reader.wantsTimestamps).toBe(true)
    reader.burst()
    reader.record(0, 0, 0, Buffer.alloc(3), undefined, nowUs / 1000 - 8)
    expect(take().latency.maxValue / 1e6).toBeCloseTo(8, 1)
    expect(reading([]).reader.wantsTimestamps).toBe(false)
  })

  it('takes nothing from before its start, nothing twice, and nothing of partitions that are not its own', () => {
    const { reader, take } = reading([{ partition: 0, startOffset: 10 }])
    for (const offset of [8, 9, 10, 11, 10, 12]) reader.record(0, offset, 0, Buffer.alloc(1), undefined, 0)
    reader.record(1, 0, 0, Buffer.alloc(1), undefined, 0)
    expect(take().counts.records).toBe(3)
    expect([...reader.positions]).toEqual([[0, 13]])
  })

  it('ends when every partition has been read to its end, also where the last offset is no record', async () => {
    const { reader, take } = reading([
      { partition: 0, startOffset: 0, endOffset: 2 },
      { partition: 1, startOffset: 0, endOffset: 3 },
    ])
    reader.record(0, 0, 0, null, undefined, 0)
    reader.record(0, 1, 0, null, undefined, 0)
    reader.record(0, 2, 0, null, undefined, 0)
    expect(await hasEnded(reader)).toBe(false)
    reader.record(1, 0, 0, null, undefined, 0)
    // A marker of a transaction is the last.
    reader.reached(1, 3)
    expect(await hasEnded(reader)).toBe(true)
    expect(reader.reachedEnd).toBe(true)
    reader.record(1, 4, 0, null, undefined, 0)
    expect(take().counts.records).toBe(3)
  })

  it('ends at once when it is told of ends that it has reached already', async () => {
    const { reader } = reading([{ partition: 0, startOffset: 0 }])
    reader.record(0, 0, 0, null, undefined, 0)
    reader.readUntil([1])
    expect(await hasEnded(reader)).toBe(true)
  })

  it('counts no more than the limit that all readers share', async () => {
    const { reader, take } = reading([{ partition: 0, startOffset: 0, endOffset: 10 }], { limit: 2 })
    for (let offset = 0; offset < 5; offset++) reader.record(0, offset, 0, null, undefined, 0)
    expect(take().counts.records).toBe(2)
    expect(await hasEnded(reader)).toBe(true)
    expect(reader.reachedEnd).toBe(false)
    expect([...reader.positions]).toEqual([[0, 2]])
  })

  it('tells how far behind it is, where the client says where the log ends', () => {
    const { reader, slots } = reading([{ partition: 0, startOffset: 0 }])
    reader.reached(0, 10, 25)
    expect(slots.gauge('lag')).toBe(15)
    reader.reached(0, 25, 25)
    expect(slots.gauge('lag')).toBe(0)
  })
})

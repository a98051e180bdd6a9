// Shows that what a worker counts in shared memory is what the main thread adds up, also when a counter wraps.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../../core/histogram.ts'
import { addCounts, allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'

describe('slots', () => {
  it('each counter is its own, and what has come is taken once', () => {
    const memory = allocateSlots()
    const slots = new WorkerSlots(memory)
    const reader = new SlotReader(memory)
    const names = Object.keys(zeroCounts()) as (keyof ReturnType<typeof zeroCounts>)[]
    for (const [index, name] of names.entries()) slots.add(name, index + 1)
    const counts = zeroCounts()
    reader.addGrowthTo(counts)
    expect(names.map(name => counts[name])).toEqual(names.map((_, index) => index + 1))
    reader.addGrowthTo(counts)
    expect(counts.records).toBe(1)
    slots.add('records', 10)
    expect(reader.growthOf('records')).toBe(10)
    reader.addGrowthTo(counts)
    expect([counts.records, reader.growthOf('records')]).toEqual([11, 0])
  })

  it('counts on across 2^32', () => {
    const memory = allocateSlots()
    const slots = new WorkerSlots(memory)
    const reader = new SlotReader(memory)
    const counts = zeroCounts()
    // 1 GB a look, five of them: the counter has wrapped once.
    for (let look = 0; look < 5; look++) {
      slots.add('bytes', 1_000_000_000)
      reader.addGrowthTo(counts)
    }
    expect(counts.bytes).toBe(5_000_000_000)
  })

  it('a gauge is its last value, and touches neither counters nor latencies', () => {
    const memory = allocateSlots()
    const slots = new WorkerSlots(memory)
    const reader = new SlotReader(memory)
    slots.set('inFlight', 7)
    slots.set('inFlight', 3)
    slots.latency.record(0, 2)
    expect(reader.gauge('inFlight')).toBe(3)
    const counts = zeroCounts()
    reader.addGrowthTo(counts)
    expect(counts).toEqual(zeroCounts())
    const latency = makeHistogram()
    reader.latency.drainInto(latency)
    expect(latency.totalCount).toBe(2)
  })

  it('counts of workers add up', () => {
    const total = { ...zeroCounts(), records: 5 }
    addCounts(total, { ...zeroCounts(), records: 7, errors: 1 })
    expect(total).toEqual({ ...zeroCounts(), records: 12, errors: 1 })
  })
})

// Shows that what a meter tells adds up: windows to totals, measured time without warm-up and drain, latencies of the same
// time; and that the summary of a distribution is one that can be.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../core/histogram.ts'
import { Meter } from '../../loadgen/meter.ts'
import { summariseLatency } from '../../loadgen/meter-summaries.ts'
import { allocateSlots, SlotReader, WorkerSlots } from '../../loadgen/worker/slots.ts'

function workers(count: number) {
  const memories = Array.from({ length: count }, allocateSlots)
  return {
    slots: memories.map(memory => new WorkerSlots(memory)),
    readers: memories.map(memory => new SlotReader(memory)),
  }
}

/** So many acknowledged records of 100 bytes, each after this time, half of it before it was sent. */
function acknowledge(slots: WorkerSlots, records: number, latencyMs: number, part: 'measured' | 'warmup' = 'measured') {
  slots[part].latency.record(latencyMs * 1e6, records)
  slots[part].service.record((latencyMs / 2) * 1e6, records)
  slots[part].lateness.record((latencyMs / 2) * 1e6, records)
  slots.add('records', records)
  slots.add('bytes', records * 100)
}

describe('windows', () => {
  it('add up to the total, the measured ones to what was measured', () => {
    const { slots, readers } = workers(2)
    const meter = new Meter(0, readers, [])
    const phases = ['warm-up', 'warm-up', 'measuring', 'measuring', 'measuring', 'draining'] as const
    for (const [index, phase] of phases.entries()) {
      const part = phase === 'warm-up' ? 'warmup' : 'measured'
      for (const worker of slots) acknowledge(worker, 10 ** index, index + 1, part)
      meter.close((index + 1) * 1e9, phase)
    }
    expect(meter.windows.map(({ produced }) => produced)).toEqual([2, 20, 200, 2_000, 20_000, 200_000])
    expect(meter.windows.map(({ sec, seconds, warmup }) => [sec, seconds, warmup])).toEqual([
      [1, 1, true],
      [2, 1, true],
      [3, 1, false],
      [4, 1, false],
      [5, 1, false],
      [6, 1, false],
    ])
    expect(meter.produce!.total).toMatchObject({ records: 222_222, bytes: 22_222_200 })
    expect(meter.produce!.measured).toMatchObject({ records: 22_200, bytes: 2_220_000 })
    expect(meter.measuredSec).toBe(3)
    // With what was acknowledged after the end: it was meant to be sent before.
    const { latency, service, lateness } = meter.produce!
    expect([latency, service, lateness].map(({ totalCount }) => totalCount)).toEqual([222_200, 222_200, 222_200])
    // Windows show the warm-up as well.
    expect(meter.windows.every(({ produceP50Ms }) => produceP50Ms! > 0)).toBe(true)
    expect(meter.windows[3]!.produceLatenessP99Ms! / 2).toBeCloseTo(1, 2)
    expect(meter.windows[3]!.produceServiceP99Ms! / 2).toBeCloseTo(1, 2)
  })

  it('of consumers tell how far behind the log all workers and their streams are together', () => {
    const { slots, readers } = workers(2)
    const meter = new Meter(0, [], readers)
    slots[0]!.shift('lag', 70)
    slots[1]!.shift('lag', 30)
    expect(meter.close(1e9, 'measuring').consumeLag).toBe(100)
    slots[0]!.shift('lag', -60)
    expect(meter.close(2e9, 'measuring').consumeLag).toBe(40)
  })

  it('have the latencies of their own second', () => {
    const { slots, readers } = workers(1)
    const meter = new Meter(0, readers, [])
    acknowledge(slots[0]!, 100, 5)
    const first = meter.close(1e9, 'measuring')
    acknowledge(slots[0]!, 98, 1)
    acknowledge(slots[0]!, 2, 50)
    const second = meter.close(2e9, 'measuring')
    const empty = meter.close(3e9, 'measuring')
    expect(first.produceP50Ms! / 5).toBeCloseTo(1, 3)
    expect(
      [second.produceP50Ms! / 1, second.produceP99Ms! / 50, second.produceMaxMs! / 50].map(x => x.toFixed(2)),
    ).toEqual(['1.00', '1.00', '1.00'])
    expect(empty).not.toHaveProperty('produceP50Ms')
    expect(empty.produced).toBe(0)
  })

  it('tell how transactions have ended and what became of records, of runs that have such', () => {
    const { slots, readers } = workers(2)
    const meter = new Meter(0, [], readers)
    const commit = (worker: WorkerSlots, ms: number) => {
      worker.measured.commit.record(ms * 1e6, 1)
      worker.add('commits', 1)
      worker.add('recordsCommitted', 10)
      worker.add('forwarded', 9)
      worker.add('deadLettered', 1)
    }
    commit(slots[0]!, 4)
    expect(Object.keys(meter.close(1e9, 'measuring')).join()).not.toMatch(/commit|forward/i)
    meter.committer = { side: 'consume', inTransactions: true, handles: true }
    commit(slots[0]!, 4)
    commit(slots[1]!, 8)
    slots[1]!.add('aborts', 3)
    slots[1]!.add('abortsForced', 1)
    slots[1]!.add('recordsAborted', 30)
    const window = meter.close(2e9, 'measuring')
    expect(window).toMatchObject({
      ...{ transactionsCommitted: 2, transactionsAborted: 3, transactionsFailed: 1 },
      ...{ recordsCommitted: 20, recordsAborted: 30, forwarded: 18, deadLettered: 2, skipped: 0, failedTries: 0 },
    })
    expect(window.commitMaxMs! / 8).toBeCloseTo(1, 2)
    expect(meter.close(3e9, 'measuring')).toMatchObject({ transactionsCommitted: 0, forwarded: 0 })
    expect(meter.windows.at(-1)).not.toHaveProperty('commitP50Ms')
    meter.committer = { side: 'consume', inTransactions: false, handles: true }
    expect(meter.close(4e9, 'measuring')).not.toHaveProperty('transactionsCommitted')
    expect(meter.measuredTimes().map(({ name }) => name)).toEqual(['commit'])
  })

  it('tell both sides of a roundtrip apart, and leave out the side that is not there', () => {
    const producers = workers(1)
    const consumers = workers(1)
    const meter = new Meter(0, producers.readers, consumers.readers)
    acknowledge(producers.slots[0]!, 7, 1)
    acknowledge(consumers.slots[0]!, 5, 3)
    expect(meter.close(1e9, 'measuring')).toMatchObject({ produced: 7, consumed: 5, produceErrors: 0 })
    const consuming = new Meter(0, [], consumers.readers)
    expect(consuming.produce).toBeUndefined()
    expect(consuming.close(1e9, 'measuring')).not.toHaveProperty('produced')
  })

  it('that take no time have no shares of it', () => {
    const meter = new Meter(5e9, [], workers(1).readers)
    expect(meter.close(5e9, 'measuring')).toMatchObject({ seconds: 0, cpuPercent: 0 })
    // A run that is over a moment before its start.
    expect(meter.close(4e9, 'measuring').seconds).toBe(0)
    expect(meter.measuredSec).toBe(0)
  })
})

describe('up to this moment', () => {
  it('the open window counts too, on every side and worker', () => {
    const { slots, readers } = workers(3)
    const meter = new Meter(0, readers, [])
    for (const slot of slots) acknowledge(slot, 10, 1)
    meter.close(1e9, 'warm-up')
    for (const slot of slots) acknowledge(slot, 1, 1)
    expect(meter.recordsSoFar('produce')).toBe(33)
    expect(meter.recordsSoFar('consume')).toBe(0)
    slots[0]!.set('inFlight', 4)
    slots[2]!.set('inFlight', 5)
    expect(meter.inFlight).toBe(9)
  })
})

describe('the processor', () => {
  it('counts for the measured time only', () => {
    const meter = new Meter(0, workers(1).readers, [])
    // By its own clock: on a busy machine the processor is somebody else's half of the time.
    const burn = () => {
      const { user, system } = process.cpuUsage()
      for (let used = 0; used < 20_000; ) {
        const now = process.cpuUsage()
        used = now.user - user + now.system - system
      }
    }
    burn()
    meter.close(1e9, 'warm-up')
    expect(meter.cpuUserSec + meter.cpuSystemSec).toBe(0)
    burn()
    meter.close(2e9, 'measuring')
    const measured = meter.cpuUserSec + meter.cpuSystemSec
    expect(measured).toBeGreaterThan(0.01)
    burn()
    meter.close(3e9, 'draining')
    expect(meter.cpuUserSec + meter.cpuSystemSec).toBe(measured)
    expect(meter.rssBytesMax).toBeGreaterThan(0)
  })
})

describe('the summary of latencies', () => {
  const of = (...nanoseconds: number[]) => {
    const histogram = makeHistogram()
    for (const ns of nanoseconds) histogram.recordValue(ns)
    return summariseLatency(histogram, 'appended')
  }

  it('of none is none', () => {
    expect(of()).toBeUndefined()
  })

  it('of nothing but zero is zero', () => {
    expect(of(0, 0, 0)).toMatchObject({ count: 3, minMs: 0, meanMs: 0, p50Ms: 0, maxMs: 0 })
  })

  it('has the least that was seen, also when it is zero', () => {
    expect(of(0, 5e6)!.minMs).toBe(0)
    expect(of(2e6, 5e6)!.minMs / 2).toBeCloseTo(1, 3)
  })

  it('rises from the least to the most', () => {
    const histogram = makeHistogram()
    for (let index = 1; index <= 1_000; index++) histogram.recordValue(index * 12_345)
    const { minMs, p50Ms, p75Ms, p90Ms, p95Ms, p99Ms, p999Ms, p9999Ms, maxMs, meanMs } = summariseLatency(
      histogram,
      'stamp',
    )!
    const row = [minMs, p50Ms, p75Ms, p90Ms, p95Ms, p99Ms, p999Ms, p9999Ms, maxMs]
    expect(row).toEqual([...row].sort((a, b) => a - b))
    expect(meanMs).toBeGreaterThan(minMs)
    expect(maxMs / 12.345).toBeCloseTo(1, 3)
  })

  it('of one value is that value in every place, within the width of its slot', () => {
    const { count, from, ...values } = of(7_654_321)!
    expect([count, from]).toEqual([1, 'appended'])
    for (const value of Object.values(values)) expect(value / 7.654321).toBeCloseTo(1, 3)
  })
})

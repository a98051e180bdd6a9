// Shows which records a consumer counts when transactions are aborted, and what it measures end to end.
// Method: logs as a broker keeps them, transactions interleaved and their markers in between, read in one answer or in many.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../../core/histogram.ts'
import { type StampForm, writeBinaryStamp, writeTextStamp } from '../../../loadgen/payload/stamp.ts'
import type { ConsumePlan } from '../../../loadgen/plan.ts'
import { BatchReader } from '../../../loadgen/worker/batch-reader.ts'
import { PartitionPosition } from '../../../loadgen/worker/partition-position.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'
import { buildBatch } from '../../../wire/record-batch/build.ts'
import { buildMarker } from '../../../wire/record-batch/control.ts'
import { consumeOf } from '../plans.ts'

const nowUs = 2_000_000
const clock = { nowNs: () => 0, wallUsAt: () => nowUs }

function reading(plan: Partial<ConsumePlan> = {}, stamp?: StampForm | 'createTime') {
  const memory = allocateSlots()
  const reader = new SlotReader(memory)
  const batchReader = new BatchReader(consumeOf(plan), stamp, new WorkerSlots(memory), clock)
  const latency = makeHistogram()
  const counts = zeroCounts()
  return {
    batchReader,
    latency,
    told: () => {
      reader.addGrowthTo(counts)
      reader.latency.drainInto(latency)
      return counts
    },
  }
}

/** A log of one partition, and which of its transactions were aborted. */
class TransactionLog {
  readonly batches: { readonly bytes: Buffer; readonly last: number }[] = []
  readonly aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = []
  readonly #open = new Map<number, number>()
  #next = 0

  records(producerId: number, count: number): this {
    if (producerId >= 0 && !this.#open.has(producerId)) this.#open.set(producerId, this.#next)
    const records = Array.from({ length: count }, () => ({ key: null, value: Buffer.from('x'), timestampMs: 0 }))
    return this.#append(
      buildBatch({ records, baseOffset: this.#next, producerId, transactional: producerId >= 0 }),
      count,
    )
  }

  end(producerId: number, kind: 'abort' | 'commit'): this {
    const firstOffset = this.#open.get(producerId)!
    if (kind === 'abort') this.aborted.push({ producerId, firstOffset, lastOffset: this.#next })
    this.#open.delete(producerId)
    const marker = { kind, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: 0, baseOffset: this.#next }
    return this.#append(buildMarker(marker), 1)
  }

  #append(bytes: Buffer, count: number): this {
    this.#next += count
    this.batches.push({ bytes, last: this.#next - 1 })
    return this
  }
}

/** Fetches of so many batches each; a broker tells every aborted transaction that reaches into what it sends. */
function readAll(log: TransactionLog, plan: Partial<ConsumePlan>, batchesAtOnce: number) {
  const { batchReader, told } = reading(plan)
  const position = new PartitionPosition({ partition: 0, startOffset: 0 }, 1)
  for (let from = 0; from < log.batches.length; from += batchesAtOnce) {
    const piece = log.batches.slice(from, from + batchesAtOnce)
    position.advance({
      records: Buffer.concat(piece.map(({ bytes }) => bytes)),
      lastStableOffset: Number.POSITIVE_INFINITY,
      abortedTransactions:
        plan.isolation === 'read_committed'
          ? log.aborted
              .filter(
                ({ firstOffset, lastOffset }) => firstOffset <= piece.at(-1)!.last && lastOffset >= position.offset,
              )
              .reverse()
          : null,
    })
    batchReader.readAdvanced([position])
  }
  return { ...told(), offset: position.offset }
}

const cases = [
  {
    why: 'an aborted transaction is passed over, a committed one is read',
    log: () => new TransactionLog().records(1, 3).end(1, 'abort').records(2, 4).end(2, 'commit'),
    committed: 4,
    all: 7,
  },
  {
    why: 'the same producer again after its abort',
    log: () => new TransactionLog().records(1, 3).end(1, 'abort').records(1, 5).end(1, 'commit'),
    committed: 5,
    all: 8,
  },
  {
    why: 'aborted twice, committed in between',
    log: () =>
      new TransactionLog().records(1, 1).end(1, 'abort').records(1, 2).end(1, 'commit').records(1, 4).end(1, 'abort'),
    committed: 2,
    all: 7,
  },
  {
    why: 'transactions of two producers mixed, one aborted',
    log: () =>
      new TransactionLog().records(1, 1).records(2, 2).records(1, 4).end(1, 'abort').records(2, 8).end(2, 'commit'),
    committed: 10,
    all: 15,
  },
  {
    why: 'records without a transaction in the middle of an aborted one',
    log: () => new TransactionLog().records(1, 1).records(-1, 2).records(1, 4).end(1, 'abort'),
    committed: 2,
    all: 7,
  },
  {
    why: 'one aborted within another that is aborted later',
    log: () =>
      new TransactionLog().records(1, 1).records(2, 2).end(2, 'abort').records(2, 4).end(2, 'commit').end(1, 'abort'),
    committed: 4,
    all: 7,
  },
]

describe.each(['headers', 'records'] as const)('transactions (%s)', decode => {
  it.each(cases)('$why', ({ log: make, committed, all }) => {
    for (const batchesAtOnce of [1, 2, 3, 100]) {
      const log = make()
      const markers = log.batches.at(-1)!.last + 1
      expect(readAll(log, { decode, isolation: 'read_committed' }, batchesAtOnce)).toMatchObject({
        records: committed,
        offset: markers,
      })
      expect(readAll(log, { decode, isolation: 'read_uncommitted' }, batchesAtOnce).records).toBe(all)
    }
  })
})

describe('an answer that repeats what was read', () => {
  it('counts only what is new', () => {
    const { batchReader, told } = reading({ decode: 'headers' })
    const log = new TransactionLog().records(-1, 10).records(-1, 10).records(-1, 10)
    const position = new PartitionPosition({ partition: 0, startOffset: 0 }, 1)
    const answer = (from: number, to: number) => {
      const records = Buffer.concat(log.batches.slice(from, to).map(({ bytes }) => bytes))
      position.advance({ records, lastStableOffset: 0, abortedTransactions: null })
      batchReader.readAdvanced([position])
      return { records: told().records, batches: told().batches, offset: position.offset }
    }
    expect(answer(0, 2)).toEqual({ records: 20, batches: 2, offset: 20 })
    expect(answer(0, 1)).toEqual({ records: 20, batches: 2, offset: 20 })
    expect(answer(1, 3)).toEqual({ records: 30, batches: 3, offset: 30 })
  })
})

describe('latency end to end', () => {
  function latencyOf(value: Buffer, stamp: StampForm | 'createTime' | undefined, timestampMs = 0) {
    const { batchReader, told, latency } = reading({}, stamp)
    const position = new PartitionPosition({ partition: 0, startOffset: 0 }, 1)
    const records = buildBatch({
      records: [
        { key: null, value: Buffer.alloc(3), timestampMs: 0 },
        { key: Buffer.from('k'), value, timestampMs },
      ],
    })
    position.offset = 1
    position.advance({ records, lastStableOffset: 0, abortedTransactions: null })
    batchReader.readAdvanced([position])
    told()
    return latency.totalCount === 0 ? undefined : latency.getValueAtPercentile(0) / 1e6
  }

  const stamped = (form: StampForm, bytes: number, wallUs: number) => {
    const value = Buffer.alloc(bytes)
    const write = form === 'binary' ? writeBinaryStamp : writeTextStamp
    write(new DataView(value.buffer, value.byteOffset, bytes), 0, bytes, 5, wallUs)
    return value
  }

  const within = 0.001
  const measured = [
    { why: 'a binary stamp', value: stamped('binary', 100, 1_500_000), stamp: 'binary' as const, ms: 500 },
    { why: 'a text stamp', value: stamped('text', 100, 1_999_000), stamp: 'text' as const, ms: 1 },
    {
      why: 'a stamp of the future, of another clock: nothing',
      value: stamped('binary', 16, 3_000_000),
      stamp: 'binary' as const,
      ms: 0,
    },
    { why: 'the create time of the record', value: Buffer.from('x'), stamp: 'createTime' as const, ms: 500 },
  ]
  it.each(measured)('is measured by $why', ({ value, stamp, ms }) => {
    const found = latencyOf(value, stamp, 1_500)!
    expect(Math.abs(found - ms)).toBeLessThanOrEqual(ms * within)
  })

  const unmeasured = [
    { why: 'of values too short for a stamp', value: stamped('binary', 15, 0), stamp: 'binary' as const },
    { why: 'of text that is no stamp', value: Buffer.from('x'.repeat(40)), stamp: 'text' as const },
    { why: 'when nobody asks', value: stamped('binary', 100, 0), stamp: undefined },
  ]
  it.each(unmeasured)('is not made up $why', ({ value, stamp }) => {
    expect(latencyOf(value, stamp)).toBeUndefined()
  })
})

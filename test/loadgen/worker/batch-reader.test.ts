// Shows which records a consumer counts when transactions are aborted, and what it measures end to end.
// Method: logs as a broker keeps them, transactions interleaved and their markers in between, read in one answer or in many.
import { describe, expect, it } from 'vitest'
import { makeHistogram } from '../../../core/histogram.ts'
import { streamWord, writeStampRecord, writeStampRun } from '../../../loadgen/payload/stamp.ts'
import type { ConsumePlan } from '../../../loadgen/plan.ts'
import { BatchReader } from '../../../loadgen/worker/batch-reader.ts'
import { PartitionPosition } from '../../../loadgen/worker/partition-position.ts'
import type { Reading } from '../../../loadgen/worker/record-times.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'
import { buildBatch } from '../../../wire/record-batch/build.ts'
import { buildMarker } from '../../../wire/record-batch/control.ts'
import { consumeOf } from '../plans.ts'

const nowUs = 2_000_000
const clock = { nowNs: () => 0, wallUsAt: () => nowUs }

const nothing: Reading = { measureBy: 'nothing', startsAtZero: () => true }
const byStamp: Reading = { measureBy: 'stamp', startsAtZero: () => true }

function reading(plan: Partial<ConsumePlan> = {}, how = nothing) {
  const memory = allocateSlots()
  const reader = new SlotReader(memory)
  const batchReader = new BatchReader(consumeOf(plan), how, { slots: new WorkerSlots(memory), clock })
  const latency = makeHistogram()
  const sinceSent = makeHistogram()
  const counts = zeroCounts()
  return {
    batchReader,
    reader,
    latency,
    sinceSent,
    told: () => {
      reader.addGrowthTo(counts)
      reader.latency.drainInto(latency)
      reader.measured.sinceSent.drainInto(sinceSent)
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
      highWatermark: Number.POSITIVE_INFINITY,
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
      position.advance({ records, highWatermark: 0, lastStableOffset: 0, abortedTransactions: null })
      batchReader.readAdvanced([position])
      return { records: told().records, batches: told().batches, offset: position.offset }
    }
    expect(answer(0, 2)).toEqual({ records: 20, batches: 2, offset: 20 })
    expect(answer(0, 1)).toEqual({ records: 20, batches: 2, offset: 20 })
    expect(answer(1, 3)).toEqual({ records: 30, batches: 3, offset: 30 })
  })
})

interface Made {
  readonly run?: number
  readonly host?: number
  readonly producer?: number
  readonly sequence?: number
  readonly intendedUs?: number
  readonly lateUs?: number
}

function stamped({ run = 1, host = 2, producer = 0, sequence = 0, intendedUs = 0, lateUs = 0 }: Made = {}): Buffer {
  const value = Buffer.alloc(40)
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  writeStampRun(view, 0, { run, host })
  writeStampRecord(view, 0, streamWord(producer, 0), sequence, intendedUs, lateUs)
  return value
}

/** One batch for each list of values. */
function readValues(how: Reading, batches: readonly (readonly Buffer[])[], startOffset = 0, logAppendTimeMs?: number) {
  const { batchReader, told, latency, sinceSent, reader } = reading({}, how)
  const position = new PartitionPosition({ partition: 0, startOffset }, 1)
  let baseOffset = 0
  for (const values of batches) {
    const records = buildBatch({
      baseOffset,
      records: values.map(value => ({ key: null, value, timestampMs: 1_500 })),
      ...(logAppendTimeMs === undefined ? {} : { logAppendTimeMs }),
    })
    baseOffset += values.length
    position.advance({ records, highWatermark: 0, lastStableOffset: 0, abortedTransactions: null })
    batchReader.readAdvanced([position])
  }
  const counts = told()
  const at = (percentile: number) => latency.getValueAtPercentile(percentile) / 1e6
  const sinceSentMs = [0, 100].map(percentile => sinceSent.getValueAtPercentile(percentile) / 1e6)
  const times = { count: latency.totalCount, leastMs: at(0), mostMs: at(100), sinceSentMs }
  return { counts, ledger: batchReader.ledger.outcome, ...times, clockErrorUs: reader.gauge('clockErrorUs') }
}

describe('latency end to end', () => {
  const measured = [
    { why: 'a stamp', value: stamped({ intendedUs: 1_500_000 }), how: byStamp, ms: 500 },
    {
      why: 'a stamp of the future, of another clock: nothing',
      value: stamped({ intendedUs: 3e6 }),
      how: byStamp,
      ms: 0,
    },
    {
      why: 'the create time of the record',
      value: Buffer.from('x'),
      how: { ...nothing, measureBy: 'createTime' as const },
      ms: 500,
    },
  ]
  it.each(measured)('is measured by $why', ({ value, how, ms }) => {
    const found = readValues(how, [[value]])
    expect(found.count).toBe(1)
    expect(Math.abs(found.leastMs - ms)).toBeLessThanOrEqual(ms * 0.001)
  })

  it('counts every record, however many are of one age', () => {
    const ages = [5, 5, 5, 7, 7, 5, 5, 9]
    const found = readValues(byStamp, [
      ages.slice(0, 6).map((ms, sequence) => stamped({ sequence, intendedUs: nowUs - ms * 1000 })),
      ages.slice(6).map((ms, index) => stamped({ sequence: 6 + index, intendedUs: nowUs - ms * 1000 })),
    ])
    expect(found.count).toBe(8)
    expect([Math.round(found.leastMs), Math.round(found.mostMs)]).toEqual([5, 9])
  })

  it('tells how many were read before their time, within a millisecond, and by the clock of another host', () => {
    const ages = [-5_000, -1, 0, 999, 1000, 70_000]
    const values = ages.map((us, sequence) => stamped({ sequence, intendedUs: nowUs - us }))
    const { counts, count } = readValues({ ...byStamp, host: 2 }, [[...values, stamped({ sequence: 6, host: 3 })]])
    expect(count).toBe(6)
    expect(counts).toMatchObject({ agesNegative: 2, agesSubMs: 2, ofOtherHosts: 1, logAppended: 0 })
  })

  it("counts from the broker's time on a topic with LogAppendTime, and says so", () => {
    const byTime = { ...nothing, measureBy: 'createTime' as const }
    const { counts, leastMs } = readValues(byTime, [[Buffer.from('x'), Buffer.from('y')]], 0, nowUs / 1000 - 250)
    expect([counts.logAppended, Math.round(leastMs)]).toEqual([2, 250])
  })

  it('is measured from when a record was made as well', () => {
    const made = [0, 0, 20_000].map((lateUs, sequence) => stamped({ sequence, intendedUs: nowUs - 50_000, lateUs }))
    const { leastMs, mostMs, sinceSentMs } = readValues(byStamp, [made])
    expect([leastMs, mostMs].map(Math.round)).toEqual([50, 50])
    expect(sinceSentMs.map(Math.round)).toEqual([30, 50])
  })

  describe('of runs whose clocks are another', () => {
    const offsets = { find: (run: number) => (run === 8 ? { run, offsetUs: 700_000, errorUs: 2_500 } : undefined) }
    const apart = { ...byStamp, host: 2, hostErrorUs: 11, offsets }

    it('allows for the offset, where it is known', () => {
      const found = readValues(apart, [
        [
          stamped({ run: 8, host: 3, intendedUs: nowUs + 700_000 - 40_000 }),
          stamped({ run: 9, host: 3, intendedUs: nowUs }),
          stamped({ run: 1, host: 2, intendedUs: nowUs - 40_000 }),
        ],
      ])
      expect([found.count, Math.round(found.leastMs), Math.round(found.mostMs)]).toEqual([2, 40, 40])
      expect(found.counts).toMatchObject({ ofOtherHosts: 1, ofThisHost: 1, agesNegative: 0 })
      expect(found.clockErrorUs).toBe(2_500)
    })

    it('counts what is younger than the clocks may be apart, each by the error of its own run', () => {
      const ages = [-2_000, 0, 2_499, 2_500, 9_000]
      const found = readValues(apart, [
        ages.map((us, sequence) => stamped({ run: 8, host: 3, sequence, intendedUs: nowUs + 700_000 - us })),
        ages.map((us, sequence) => stamped({ run: 1, host: 2, sequence, intendedUs: nowUs - us })),
      ])
      expect(found.counts).toMatchObject({ agesNegative: 2, agesBelowError: 3 + 2, agesSubMs: 2 })
      expect(found.count).toBe(10)
    })

    it('asks for no records from before, by the clock of the consumer', () => {
      const late = { ...apart, sinceUs: nowUs - 30_000 }
      const found = readValues(late, [
        [20_000, 40_000].map((us, sequence) =>
          stamped({ run: 8, host: 3, sequence, intendedUs: nowUs + 700_000 - us }),
        ),
      ])
      expect([found.count, Math.round(found.mostMs)]).toEqual([1, 20])
    })
  })

  const unmeasured = [
    { why: 'of values without a stamp', value: Buffer.from('x'.repeat(40)), how: byStamp },
    { why: 'of another run', value: stamped({ run: 5 }), how: { ...byStamp, run: 1 } },
    { why: 'of another host, whose clock is another', value: stamped({ host: 5 }), how: { ...byStamp, host: 2 } },
    { why: 'of before the consumer', value: stamped({ intendedUs: 10 }), how: { ...byStamp, sinceUs: 11 } },
    { why: 'when nobody asks', value: stamped(), how: nothing },
  ]
  it.each(unmeasured)('is not made up $why', ({ value, how }) => {
    expect(readValues(how, [[value]]).count).toBe(0)
  })
})

describe('the ledger of what was read', () => {
  const of = (producer: number, ...sequences: number[]) => sequences.map(sequence => stamped({ producer, sequence }))

  it('tells runs, producers and records without a stamp apart', () => {
    const { ledger } = readValues({ ...byStamp, run: 1 }, [
      of(0, 0, 1, 2),
      of(3, 0, 2),
      [stamped({ run: 9 }), Buffer.from('x'), Buffer.alloc(100)],
      of(0, 3),
    ])
    expect(ledger).toMatchObject({ foreign: 1, unstamped: 2, unaccounted: 0 })
    expect(ledger.streams).toMatchObject([
      { run: 1, stream: streamWord(0, 0), next: 4, received: 4, gaps: [] },
      { run: 1, stream: streamWord(3, 0), next: 3, received: 2, gaps: [[1, 2]] },
    ])
  })

  it('keeps the books of every run when it is not asked for one', () => {
    const { ledger } = readValues(byStamp, [
      [stamped({ run: 1 }), stamped({ run: 2 }), stamped({ run: 1, sequence: 1 })],
    ])
    expect(ledger.foreign).toBe(0)
    expect(ledger.streams.map(({ run, received }) => [run, received])).toEqual([
      [1, 2],
      [2, 1],
    ])
  })

  it('does not count twice what a repeated answer brings again', () => {
    const { batchReader } = reading({}, byStamp)
    const position = new PartitionPosition({ partition: 0, startOffset: 0 }, 1)
    const records = buildBatch({ records: of(0, 0, 1, 2).map(value => ({ key: null, value, timestampMs: 0 })) })
    for (let round = 0; round < 2; round++) {
      position.advance({ records, highWatermark: 0, lastStableOffset: 0, abortedTransactions: null })
      batchReader.readAdvanced([position])
    }
    expect(batchReader.ledger.outcome.streams).toMatchObject([{ received: 3, duplicated: 0 }])
  })
})

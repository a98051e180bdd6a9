// Shows how a result comes out of what was measured: rates over the measured time, what was offered, the verdict and all its
// reasons, and that every result fits the published schema.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../core/errors.ts'
import { balance } from '../../loadgen/accounting.ts'
import { Meter } from '../../loadgen/meter.ts'
import type { BenchPlan } from '../../loadgen/plan.ts'
import { type Result, resultModel } from '../../loadgen/result.ts'
import { buildResult, type Finished, Tally } from '../../loadgen/summary.ts'
import { allocateSlots, SlotReader, WorkerSlots } from '../../loadgen/worker/slots.ts'
import { benchOf, consumeOf, produceOf } from './plans.ts'
import { produceResult } from './report/result-fixture.ts'

interface Counted {
  readonly warmup?: number
  readonly measured?: number
  readonly drained?: number
  readonly errors?: number
}

interface Run extends Partial<Omit<Finished, 'plan' | 'meter' | 'environment'>> {
  readonly plan: Partial<BenchPlan>
  readonly produced?: Counted
  readonly consumed?: Counted
  readonly measuredSec?: number
}

/** A run whose windows are one warm-up, one measured, one drain. */
function resultOf({ plan: changes, produced, consumed, measuredSec = 10, ...rest }: Run): Result {
  const plan = benchOf({ durationMs: 10_000, ...changes })
  const sides = [produced, consumed].map(counted => {
    if (counted === undefined) return undefined
    const memory = allocateSlots()
    return { counted, slots: new WorkerSlots(memory), reader: new SlotReader(memory) }
  })
  const [produce, consume] = sides
  const meter = new Meter(0, produce ? [produce.reader] : [], consume ? [consume.reader] : [])
  const add = (phase: 'warmup' | 'measured' | 'drained') => {
    for (const side of sides) {
      const records = side?.counted[phase] ?? 0
      if (side === undefined || records === 0) continue
      side.slots.add('records', records)
      side.slots.add('bytes', records * 100)
      // As a producer tells them apart: what was drained was meant to be sent in the measured time.
      const times = phase === 'warmup' && side === produce ? side.slots.warmup : side.slots.measured
      times.latency.record(5e6, records)
      times.service.record(4e6, records)
      times.lateness.record(1e6, records)
    }
  }
  add('warmup')
  meter.close(plan.warmupMs * 1e6, 'warm-up')
  add('measured')
  meter.close((plan.warmupMs / 1000 + measuredSec) * 1e9, 'measuring')
  add('drained')
  produce?.slots.add('errors', produced?.errors ?? 0)
  meter.close((plan.warmupMs / 1000 + measuredSec + 1) * 1e9, 'draining')
  const result = buildResult({
    plan,
    environment: produceResult.environment,
    meter,
    tally: new Tally(),
    delivery: undefined,
    failure: undefined,
    run: 1,
    reachedEnd: true,
    ...rest,
  })
  return resultModel.parse(result)
}

const topic = { ...produceResult.environment.topic, id: '', created: true, leaders: [1, 1] }
const deliveryOf = (written: readonly number[], acked: readonly number[]) =>
  balance(topic, [100, 200], [100 + written[0]!, 200 + written[1]!], { acked, markers: [0, 0], uncertain: [0, 0] })

const producing = { mode: 'produce', produce: produceOf() } as const
const consuming = { mode: 'consume', consume: consumeOf() } as const
const roundtrip = { mode: 'roundtrip', produce: produceOf(), consume: consumeOf() } as const
const interrupted = () => Object.assign(new Tally(), { interrupted: true })

describe('rates', () => {
  it('are of the measured time: no warm-up, no drain', () => {
    const { produce, measuredSeconds } = resultOf({
      plan: { ...producing, warmupMs: 5_000 },
      produced: { warmup: 777, measured: 5_000, drained: 55 },
    })
    expect(measuredSeconds).toBe(10)
    expect(produce).toMatchObject({
      records: 5_000,
      bytes: 500_000,
      recordsPerSec: 500,
      mbPerSec: 0.05,
      totalRecords: 5_832,
      errors: 0,
    })
    expect(produce!.mibPerSec).toBeCloseTo(50_000 / 2 ** 20, 9)
    // Of what was asked for in the measured time nothing is left out, however late its answer came.
    expect(produce!.latency).toMatchObject({ count: 5_055, from: 'appended' })
    expect(produce!.serviceLatency).toMatchObject({ count: 5_055, from: 'sent' })
    expect(produce).not.toHaveProperty('lateness')
  })

  it('are zero when nothing was measured, and nothing is divided by nothing', () => {
    const result = resultOf({ plan: producing, produced: {}, measuredSec: 0 })
    expect(result.produce).toMatchObject({ records: 0, recordsPerSec: 0, mbPerSec: 0 })
    expect(result.produce).not.toHaveProperty('latency')
    expect(result.cpuUsPerRecord).toBeNull()
    expect(result.cpu.percent).toBe(0)
  })

  it('of both sides of a roundtrip share the processor', () => {
    const result = resultOf({
      plan: roundtrip,
      produced: { measured: 600 },
      consumed: { measured: 400 },
      delivery: deliveryOf([300, 300], [300, 300]),
    })
    const cpuSec = result.cpu.userSeconds + result.cpu.systemSeconds
    expect(result.cpuUsPerRecord).toBeCloseTo((cpuSec * 1e6) / 1_000, 9)
  })
})

describe('what was offered', () => {
  const rate = (perSec: number, kind: 'records' | 'bytes' = 'records') => ({
    mode: 'produce' as const,
    produce: produceOf({ rate: { kind, perSec } }),
  })
  const cases: { why: string; run: Run; offered: number }[] = [
    { why: 'rate times duration', run: { plan: rate(1_000) }, offered: 10_000 },
    { why: 'not the warm-up', run: { plan: { ...rate(1_000), warmupMs: 5_000 } }, offered: 10_000 },
    {
      why: 'a window that ended a little late asks for no more',
      run: { plan: rate(1_000), measuredSec: 10.002 },
      offered: 10_000,
    },
    { why: 'nor one that ended early for less', run: { plan: rate(1_000), measuredSec: 9.999 }, offered: 10_000 },
    { why: 'no more than the limit', run: { plan: { ...rate(1_000), records: 5_000 } }, offered: 5_000 },
    {
      why: 'what of the limit was left after the warm-up',
      run: { plan: { ...rate(1_000), records: 7_000, warmupMs: 5_000 } },
      offered: 2_000,
    },
    {
      why: 'nothing when the warm-up used it up',
      run: { plan: { ...rate(1_000), records: 3_000, warmupMs: 5_000 } },
      offered: 0,
    },
    { why: 'bytes by the size of a record', run: { plan: rate(100_000, 'bytes') }, offered: 10_000 },
    {
      why: 'up to the moment of the interruption',
      run: { plan: rate(1_000), measuredSec: 4, tally: interrupted() },
      offered: 4_000,
    },
    {
      why: 'up to the failure',
      run: { plan: rate(1_000), measuredSec: 2.5, failure: new MillraceError('SENDS_FAILED', 'no') },
      offered: 2_500,
    },
    { why: 'less than one record', run: { plan: rate(0.05) }, offered: 1 },
  ]
  it.each(cases)('$why', ({ run, offered }) => {
    expect(resultOf({ produced: { measured: 1 }, ...run }).produce!.offered).toBe(offered)
  })

  it('is not told when there is no rate', () => {
    expect(resultOf({ plan: producing, produced: { measured: 1 } }).produce).not.toHaveProperty('offered')
  })

  it('makes latency count from the intended moment', () => {
    const { produce } = resultOf({ plan: rate(1_000), produced: { measured: 5 } })
    expect(produce!.latency!.from).toBe('intended')
    expect(produce!.lateness).toMatchObject({ count: produce!.latency!.count, from: 'intended' })
  })
})

describe('the verdict', () => {
  const failure = new MillraceError('RECORD_TOO_LARGE', 'record 5 is too large')
  const missing = () => Object.assign(new Tally(), { recordsMissing: true })
  const cases: { why: string; run: Run; verdict: Result['verdict']; reasons: string[] }[] = [
    {
      why: 'ok: everything acknowledged is there',
      run: { plan: producing, produced: { measured: 5 }, delivery: deliveryOf([2, 3], [2, 3]) },
      verdict: 'ok',
      reasons: [],
    },
    {
      why: 'failed: the brokers hold fewer',
      run: { plan: producing, produced: { measured: 5 }, delivery: deliveryOf([2, 2], [2, 3]) },
      verdict: 'failed',
      reasons: ['DELIVERY_MISMATCH'],
    },
    {
      why: 'failed: the brokers hold more',
      run: { plan: producing, produced: { measured: 5 }, delivery: deliveryOf([2, 4], [2, 3]) },
      verdict: 'failed',
      reasons: ['DELIVERY_MISMATCH'],
    },
    {
      why: 'failed: one too many here and one too few there do not make up for each other',
      run: { plan: producing, produced: { measured: 5 }, delivery: deliveryOf([3, 2], [2, 3]) },
      verdict: 'failed',
      reasons: ['DELIVERY_MISMATCH'],
    },
    {
      why: 'failed: an error, with the records it cost; what is in the topic is then no second finding',
      run: { plan: producing, produced: { measured: 5, errors: 7 }, failure, delivery: deliveryOf([9, 9], [2, 3]) },
      verdict: 'failed',
      reasons: ['RECORD_TOO_LARGE', 'SENDS_FAILED'],
    },
    {
      why: 'interrupted: nothing else is wrong',
      run: { plan: producing, produced: { measured: 5 }, tally: interrupted(), delivery: deliveryOf([2, 3], [2, 3]) },
      verdict: 'interrupted',
      reasons: ['INTERRUPTED'],
    },
    {
      why: 'failed: interrupted, but records are missing too',
      run: { plan: producing, produced: { measured: 5 }, tally: interrupted(), delivery: deliveryOf([2, 2], [2, 3]) },
      verdict: 'failed',
      reasons: ['DELIVERY_MISMATCH', 'INTERRUPTED'],
    },
    {
      why: 'ok: a roundtrip that read what it wrote',
      run: {
        plan: roundtrip,
        produced: { measured: 5 },
        consumed: { measured: 4, drained: 1 },
        delivery: deliveryOf([2, 3], [2, 3]),
      },
      verdict: 'ok',
      reasons: [],
    },
    {
      why: 'failed: a roundtrip that read less',
      run: {
        plan: roundtrip,
        produced: { measured: 5 },
        consumed: { measured: 4 },
        delivery: deliveryOf([2, 3], [2, 3]),
      },
      verdict: 'failed',
      reasons: ['RECORDS_MISSING'],
    },
    {
      why: 'failed: a roundtrip that read more',
      run: {
        plan: roundtrip,
        produced: { measured: 5 },
        consumed: { measured: 6 },
        delivery: deliveryOf([2, 3], [2, 3]),
      },
      verdict: 'failed',
      reasons: ['RECORDS_MISSING'],
    },
    {
      why: 'ok: a consumer that read what there was',
      run: { plan: consuming, consumed: { measured: 5 } },
      verdict: 'ok',
      reasons: [],
    },
    {
      why: 'failed: a consumer that waited in vain',
      run: { plan: { ...consuming, records: 100 }, consumed: { measured: 5 }, tally: missing() },
      verdict: 'failed',
      reasons: ['RECORDS_MISSING'],
    },
    {
      why: 'failed: a consumer with an error',
      run: { plan: consuming, consumed: { measured: 5 }, failure: new MillraceError('BATCH_CORRUPT', 'bad') },
      verdict: 'failed',
      reasons: ['BATCH_CORRUPT'],
    },
  ]
  it.each(cases)('$why', ({ run, verdict, reasons }) => {
    const result = resultOf(run)
    expect(result.verdict).toBe(verdict)
    expect(result.reasons.map(({ code }) => code)).toEqual(reasons)
  })

  const texts: { why: string; run: Run; text: string }[] = [
    {
      why: 'records given up on',
      run: { plan: producing, produced: { errors: 7 }, failure },
      text: '7 records were made and not acknowledged',
    },
    {
      why: 'a roundtrip',
      run: {
        plan: roundtrip,
        produced: { measured: 5 },
        consumed: { measured: 4 },
        delivery: deliveryOf([2, 3], [2, 3]),
      },
      text: '5 records were written, 4 were read back',
    },
    {
      why: 'a number of records',
      run: { plan: { ...consuming, records: 100 }, consumed: { measured: 5 }, tally: missing() },
      text: '5 records were read, 100 records was not reached: no more came for 15 s',
    },
    {
      why: 'the end of the log',
      run: { plan: consuming, consumed: { measured: 5 }, tally: missing() },
      text: '5 records were read, the end of the log was not reached: no more came for 15 s',
    },
  ]
  it.each(texts)('says what is missing: $why', ({ run, text }) => {
    expect(resultOf(run).reasons.at(-1)!.message).toBe(text)
  })
})

describe('errors', () => {
  it('of a producer are records, by the code that ended the run', () => {
    const failure = new MillraceError('RECORD_TOO_LARGE', 'no')
    const { produce } = resultOf({ plan: producing, produced: { measured: 5, errors: 7 }, failure })
    expect(produce).toMatchObject({ errors: 7, errorsByCode: { RECORD_TOO_LARGE: 7 } })
  })

  it('of a consumer are one', () => {
    const failure = new MillraceError('BATCH_CORRUPT', 'no')
    const { consume } = resultOf({ plan: consuming, consumed: { measured: 5 }, failure })
    expect(consume).toMatchObject({ errors: 1, errorsByCode: { BATCH_CORRUPT: 1 } })
  })

  it('retries are told by side and code', () => {
    const tally = new Tally()
    tally.addRetries('produce', { NOT_LEADER_OR_FOLLOWER: 2 })
    tally.addRetries('produce', { NOT_LEADER_OR_FOLLOWER: 1, CONNECTION_CLOSED: 1 })
    tally.addRetries('consume', { REQUEST_TIMEOUT: 5 })
    const { produce, consume } = resultOf({
      plan: roundtrip,
      produced: { measured: 1 },
      consumed: { measured: 1 },
      delivery: deliveryOf([1, 0], [1, 0]),
      tally,
    })
    expect(produce!.retriesByCode).toEqual({ NOT_LEADER_OR_FOLLOWER: 3, CONNECTION_CLOSED: 1 })
    expect(consume!.retriesByCode).toEqual({ REQUEST_TIMEOUT: 5 })
  })
})

describe('end to end latency', () => {
  const sources = [
    { stamp: 'value' as const, from: 'stamp' },
    { stamp: 'header' as const, from: 'stamp' },
    { stamp: 'none' as const, from: 'createTime' },
  ]
  it.each(sources)('with the stamp as $stamp is from the $from', ({ stamp, from }) => {
    const { consume } = resultOf({
      plan: { ...roundtrip, produce: produceOf({ stamp }) },
      produced: { measured: 1 },
      consumed: { measured: 1 },
      delivery: deliveryOf([1, 0], [1, 0]),
    })
    expect(consume!.latency!.from).toBe(from)
  })
})

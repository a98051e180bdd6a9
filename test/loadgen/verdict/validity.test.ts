// Shows how a run is judged: what is asked and delivered, who was at the limit, what disturbed it, and that a healthy run stays
// valid right up to each limit. Method: made-up audits on both sides of every limit, and random healthy ones.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { validityModel } from '../../../loadgen/verdict/model.ts'
import { type Evidence, judge } from '../../../loadgen/verdict/validity.ts'
import { latencyFixture, produceResult } from '../report/result-fixture.ts'
import { evidenceOf } from './evidence.ts'

const kept = { offered: 100_000, acked: 100_000 }
const behind = { offered: 100_000, acked: 70_000 }
const heldUp = { brokerWaitPercent: 97, cpuPercent: 8 }
const busy = { cpuPercent: 97, runQueuePercent: 1 }
const starved = { cpuPercent: 48, runQueuePercent: 51 }
/** Measured: a slow broker, and a compiler running beside the generator. */
const heldUpAmongOthers = { brokerWaitPercent: 86, cpuPercent: 4.2, runQueuePercent: 26 }
/** Measured: busy loops on the only processor, and a broker that is none too fast. */
const starvedAtSlowBroker = { brokerWaitPercent: 54, cpuPercent: 15, runQueuePercent: 45 }
/** Measured: 2.4 % above what a broker takes, for 10 s. Its queue is full only after some seconds. */
const heldUpByAndBy = { brokerWaitPercent: 47, cpuPercent: 7, runQueuePercent: 2.8 }
const consumer = { role: 'consume', bufferFullPercent: undefined, brokerWaitPercent: undefined } as const

const verdicts: readonly [string, ReturnType<typeof evidenceOf>, string, readonly string[]][] = [
  ['a schedule that was kept', evidenceOf(kept), 'valid', []],
  ['nothing missing but what is in flight', evidenceOf({ offered: 100_000, acked: 99_000 }), 'valid', []],
  [
    'more than that missing',
    evidenceOf({ offered: 100_000, acked: 98_900 }, { workers: [busy] }),
    'generator-limited',
    ['GENERATOR_SATURATED'],
  ],
  [
    'a short run whose last answers are on their way',
    evidenceOf({ offered: 10_000, acked: 9_001, seconds: 1 }),
    'valid',
    [],
  ],
  ['one record a second, one of them on its way', evidenceOf({ offered: 10, acked: 9 }), 'valid', []],
  ['a generator out of CPU', evidenceOf(behind, { workers: [busy] }), 'generator-limited', ['GENERATOR_SATURATED']],
  [
    'a generator whose CPU others took',
    evidenceOf(behind, { workers: [starved] }),
    'generator-limited',
    ['GENERATOR_STARVED'],
  ],
  [
    'one that was starved and held up at the same time',
    evidenceOf(behind, { workers: [{ ...starved, brokerWaitPercent: 60 }] }),
    'generator-limited',
    ['GENERATOR_STARVED'],
  ],
  [
    'brokers that held the workers up',
    evidenceOf(behind, { workers: [heldUp, heldUp] }),
    'broker-limited',
    ['BROKER_SATURATED'],
  ],
  [
    'brokers that are a little too slow, and held a worker up by and by',
    evidenceOf({ offered: 100_000, acked: 98_500 }, { workers: [heldUpByAndBy] }),
    'broker-limited',
    ['BROKER_SATURATED'],
  ],
  [
    'the same beside a shortfall that it does not explain',
    evidenceOf(behind, { workers: [heldUpByAndBy] }),
    'generator-limited',
    ['GENERATOR_SATURATED'],
  ],
  [
    'a stall of the generator, beside a broker that held it up for a little',
    evidenceOf({ offered: 100_000, acked: 98_500 }, { workers: [{ brokerWaitPercent: 12, cpuPercent: 7 }] }),
    'generator-limited',
    ['GENERATOR_SATURATED'],
  ],
  [
    'a buffer that was full',
    evidenceOf(behind, { workers: [{ bufferFullPercent: 80 }] }),
    'broker-limited',
    ['BROKER_SATURATED'],
  ],
  [
    'brokers that held one worker of two up',
    evidenceOf(behind, { workers: [heldUp, {}] }),
    'broker-limited',
    ['BROKER_SATURATED'],
  ],
  [
    'brokers that held up a worker which also waited for a processor',
    evidenceOf(behind, { workers: [heldUpAmongOthers] }),
    'broker-limited',
    ['BROKER_SATURATED'],
  ],
  [
    'a worker that waited longer for a processor than for brokers',
    evidenceOf(behind, { workers: [starvedAtSlowBroker] }),
    'generator-limited',
    ['GENERATOR_STARVED'],
  ],
  ['a held-up worker that caught up again', evidenceOf(kept, { workers: [heldUp] }), 'valid', []],
  [
    'a consumer that waits for brokers',
    evidenceOf({ ...kept, read: 50_000 }, { workers: [{}, { ...consumer, cpuPercent: 5 }] }),
    'broker-limited',
    ['BROKER_SATURATED'],
  ],
  [
    'a consumer out of CPU',
    evidenceOf({ ...kept, read: 50_000 }, { workers: [{}, { ...consumer, cpuPercent: 99 }] }),
    'generator-limited',
    ['GENERATOR_SATURATED'],
  ],
  [
    'steal over the whole run',
    evidenceOf(kept, { machine: { stealPercent: 2, stealPercentMax: 3 } }),
    'disturbed',
    ['CPU_STEAL'],
  ],
  [
    'steal in one second',
    evidenceOf(kept, { machine: { stealPercent: 0.5, stealPercentMax: 10 } }),
    'disturbed',
    ['CPU_STEAL'],
  ],
  ['a little steal', evidenceOf(kept, { machine: { stealPercent: 1.9, stealPercentMax: 9.9 } }), 'valid', []],
  [
    'a generator that fell behind because of steal',
    evidenceOf(behind, { workers: [busy], machine: { stealPercent: 30, stealPercentMax: 60 } }),
    'disturbed',
    ['CPU_STEAL', 'GENERATOR_SATURATED'],
  ],
  ['a clock that was set', evidenceOf(kept, { clock: { jumps: [{ sec: 4, ms: -500 }] } }), 'disturbed', ['CLOCK_JUMP']],
  [
    'a broker that restarted',
    evidenceOf(kept, { brokers: { connectionsLost: 3, leaderChanges: 2 } }),
    'disturbed',
    ['BROKER_RESTART'],
  ],
  ['a broker that is gone', evidenceOf(kept, { brokers: { lost: [2] } }), 'disturbed', ['BROKER_RESTART']],
  [
    'others on the processors',
    evidenceOf(kept, { workers: [{ runQueuePercent: 5 }], machine: { othersCpuPercent: 40 } }),
    'disturbed',
    ['COMPETING_LOAD'],
  ],
  [
    'others beside enough idle processors',
    evidenceOf(kept, { workers: [{ runQueuePercent: 0.1 }], machine: { othersCpuPercent: 200 } }),
    'valid',
    [],
  ],
  [
    'others that cannot be told from a broker',
    evidenceOf(kept, { workers: [{ runQueuePercent: 30 }], machine: { othersCpuPercent: null } }),
    'valid',
    [],
  ],
  [
    'others that kept it from the schedule',
    evidenceOf(behind, { workers: [starved], machine: { othersCpuPercent: 150 } }),
    'generator-limited',
    ['GENERATOR_STARVED', 'COMPETING_LOAD'],
  ],
]

/** Latencies of a run that was kept, milliseconds. */
function timesOf(lateMs: number, responseMs: number, changes: Parameters<typeof evidenceOf>[1] = {}): Evidence {
  const evidence = evidenceOf(kept, changes)
  const time = (p99Ms: number, from: 'intended' | 'sent') => ({ ...latencyFixture, p99Ms, from })
  return {
    ...evidence,
    settings: { produce: { lingerMs: 5 } },
    produce: { ...evidence.produce!, latency: time(responseMs, 'intended'), lateness: time(lateMs, 'intended') },
  }
}

const patient = { brokerWaitPercent: 0.2 }
const throttled = { periodsPercent: 30, seconds: 2.5 }

describe('lateness of the generator itself', () => {
  it.each([
    [
      'more than half of the response',
      timesOf(65, 100, { workers: [patient] }),
      'generator-limited',
      ['GENERATOR_LATE'],
    ],
    ['linger and a timer', timesOf(7, 8, { workers: [patient] }), 'valid', []],
    ['the smaller part of the response', timesOf(50, 120, { workers: [patient] }), 'valid', []],
    ['by brokers that held it up', timesOf(65, 100, { workers: [{ brokerWaitPercent: 1.5 }] }), 'valid', []],
    [
      'while others had the CPU: that comes first',
      timesOf(65, 100, { workers: [{ ...patient, runQueuePercent: 9 }], machine: { othersCpuPercent: 200 } }),
      'disturbed',
      ['COMPETING_LOAD', 'GENERATOR_LATE'],
    ],
  ] as const)('%s', (_, evidence, verdict, codes) => {
    const found = judge(evidence)
    expect([found.verdict, found.reasons.map(({ code }) => code)]).toEqual([verdict, codes])
  })
})

describe('the CPU quota of a container', () => {
  it('that was used up disturbs a run that was kept, and stands beside what limited one that was not', () => {
    expect(judge(evidenceOf(kept, { machine: { throttled } }))).toMatchObject({
      verdict: 'disturbed',
      reasons: [{ code: 'CPU_THROTTLED', figures: { periodsPercent: 30, throttledSec: 2.5 } }],
    })
    const limited = judge(evidenceOf(behind, { workers: [busy], machine: { throttled } }))
    expect(limited.reasons.map(({ code }) => code)).toEqual(['GENERATOR_SATURATED', 'CPU_THROTTLED'])
  })

  it.each([null, { periodsPercent: 4.9, seconds: 0.1 }])('%j is none to speak of', few => {
    expect(judge(evidenceOf(kept, { machine: { throttled: few } })).verdict).toBe('valid')
  })
})

describe('the verdict', () => {
  it.each(verdicts)('%s', (_, evidence, verdict, codes) => {
    const found = validityModel.parse(judge(evidence))
    expect([found.verdict, found.reasons.map(({ code }) => code)]).toEqual([verdict, codes])
    for (const { figures, message } of found.reasons) {
      expect(Object.keys(figures).length).toBeGreaterThan(0)
      expect(message).toMatch(/\d/)
    }
  })

  it('raises no alarm on a healthy run, whatever its figures below the limits', () => {
    const share = (max: number) => fc.double({ min: 0, max, noNaN: true })
    const healthy = fc.record({
      missing: share(0.99),
      cpuPercent: share(100),
      brokerWaitPercent: share(100),
      stealPercent: share(1.99),
      stealPercentMax: share(9.9),
      othersCpuPercent: share(39),
      runQueuePercent: share(100),
    })
    fc.assert(
      fc.property(healthy, ({ missing, cpuPercent, brokerWaitPercent, runQueuePercent, ...machine }) => {
        const evidence = evidenceOf(
          { offered: 100_000, acked: Math.ceil(100_000 * (1 - missing / 100)) },
          { workers: [{ cpuPercent, brokerWaitPercent, runQueuePercent }], machine },
        )
        return judge(evidence).verdict === 'valid'
      }),
    )
  })

  it('carries the figures that it was judged by', () => {
    const [reason] = judge(
      evidenceOf(behind, { workers: [starved], machine: { busiest: [{ pid: 9, name: 'stress', cpuPercent: 52 }] } }),
    ).reasons
    expect(reason!.figures).toMatchObject({
      offered: 100_000,
      achieved: 70_000,
      achievedPercent: 70,
      cpuPercent: 48,
      runQueuePercent: 51,
    })
    expect(reason!.message).toContain('stress 9 52 %')
  })
})

describe('the figures of a run that fell behind', () => {
  it('have how late it was, and how much of its calibrated ceiling it used, where these are known', () => {
    const evidence = evidenceOf(behind, { workers: [busy] })
    const known = {
      ...evidence,
      produce: { ...evidence.produce!, lateness: { ...latencyFixture, p99Ms: 812 } },
      headroom: { ...produceResult.headroom!, usedPercent: 96 } as Evidence['headroom'] & {},
    }
    expect(judge(known).reasons[0]!.figures).toMatchObject({ latenessP99Ms: 812, headroomUsedPercent: 96 })
    expect(judge(evidence).reasons[0]!.figures).not.toHaveProperty('latenessP99Ms')
  })
})

describe('what limited the throughput', () => {
  it.each([
    ['the schedule that was kept', evidenceOf(kept, { workers: [busy] }), 'schedule'],
    ['the broker that was too slow for it', evidenceOf(behind, { workers: [heldUp] }), 'broker'],
    ['the generator that was', evidenceOf(behind, { workers: [busy] }), 'generator'],
    ['flat out: brokers that hold the workers up', evidenceOf({}, { workers: [heldUp] }), 'broker'],
    ['flat out: workers at their limit', evidenceOf({}, { workers: [busy] }), 'generator'],
    [
      'flat out: workers that others keep from running',
      evidenceOf({}, { workers: [{ ...starved, brokerWaitPercent: 70 }] }),
      'generator',
    ],
    ['flat out: neither', evidenceOf({}, { workers: [{ cpuPercent: 40 }] }), 'unknown'],
    ['nothing measured', evidenceOf({ offered: 0, acked: 0, seconds: 0 }), 'unknown'],
  ] as const)('%s', (_, evidence, limiter) => {
    const found = judge(evidence)
    expect(found.limiter).toBe(limiter)
    expect(found.finding).not.toBe('')
  })

  it('is a finding flat out, and no reason against the run', () => {
    expect(judge(evidenceOf({}, { workers: [heldUp] }))).toMatchObject({ verdict: 'valid', reasons: [] })
    expect(judge(evidenceOf({}, { workers: [busy] }))).toMatchObject({ verdict: 'valid', reasons: [] })
  })
})

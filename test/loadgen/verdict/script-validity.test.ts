// Shows what the numbers of a function are doubted for: iterations that were not begun, and by whose fault; threads whose own lateness
// is what was measured; machines that were not left alone; iterations that are in no percentile. Method: audits by hand, on both
// sides of each limit.
import { describe, expect, it } from 'vitest'
import { judgeScript, type ScriptEvidence } from '../../../loadgen/verdict/script-validity.ts'
import { auditOf } from './evidence.ts'

type Changes = Parameters<typeof auditOf>[0]

/** 10 s of 100 iterations a second, 40 ms at p99. */
const evidence = (
  given: Partial<ScriptEvidence> = {},
  { workers = [{}], ...changes }: Changes = {},
): ScriptEvidence => ({
  audit: auditOf({ ...changes, workers: workers.map(worker => ({ role: 'script', ...worker })) }),
  measuredSeconds: 10,
  executor: 'constant-arrival-rate',
  ...{ iterations: 1_000, dropped: 0, interrupted: 0, vusMax: 10 },
  duration: { p50Ms: 12, p99Ms: 40 },
  lateness: { p99Ms: 1.2, maxMs: 3 },
  ...given,
})

const found = (given?: Partial<ScriptEvidence>, changes?: Changes) => {
  const { verdict, limiter, reasons } = judgeScript(evidence(given, changes))
  return [verdict, limiter, ...reasons.map(({ code }) => code)]
}

const closed = { executor: 'constant-vus', lateness: undefined }

describe('the numbers of a function', () => {
  it('are valid where iterations began on time and nothing interfered', () => {
    expect(found()).toEqual(['valid', 'schedule'])
    expect(found(closed)).toEqual(['valid', 'unknown'])
    expect(found(closed, { workers: [{ cpuPercent: 95 }] })).toEqual(['valid', 'generator'])
    expect(found({ ...closed, iterations: 0, duration: undefined })).toEqual(['valid', 'unknown'])
  })

  it('are not where iterations were dropped, and the threads say whose fault it is', () => {
    const dropped = { iterations: 900, dropped: 100 }
    expect(found(dropped)).toEqual(['broker-limited', 'broker', 'VUS_EXHAUSTED'])
    expect(found(dropped, { workers: [{ cpuPercent: 90 }] })).toEqual([
      'generator-limited',
      'generator',
      'GENERATOR_SATURATED',
    ])
    const starved = { workers: [{ cpuPercent: 50, runQueuePercent: 45 }] }
    expect(found(dropped, starved)).toEqual(['generator-limited', 'generator', 'GENERATOR_STARVED'])
    // As much as any run may miss.
    expect(found({ iterations: 990, dropped: 10 })).toEqual(['valid', 'schedule'])
    expect(found({ iterations: 988, dropped: 12 })[2]).toBe('VUS_EXHAUSTED')
  })

  it('say how much was dropped, of how much, and what to do', () => {
    const [reason] = judgeScript(evidence({ iterations: 900, dropped: 100 })).reasons
    expect(reason!.message).toContain('10 % of the iterations that were due were not begun')
    expect(reason!.message).toContain('more maxVUs')
    expect(reason!.figures).toMatchObject({ due: 1_000, dropped: 100, vusMax: 10 })
  })

  it.each([
    ['GENERATOR_LATE', { lateness: { p99Ms: 25, maxMs: 60 } }, {}],
    ['EVENT_LOOP_LATE', {}, { workers: [{ loopDelay: { count: 500, p50Ms: 2, p99Ms: 25, maxMs: 60 } }] }],
    ['GARBAGE_COLLECTION', {}, { workers: [{}, { gc: { count: 9, totalMs: 150, maxMs: 25 } }] }],
  ] as const)('%s: where the thread itself made half of what was measured', (code, given, changes) => {
    expect(found(given, changes)).toEqual(['generator-limited', 'schedule', code])
    const slower = { duration: { p50Ms: 100, p99Ms: 200 } }
    expect(found({ ...given, ...slower }, changes)).toEqual(['valid', 'schedule'])
  })

  it('a loop that was late while no iteration waited for it is no reason', () => {
    const late = { workers: [{ loopDelay: { count: 150, p50Ms: 0, p99Ms: 16, maxMs: 16 } }] }
    expect(found({ duration: { p50Ms: 0.1, p99Ms: 4 } }, late)).toEqual(['valid', 'schedule'])
    expect(found({ duration: { p50Ms: 0.1, p99Ms: 9 } }, late)[2]).toBe('EVENT_LOOP_LATE')
  })

  it('lateness that is no more than a timer is no reason, and rare garbage neither', () => {
    const fast = { duration: { p50Ms: 1, p99Ms: 2 } }
    expect(found({ ...fast, lateness: { p99Ms: 9, maxMs: 9 } })).toEqual(['valid', 'schedule'])
    const rare = { workers: [{ gc: { count: 1, totalMs: 90, maxMs: 90 } }] }
    expect(found(fast, rare)).toEqual(['valid', 'schedule'])
  })

  it('are disturbed by what disturbs any run', () => {
    expect(found({}, { machine: { stealPercent: 4 } })).toEqual(['disturbed', 'schedule', 'CPU_STEAL'])
    expect(found({}, { clock: { jumps: [{ sec: 3, ms: 500 }] } })[2]).toBe('CLOCK_JUMP')
    expect(found({}, { brokers: { leaderChanges: 1 } })[2]).toBe('BROKER_RESTART')
    const others = { machine: { othersCpuPercent: 150 }, workers: [{ runQueuePercent: 12 }] }
    expect(found({}, others)).toEqual(['disturbed', 'schedule', 'COMPETING_LOAD'])
  })

  it('leave out the longest iterations where those were cut', () => {
    expect(found({ interrupted: 10 })).toEqual(['valid', 'schedule'])
    expect(found({ interrupted: 40 })).toEqual(['broker-limited', 'schedule', 'ITERATIONS_CUT'])
  })
})

// Shows that the model of a stall is right, against records that are counted one by one; and that a run against a broker that
// stalls, as short as a test can be, reports the percentiles of the stall.
import { describe, expect, it } from 'vitest'
import { drainIn, growthsSecIn } from '../../benchmarks/latency/drain-watch.ts'
import {
  affectedSecOf,
  expectedOfDrains,
  expectedOfSlowBroker,
  expectedOfStall,
} from '../../benchmarks/latency/model.ts'
import { parseFault, startBroker } from '../../broker/index.ts'
import type { Times } from '../../loadgen/progress.ts'
import { runBench } from '../../loadgen/run.ts'
import { producePlan } from '../kafka/bench/plans.ts'

/** Every record of a period by itself: a server that stands still, then takes so many a second, one after the other. */
function simulated(perSec: number, stallSec: number, periodSec: number, drainPerSec: number): number[] {
  const responses: number[] = []
  let freeAt = stallSec
  for (let index = 0; index < perSec * periodSec; index++) {
    const intended = index / perSec
    const start = Math.max(freeAt, intended)
    freeAt = start + 1 / drainPerSec
    responses.push((freeAt - intended) * 1000)
  }
  return responses.sort((a, b) => a - b)
}

describe('the model of a stall', () => {
  const cases = [
    { perSec: 10_000, stallSec: 2, periodSec: 60, drainPerSec: 1_000_000 },
    { perSec: 10_000, stallSec: 2, periodSec: 60, drainPerSec: 40_000 },
    { perSec: 10_000, stallSec: 0.2, periodSec: 2, drainPerSec: 100_000 },
  ]
  it.each(cases)('agrees with records counted one by one: $stallSec s of $periodSec s, $drainPerSec/s after', stall => {
    const sorted = simulated(stall.perSec, stall.stallSec, stall.periodSec, stall.drainPerSec)
    const affectedSec = affectedSecOf(stall.stallSec, stall.perSec, stall.drainPerSec)
    for (const quantile of [0.99, 0.999, 0.9999]) {
      const found = sorted[Math.floor(quantile * sorted.length)]!
      const { ms, isOfStall } = expectedOfStall({ ...stall, affectedSec }, quantile, () => 0)
      expect(isOfStall).toBe(true)
      expect(Math.abs(found / ms - 1)).toBeLessThan(0.002)
    }
    const above = sorted.filter(ms => ms > 1).length / sorted.length
    expect((above * stall.periodSec) / affectedSec).toBeCloseTo(1, 1)
  })

  it('mixes in what the stall does not touch', () => {
    // A tenth is of the stall and spread up to 1000 ms, the rest is spread up to 100 ms.
    const stall = { stallSec: 1, periodSec: 10, affectedSec: 1 }
    const baseline = (ms: number) => Math.max(0, 1 - ms / 100)
    const above = (ms: number) => 0.1 * (1 - ms / 1000) + 0.9 * baseline(ms)
    for (const quantile of [0.5, 0.8, 0.9, 0.95]) {
      const { ms, isOfStall } = expectedOfStall(stall, quantile, baseline)
      expect(above(ms)).toBeCloseTo(1 - quantile, 6)
      expect(isOfStall).toBe(ms > 90)
    }
  })

  it('counts what was on its way when the stall began', () => {
    const { ms } = expectedOfStall({ stallSec: 1, periodSec: 10, affectedSec: 1, leadSec: 0.1 }, 1 - 1e-9, () => 0)
    expect(ms).toBeCloseTo(1100, 3)
  })

  it('spreads the responses of a slow broker between one and two requests', () => {
    const same = Array.from({ length: 100 }, () => 20)
    expect([0.001, 0.5, 0.999].map(quantile => Math.round(expectedOfSlowBroker(same, quantile).ms))).toEqual([
      20, 30, 40,
    ])
  })

  it('of one whose requests differ, each by what came before', () => {
    // What gathers in 10 ms waits for 30 ms, what gathers in 30 ms waits for 10 ms: all within 10 to 40 ms.
    const found = [0.001, 0.25, 0.5, 0.75, 0.999].map(
      quantile => expectedOfSlowBroker([10, 30, 10, 30, 10], quantile).ms,
    )
    expect(found.map(Math.round)).toEqual([10, 20, 30, 35, 40])
  })
})

it('growths of a log are counted once, however many partitions grow', () => {
  const samples = [0, 0, 5, 9, 9, 9, 12, 12, 20].map((records, index) => ({ sec: index * 0.06, records }))
  expect(growthsSecIn(samples).map(sec => Math.round(sec * 100))).toEqual([24, 12])
})

describe('how long a broker takes to catch up', () => {
  /** 1000 records/s in batches every 5 ms; nothing from 1 s to 2 s; then 5000/s until there is nothing left to catch up. */
  const held = (sec: number) => {
    const due = (at: number) => Math.floor(at / 0.005) * 5
    if (sec < 1) return due(sec)
    if (sec < 2) return due(1)
    return Math.min(due(sec), due(1) + Math.floor(((sec - 2) * 5_000) / 50) * 50)
  }
  it('is seen from its end offsets', () => {
    const samples = Array.from({ length: 1_500 }, (_, index) => ({ sec: index / 500, records: held(index / 500) }))
    expect(drainIn(samples, 1_000).affectedSec).toBeCloseTo(affectedSecOf(1, 1_000, 5_000), 1)
  })

  it('is not known before it has', () => {
    const samples = Array.from({ length: 1_100 }, (_, index) => ({ sec: index / 500, records: held(index / 500) }))
    expect(() => drainIn(samples, 1_000)).toThrow('has not caught up')
  })

  it('gives the percentiles of its records, however unevenly it does', () => {
    // Stands still for 1 s, then takes 2000/s for 0.4 s, and the rest at once.
    const held = (sec: number) => {
      if (sec < 1 || sec >= 2.4) return sec * 1_000
      return sec < 2 ? 1_000 : 1_000 + (sec - 2) * 2_000
    }
    const samples = Array.from({ length: 3_000 }, (_, index) => ({ sec: index / 500, records: held(index / 500) }))
    const drain = drainIn(samples, 1_000)
    const responses: number[] = []
    let record = 0
    for (let sec = 0; sec < 6; sec += 0.0002) {
      for (; record < held(sec) && record < 6_000; record++) responses.push(sec * 1000 - record)
    }
    responses.sort((a, b) => a - b)
    const terms = { perSec: 1_000, periodSec: 6, leadSec: 0 }
    for (const quantile of [0.8, 0.9, 0.95, 0.99]) {
      const { ms, isOfStall } = expectedOfDrains([drain, drain], terms, quantile, () => 0)
      expect(isOfStall).toBe(true)
      expect(Math.abs(ms / responses[Math.floor(quantile * responses.length)]! - 1)).toBeLessThan(0.02)
    }
  })
})

describe('a broker that stalls for 1 s in a run of 4 s', () => {
  it('shows in the response as it must, and hardly in the service time', { timeout: 60_000 }, async () => {
    const cluster = await startBroker()
    let times: readonly Times[] = []
    const timesOf = (wanted: string) => times.find(({ name }) => name === wanted)!.histogram
    const plan = producePlan(cluster.bootstrap, {
      ...{ topic: 'stalled', create: { partitions: 2 }, durationMs: 4_000 },
      produce: { rate: { kind: 'records', perSec: 5_000 } },
    })
    let isStalled = false
    const { produce, verdict } = await runBench(plan, {
      onMeasuredTimes: found => (times = found),
      // Not by the clock: a busy machine may take seconds until records flow.
      onProgress: ({ phase }) => {
        if (phase !== 'measuring' || isStalled) return
        isStalled = true
        void cluster.faults.add(parseFault('stall:api=Produce,after=500ms,for=1s'))
      },
    })
    await cluster.close()
    expect(verdict).toBe('ok')
    // Nothing of what was offered is left out.
    expect(produce).toMatchObject({ offered: 20_000, sent: 20_000, dropped: 0, owed: 0 })
    expect(produce!.latency!.count).toBe(20_000)
    const stall = { stallSec: 1, periodSec: 4, affectedSec: 1 }
    for (const quantile of [0.9, 0.95, 0.99]) {
      const { ms } = expectedOfStall(stall, quantile, () => 0)
      const found = timesOf('response').getValueAtPercentile(quantile * 100) / 1e6
      // A busy machine makes it later, never earlier: half of the stall is far more than noise, and no less than the stall is a bug.
      expect(found).toBeGreaterThan(0.97 * ms)
      expect(found).toBeLessThan(ms + 500)
    }
    // What counts from sending sees a handful of requests: most of the stall is lost to it.
    expect(timesOf('service').getValueAtPercentile(90)).toBeLessThan(timesOf('response').getValueAtPercentile(90) / 2)
    // Response is lateness plus service.
    const sum = timesOf('lateness').mean + timesOf('service').mean
    expect(sum / timesOf('response').mean).toBeCloseTo(1, 2)
  })
})

// Shows that the model of a stall is right, against records that are counted one by one; and that a run against a broker that
// stalls, as short as a test can be, reports the percentiles of the stall.
import { describe, expect, it } from 'vitest'
import { affectedShare, expectedOfSlowBroker, expectedOfStall } from '../../benchmarks/latency/model.ts'
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
    for (const quantile of [0.99, 0.999, 0.9999]) {
      const found = sorted[Math.floor(quantile * sorted.length)]!
      const { ms, isOfStall } = expectedOfStall(stall, quantile, () => 0, 0)
      expect(isOfStall).toBe(true)
      expect(Math.abs(found / ms - 1)).toBeLessThan(0.002)
    }
    const above = sorted.filter(ms => ms > 1).length / sorted.length
    expect(above / affectedShare(stall)).toBeCloseTo(1, 1)
  })

  it('leaves to the baseline what the stall does not touch', () => {
    const stall = { perSec: 1_000, stallSec: 2, periodSec: 60, drainPerSec: 1e9 }
    const asked: number[] = []
    expectedOfStall(stall, 0.5, quantile => asked.push(quantile), 0)
    // The half of all records is a little more than the half of those outside of the stall.
    expect(asked[0]).toBeCloseTo(1 - (0.5 - 1 / 30) / (29 / 30), 4)
  })

  it('spreads the responses of a slow broker between one and two requests', () => {
    expect([0, 0.5, 1].map(quantile => expectedOfSlowBroker(20, quantile).ms)).toEqual([20, 30, 40])
  })
})

describe('a broker that stalls for 1 s in a run of 4 s', () => {
  it('shows in the response as it must, and hardly in the service time', { timeout: 60_000 }, async () => {
    const cluster = await startBroker()
    await cluster.faults.add(parseFault('stall:api=Produce,after=2s,for=1s'))
    let times: readonly Times[] = []
    const timesOf = (wanted: string) => times.find(({ name }) => name === wanted)!.histogram
    const plan = producePlan(cluster.bootstrap, {
      ...{ topic: 'stalled', create: { partitions: 2 }, durationMs: 4_000 },
      produce: { rate: { kind: 'records', perSec: 5_000 } },
    })
    const { produce, verdict } = await runBench(plan, { onMeasuredTimes: found => (times = found) })
    await cluster.close()
    expect(verdict).toBe('ok')
    // Nothing of what was offered is left out.
    expect(produce).toMatchObject({ offered: 20_000, sent: 20_000, dropped: 0, owed: 0 })
    expect(produce!.latency!.count).toBe(20_000)
    const stall = { perSec: 5_000, stallSec: 1, periodSec: 4, drainPerSec: 1e9 }
    for (const quantile of [0.9, 0.95, 0.99]) {
      const { ms } = expectedOfStall(stall, quantile, () => 0, 0)
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

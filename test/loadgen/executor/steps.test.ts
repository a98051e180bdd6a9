// Shows when VUs come and go and when iterations are due, by k6's own vectors, and that shares add up to the whole.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivalsOf } from '../../../loadgen/executor/arrivals.ts'
import { vuSteps } from '../../../loadgen/executor/vu-steps.ts'
import type { ExecutorModel, RampingVus, StageModel } from '../../../loadgen/scenario/model.ts'
import { type Striping, split, wholeStriping } from '../../../loadgen/scenario/segment.ts'

const stagesOf = (text: string): StageModel[] =>
  text.split(' ').map(part => {
    const [seconds, target] = part.split('s->')
    return { durationMs: Number(seconds) * 1000, target: Number(target) }
  })

const ramp = (startVus: number, stages: string): RampingVus => ({
  kind: 'ramping-vus',
  startVus,
  stages: stagesOf(stages),
  gracefulRampDownMs: 30_000,
})

const textOf = (executor: RampingVus, share: Striping = wholeStriping) =>
  [...vuSteps(executor, share)].map(({ atNs, vus }) => `${vus}@${atNs / 1e9}`).join(' ')

const vusAt = (executor: RampingVus, share: Striping, ns: number) =>
  [...vuSteps(executor, share)].filter(({ atNs }) => atNs <= ns).at(-1)?.vus ?? 0

describe('ramping VUs', () => {
  it('follow the stages in whole VUs', () => {
    expect(textOf(ramp(4, '2s->6 5s->1 4s->5 4s->1 3s->4 2s->4 0s->1 3s->1'))).toBe(
      '4@0 5@1 6@2 5@3 4@4 3@5 2@6 1@7 2@8 3@9 4@10 5@11 4@12 3@13 2@14 1@15 2@16 3@17 4@18 1@20 0@23',
    )
  })

  it('jump in a stage of no length', () => {
    expect(textOf(ramp(5, '0s->5 5s->0 0s->10 1s->10'))).toBe('5@0 4@1 3@2 2@3 1@4 10@5 0@6')
    expect(textOf(ramp(0, '0s->10 0s->3 2s->3'))).toBe('3@0 0@2')
  })

  it('do not wobble on the way down', () => {
    const steps = [...vuSteps(ramp(0, '3s->10 2s->10 3s->0 5s->0'), wholeStriping)].map(({ vus }) => vus)
    const top = steps.indexOf(10)
    expect(steps.slice(0, top + 1)).toEqual([...steps.slice(0, top + 1)].sort((a, b) => a - b))
    expect(steps.slice(top)).toEqual([...steps.slice(top)].sort((a, b) => b - a))
  })

  it('shares add up to the whole at every moment', () => {
    const stage = fc.record({ durationMs: fc.integer({ min: 0, max: 4000 }), target: fc.integer({ min: 0, max: 20 }) })
    const workers = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 5 }), fc.nat(20), workers, (stages, startVus, count) => {
        const executor: RampingVus = { kind: 'ramping-vus', startVus, stages, gracefulRampDownMs: 0 }
        for (const { atNs, vus } of vuSteps(executor, wholeStriping)) {
          const shares = Array.from({ length: count }, (_, worker) => split(wholeStriping, worker, count))
          expect(shares.reduce((sum, share) => sum + vusAt(executor, share, atNs), 0)).toBe(vus)
        }
      }),
      { numRuns: 50 },
    )
  })
})

const arriving = (startRate: number, stages: string, timeUnitMs = 1000): ExecutorModel => ({
  kind: 'ramping-arrival-rate',
  startRate,
  timeUnitMs,
  stages: stagesOf(stages),
  preAllocatedVus: 1,
  maxVus: 1,
})

describe('arrivals', () => {
  it('of a ramp are due where the area under the rate reaches their number', () => {
    const arrivals = arrivalsOf(arriving(0, '5s->1 1s->1 5s->0'), wholeStriping)!
    const expected = [3162, 4472, 5500, 6527, 7837, 11_000]
    for (const [own, ms] of expected.entries()) expect(arrivals.dueNs(own) / 1e6 / ms).toBeCloseTo(1, 3)
  })

  it('of a ramp carry their fractions into the next stage', () => {
    const arrivals = arrivalsOf(arriving(1, '0.5s->1 2s->1'), wholeStriping)!
    expect(arrivals.dueNs(0) / 1e9).toBeCloseTo(1)
    expect(arrivals.dueNs(1) / 1e9).toBeCloseTo(2)
    expect(arrivals.count).toBe(2)
  })

  it('wait through a stage without any', () => {
    const arrivals = arrivalsOf(arriving(0, '0s->2 1s->2 0s->0 5s->0 0s->1 3s->1'), wholeStriping)!
    expect([0, 1, 2, 3].map(own => arrivals.dueNs(own) / 1e9)).toEqual([0.5, 1, 7, 8])
  })

  it.each([
    [50, 1000, 20],
    [50, 5000, 100],
    [1, 400, 400],
  ])('%i a %i ms are due every %i ms, the first at once', (rate, timeUnitMs, everyMs) => {
    const constant: ExecutorModel = {
      kind: 'constant-arrival-rate',
      ...{ rate, timeUnitMs, durationMs: 10_000, preAllocatedVus: 1, maxVus: 1 },
    }
    const arrivals = arrivalsOf(constant, wholeStriping)!
    expect([0, 1, 7].map(own => arrivals.dueNs(own) / 1e6)).toEqual([0, everyMs, 7 * everyMs])
    expect(arrivals.count).toBe(10_000 / everyMs)
  })

  it('of all shares are those of the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 60 }), (workers, rate) => {
        const executor = arriving(rate, `3s->${rate * 2} 1s->0 2s->7`)
        const whole = arrivalsOf(executor, wholeStriping)!
        const shares = Array.from(
          { length: workers },
          (_, worker) => arrivalsOf(executor, split(wholeStriping, worker, workers))!,
        )
        expect(shares.reduce((sum, { count }) => sum + count, 0)).toBe(whole.count)
        const due = shares.flatMap(({ count, dueNs }) => Array.from({ length: count }, (_, own) => dueNs(own)))
        const expected = Array.from({ length: whole.count }, (_, own) => whole.dueNs(own))
        expect(due.sort((a, b) => a - b)).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })
})

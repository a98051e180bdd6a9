// Shows that the VUs of a scenario without a function bound its requests in flight, over all workers and as they go with time.
import { describe, expect, it } from 'vitest'
import { InFlightLimit } from '../../../loadgen/worker/in-flight-limit.ts'

describe('requests in flight by VUs', () => {
  it('workers share them, all connections of a worker together', () => {
    const limits = [0, 1, 2].map(worker => new InFlightLimit({ startVus: 5, stages: [] }, { worker, workers: 3 }))
    for (const limit of limits) {
      limit.begin(100)
      limit.update(100, 1)
    }
    expect(limits.map(({ left }) => left)).toEqual([1, 1, 0])
    expect(limits.map(({ inFlight }) => inFlight)).toEqual([1, 1, 1])
  })

  it('follow the stages, and stay at the last level', () => {
    const stages = [
      { durationMs: 2000, target: 2 },
      { durationMs: 0, target: 0 },
      { durationMs: 1000, target: 0 },
      { durationMs: 0, target: 7 },
    ]
    const limit = new InFlightLimit({ startVus: 0, stages }, { worker: 0, workers: 1 })
    limit.begin(0)
    const at = (sec: number) => {
      limit.update(sec * 1e9, 0)
      return [limit.left, limit.isClosed]
    }
    expect(at(0)).toEqual([1, true])
    expect(at(1)).toEqual([1, false])
    expect(at(1.9)).toEqual([1, false])
    expect(at(2.5)).toEqual([1, true])
    expect(at(9)).toEqual([7, false])
  })

  it('without VUs there is no limit', () => {
    const limit = new InFlightLimit(undefined, { worker: 0, workers: 1 })
    limit.update(0, 50)
    expect([limit.left, limit.isClosed]).toEqual([Number.POSITIVE_INFINITY, false])
  })
})

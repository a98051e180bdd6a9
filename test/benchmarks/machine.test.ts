// Shows how a run is judged disturbed: what the machine did, less what is known to be ours.
import { describe, expect, it } from 'vitest'
import { disturbanceBetween } from '../../benchmarks/machine.ts'
import { voidBecause } from '../../benchmarks/runner.ts'

const limits = { stealPercent: 10, othersPercent: 10, repeats: 5 }

describe('disturbance', () => {
  const before = { stealSeconds: 1, busySeconds: 100, brokerSeconds: 10, ownSeconds: 1, wallSeconds: 50 }

  it('is what neither the contestant nor the broker nor the runner took', () => {
    const after = { stealSeconds: 1.5, busySeconds: 118, brokerSeconds: 17, ownSeconds: 2, wallSeconds: 60 }
    // 18 s of work in 10 s on 2 processors: 8 of the contestant, 7 of the broker, 1 of ours, so 2 of others.
    const found = disturbanceBetween(before, after, 8, 2)
    expect(found).toEqual({ stealPercent: 5, othersPercent: 10, brokerCpuSeconds: 7 })
    expect(voidBecause(found, limits)).toBeNull()
  })

  it.each([
    [{ stealPercent: 10.1, othersPercent: 0 }, 'steal 10.1 %'],
    [{ stealPercent: 0, othersPercent: 12 }, 'other work 12 %'],
  ])('%j makes a run void', (found, reason) => expect(voidBecause(found, limits)).toBe(reason))

  it('is unknown where the system does not tell', () => expect(voidBecause(undefined, limits)).toBeNull())
})

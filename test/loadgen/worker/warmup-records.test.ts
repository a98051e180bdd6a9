// Shows that a warm-up by count is over after exactly so many records, shared out to all producers.
import { describe, expect, it } from 'vitest'
import { WarmupRecords } from '../../../loadgen/worker/warmup-records.ts'

describe('WarmupRecords', () => {
  it('cuts what is due at its end, and ends once', () => {
    const warmup = new WarmupRecords(10, { worker: 0, workers: 1 })
    expect(warmup.cut(7)).toBe(7)
    warmup.took(7)
    expect([warmup.cut(7), warmup.ends()]).toEqual([3, false])
    warmup.took(3)
    expect([warmup.cut(7), warmup.isWarmingUp]).toEqual([7, true])
    expect([warmup.ends(), warmup.ends(), warmup.isWarmingUp]).toEqual([true, false, false])
  })

  it('is nothing when nothing is asked for', () => {
    const warmup = new WarmupRecords(0, { worker: 0, workers: 1 })
    expect([warmup.isWarmingUp, warmup.ends(), warmup.cut(5)]).toEqual([false, false, 5])
  })

  it('the shares of all producers add up', () => {
    const shares = [0, 1, 2].map(worker => new WarmupRecords(10, { worker, workers: 3 }).cut(100))
    expect(shares).toEqual([4, 3, 3])
  })
})

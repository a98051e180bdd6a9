// Shows how long a slow consumer works: on each record and on each answer, one after the other, and no shorter than it was told.
import { describe, expect, it } from 'vitest'
import { WorkTime } from '../../../loadgen/worker/work-time.ts'

function setUp(recordMs: number, batchMs: number) {
  const pauses: number[] = []
  let nowMs = 0
  const clock = { nowNs: () => nowMs * 1e6 }
  const work = new WorkTime({ recordMs, batchMs }, clock, async ms => {
    pauses.push(ms)
  })
  const at = (ms: number) => {
    nowMs = ms
  }
  return { work, pauses, at }
}

describe('work on what was read', () => {
  it('takes its time for each record, and for each answer', async () => {
    const { work, pauses, at } = setUp(2, 10)
    await work.after(5)
    at(20)
    await work.after(1)
    await work.after(0)
    expect(pauses).toEqual([20, 12])
  })

  it('is one after the other, over however many streams', async () => {
    const { work, pauses } = setUp(1, 0)
    await Promise.all([work.after(10), work.after(10)])
    expect(pauses).toEqual([10, 20])
  })

  it('that is shorter than a timer can be adds up', async () => {
    const { work, pauses, at } = setUp(0.3, 0)
    for (let answer = 0; answer < 10; answer++) await work.after(1)
    expect(pauses[0]).toBeCloseTo(1.2)
    // Nothing is owed after a time without work.
    at(1_000)
    await work.after(1)
    expect(pauses.filter(ms => ms > 3.1)).toEqual([])
  })
})

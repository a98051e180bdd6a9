// Shows that clocks of one origin agree across threads, go forward, and carry the wall clock on without losing exactness.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { makeClock, makeClockOrigin } from '../../core/clock.ts'

const wallSlackUs = 50_000

describe('clock', () => {
  it('counts nanoseconds from its origin and never goes back', () => {
    const clock = makeClock()
    let before = clock.nowNs()
    expect(before).toBeGreaterThanOrEqual(0)
    expect(before).toBeLessThan(5e9)
    for (let index = 0; index < 1_000; index++) {
      const now = clock.nowNs()
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
  })

  it('knows the wall clock to within what Date knows', () => {
    const clock = makeClock()
    const wallUs = clock.wallUsAt(clock.nowNs())
    expect(Number.isSafeInteger(wallUs)).toBe(true)
    expect(Math.abs(wallUs - Date.now() * 1000)).toBeLessThan(wallSlackUs)
  })

  it('carries the wall clock on monotonically: a second on the clock is a second on the wall', () => {
    const clock = makeClock({ hrtimeSec: 0, wallUs: 1_800_000_000_000_000 })
    expect(clock.wallUsAt(0)).toBe(1_800_000_000_000_000)
    expect(clock.wallUsAt(1_000_000_999)).toBe(1_800_000_001_000_000)
    // 104 days: the last nanosecond that a double holds.
    expect(clock.wallUsAt(2 ** 53 - 1)).toBe(1_800_000_000_000_000 + Math.floor((2 ** 53 - 1) / 1000))
  })

  it('agrees between threads, where performance.now() does not', async () => {
    const origin = makeClockOrigin()
    const clock = makeClock(origin)
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData.module).then(({ makeClock }) => parentPort.postMessage(makeClock(workerData.origin).nowNs()))`
    const module = new URL('../../core/clock.ts', import.meta.url).href
    const before = clock.nowNs()
    const worker = new Worker(code, { eval: true, workerData: { origin, module } })
    const [there] = (await once(worker, 'message')) as [number]
    expect(there).toBeGreaterThan(before)
    expect(there).toBeLessThan(clock.nowNs())
    await worker.terminate()
  })
})

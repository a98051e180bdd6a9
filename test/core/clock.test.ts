// Shows that clocks of one origin agree across threads, go forward, and carry the wall clock on without losing exactness.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { anchorUsOf, makeClock, makeClockOrigin, makeExactClockOrigin } from '../../core/clock.ts'

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

describe('an origin that looks at the wall clock closely', () => {
  /** A wall clock in whole milliseconds, and a thread to which every reading costs so much. */
  function readings(trueUsAtZero: number, costNs: (reading: number) => number) {
    let ns = 5e9
    let count = 0
    const pass = () => {
      ns += costNs(count++)
    }
    return {
      monotonicNs: () => {
        pass()
        return ns
      },
      wallMs: () => {
        pass()
        return Math.floor((trueUsAtZero + ns / 1000) / 1000)
      },
    }
  }
  const trueUs = 1_700_000_000_000_417

  it.each([
    { why: 'undisturbed', costNs: () => 120, errorUsMax: 1 },
    { why: 'interrupted now and then', costNs: (count: number) => (count % 9_000 === 0 ? 3e6 : 150), errorUsMax: 1 },
    { why: 'always slow', costNs: () => 40_000, errorUsMax: 101 },
  ])('is right to what it says: $why', ({ costNs, errorUsMax }) => {
    const origin = makeExactClockOrigin(readings(trueUs, costNs))
    expect(Math.abs(anchorUsOf(origin) - trueUs)).toBeLessThanOrEqual(origin.wallErrorUs!)
    expect(origin.wallErrorUs).toBeLessThanOrEqual(errorUsMax)
  })

  it('makes two of one machine agree', () => {
    const [one, other] = [makeExactClockOrigin(), makeExactClockOrigin()]
    expect(Math.abs(anchorUsOf(one) - anchorUsOf(other))).toBeLessThanOrEqual(one.wallErrorUs! + other.wallErrorUs!)
  })

  it('does without when the wall clock stands still', () => {
    let ns = 0
    const origin = makeExactClockOrigin({ monotonicNs: () => (ns += 1e6), wallMs: () => 1 })
    expect(origin.wallErrorUs).toBe(1000)
    expect(Math.abs(origin.wallUs - Date.now() * 1000)).toBeLessThan(10e6)
  })
})

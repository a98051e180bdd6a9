// Shows that consumers are told to pause, to go on or to go back at their time; that nobody stays paused, however a run ends;
// and that what the producers' answers took is told phase by phase.
// Method: a log and consumers in a few numbers, fake timers and a clock that follows them.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CatchUp } from '../../../loadgen/catch-up/catch-up.ts'
import type { CatchUpPlan } from '../../../loadgen/plan.ts'
import type { Positions } from '../../../loadgen/worker/contract.ts'
import { allocateSlots, SlotReader, WorkerSlots } from '../../../loadgen/worker/slots.ts'

const epochMs = 1_767_323_045_678
const clock = { nowNs: () => (Date.now() - epochMs) * 1e6 }

beforeEach(() => {
  vi.useFakeTimers({ now: epochMs, toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const pause: CatchUpPlan = { kind: 'pause', asked: 'pause:2s', pauseMs: 2_000, afterMs: 1_000 }
const seek: CatchUpPlan = { kind: 'seek', asked: 'seek:900', to: { kind: 'records', records: 900 }, afterMs: 1_000 }

/** Two partitions, 1,000 records a second into each; a consumer that reads 5,000 a second of each. */
function setUp(plan: CatchUpPlan, { readPerTick = 50, untilMs = 8_000, look = async () => {} } = {}) {
  const [ends, positions] = [
    [100, 100],
    [100, 100],
  ]
  const told: { what: string; atMs: number }[] = []
  const notices: string[] = []
  const memory = allocateSlots()
  const slots = new WorkerSlots(memory)
  const control = new AbortController()
  let isPaused = false
  let consumed = 0
  const ticking = setInterval(() => {
    slots.measured.latency.record(isPaused ? 40e6 : 10e6, 20)
    for (const partition of [0, 1]) {
      ends[partition]! += 10
      const read = isPaused ? 0 : Math.min(readPerTick, ends[partition]! - positions[partition]!)
      positions[partition]! += read
      consumed += read
    }
  }, 10)
  const tell = (what: string) => void told.push({ what, atMs: Date.now() - epochMs })
  const catchUp = new CatchUp({
    ...{ plan, clock, startNs: 0, fromNs: 1e9, untilNs: untilMs * 1e6, partitions: [0, 1] },
    readPositions: { at: partition => positions[partition]! },
    producers: [new SlotReader(memory)],
    signal: control.signal,
    crew: {
      pauseConsumers: () => {
        tell('pause')
        isPaused = true
      },
      resumeConsumers: () => {
        tell('resume')
        isPaused = false
      },
      seekConsumers: async (offsets: Positions) => {
        tell(`seek ${JSON.stringify(offsets)}`)
        await new Promise(resolve => setTimeout(resolve, 5))
        for (const [partition, offset] of Object.entries(offsets)) positions[Number(partition)] = offset
      },
    },
    offeredIn: (fromNs, toNs) => ((toNs - fromNs) / 1e9) * 2_000,
    recordsSoFar: side => (side === 'produce' ? ends[0]! + ends[1]! - 200 : consumed),
    readEndOffsets: async () => {
      await look()
      return [...ends]
    },
    seekTargets: async ({ 0: first = 0, 1: second = 0 }) => ({ 0: first - 450, 1: second - 450 }),
    onNotice: text => void notices.push(text),
  })
  const finished = async () => {
    const finishing = catchUp.finish()
    await vi.advanceTimersByTimeAsync(1)
    clearInterval(ticking)
    return await finishing
  }
  return { catchUp, told, notices, control, finished }
}

describe('a pause', () => {
  it('comes and goes in time, and is drained at the rate of the consumers less that of the producers', async () => {
    const { told, notices, finished } = setUp(pause)
    await vi.advanceTimersByTimeAsync(7_900)
    const result = await finished()
    expect(told.map(({ what }) => what)).toEqual(['pause', 'resume'])
    expect(Math.abs(told[0]!.atMs - 2_000)).toBeLessThanOrEqual(110)
    expect(Math.abs(told[1]!.atMs - told[0]!.atMs - 2_000)).toBeLessThanOrEqual(20)
    expect(result).toMatchObject({ outcome: 'caught-up', how: 'pause' })
    // 2 s of 2,000 a second in two partitions, drained at 10,000 less 2,000.
    expect(Math.abs(result.backlog - 4_000)).toBeLessThanOrEqual(60)
    expect(Math.abs(result.drainSeconds - 0.5)).toBeLessThanOrEqual(0.05)
    expect(Math.abs(result.drainedPerSec / 8_000 - 1)).toBeLessThan(0.1)
    expect(Math.abs(result.drain!.consumedPerSec / 10_000 - 1)).toBeLessThan(0.1)
    expect(Math.round(result.before!.responseP50Ms!)).toBe(10)
    expect(Math.round(result.paused!.responseP50Ms!)).toBe(40)
    expect(Math.round(result.drain!.responseP99Ms!)).toBe(10)
    expect(notices[0]).toBe('catch-up: the consumers pause')
    expect(notices[1]).toMatch(/^catch-up: the consumers go on, 4,0\d\d offsets behind$/)
    expect(notices[2]).toMatch(/^catch-up: caught up after 0\.5\d s$/)
  })

  it('that consumers do not catch up from is told, with what is left', async () => {
    const { finished } = setUp(pause, { readPerTick: 12 })
    await vi.advanceTimersByTimeAsync(8_100)
    const result = await finished()
    expect(result.outcome).toBe('not-caught-up')
    expect(Math.abs(result.drainedPerSec - 400)).toBeLessThan(40)
    expect(result.leftLag).toBeGreaterThan(2_000)
  })

  it('ends when the user ends the run', async () => {
    const { told, control, finished } = setUp(pause)
    await vi.advanceTimersByTimeAsync(2_500)
    expect(told.map(({ what }) => what)).toEqual(['pause'])
    control.abort()
    await vi.advanceTimersByTimeAsync(1)
    expect(told.map(({ what }) => what)).toEqual(['pause', 'resume'])
    expect((await finished()).outcome).toBe('not-begun')
  })

  it('ends when the brokers cannot be asked any more, and that is said', async () => {
    let isAway = false
    const look = async () => {
      if (isAway) throw new Error('nobody there')
    }
    const { told, notices, finished } = setUp(pause, { look })
    await vi.advanceTimersByTimeAsync(2_500)
    isAway = true
    await vi.advanceTimersByTimeAsync(200)
    expect(told.map(({ what }) => what)).toEqual(['pause', 'resume'])
    expect(notices.at(-1)).toBe('catch-up: given up: nobody there')
    expect((await finished()).outcome).toBe('not-begun')
  })

  it('is over with the run, also while an answer is awaited', async () => {
    const never = new Promise<void>(() => {})
    let isStuck = false
    const { told, finished } = setUp(pause, { look: () => (isStuck ? never : Promise.resolve()) })
    await vi.advanceTimersByTimeAsync(2_500)
    isStuck = true
    await vi.advanceTimersByTimeAsync(2_500)
    expect((await finished()).outcome).toBe('not-begun')
    expect(told.map(({ what }) => what)).toEqual(['pause', 'resume'])
  })
})

describe('a seek', () => {
  it('goes back from where the consumers are, and the drain counts from when they have gone', async () => {
    const { told, finished, catchUp } = setUp(seek)
    await vi.advanceTimersByTimeAsync(1_900)
    expect(catchUp.lag).toBeLessThanOrEqual(200)
    await vi.advanceTimersByTimeAsync(6_000)
    const result = await finished()
    expect(told).toHaveLength(1)
    expect(told[0]!.what).toMatch(/^seek \{"0":-?\d+,"1":-?\d+\}$/)
    expect(result).toMatchObject({ how: 'seek', outcome: 'caught-up' })
    expect(Math.abs(result.backlog - 900)).toBeLessThanOrEqual(60)
    expect(Math.abs(result.drainSeconds - 0.11)).toBeLessThanOrEqual(0.06)
  })
})

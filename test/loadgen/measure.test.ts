// Shows how a run is followed: where its windows end, what counts as measured, and how each way of ending it comes about.
// Method: a crew that does what the test says, fake timers and a clock that follows them.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../../core/errors.ts'
import { measure } from '../../loadgen/measure.ts'
import { Meter } from '../../loadgen/meter.ts'
import type { BenchPlan } from '../../loadgen/plan.ts'
import type { Progress, Tick } from '../../loadgen/progress.ts'
import { Tally } from '../../loadgen/summary.ts'
import type { WorkerRole } from '../../loadgen/worker/contract.ts'
import { allocateSlots, SlotReader, WorkerSlots } from '../../loadgen/worker/slots.ts'
import { benchOf, consumeOf, produceOf } from './plans.ts'

const epochMs = 1_767_323_045_678
const clock = { nowNs: () => (Date.now() - epochMs) * 1e6, wallUsAt: (ns: number) => ns / 1000 }

beforeEach(() => {
  vi.useFakeTimers({
    now: epochMs,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

class FakeCrew {
  failure: MillraceError | undefined
  readonly stops: { role: WorkerRole | undefined; atMs: number }[] = []
  readonly untils: (readonly number[])[] = []
  readonly #ends = { produce: Promise.withResolvers<void>(), consume: Promise.withResolvers<void>() }
  onStop: (role: WorkerRole | undefined) => void = () => {}

  stop(role?: WorkerRole): void {
    this.stops.push({ role, atMs: Date.now() - epochMs })
    this.onStop(role)
  }

  readUntil(endOffsets: readonly number[]): void {
    this.untils.push(endOffsets)
  }

  finished(role: WorkerRole): Promise<void> {
    return this.#ends[role].promise
  }

  end(role: WorkerRole): void {
    this.#ends[role].resolve()
  }
}

function setUp(changes: Partial<BenchPlan>) {
  const plan = benchOf(changes)
  const crew = new FakeCrew()
  const side = (exists: boolean) => {
    const memory = allocateSlots()
    const slots = new WorkerSlots(memory)
    return { slots, readers: exists ? [new SlotReader(memory)] : [] }
  }
  const produce = side(plan.produce !== undefined)
  const consume = side(plan.consume !== undefined)
  if (plan.produce === undefined) crew.end('produce')
  if (plan.consume === undefined) crew.end('consume')
  const meter = new Meter(0, produce.readers, consume.readers)
  const tally = new Tally()
  const progress: Progress[] = []
  const ticks: Tick[] = []
  const checks: number[] = []
  let isCrossed: (measuredMs: number) => boolean = () => false
  const control = new AbortController()
  let endOffsets: () => Promise<readonly number[]> = async () => [1, 2, 3]
  const run = () =>
    measure({
      plan,
      crew,
      meter,
      clock,
      startNs: 0,
      hooks: { onProgress: each => void progress.push(each), onTick: tick => void ticks.push(tick) },
      thresholds: {
        check: measuredMs => {
          checks.push(Math.round(measuredMs))
          return isCrossed(measuredMs)
        },
        states: () => [],
      },
      tally,
      signal: control.signal,
      readEndOffsets: () => endOffsets(),
    })
  return {
    plan,
    crew,
    meter,
    tally,
    progress,
    ticks,
    checks,
    crossedWhen: (test: typeof isCrossed) => {
      isCrossed = test
    },
    control,
    produce: produce.slots,
    consume: consume.slots,
    readEndOffsets: (read: typeof endOffsets) => {
      endOffsets = read
    },
    /** How the measuring ended, and when; limited. */
    ended: async (limitMs = 120_000) => {
      let atMs: number | undefined
      let failure: unknown
      const end = () => {
        atMs = Date.now() - epochMs
      }
      run().then(end, error => {
        failure = error
        end()
      })
      while (atMs === undefined && Date.now() - epochMs < limitMs) await vi.advanceTimersByTimeAsync(5)
      if (failure !== undefined) throw failure
      return atMs
    },
    phases: () => progress.map(({ phase, window }) => [phase, Math.round(window.seconds * 1000)]),
  }
}

const inMs = (ms: number, what: () => void) => setTimeout(what, ms)

describe('windows', () => {
  it('end every second, at the end of the warm-up and at the stop; what comes later is the drain', async () => {
    const { crew, meter, produce, ended, phases } = setUp({ produce: produceOf(), warmupMs: 1_500, durationMs: 2_250 })
    const work = setInterval(() => produce.add('records', 1), 10)
    inMs(4_000, () => {
      crew.end('produce')
      clearInterval(work)
    })
    expect(await ended()).toBe(4_000)
    expect(phases()).toEqual([
      ['warm-up', 1_000],
      ['warm-up', 500],
      ['measuring', 1_000],
      ['measuring', 1_000],
      ['measuring', 250],
      ['draining', 250],
    ])
    expect(meter.measuredSec).toBeCloseTo(2.25, 9)
    expect(Math.abs(meter.produce!.measured.records - 225)).toBeLessThanOrEqual(1)
    expect(Math.abs(meter.produce!.total.records - 400)).toBeLessThanOrEqual(1)
  })

  it('without a duration the last one ends with the last worker', async () => {
    const { crew, ended, phases, meter } = setUp({ produce: produceOf(), records: 100 })
    inMs(1_300, () => crew.end('produce'))
    expect(await ended()).toBe(1_300)
    expect(phases()).toEqual([
      ['measuring', 1_000],
      ['measuring', 300],
    ])
    expect(meter.measuredSec).toBeCloseTo(1.3, 9)
  })

  it('what is counted last, at the very end, is still told', async () => {
    const { crew, produce, progress, ended } = setUp({ produce: produceOf(), records: 100 })
    inMs(400, () => {
      produce.add('records', 100)
      crew.end('produce')
    })
    await ended()
    expect(progress.at(-1)).toMatchObject({ producedTotal: 100, window: { produced: 100 } })
  })
})

describe('the user', () => {
  it('ends the measured time where the signal comes; producers drain', async () => {
    const { crew, tally, control, produce, meter, ended, phases } = setUp({ produce: produceOf(), durationMs: 10_000 })
    inMs(2_400, () => control.abort())
    inMs(2_600, () => produce.add('records', 50))
    inMs(2_700, () => crew.end('produce'))
    expect(await ended()).toBe(2_700)
    expect(tally.interrupted).toBe(true)
    expect(crew.stops).toEqual([{ role: 'produce', atMs: 2_400 }])
    expect(phases()).toEqual([
      ['measuring', 1_000],
      ['measuring', 1_000],
      ['measuring', 400],
      ['draining', 300],
    ])
    expect([meter.produce!.total.records, meter.produce!.measured.records]).toEqual([50, 0])
  })

  it('may have ended the run before it began', async () => {
    const { crew, control, tally, meter, ended } = setUp({ consume: consumeOf(), mode: 'consume', durationMs: 10_000 })
    control.abort()
    crew.onStop = () => crew.end('consume')
    expect(await ended()).toBeLessThan(10)
    expect([tally.interrupted, meter.measuredSec]).toEqual([true, 0])
    expect(crew.stops).toEqual([{ role: 'consume', atMs: 0 }])
  })

  it('is not listened to any more afterwards', async () => {
    const { crew, control, tally, ended } = setUp({ produce: produceOf(), durationMs: 1_000 })
    inMs(1_000, () => crew.end('produce'))
    await ended()
    control.abort()
    expect([tally.interrupted, crew.stops]).toEqual([false, []])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a threshold', () => {
  it('is looked at after each window of the measured time, and may end the run', async () => {
    const { crew, tally, checks, crossedWhen, ended, phases } = setUp({
      produce: produceOf(),
      warmupMs: 1_000,
      durationMs: 60_000,
    })
    crossedWhen(measuredMs => measuredMs >= 2_000)
    crew.onStop = () => inMs(100, () => crew.end('produce'))
    expect(await ended()).toBe(3_100)
    expect(checks).toEqual([1_000, 2_000])
    expect([tally.aborted, tally.interrupted]).toEqual([true, false])
    expect(crew.stops).toEqual([{ role: 'produce', atMs: 3_000 }])
    expect(phases().at(-1)).toEqual(['draining', 100])
  })
})

describe('ticks', () => {
  it('tell ten times a second what moves, with rates over the last second, also between windows', async () => {
    const { crew, produce, meter, ticks, ended } = setUp({ produce: produceOf(), durationMs: 3_000 })
    meter.dueBefore = sec => Math.round(sec * 1_000)
    const work = setInterval(() => {
      produce.add('made', 100)
      produce.add('records', 90)
    }, 100)
    inMs(3_000, () => crew.end('produce'))
    await ended()
    clearInterval(work)
    expect(ticks.length).toBeGreaterThanOrEqual(29)
    const tick = ticks[14]!
    expect(tick).toMatchObject({
      phase: 'measuring',
      totalSec: 3,
      consumedPerSec: undefined,
      lag: undefined,
      inFlight: 0,
    })
    expect(tick.elapsedSec).toBeCloseTo(1.5, 1)
    expect(tick.offeredPerSec).toBeCloseTo(1_000, -1)
    expect(tick.sentPerSec! / 1_000).toBeCloseTo(1, 0)
    expect(tick.ackedPerSec! / 900).toBeCloseTo(1, 0)
    const count = ticks.length
    await vi.advanceTimersByTimeAsync(1_000)
    expect(ticks).toHaveLength(count)
  })
})

describe('a roundtrip', () => {
  const roundtrip = { mode: 'roundtrip', produce: produceOf(), consume: consumeOf(), durationMs: 1_000 } as const

  it('reads to the end of what its producers have left', async () => {
    const { crew, ended, readEndOffsets } = setUp(roundtrip)
    readEndOffsets(async () => [7, 9])
    inMs(1_100, () => crew.end('produce'))
    inMs(1_500, () => crew.end('consume'))
    expect(await ended()).toBe(1_500)
    expect(crew.untils).toEqual([[7, 9]])
    expect(crew.stops).toEqual([])
  })

  it('gives up on records that do not come, 15 s after the last', async () => {
    const { crew, tally, consume, ended } = setUp(roundtrip)
    crew.onStop = () => crew.end('consume')
    inMs(1_100, () => crew.end('produce'))
    inMs(5_000, () => consume.add('records', 1))
    const atMs = await ended()
    expect(tally.recordsMissing).toBe(true)
    expect(atMs).toBeGreaterThanOrEqual(20_000)
    expect(atMs).toBeLessThan(22_000)
  })

  it('does not give up while its producers wait for a broker, however long that takes', async () => {
    const { crew, tally, produce, ended } = setUp({ ...roundtrip, durationMs: 60_000 })
    inMs(50_000, () => produce.add('records', 10))
    inMs(60_100, () => crew.end('produce'))
    inMs(60_200, () => crew.end('consume'))
    expect(await ended()).toBe(60_200)
    expect(tally.recordsMissing).toBe(false)
  })

  it('after a failure asks nobody for ends', async () => {
    const { crew, ended } = setUp(roundtrip)
    crew.failure = new MillraceError('SENDS_FAILED', 'no')
    inMs(500, () => crew.end('produce'))
    inMs(600, () => crew.end('consume'))
    expect(await ended()).toBe(600)
    expect(crew.untils).toEqual([])
  })

  it('whose ends nobody tells fails, and leaves nothing behind', async () => {
    const { crew, ended, readEndOffsets } = setUp(roundtrip)
    readEndOffsets(async () => {
      throw new MillraceError('BROKER_UNREACHABLE', 'gone')
    })
    inMs(500, () => crew.end('produce'))
    await expect(ended()).rejects.toThrow('gone')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('consuming', () => {
  it('a number of records: stops when all workers together have them', async () => {
    const { crew, consume, ended } = setUp({ mode: 'consume', consume: consumeOf(), records: 1_000 })
    crew.onStop = () => crew.end('consume')
    inMs(700, () => consume.add('records', 999))
    inMs(900, () => consume.add('records', 1))
    expect(await ended()).toBeLessThanOrEqual(955)
    expect(crew.stops[0]!.role).toBe('consume')
  })

  it('what was promised and does not come is given up on', async () => {
    const { crew, tally, ended } = setUp({ mode: 'consume', consume: consumeOf(), records: 1_000 })
    crew.onStop = () => crew.end('consume')
    const atMs = await ended()
    expect(tally.recordsMissing).toBe(true)
    expect(atMs).toBeGreaterThanOrEqual(15_000)
    expect(atMs).toBeLessThan(17_000)
  })

  it('for a time: waits, since nothing was promised', async () => {
    const { crew, tally, ended } = setUp({ mode: 'consume', consume: consumeOf(), durationMs: 30_000 })
    inMs(30_010, () => crew.end('consume'))
    await ended()
    expect([tally.recordsMissing, crew.stops]).toEqual([false, []])
  })
})

describe('progress', () => {
  it('tells how long the run is, when that is known', async () => {
    const timed = setUp({ produce: produceOf(), durationMs: 2_000, warmupMs: 1_000 })
    inMs(3_000, () => timed.crew.end('produce'))
    await timed.ended()
    expect(timed.progress[0]).toMatchObject({ phase: 'warm-up', elapsedSec: 1, totalSec: 3 })
    const counted = setUp({ produce: produceOf(), records: 10 })
    inMs(10, () => counted.crew.end('produce'))
    await counted.ended(Date.now() - epochMs + 5_000)
    expect(counted.progress[0]!.totalSec).toBeUndefined()
  })
})

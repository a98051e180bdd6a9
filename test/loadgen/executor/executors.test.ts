// Shows when each executor begins iterations, which it drops, and how it ends: by a fake clock, with VUs that take as long as a
// test says.
import { describe, expect, it } from 'vitest'
import type { ExecutorContext, ExecutorVu, SharedCount } from '../../../loadgen/executor/contract.ts'
import { makeExecutor } from '../../../loadgen/executor/make.ts'
import type { ExecutorModel } from '../../../loadgen/scenario/model.ts'
import { parseSegment, parseSequence, split, stripingOf, wholeStriping } from '../../../loadgen/scenario/segment.ts'
import { FakeTiming } from './fake-timing.ts'

interface Iteration {
  readonly vu: number
  readonly beginMs: number
  endMs?: number
  interrupted?: true
}

function counter(total: number): SharedCount {
  let next = 0
  return {
    claim: () => (next < total ? next++ : undefined),
    claimRest() {
      const rest = total - next
      next = total
      return rest
    },
  }
}

interface World {
  readonly takesMs?: number | ((iteration: number) => number)
  /** So long the thread of an iteration does nothing else. */
  readonly blocksMs?: (iteration: number) => number
  readonly gracefulStopMs?: number
  readonly share?: ExecutorContext['share']
  readonly makeVuMs?: number
  readonly sharedCount?: SharedCount
  readonly stopAtMs?: number
}

async function play(executor: ExecutorModel, world: World = {}) {
  const timing = new FakeTiming()
  const { takesMs = 0, gracefulStopMs = 30_000, makeVuMs = 0 } = world
  const iterations: Iteration[] = []
  const notices: string[] = []
  let dropped = 0
  let drops = 0
  const stop = new AbortController()
  const makeVu = async (own: number): Promise<ExecutorVu> => {
    if (makeVuMs > 0) await timing.pause(makeVuMs)
    let abort = new AbortController()
    return {
      async iterate() {
        const iteration: Iteration = { vu: own, beginMs: timing.nowNs() / 1e6 }
        const takes = typeof takesMs === 'number' ? takesMs : takesMs(iterations.length)
        timing.block(world.blocksMs?.(iterations.length) ?? 0)
        iterations.push(iteration)
        abort = new AbortController()
        await timing.until(timing.nowNs() + takes * 1e6, abort.signal)
        iteration.endMs = timing.nowNs() / 1e6
        if (abort.signal.aborted) iteration.interrupted = true
      },
      interrupt: () => abort.abort(),
    }
  }
  const made = makeExecutor(executor, {
    timing,
    share: world.share ?? wholeStriping,
    gracefulStopMs,
    stop: stop.signal,
    makeVu,
    dropped(count) {
      dropped += count
      drops++
    },
    notice: text => notices.push(text),
    sharedCount: world.sharedCount ?? counter(executor.kind === 'shared-iterations' ? executor.iterations : 0),
  })
  let endMs = 0
  await timing.run(
    (async () => {
      await made.prepare()
      const startNs = timing.nowNs()
      if (world.stopAtMs !== undefined) void timing.pause(world.stopAtMs).then(() => stop.abort())
      await made.run(startNs)
      endMs = (timing.nowNs() - startNs) / 1e6
    })(),
  )
  const complete = iterations.filter(({ interrupted }) => !interrupted).length
  return { iterations, complete, dropped, drops, notices, endMs, active: made.activeVus, made: made.initializedVus }
}

const beginnings = (iterations: readonly Iteration[]) => iterations.map(({ beginMs }) => beginMs)

const constantVus = (vus: number, durationMs: number): ExecutorModel => ({ kind: 'constant-vus', vus, durationMs })
const shared = (vus: number, iterations: number, maxDurationMs = 600_000): ExecutorModel => ({
  ...{ kind: 'shared-iterations', vus, iterations, maxDurationMs },
})
const perVu = (vus: number, iterations: number, maxDurationMs = 600_000): ExecutorModel => ({
  ...{ kind: 'per-vu-iterations', vus, iterations, maxDurationMs },
})
const constantRate = (rate: number, durationMs: number, vus: number, maxVus = vus): ExecutorModel => ({
  ...{ kind: 'constant-arrival-rate', rate, timeUnitMs: 1000, durationMs, preAllocatedVus: vus, maxVus },
})

describe('constant-vus', () => {
  it('begins no iteration when its time is over, and lets the last ones finish', async () => {
    const { iterations, complete, endMs, active } = await play(constantVus(2, 1000), { takesMs: 300 })
    expect(beginnings(iterations)).toEqual([0, 0, 300, 300, 600, 600, 900, 900])
    expect(complete).toBe(8)
    expect(endMs).toBe(1200)
    expect(active).toBe(0)
  })

  it('interrupts what is still under way after the graceful stop', async () => {
    const { iterations, complete, endMs } = await play(constantVus(1, 1000), { takesMs: 900, gracefulStopMs: 500 })
    expect(iterations.map(({ endMs: at, interrupted }) => [at, interrupted])).toEqual([
      [900, undefined],
      [1500, true],
    ])
    expect([complete, endMs]).toEqual([1, 1500])
  })

  it('ends at once when the test is stopped', async () => {
    const { complete, endMs } = await play(constantVus(3, 10_000), { takesMs: 900, stopAtMs: 1000 })
    expect([complete, endMs]).toEqual([3, 1000])
  })
})

describe('per-vu-iterations', () => {
  it('does so many with each VU', async () => {
    const { iterations } = await play(perVu(3, 4), { takesMs: iteration => iteration + 1 })
    expect([0, 1, 2].map(vu => iterations.filter(other => other.vu === vu).length)).toEqual([4, 4, 4])
  })

  it('each VU drops what it has not begun when the time is over', async () => {
    const { complete, dropped, drops } = await play(perVu(2, 20, 3000), { takesMs: 1000 })
    expect([complete, dropped, drops]).toEqual([6, 34, 2])
  })

  it('a share has fewer VUs, and not fewer iterations for each', async () => {
    const { iterations } = await play(perVu(20, 3), { share: split(wholeStriping, 0, 4) })
    expect(iterations.length).toBe(5 * 3)
  })
})

describe('shared-iterations', () => {
  it('gives the next one to whoever is free', async () => {
    const { iterations, dropped } = await play(shared(2, 10), { takesMs: iteration => (iteration === 0 ? 900 : 100) })
    expect(iterations.length).toBe(10)
    expect(iterations.filter(({ vu }) => vu === 0).length).toBe(1)
    expect(dropped).toBe(0)
  })

  it('drops the rest at once when the time is over', async () => {
    const { complete, dropped, drops } = await play(shared(5, 100, 3000), { takesMs: 1000 })
    expect([complete, dropped, drops]).toEqual([15, 85, 1])
  })
})

describe('ramping-vus', () => {
  const ramp = (startVus: number, gracefulRampDownMs: number, ...stages: (readonly [number, number])[]) =>
    ({
      kind: 'ramping-vus',
      startVus,
      gracefulRampDownMs,
      stages: stages.map(([durationMs, target]) => ({ durationMs, target })),
    }) satisfies ExecutorModel

  it('has the VUs of its steps', async () => {
    const { iterations, endMs } = await play(ramp(5, 0, [0, 5], [5000, 0], [0, 10], [1000, 10]), { takesMs: 250 })
    const at = (ms: number) => iterations.filter(one => one.beginMs <= ms && one.endMs! > ms).length
    expect([500, 1500, 2500, 3500, 4500, 5500].map(at)).toEqual([5, 4, 3, 2, 1, 10])
    expect(endMs).toBe(6000)
  })

  it('a VU that is to go may finish, within gracefulRampDown', async () => {
    const down = ramp(2, 500, [1000, 2], [0, 0], [5000, 0])
    expect((await play(down, { takesMs: 1400 })).complete).toBe(2)
    const { complete, endMs, iterations } = await play(down, { takesMs: 1900 })
    expect(complete).toBe(0)
    expect(iterations.map(({ endMs: at, interrupted }) => [at, interrupted])).toEqual([
      [1500, true],
      [1500, true],
    ])
    expect(endMs).toBe(6000)
  })

  it('a VU that is wanted again goes on with its iteration', async () => {
    const { iterations } = await play(ramp(1, 1000, [500, 1], [0, 0], [500, 0], [0, 1], [3000, 1]), { takesMs: 2000 })
    expect(beginnings(iterations)).toEqual([0, 2000])
    expect(iterations[0]!.interrupted).toBeUndefined()
  })
})

describe('constant-arrival-rate', () => {
  it('begins each iteration at its time, however long others take', async () => {
    const { iterations, dropped } = await play(constantRate(50, 1000, 20), { takesMs: 250 })
    expect(iterations.length).toBe(50)
    expect(beginnings(iterations).slice(0, 4)).toEqual([0, 20, 40, 60])
    expect(dropped).toBe(0)
  })

  it('drops what finds no free VU, warns once, and makes nothing up', async () => {
    const { complete, dropped, notices } = await play(constantRate(10, 10_000, 10), { takesMs: 9900 })
    expect([complete, dropped]).toEqual([11, 89])
    expect(notices.length).toBe(1)
    expect(notices[0]).toContain('no more than 10')
  })

  it('makes more VUs one at a time, and drops meanwhile', async () => {
    const world = { takesMs: 60_000, makeVuMs: 150, gracefulStopMs: 60_000 }
    const { iterations, dropped, made } = await play(constantRate(10, 1000, 2, 4), world)
    // At 0 and 100 the two begin; at 200 one is dropped and a VU is being made until 350, another from 500 on until 650.
    expect(beginnings(iterations).map(ms => ms - 300)).toEqual([0, 100, 400, 700])
    expect([dropped, made]).toEqual([6, 4])
  })

  it('late ones begin at once, one after the other, while VUs are free', async () => {
    const world = { takesMs: 10, blocksMs: (iteration: number) => (iteration === 1 ? 350 : 0) }
    const { iterations, dropped } = await play(constantRate(10, 1000, 5), world)
    expect(beginnings(iterations)).toEqual([0, 100, 450, 450, 450, 500, 600, 700, 800, 900])
    expect(dropped).toBe(0)
  })

  it('a share begins its own iterations at the time of the whole', async () => {
    const [segment, sequence] = ['0:1/3', '0,1/3,2/3,1']
    const parsed = [parseSegment(segment), parseSequence(sequence)] as const
    if ('problem' in parsed[0] || 'problem' in parsed[1]) throw new Error('not a segment')
    const share = stripingOf(parsed[0].value, parsed[1].value)!
    const { iterations } = await play(constantRate(30, 1000, 30), { share })
    const expected = [0, 3, 6, 9, 12].map(index => (index * 1000) / 30)
    for (const [own, ms] of expected.entries()) expect(iterations[own]!.beginMs).toBeCloseTo(ms, 6)
    expect(iterations.length).toBe(10)
  })

  it('lets the last ones finish, and interrupts them after the graceful stop', async () => {
    const { complete, iterations, endMs } = await play(constantRate(1, 3000, 3), {
      takesMs: 2500,
      gracefulStopMs: 1000,
    })
    expect(iterations.map(({ interrupted }) => interrupted ?? false)).toEqual([false, false, true])
    expect([complete, endMs]).toEqual([2, 4000])
  })
})

describe('ramping-arrival-rate', () => {
  it('begins its iterations by the area under the rate', async () => {
    const executor: ExecutorModel = {
      ...{ kind: 'ramping-arrival-rate', startRate: 0, timeUnitMs: 1000, preAllocatedVus: 3, maxVus: 3 },
      stages: [
        { durationMs: 5000, target: 1 },
        { durationMs: 1000, target: 1 },
        { durationMs: 5000, target: 0 },
      ],
    }
    const { iterations, endMs } = await play(executor, { takesMs: 100 })
    const rounded = beginnings(iterations).map(ms => Math.round(ms))
    expect(rounded).toEqual([3162, 4472, 5500, 6528, 7838])
    expect(endMs).toBe(11_000)
  })
})

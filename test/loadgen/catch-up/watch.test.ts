// Shows what is asked of consumers that are to fall behind, when the drain begins and ends, and what the result says of it.
// Method: samples with made-up times and lags; nothing runs.
import { describe, expect, it } from 'vitest'
import { catchUpModel } from '../../../loadgen/catch-up/model.ts'
import { CatchUpWatch, type Responses } from '../../../loadgen/catch-up/watch.ts'
import type { CatchUpPlan } from '../../../loadgen/plan.ts'

const pause: CatchUpPlan = { kind: 'pause', asked: 'pause:10s', pauseMs: 10_000, afterMs: 5_000 }
const seek: CatchUpPlan = { kind: 'seek', asked: 'seek:earliest', to: { kind: 'earliest' }, afterMs: 5_000 }

function watching(plan: CatchUpPlan, { produces = true, untilSec = 60 } = {}) {
  let responses: Responses | undefined
  const watch = new CatchUpWatch({
    ...{ plan, startNs: 0, fromNs: 2e9, untilNs: untilSec * 1e9, produces },
    takeResponses: () => responses,
    offeredIn: (fromNs, toNs) => (produces ? ((toNs - fromNs) / 1e9) * 1_000 : undefined),
  })
  return {
    watch,
    /** Producers make 1,000 a second. */
    at: (sec: number, lag: number, consumed = 0) => {
      const sample = { ns: sec * 1e9, lag, appended: 500 + sec * 1_000, produced: sec * 1_000, consumed }
      return { sample, step: watch.take(sample) }
    },
    respond: (p50Ms: number, p99Ms: number) => {
      responses = { p50Ms, p99Ms }
    },
    get result() {
      return catchUpModel.parse(watch.result)
    },
  }
}

describe('a pause', () => {
  it('begins after the time to compare with, lasts as asked, and ends when the lag is back at its most of before', () => {
    const run = watching(pause)
    const steps = [
      run.at(1, 9_999).step,
      run.at(2, 0).step,
      run.at(4, 70).step,
      run.at(6.9, 20).step,
      run.at(7, 30, 7_000).step,
      run.at(12, 5_000, 7_000).step,
      run.at(17, 10_000, 7_000).step,
      run.at(18, 6_000, 12_000).step,
      run.at(19.5, 71, 19_000).step,
      run.at(20, 70, 19_930).step,
      run.at(40, 5_000, 40_000).step,
      run.at(62, 10, 62_000).step,
    ]
    const expected = [undefined, undefined, undefined, undefined, 'pause', undefined, 'resume']
    expect(steps).toEqual([...expected, undefined, undefined, 'caught-up', undefined, 'end'])
    expect(run.result).toMatchObject({
      ...{ how: 'pause', asked: 'pause:10s', outcome: 'caught-up', pausedSeconds: 10 },
      ...{ baselineLag: 70, backlog: 10_000, leftLag: 70, drainSeconds: 3, drainedPerSec: 3_310 },
      before: { seconds: 5, consumedPerSec: 1_400, offeredPerSec: 1_000 },
      paused: { seconds: 10, producedPerSec: 1_000, consumedPerSec: 0 },
      drain: { seconds: 3, appendedPerSec: 1_000, consumedPerSec: 12_930 / 3 },
      after: { seconds: 40 },
    })
  })

  it('draws the backlog from the pause to the end of the drain, a point a second and at each turn', () => {
    const run = watching(pause)
    for (const sec of [2, 7]) run.at(sec, 0)
    for (let tenth = 71; tenth <= 170; tenth++) run.at(tenth / 10, (tenth - 70) * 100)
    run.at(17.4, 0)
    const { curve } = run.result
    expect(curve.at(0)).toEqual({ sec: 7, lag: 0 })
    expect(curve.slice(-2)).toEqual([
      { sec: 17, lag: 10_000 },
      { sec: 17.4, lag: 0 },
    ])
    expect(curve.length).toBeGreaterThanOrEqual(11)
    expect(curve.length).toBeLessThanOrEqual(13)
  })

  it('takes the responses of each phase for itself', () => {
    const run = watching(pause)
    run.at(2, 0)
    run.respond(1, 10)
    run.at(7, 0)
    run.respond(2, 20)
    run.at(17, 500)
    run.respond(3, 30)
    run.at(18, 0)
    run.respond(4, 40)
    run.at(60, 0)
    const { before, paused, drain, after } = run.result
    expect([before, paused, drain, after].map(phase => phase!.responseP50Ms)).toEqual([1, 2, 3, 4])
    expect([before, paused, drain, after].map(phase => phase!.responseP99Ms)).toEqual([10, 20, 30, 40])
  })

  it('that is not drained when the measured time ends is told as such, with what is left', () => {
    const run = watching(pause, { untilSec: 20 })
    for (const [sec, lag] of [
      [2, 0],
      [7, 0],
      [17, 10_000],
      [19, 8_000],
    ] as const)
      run.at(sec, lag)
    expect(run.at(20, 7_000).step).toBe('end')
    const expected = {
      outcome: 'not-caught-up',
      backlog: 10_000,
      leftLag: 7_000,
      drainSeconds: 3,
      drainedPerSec: 1_000,
    }
    expect(run.result).toMatchObject(expected)
    expect(run.result.after).toBeUndefined()
    expect(run.at(21, 0).step).toBeUndefined()
    expect(run.result).toMatchObject(expected)
  })

  it('of a run that is cut short in it has not begun to drain', () => {
    const run = watching(pause)
    run.at(2, 0)
    run.at(7, 0)
    expect(run.watch.isPaused).toBe(true)
    const { sample } = run.at(9, 2_000)
    expect(run.watch.end(sample)).toBe('end')
    expect(run.watch.isPaused).toBe(false)
    expect(run.result).toMatchObject({ outcome: 'not-begun', backlog: 2_000, leftLag: 2_000, drainSeconds: 0 })
    expect(run.result.paused).toMatchObject({ seconds: 2 })
  })

  it('of a run that is cut short before is no more than a name', () => {
    const run = watching(pause)
    run.watch.end(run.at(1, 0).sample)
    expect(run.result).toEqual({
      ...{ how: 'pause', asked: 'pause:10s', outcome: 'not-begun', pausedSeconds: 0, baselineLag: 0 },
      ...{ backlog: 0, leftLag: 0, drainSeconds: 0, drainedPerSec: 0, curve: [] },
    })
  })
})

describe('a seek', () => {
  it('drains from the first sample after the consumers have gone back', () => {
    const run = watching(seek, { produces: false })
    run.at(2, 5)
    expect(run.at(7, 3).step).toBe('seek')
    const { sample } = run.at(7.25, 0)
    run.watch.wasSetBack({ ...sample, lag: 50_000 })
    run.at(8, 20_000)
    expect(run.at(9.25, 5).step).toBe('caught-up')
    const { result } = run
    expect(result).toMatchObject({ how: 'seek', outcome: 'caught-up', backlog: 50_000, drainSeconds: 2 })
    expect(result.pausedSeconds).toBeUndefined()
    expect(result.paused).toBeUndefined()
    // Nobody of this run produces: only what the brokers tell is known.
    expect(result.drain).toEqual({ seconds: 2, appendedPerSec: 1_000, consumedPerSec: 0 })
  })
})

it('the next look is never later than what is due', () => {
  const { watch, at } = watching(pause, { untilSec: 20 })
  const edges = [watch.nextEdgeNs]
  for (const [sec, lag] of [
    [2, 0],
    [7, 0],
    [17, 100],
  ] as const) {
    at(sec, lag)
    edges.push(watch.nextEdgeNs)
  }
  expect(edges).toEqual([2e9, 7e9, 17e9, 20e9])
})

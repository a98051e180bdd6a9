// Shows that a step of the wall clock is found and a slow drift is not taken for one.
import { expect, it } from 'vitest'
import { ClockWatch } from '../../../loadgen/audit/clock-watch.ts'

function clocks() {
  let ns = 0
  let offsetMs = 1_000_000
  return {
    watch: new ClockWatch(
      () => ns,
      () => ns / 1e6 + offsetMs,
    ),
    pass: (sec: number, changeMs = 0) => {
      ns += sec * 1e9
      offsetMs += changeMs
    },
  }
}

it('a step forward and a step back are told with their moment', () => {
  const { watch, pass } = clocks()
  for (const changeMs of [0, 40, 0, -3_600_000]) {
    pass(1, changeMs)
    watch.check()
  }
  expect(watch.audit()).toEqual({
    jumps: [
      { sec: 2, ms: 40 },
      { sec: 4, ms: -3_600_000 },
    ],
    driftMs: -3_599_960,
  })
})

it('a clock that is slewed as fast as NTP does it has not jumped', () => {
  const { watch, pass } = clocks()
  for (let sec = 0; sec < 600; sec++) {
    pass(1, 0.5)
    watch.check()
  }
  expect(watch.audit().jumps).toEqual([])
  expect(watch.audit().driftMs).toBeCloseTo(300, 6)
})

it('of several readings the one that was not interrupted counts', () => {
  let ns = 0
  let reads = 0
  // Every other look at the clock takes 50 ms.
  const nowNs = () => {
    ns += reads++ % 4 === 1 ? 50e6 : 100
    return ns
  }
  const watch = new ClockWatch(nowNs, () => ns / 1e6)
  for (let check = 0; check < 20; check++) watch.check()
  expect(watch.audit().jumps).toEqual([])
})

// Shows what people read of the clocks behind end-to-end times: whose they are, how far off, and how many times are too small.
import { describe, expect, it } from 'vitest'
import { timingLines } from '../../../loadgen/report/timing-text.ts'
import type { ClockComparison } from '../../../loadgen/result.ts'

const none = { negative: 0, subMillisecond: 0, ofOtherHosts: 0, logAppendTime: false, belowError: 0, errorMs: 0.001 }
const exchanged: ClockComparison = {
  ...{ how: 'exchanged', peer: 'load-1:7071', run: '0000beef', offsetMs: -3.25, errorMs: 0.0615 },
  ...{ exact: false, exchanges: 641, roundTripMsMin: 0.118, steps: 0 },
}
const texts = (timing: Parameters<typeof timingLines>[0]) =>
  timingLines(timing).map(text => text.replace(/^\s*(clocks)?\s+/, ''))

describe('clocks in the text report', () => {
  it.each([
    {
      why: 'one process',
      timing: { ...none, clocks: [{ how: 'one-process' as const }] },
      said: ['one clock at both ends', 'times are right to ±0.001 ms'],
    },
    {
      why: 'hosts apart',
      timing: { ...none, errorMs: 0.08, belowError: 1_200, negative: 3, clocks: [exchanged] },
      said: [
        'load-1:7071, run 0000beef: 3.250 ms behind, ±0.062 ms (641 exchanges, the fastest took 0.12 ms)',
        'times are right to ±0.080 ms: 1,200 records took less than that, 3 of them below zero (counted as 0)',
      ],
    },
    {
      why: 'a clock that was set',
      timing: { ...none, clocks: [{ ...exchanged, offsetMs: 5, steps: 2 }] },
      said: [
        'load-1:7071, run 0000beef: 5.000 ms ahead, ±0.062 ms (641 exchanges, the fastest took 0.12 ms); the clock was SET 2 times',
        'times are right to ±0.001 ms',
      ],
    },
    {
      why: 'two runs of one host, one of them asked',
      timing: { ...none, clocks: [{ how: 'one-host' as const }, { ...exchanged, exact: true }] },
      said: [
        'of this host: one clock, read by each run at its start',
        'load-1:7071, run 0000beef: on this host, the same clock',
        'times are right to ±0.001 ms',
      ],
    },
    {
      why: 'a peer that has hardly answered',
      timing: { ...none, clocks: [{ how: 'exchanged' as const, peer: 'p:1', run: 'ab', exchanges: 1 }] },
      said: ['p:1, run ab: 1 exchange, too few to say', 'times are right to ±0.001 ms'],
    },
    {
      why: 'the broker’s timestamps',
      timing: { ...none, errorMs: null, logAppendTime: true, clocks: [{ how: 'timestamps' as const }] },
      said: ["the broker's timestamps (LogAppendTime): its clock is not compared with ours"],
    },
    {
      why: 'a host that nobody asked',
      timing: { ...none, errorMs: undefined, ofOtherHosts: 9 },
      said: ['9 records of other hosts, not timed (--clock-peer)'],
    },
    { why: 'nothing timed', timing: undefined, said: [] },
  ])('$why', ({ timing, said }) => expect(texts(timing)).toEqual(said))
})

// Shows how --catch-up is written, what its refusals say, and which runs are too short for it.
import { describe, expect, it } from 'vitest'
import { parseCatchUp } from '../../../loadgen/scenario/catch-up-language.ts'

describe('--catch-up', () => {
  it.each([
    ['pause:10s', { kind: 'pause', pauseMs: 10_000 }],
    [' pause:1m30s ', { kind: 'pause', pauseMs: 90_000 }],
    ['seek:earliest', { kind: 'seek', to: { kind: 'earliest' } }],
    ['seek:-5m', { kind: 'seek', to: { kind: 'time', backMs: 300_000 } }],
    ['seek:1000000', { kind: 'seek', to: { kind: 'records', records: 1_000_000 } }],
  ])('%s', (text, expected) => {
    expect(parseCatchUp(text)).toEqual({ value: { asked: text.trim(), ...expected } })
  })

  it.each([
    ['pause', 'is not one of pause:10s, seek:earliest'],
    ['pause:10', '"10" has no unit: write 10s or 10ms'],
    ['pause:10ms', 'must pause for 100ms to 1d'],
    ['seek:latest', 'is not one of'],
    ['seek:-5', 'is not one of'],
    ['seek:-0s', 'is not one of'],
    ['seek:0', 'is not one of'],
    ['rewind:5m', 'is not one of'],
  ])('%s is refused', (text, problem) => {
    expect(parseCatchUp(text)).toEqual({ problem: expect.stringContaining(problem) })
  })
})

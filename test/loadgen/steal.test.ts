// Shows what is read from /proc/stat: ticks of stolen time, over all processors of the machine.
import { describe, expect, it } from 'vitest'
import { readStealSeconds, stealSecondsIn } from '../../loadgen/steal.ts'

const procStat = (first: string, processors: number) =>
  [
    first,
    ...Array.from({ length: processors }, (_, index) => `cpu${index} 1 1 1 1 1 1 1 1 0 0`),
    'intr 5',
    'ctxt 9',
  ].join('\n')

const cases = [
  { why: 'a share of each processor', text: procStat('cpu  10 20 30 40 50 60 70 800 90 100', 4), seconds: 2 },
  { why: 'one processor', text: procStat('cpu  10 20 30 40 50 60 70 800 90 100', 1), seconds: 8 },
  { why: 'nothing stolen', text: procStat('cpu  10 20 30 40 50 60 70 0 90 100', 2), seconds: 0 },
  { why: 'a kernel that does not tell', text: procStat('cpu  10 20 30 40', 2), seconds: undefined },
  { why: 'another system', text: 'nothing of the kind', seconds: undefined },
  { why: 'an empty file', text: '', seconds: undefined },
]

describe('stolen time', () => {
  it.each(cases)('$why', ({ text, seconds }) => {
    expect(stealSecondsIn(text)).toBe(seconds)
  })

  it.runIf(process.platform === 'linux')('is told by this machine, and does not go back', () => {
    const before = readStealSeconds()!
    expect(before).toBeGreaterThanOrEqual(0)
    expect(readStealSeconds()).toBeGreaterThanOrEqual(before)
  })
})

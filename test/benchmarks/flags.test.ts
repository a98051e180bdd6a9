// Shows that the command line is checked as a whole, and that the time it announces grows with what was asked for.
import { describe, expect, it } from 'vitest'
import { estimatedMinutes, type PeerFlags, parsePeerFlags } from '../../benchmarks/flags.ts'

const flags = (...argv: string[]): PeerFlags => {
  const parsed = parsePeerFlags(argv)
  if (parsed === 'help') throw new Error('help')
  return parsed
}

describe('flags', () => {
  it('leave memory out unless asked', () => {
    expect(flags().suites).toEqual(['produce', 'durable', 'consume', 'sustained'])
    expect(flags('--suite', 'memory').suites).toEqual(['memory'])
  })

  it('name every problem', () => {
    const bad = () => parsePeerFlags(['--suite', 'fast', '--rounds', '0', '--seconds', 'ten'])
    expect(bad).toThrow(/"fast" is none of[\s\S]*--rounds[\s\S]*--seconds/)
  })

  it('refuse what they do not know', () => expect(() => parsePeerFlags(['--fast'])).toThrow('--fast'))
})

describe('estimate', () => {
  const suites = [{ contestants: [1, 2, 3] }, { contestants: [1], seconds: 600, roundsMax: 1 }]
  const minutes = (...argv: string[]) => estimatedMinutes(flags(...argv), suites)

  it('counts rounds, but not of a suite that has its own', () => {
    // 60 s of warm-up; 3 x (5 x 19 + 13); 609 + 13
    expect(minutes()).toBe(Math.ceil((60 + 3 * 108 + 622) / 60))
    expect(minutes('--rounds', '10')).toBe(Math.ceil((60 + 3 * 203 + 622) / 60))
  })
})

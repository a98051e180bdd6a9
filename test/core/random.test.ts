// Shows that a seed is a stream of numbers and nothing else is, and that the numbers are even enough to choose with.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../core/random.ts'

const draws = (seed: number, stream?: number, count = 50) => {
  const random = makeRandom(seed, stream)
  return Array.from({ length: count }, () => random.next())
}

describe('random', () => {
  it('gives the same stream for the same seed', () => {
    expect(draws(42, 3)).toEqual(draws(42, 3))
    expect(draws(42)).toEqual(draws(42, 0))
  })

  it('gives each worker and each seed a stream of its own, also those next to each other', () => {
    const starts = [0, 1, 2, 42, 43, 0xffff_ffff].flatMap(seed =>
      [0, 1, 2, 3].map(stream => draws(seed, stream, 3).join()),
    )
    expect(new Set(starts).size).toBe(starts.length)
  })

  it('has no seed at which it stands still', () => {
    // mix(0) is 0, at which xorshift would stay: seed and stream that cancel out end there.
    const cancelling = 0x9e3779b9
    expect(new Set(draws(cancelling, 0)).size).toBe(50)
  })

  it('stays within its ranges', () => {
    const random = makeRandom(1)
    for (let index = 0; index < 10_000; index++) {
      const next = random.next()
      expect(Number.isInteger(next) && next >= 0 && next <= 0xffff_ffff).toBe(true)
      const fraction = random.fraction()
      expect(fraction >= 0 && fraction < 1).toBe(true)
      const below = random.below(7)
      expect(Number.isInteger(below) && below >= 0 && below < 7).toBe(true)
    }
    expect(random.below(1)).toBe(0)
  })

  it('chooses evenly (chi-square over 100 cells, 99 degrees of freedom: beyond 149 once in a thousand streams)', () => {
    for (const seed of [1, 2, 3]) {
      const random = makeRandom(seed)
      const cells = new Array<number>(100).fill(0)
      const count = 200_000
      for (let index = 0; index < count; index++) cells[random.below(100)]!++
      const expected = count / 100
      const chiSquare = cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)
      expect(chiSquare).toBeLessThan(149)
    }
  })
})

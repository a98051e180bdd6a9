// Shows that keys have one size, come from the asked range, and are drawn with the asked probabilities.
// Method: frequencies of a seeded stream against the exact probabilities (chi-square), so a failure is never chance.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import { makeKeySource, makeZipf } from '../../../loadgen/payload/keys.ts'
import type { KeyPlan } from '../../../loadgen/plan.ts'

function keysOf(plan: KeyPlan, count: number, seed = 7): string[] {
  const source = makeKeySource(plan, makeRandom(seed))
  const memory = Buffer.alloc(source.keyBytes + 8, '#')
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  return Array.from({ length: count }, (_, sequence) => {
    source.write(view, 4, sequence)
    const around = memory.toString('latin1', 0, 4) + memory.toString('latin1', 4 + source.keyBytes)
    if (around !== '########') throw new Error(`wrote outside its key: ${memory}`)
    return memory.toString('latin1', 4, 4 + source.keyBytes)
  })
}

const numberOf = (key: string) => Number(key.slice(4))

describe('keys', () => {
  it('are absent when none are asked for', () => {
    expect(makeKeySource({ kind: 'none' }, makeRandom(1)).keyBytes).toBe(-1)
  })

  const forms: { why: string; plan: KeyPlan; first: RegExp; low: number; high: number }[] = [
    {
      why: 'sequential: the number of the record',
      plan: { kind: 'sequential' },
      first: /^key-0{16}$/,
      low: 0,
      high: 1999,
    },
    { why: 'uniform: 0 to count - 1', plan: { kind: 'uniform', count: 10 }, first: /^key-\d\d$/, low: 0, high: 9 },
    { why: 'uniform over one key', plan: { kind: 'uniform', count: 1 }, first: /^key-0$/, low: 0, high: 0 },
    {
      why: 'zipf: 0 to count - 1',
      plan: { kind: 'zipf', count: 20, exponent: 1 },
      first: /^key-\d\d$/,
      low: 0,
      high: 19,
    },
    { why: 'zipf over one key', plan: { kind: 'zipf', count: 1, exponent: 1.2 }, first: /^key-0$/, low: 0, high: 0 },
    { why: 'hot: all records', plan: { kind: 'hot', share: 1 }, first: /^key-000000$/, low: 0, high: 0 },
  ]
  it.each(forms)('$why', ({ plan, first, low, high }) => {
    const keys = keysOf(plan, 2_000)
    expect(keys[0]).toMatch(first)
    const numbers = keys.map(numberOf)
    expect([Math.min(...numbers), Math.max(...numbers)]).toEqual([low, high])
    expect(new Set(keys.map(key => key.length)).size).toBe(1)
  })

  it('sequential keys are all different', () => {
    expect(new Set(keysOf({ kind: 'sequential' }, 5_000)).size).toBe(5_000)
  })

  it('are the same for the same seed and others for another', () => {
    const plan: KeyPlan = { kind: 'uniform', count: 1_000_000 }
    expect(keysOf(plan, 20, 1)).toEqual(keysOf(plan, 20, 1))
    expect(keysOf(plan, 20, 1)).not.toEqual(keysOf(plan, 20, 2))
  })

  it('one hot key gets its share, the others are even', () => {
    const numbers = keysOf({ kind: 'hot', share: 0.3 }, 50_000).map(numberOf)
    expect(numbers.filter(number => number === 0).length / numbers.length).toBeCloseTo(0.3, 2)
    const rest = numbers.filter(number => number > 0)
    expect(Math.max(...rest)).toBeLessThanOrEqual(100_000)
    expect(rest.reduce((sum, number) => sum + number, 0) / rest.length / 50_000).toBeCloseTo(1, 1)
  })
})

describe('zipf', () => {
  const exact = (count: number, exponent: number) => {
    const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** exponent)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return weights.map(weight => weight / total)
  }

  // With 49 degrees of freedom chi-square is beyond 85.4 once in a thousand streams.
  it.each([0.5, 0.8, 1, 1.2, 2])('frequencies over 50 keys with exponent %d are the exact ones', exponent => {
    const draw = makeZipf(50, exponent, makeRandom(11))
    const seen = new Array<number>(50).fill(0)
    const draws = 200_000
    for (let index = 0; index < draws; index++) seen[draw()]!++
    const chiSquare = exact(50, exponent).reduce((sum, probability, rank) => {
      const expected = probability * draws
      return sum + (seen[rank]! - expected) ** 2 / expected
    }, 0)
    expect(chiSquare).toBeLessThan(85.4)
  })

  it.each([0.8, 1, 1.2])('over a million keys with exponent %d the first ranks have their share', exponent => {
    const count = 1_000_000
    const draw = makeZipf(count, exponent, makeRandom(3))
    const draws = 300_000
    const seen = new Array<number>(4).fill(0)
    let [lowest, highest] = [count, 0]
    for (let index = 0; index < draws; index++) {
      const rank = draw()
      lowest = Math.min(lowest, rank)
      highest = Math.max(highest, rank)
      if (rank < 4) seen[rank]!++
    }
    expect(lowest).toBe(0)
    expect(highest).toBeLessThan(count)
    const probabilities = exact(count, exponent)
    for (const [rank, times] of seen.entries()) {
      const expected = probabilities[rank]! * draws
      // Four standard deviations of a binomial count.
      expect(Math.abs(times - expected)).toBeLessThan(4 * Math.sqrt(expected))
    }
  })
})

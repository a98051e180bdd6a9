// Shows that of several consumers exactly one reads an offset for the first time.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { allocateReadPositions, ReadPositions } from '../../../loadgen/worker/read-positions.ts'

it('positions are those of the last to tell, claims only grow', () => {
  const memory = allocateReadPositions(3)
  const [one, other] = [new ReadPositions(memory), new ReadPositions(memory)]
  one.moveTo(1, 500)
  expect([other.at(0), other.at(1), other.at(2)]).toEqual([0, 500, 0])
  other.moveTo(1, 100)
  expect(one.at(1)).toBe(100)
  expect(one.claim(2, 2 ** 40)).toBe(0)
  expect(other.claim(2, 7)).toBe(2 ** 40)
  expect(other.claim(1, 10)).toBe(0)
})

it('whoever claims in whatever order, each offset is new to one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 20 })), { maxLength: 40 }), reads => {
      const memory = allocateReadPositions(1)
      const seen = new Map<number, number>()
      for (const [from, count] of reads) {
        const newFrom = new ReadPositions(memory).claim(0, from + count)
        for (let offset = Math.max(from, newFrom); offset < from + count; offset++) {
          seen.set(offset, (seen.get(offset) ?? 0) + 1)
        }
      }
      expect([...seen.values()].every(times => times === 1)).toBe(true)
    }),
  )
})

// Shows that a number of records is gone back in all, evenly, and no further than the logs go.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backBy } from '../../../loadgen/catch-up/seek.ts'

it('each partition goes back by the same', () => {
  expect(backBy(300, { 0: 1_000, 1: 500, 2: 700 }, () => 0)).toEqual({ 0: 900, 1: 400, 2: 600 })
})

it('what a log does not hold is taken from the others', () => {
  const earliest: Readonly<Record<number, number>> = { 0: 0, 1: 490, 2: 0 }
  expect(backBy(300, { 0: 1_000, 1: 500, 2: 700 }, partition => earliest[partition]!)).toEqual({
    0: 855,
    1: 490,
    2: 555,
  })
})

it('in all it is what was asked for, or what there is', () => {
  const logs = fc.array(fc.record({ earliest: fc.nat(1_000), room: fc.nat(1_000) }), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(logs, fc.integer({ min: 1, max: 10_000 }), (partitions, records) => {
      const positions = Object.fromEntries(partitions.map(({ earliest, room }, index) => [index, earliest + room]))
      const targets = backBy(records, positions, partition => partitions[partition]!.earliest)
      const moved = partitions.map((_, index) => positions[index]! - targets[index]!)
      const rooms = partitions.reduce((sum, { room }) => sum + room, 0)
      expect(moved.reduce((sum, each) => sum + each, 0)).toBe(Math.min(records, rooms))
      for (const [index, { room }] of partitions.entries()) {
        expect(moved[index]).toBeGreaterThanOrEqual(0)
        expect(moved[index]).toBeLessThanOrEqual(room)
      }
    }),
  )
})

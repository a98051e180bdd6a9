// Shows that the turns of clients are fair: over a balanced number of rounds every client stands at every place equally often
// and comes directly after every other client equally often (Williams 1949).
import { describe, expect, it } from 'vitest'
import { balancedRounds, orderOf } from '../../../loadgen/compare/order.ts'

const counted = (texts: readonly string[]) => {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts.values()]
}

describe('the order of clients', () => {
  it('two clients: ABBA', () => {
    expect(orderOf(['A', 'B'], 4)).toEqual([
      ['A', 'B'],
      ['B', 'A'],
      ['A', 'B'],
      ['B', 'A'],
    ])
  })

  it.each([2, 3, 4, 5, 6, 7])('%i clients: places and neighbours are balanced', count => {
    const clients = Array.from({ length: count }, (_, index) => String(index))
    const order = orderOf(clients, balancedRounds(count))
    for (const round of order) expect(round.toSorted()).toEqual(clients)
    const places = order.flatMap(round => round.map((client, place) => `${client} at ${place}`))
    const neighbours = order.flatMap(round => round.slice(1).map((client, place) => `${client} after ${round[place]}`))
    expect(new Set(counted(places)).size).toBe(1)
    expect(new Set(counted(neighbours)).size).toBe(1)
    expect(counted(places)).toHaveLength(count * count)
    expect(counted(neighbours)).toHaveLength(count * (count - 1))
  })

  it('more rounds go on from the beginning, fewer take the first', () => {
    const clients = ['A', 'B', 'C']
    expect(orderOf(clients, 7)[6]).toEqual(orderOf(clients, 1)[0])
    expect(orderOf(clients, 2)).toEqual(orderOf(clients, 6).slice(0, 2))
  })
})

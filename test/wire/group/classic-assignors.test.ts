// Shows that the assignors of classic groups give what Java's give: range and roundrobin by example from their
// documentation; cooperative-sticky evenly, with few moves, and never what another member still owns.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AssignorResult } from '../../../wire/group/assignors.ts'
import { assignClassic, type ClassicAssignorMember } from '../../../wire/group/classic-assignors.ts'

const member = (memberId: string, topics: readonly string[], more: Partial<ClassicAssignorMember> = {}) => {
  return { memberId, instanceId: null, topics, owned: new Map(), generation: -1, ...more }
}
const shown = (result: AssignorResult) =>
  Object.fromEntries(
    [...result].map(([id, share]) => [
      id,
      [...share].flatMap(([topic, partitions]) => [...partitions].map(partition => `${topic}p${partition}`)).sort(),
    ]),
  )
const counts = (entries: Record<string, number>) => new Map(Object.entries(entries))

describe('range', () => {
  it('puts a run of each topic on each member (the example of RangeAssignor)', () => {
    const members = [member('C0', ['t0', 't1']), member('C1', ['t0', 't1'])]
    expect(shown(assignClassic('range', members, counts({ t0: 3, t1: 3 })))).toEqual({
      C0: ['t0p0', 't0p1', 't1p0', 't1p1'],
      C1: ['t0p2', 't1p2'],
    })
  })
})

describe('roundrobin', () => {
  it('deals out in turns (the example of RoundRobinAssignor)', () => {
    const members = [member('C0', ['t0', 't1']), member('C1', ['t0', 't1'])]
    expect(shown(assignClassic('roundrobin', members, counts({ t0: 3, t1: 3 })))).toEqual({
      C0: ['t0p0', 't0p2', 't1p1'],
      C1: ['t0p1', 't1p0', 't1p2'],
    })
  })

  it('passes over those who do not want the topic (its second example)', () => {
    const members = [member('C0', ['t0']), member('C1', ['t0', 't1']), member('C2', ['t0', 't1', 't2'])]
    expect(shown(assignClassic('roundrobin', members, counts({ t0: 1, t1: 2, t2: 3 })))).toEqual({
      C0: ['t0p0'],
      C1: ['t1p0'],
      C2: ['t1p1', 't2p0', 't2p1', 't2p2'],
    })
  })

  it('a topic that does not exist has no partitions', () => {
    expect(shown(assignClassic('roundrobin', [member('a', ['none'])], counts({})))).toEqual({ a: [] })
  })
})

describe('cooperative-sticky', () => {
  const owning = (...partitions: number[]) => new Map([['t', new Set(partitions)]])

  it('gives a new member nothing that another still owns; what was given up goes to it in the next generation', () => {
    const first = [member('a', ['t'], { owned: owning(0, 1, 2, 3), generation: 1 }), member('b', ['t'])]
    const { a, b } = shown(assignClassic('cooperative-sticky', first, counts({ t: 4 })))
    expect([a!.length, b]).toEqual([2, []])
    const kept = a!.map(name => Number(name.slice(2)))
    const second = [member('a', ['t'], { owned: owning(...kept), generation: 2 }), member('b', ['t'])]
    expect(shown(assignClassic('cooperative-sticky', second, counts({ t: 4 })))).toMatchObject({ a })
    expect(shown(assignClassic('cooperative-sticky', second, counts({ t: 4 }))).b).toHaveLength(2)
  })

  it('of two that claim a partition, it stays with the one of the later generation', () => {
    const members = [
      member('old', ['t'], { owned: owning(0), generation: 1 }),
      member('new', ['t'], { owned: owning(0), generation: 2 }),
    ]
    expect(shown(assignClassic('cooperative-sticky', members, counts({ t: 1 })))).toEqual({ old: [], new: ['tp0'] })
  })

  it('for any owners: nothing to two, nothing that is another’s, and all of it within two generations', () => {
    const claims = fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 24 })
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 6 }), (ownerOf, size) => {
        const ids = Array.from({ length: size }, (_, index) => `m${index}`)
        const ownedBy = (index: number) => ownerOf.flatMap((owner, partition) => (owner === index ? [partition] : []))
        let members = ids.map((id, index) => member(id, ['t'], { owned: owning(...ownedBy(index)), generation: 1 }))
        for (let generation = 2; generation < 5; generation++) {
          const result = assignClassic('cooperative-sticky', members, counts({ t: ownerOf.length }))
          const given = [...result].flatMap(([id, share]) =>
            [...(share.get('t') ?? [])].map(each => [each, id] as const),
          )
          expect(new Set(given.map(([partition]) => partition)).size).toBe(given.length)
          for (const [partition, id] of given) {
            const owner = members.find(each => each.owned.get('t')?.has(partition))
            expect(owner?.memberId ?? id).toBe(id)
          }
          members = members.map(each => {
            return member(each.memberId, ['t'], {
              owned: owning(...(result.get(each.memberId)!.get('t') ?? [])),
              generation,
            })
          })
        }
        const loads = members.map(each => each.owned.get('t')!.size)
        expect(loads.reduce((total, load) => total + load)).toBe(ownerOf.length)
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

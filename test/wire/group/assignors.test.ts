// Shows that both assignors give every partition of a subscribed topic to exactly one member that wants it; that uniform is
// even, and takes away no more than it must; and that range keeps like numbers together.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AssignorInput, type AssignorResult, range, uniform } from '../../../wire/group/assignors.ts'

const topicIds = ['t0', 't1', 't2', 't3']

const inputs: fc.Arbitrary<AssignorInput> = fc
  .record({
    counts: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: topicIds.length }),
    wanted: fc.array(fc.subarray(topicIds), { minLength: 1, maxLength: 8 }),
  })
  .map(({ counts, wanted }) => inputOf(counts, wanted))

function inputOf(
  counts: readonly number[],
  wanted: readonly (readonly string[])[],
  previous: AssignorResult = new Map(),
) {
  const topics = new Map(counts.map((count, index) => [topicIds[index]!, count]))
  const members = wanted.map((names, index) => {
    const subscribed = new Set(names.filter(name => topics.has(name)))
    return { memberId: `m${index}`, instanceId: index % 3 === 0 ? `i${index}` : null, subscribed }
  })
  return { members, topics, previous }
}

const loadOf = (result: AssignorResult, memberId: string) =>
  [...result.get(memberId)!.values()].reduce((total, partitions) => total + partitions.size, 0)

function expectWhole({ members, topics }: AssignorInput, result: AssignorResult): void {
  for (const [topicId, count] of topics) {
    const subscribers = members.filter(({ subscribed }) => subscribed.has(topicId))
    const given = members.flatMap(({ memberId }) => [...(result.get(memberId)!.get(topicId) ?? [])])
    const all = Array.from({ length: subscribers.length === 0 ? 0 : count }, (_, partition) => partition)
    expect(given.sort((a, b) => a - b)).toEqual(all)
  }
  for (const { memberId, subscribed } of members) {
    for (const topicId of result.get(memberId)!.keys()) expect(subscribed.has(topicId)).toBe(true)
  }
}

describe.each([
  { name: 'uniform', assign: uniform },
  { name: 'range', assign: range },
])('$name', ({ assign }) => {
  it('gives every partition to exactly one member that wants its topic', () => {
    fc.assert(fc.property(inputs, input => expectWhole(input, assign(input))))
  })

  it('answers the same whatever the order of members', () => {
    const check = fc.property(inputs, input => {
      const turned = { ...input, members: [...input.members].reverse() }
      for (const { memberId } of input.members) {
        expect(assign(turned).get(memberId)).toEqual(assign(input).get(memberId))
      }
    })
    fc.assert(check)
  })
})

describe('uniform', () => {
  it('evens out members that want the same', () => {
    const check = fc.property(
      fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 8 }),
      (counts, size) => {
        const input = inputOf(
          counts,
          Array.from({ length: size }, () => topicIds),
        )
        const loads = input.members.map(({ memberId }) => loadOf(uniform(input), memberId))
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
      },
    )
    fc.assert(check)
  })

  it('moves only what evenness asks for, when a member comes', () => {
    const before = inputOf(
      [12],
      Array.from({ length: 3 }, () => ['t0']),
    )
    const first = uniform(before)
    const after = uniform(
      inputOf(
        [12],
        Array.from({ length: 4 }, () => ['t0']),
        first,
      ),
    )
    const kept = before.members.map(({ memberId }) => after.get(memberId)!.get('t0')!)
    expect(kept.map(partitions => partitions.size)).toEqual([3, 3, 3])
    for (const [index, partitions] of kept.entries()) {
      for (const partition of partitions) expect(first.get(`m${index}`)!.get('t0')!.has(partition)).toBe(true)
    }
  })

  it('and what a member leaves behind, when one goes', () => {
    const first = uniform(
      inputOf(
        [12],
        Array.from({ length: 4 }, () => ['t0']),
      ),
    )
    const after = uniform(
      inputOf(
        [12],
        Array.from({ length: 3 }, () => ['t0']),
        first,
      ),
    )
    for (const memberId of ['m0', 'm1', 'm2']) {
      expect([...after.get(memberId)!.get('t0')!]).toEqual(expect.arrayContaining([...first.get(memberId)!.get('t0')!]))
    }
  })
})

describe('range', () => {
  it('gives partitions of like number of all topics to one member, static members by their instance id', () => {
    const input = inputOf(
      [5, 5],
      Array.from({ length: 3 }, () => ['t0', 't1']),
    )
    const result = range(input)
    expect([...result.get('m0')!.values()].map(each => [...each])).toEqual([
      [0, 1],
      [0, 1],
    ])
    for (const { memberId } of input.members) {
      expect(result.get(memberId)!.get('t1')).toEqual(result.get(memberId)!.get('t0'))
    }
    const renamed = { ...input, members: input.members.map(each => ({ ...each, memberId: `z-${each.memberId}` })) }
    expect(range(renamed).get('z-m0')).toEqual(result.get('m0'))
  })
})

// The assignors that members of a classic group agree on and its leader computes, by the names and with the results that Java
// consumers expect: range, roundrobin, cooperative-sticky (KIP-429). Pure.
import { type AssignorInput, type AssignorResult, byIdentity, range, uniform } from './assignors.ts'
import { filtered, type TopicPartitions } from './topic-partitions.ts'

export const classicAssignorNames = ['range', 'roundrobin', 'cooperative-sticky'] as const
export type ClassicAssignorName = (typeof classicAssignorNames)[number]

export interface ClassicAssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly topics: readonly string[]
  readonly owned: TopicPartitions
  readonly generation: number
}

/** `counts`: partitions of each topic; those that are missing do not exist. */
export function assignClassic(
  name: ClassicAssignorName,
  members: readonly ClassicAssignorMember[],
  counts: ReadonlyMap<string, number>,
): AssignorResult {
  const input: AssignorInput = {
    members: members.map(({ memberId, instanceId, topics }) => {
      return { memberId, instanceId, subscribed: new Set(topics.filter(topic => counts.has(topic))) }
    }),
    topics: new Map([...counts].filter(([topic]) => members.some(({ topics }) => topics.includes(topic)))),
    previous: new Map(),
  }
  switch (name) {
    case 'range':
      return range(input)
    case 'roundrobin':
      return roundrobin(input)
    case 'cooperative-sticky':
      return cooperativeSticky(input, members)
  }
}

/** All partitions of all topics in order, dealt out in turns to those who want the topic. */
function roundrobin({ members, topics }: AssignorInput): AssignorResult {
  const result: AssignorResult = new Map(members.map(({ memberId }) => [memberId, new Map()]))
  const sorted = [...members].sort(byIdentity)
  let turn = 0
  for (const [topic, count] of [...topics].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (let partition = 0; partition < count; partition++) {
      while (!sorted[turn % sorted.length]!.subscribed.has(topic)) turn++
      const share = result.get(sorted[turn++ % sorted.length]!.memberId)!
      share.set(topic, (share.get(topic) ?? new Set()).add(partition))
    }
  }
  return result
}

/**
 * As even as can be with as few moves as can be. What has to move is given to nobody yet: its owner hears that it is not
 * his any more, gives it up and joins again, and the next assignment gives it away.
 */
function cooperativeSticky(input: AssignorInput, members: readonly ClassicAssignorMember[]): AssignorResult {
  const owners = ownersOf(members)
  const previous = new Map(
    members.map(({ memberId, owned }) => {
      return [memberId, filtered(owned, (topic, partition) => owners.get(keyOf(topic, partition)) === memberId)]
    }),
  )
  const result = uniform({ ...input, previous })
  for (const [memberId, share] of result) {
    for (const [topic, partitions] of share) {
      for (const partition of partitions) {
        const key = keyOf(topic, partition)
        if (owners.has(key) && owners.get(key) !== memberId) partitions.delete(partition)
      }
      if (partitions.size === 0) share.delete(topic)
    }
  }
  return result
}

/** Of two that claim a partition, the one who got it later has it; of two who got it at once, neither (KIP-792). */
function ownersOf(members: readonly ClassicAssignorMember[]): ReadonlyMap<string, string | undefined> {
  const claims = new Map<string, { memberId: string | undefined; generation: number }>()
  for (const { memberId, owned, generation } of members) {
    for (const key of keysOf(owned)) {
      const known = claims.get(key)
      if (known === undefined || generation > known.generation) claims.set(key, { memberId, generation })
      else if (generation === known.generation) claims.set(key, { memberId: undefined, generation })
    }
  }
  return new Map([...claims].map(([key, { memberId }]) => [key, memberId]))
}

const keyOf = (topic: string, partition: number) => `${partition} ${topic}`
const keysOf = (sets: TopicPartitions) =>
  [...sets].flatMap(([topic, partitions]) => [...partitions].map(partition => keyOf(topic, partition)))

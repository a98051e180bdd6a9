// Shows the counts of groups, how partitions are shared out, and that a change of assignment is counted once.
import { describe, expect, it } from 'vitest'
import { groupFamilies } from '../../../agents/collectors/groups.ts'
import { AssignmentMemory } from '../../../agents/evaluate/assignments.ts'
import type { GroupListing } from '../../../agents/source/groups.ts'
import type { GroupDescription } from '../../../agents/source/members.ts'
import { samplesOf } from '../samples.ts'

const listing = (groupId: string, changes: Partial<GroupListing> = {}): GroupListing => ({
  groupId,
  type: 'classic',
  state: 'Stable',
  protocolType: 'consumer',
  coordinator: 1,
  ...changes,
})

/** Members by name, with the partitions that each reads of topic t. */
const described = (groupId: string, members: Readonly<Record<string, readonly number[]>>): GroupDescription => ({
  groupId,
  state: 'Stable',
  assignor: 'range',
  members: Object.entries(members).map(([memberId, partitions]) => ({
    memberId,
    instanceId: null,
    clientId: 'app',
    host: '127.0.0.1',
    assigned: partitions.map(partition => ({ topic: 't', partition })),
  })),
})

const mapOf = (...descriptions: readonly GroupDescription[]) =>
  new Map(descriptions.map(each => [each.groupId, each] as const))

describe('the groups collector', () => {
  it('counts groups by type and state, and by coordinator', () => {
    const listed = [
      listing('a'),
      listing('b', { coordinator: 2 }),
      listing('c', { type: 'consumer', state: 'Reconciling' }),
    ]
    expect(samplesOf(groupFamilies('c', { listed, described: new Map(), changes: new Map() }))).toEqual([
      'cluster_groups{type="classic",state="Stable"} 2',
      'cluster_groups{type="consumer",state="Reconciling"} 1',
      'coordinator_groups{broker="1"} 2',
      'coordinator_groups{broker="2"} 1',
    ])
  })

  it('tells members and partitions by topic, and members that have nothing to do', () => {
    const seen = { listed: [], described: mapOf(described('g', { m1: [0, 1], m2: [2], m3: [] })), changes: new Map() }
    expect(samplesOf(groupFamilies('c', seen))).toEqual([
      'consumer_group_members_without_partitions{group="g"} 1',
      'consumer_group_topic_members{group="g",topic="t"} 2',
      'consumer_group_topic_assigned_partitions{group="g",topic="t"} 3',
    ])
  })
})

describe('changes of assignment', () => {
  const before = described('g', { m1: [0, 1], m2: [2] })

  it('are counted when a partition or a member moves, and not when only the order differs', () => {
    const memory = new AssignmentMemory()
    const look = (description: GroupDescription) => memory.look(['g'], mapOf(description)).get('g')
    expect(look(before)).toBe(0)
    expect(look(described('g', { m2: [2], m1: [1, 0] }))).toBe(0)
    expect(look(described('g', { m1: [0], m2: [1, 2] }))).toBe(1)
    expect(look(described('g', { m1: [0] }))).toBe(2)
  })

  it('outlive a look that failed, and not the group', () => {
    const memory = new AssignmentMemory()
    memory.look(['g'], mapOf(before))
    memory.look(['g'], mapOf(described('g', {})))
    expect(memory.look(['g'], new Map()).get('g')).toBe(1)
    expect(memory.look([], new Map()).size).toBe(0)
    expect(memory.look(['g'], mapOf(before)).get('g')).toBe(0)
  })
})

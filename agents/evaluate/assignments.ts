// How the partitions of groups are shared out, and whether that has changed since the look before. Keeps one short digest a group.
import { hash } from 'node:crypto'
import type { GroupDescription } from '../source/members.ts'

export interface TopicShare {
  readonly members: number
  readonly partitions: number
}

export interface Shares {
  readonly idleMembers: number
  readonly byTopic: ReadonlyMap<string, TopicShare>
}

/** Pure. */
export function sharesOf({ members }: GroupDescription): Shares {
  const byTopic = new Map<string, { members: number; partitions: number }>()
  for (const { assigned } of members) {
    for (const [topic, partitions] of Map.groupBy(assigned, each => each.topic)) {
      const share = byTopic.get(topic) ?? { members: 0, partitions: 0 }
      byTopic.set(topic, { members: share.members + 1, partitions: share.partitions + partitions.length })
    }
  }
  return { idleMembers: members.filter(({ assigned }) => assigned.length === 0).length, byTopic }
}

interface Seen {
  /** Digest of who reads what: the text itself would be some megabytes in a large cluster. */
  readonly assignment: string
  readonly changes: number
}

/** Counts from its own start; a group that is gone is forgotten, and one that could not be described is kept as it was. */
export class AssignmentMemory {
  #seen = new Map<string, Seen>()

  /** Changes of each group so far. `listed`: the groups that exist, described or not. */
  look(listed: Iterable<string>, described: ReadonlyMap<string, GroupDescription>): ReadonlyMap<string, number> {
    const next = new Map<string, Seen>()
    for (const groupId of listed) {
      const before = this.#seen.get(groupId)
      const description = described.get(groupId)
      if (description === undefined) {
        if (before !== undefined) next.set(groupId, before)
        continue
      }
      const assignment = hash('sha256', textOf(description), 'base64')
      const hasChanged = before !== undefined && before.assignment !== assignment
      next.set(groupId, { assignment, changes: (before?.changes ?? 0) + (hasChanged ? 1 : 0) })
    }
    this.#seen = next
    return new Map([...next].map(([groupId, { changes }]) => [groupId, changes]))
  }
}

function textOf({ members }: GroupDescription): string {
  const lines = members.map(({ memberId, assigned }) => {
    const partitions = assigned.map(({ topic, partition }) => `${topic}-${partition}`).toSorted()
    return `${memberId}: ${partitions.join(' ')}`
  })
  return lines.toSorted().join('\n')
}

// The groups collector: how many groups of which kind, who coordinates them, how their partitions are shared out. State and
// members of a group are told by the lag collector, which has to look at them anyway.
import { metrics } from '../../metrics/catalog.ts'
import { Family } from '../../metrics/exposition.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import { AssignmentMemory, sharesOf } from '../evaluate/assignments.ts'
import { type GroupListing, readGroups } from '../source/groups.ts'
import { type GroupDescription, readMembers } from '../source/members.ts'
import { OneLook } from '../source/one-look.ts'

export const groupsCollector = defineCollector<SeenGroups, Record<never, never>>({
  name: 'groups',
  help: 'groups by type, state and coordinator, members and partitions by topic, changes of assignment',
  isOnByDefault: true,
  interval: '30s',
  timeout: '10s',
  settings: {},
  make: context => {
    const memory = new AssignmentMemory()
    return { look: () => look(context, memory) }
  },
  families: { native: groupFamilies },
})

async function look(
  { cluster: asked, timeoutMs, nowMs, isGroupWanted }: CollectorContext,
  memory: AssignmentMemory,
): Promise<Look<SeenGroups>> {
  const cluster = new OneLook(asked)
  const listed = await readGroups(cluster, timeoutMs)
  const wanted = listed.found.filter(({ groupId }) => isGroupWanted(groupId))
  const described = await readMembers(cluster, wanted, timeoutMs)
  await cluster.assertAnswered()
  const changes = memory.look(
    wanted.map(({ groupId }) => groupId),
    described.found,
  )
  return {
    data: { listed: listed.found, described: described.found, changes },
    gaps: [...listed.gaps, ...described.gaps],
    takenAtMs: nowMs(),
  }
}

export interface SeenGroups {
  /** All of them: the counts are those of the cluster. */
  readonly listed: readonly GroupListing[]
  readonly described: ReadonlyMap<string, GroupDescription>
  readonly changes: ReadonlyMap<string, number>
}

/** Pure. */
export function groupFamilies(cluster: string, { listed, described, changes }: SeenGroups): Family[] {
  const groups = new Family(metrics.clusterGroups)
  for (const same of Map.groupBy(listed, ({ type, state }) => `${type} ${state}`).values()) {
    const { type, state } = same[0]!
    groups.set({ cluster, type, state }, same.length)
  }
  const coordinated = new Family(metrics.coordinatorGroups)
  for (const [broker, same] of Map.groupBy(listed, ({ coordinator }) => coordinator))
    coordinated.set({ cluster, broker: String(broker) }, same.length)
  return [groups, coordinated, ...shareFamilies(cluster, described), changeFamily(cluster, changes)]
}

function shareFamilies(cluster: string, described: ReadonlyMap<string, GroupDescription>): Family[] {
  const idle = new Family(metrics.groupIdleMembers)
  const members = new Family(metrics.groupTopicMembers)
  const assigned = new Family(metrics.groupTopicAssigned)
  for (const [group, description] of described) {
    const { idleMembers, byTopic } = sharesOf(description)
    idle.set({ cluster, group }, idleMembers)
    for (const [topic, share] of byTopic) {
      members.set({ cluster, group, topic }, share.members)
      assigned.set({ cluster, group, topic }, share.partitions)
    }
  }
  return [idle, members, assigned]
}

function changeFamily(cluster: string, changes: ReadonlyMap<string, number>): Family {
  const family = new Family(metrics.groupAssignmentChanges)
  for (const [group, count] of changes) family.set({ cluster, group }, count)
  return family
}

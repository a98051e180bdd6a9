// A group coordinator on fake time, over topics that the test lays out, with ids that count.
import { type GroupSettings, groupSettingsDefault, type TopicView } from '../../../broker/groups/context.ts'
import { GroupCoordinator } from '../../../broker/groups/coordinator.ts'
import { FakeTime } from './fake-time.ts'

export const idOf = (name: string) => `id-of-${name}`

export function makeSetup(counts: Record<string, number>, settings: Partial<GroupSettings> = {}) {
  const time = new FakeTime()
  const topics = new Map<string, TopicView>()
  const lay = (name: string, partitions: number) => topics.set(name, { name, id: idOf(name), partitions })
  for (const [name, partitions] of Object.entries(counts)) lay(name, partitions)
  let nextId = 0
  const context = {
    scheduler: time,
    settings: { ...groupSettingsDefault, ...settings },
    topics: {
      byName: (name: string) => topics.get(name),
      byId: (id: string) => [...topics.values()].find(topic => topic.id === id),
      names: () => topics.keys(),
    },
    newId: () => String(nextId++),
  }
  return { time, context, lay, drop: (name: string) => topics.delete(name), coordinator: new GroupCoordinator(context) }
}

export type Setup = ReturnType<typeof makeSetup>

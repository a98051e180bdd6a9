// A cluster on which monitors are known to say different things: every offset and every commit is fixed, so that pages taken of it on
// another day, of another broker, say the same.
import { setTimeout as delay } from 'node:timers/promises'
import { takeLagReport } from '../../agents/index.ts'
import { commitOffsets, createTopic, deleteTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { type GroupMember, joinConsumerGroup } from '../../wire/group.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { grow, transact } from '../kafka/lag-cases.ts'
import { append, appendBatch, deleteBefore } from './writing.ts'

/** Topics and groups of the scene; there may be others on the cluster. */
export const sceneTopics = /^(orders|single|nothing|short|again|gone|ledger|settled|compacted|growing|unread)$/

/** Where commits that are far beyond any end lie: no double holds the next one. */
export const wideOffset = 2 ** 60

export interface Scene {
  close(): Promise<void>
}

/** Members stay, and a transaction stays open, until it is closed. */
export async function playScene(settings: ClientSettings, bootstrap: string): Promise<Scene> {
  const cluster = await Cluster.connect(settings)
  const members: GroupMember[] = []
  try {
    await writeTopics(cluster)
    await commitAlone(cluster)
    members.push(...(await joinLive(settings, cluster)))
    const done = await transact(bootstrap, { topic: 'settled', group: 'settler', offset: 2 })
    await done.commit()
    await commitOffsets(cluster, 'done', 'settled', new Map([[0, 3]]))
    const open = await transact(bootstrap, { topic: 'ledger', group: 'payer', offset: 3 })
    return {
      close: async () => {
        await open.abort()
        await Promise.all(members.map(member => member.leave()))
        await cluster.close()
      },
    }
  } catch (error) {
    for (const member of members) await member.abandon()
    await cluster.close()
    throw error
  }
}

const at = (...offsets: readonly (readonly [partition: number, offset: number])[]) => new Map(offsets)

async function writeTopics(cluster: Cluster): Promise<void> {
  const make = async (name: string, counts: readonly number[], configs?: Readonly<Record<string, string>>) => {
    await createTopic(cluster, { name, partitions: counts.length, replicationFactor: 1, ...(configs && { configs }) })
    for (const [partition, count] of counts.entries()) if (count > 0) await append(cluster, name, partition, times(count)) // biome-ignore format: one line
  }
  await make('orders', [5, 6, 7])
  await make('single', [4])
  await make('nothing', [0])
  await make('short', [6])
  await make('unread', [3, 0])
  await make('again', [4, 4])
  await deleteTopic(cluster, 'again')
  await make('again', [2, 5])
  await make('ledger', [0])
  await make('settled', [0])
  await make('growing', [0])
  await grow(cluster, 'growing', 2)
  await append(cluster, 'growing', 1, times(3))
  const compaction = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' }
  await make('compacted', [0], compaction)
  // The second batch begins a new segment, and the first one may be cleaned.
  for (const agoMs of [60_000, 0]) await appendBatch(cluster, 'compacted', 0, new Array(5).fill(Date.now() - agoMs), 'same') // biome-ignore format: one line
}

const times = (count: number) => Array.from({ length: count }, (_, index) => Date.now() - 1000 * (count - index))

/** Groups without a member: as consumers leave them that are told what to read, and those that are gone. */
async function commitAlone(cluster: Cluster): Promise<void> {
  const commit = (group: string, topic: string, offsets: Map<number, number>) =>
    commitOffsets(cluster, group, topic, offsets)
  await commit('empty', 'orders', at([0, 2], [2, 7]))
  await commit('waiter', 'nothing', at([0, 0]))
  await commit('overtaken', 'short', at([0, 1]))
  await deleteBefore(cluster, 'short', 0, 4)
  await commit('ahead', 'again', at([0, 9], [1, 2]))
  await commit('wide', 'orders', at([0, wideOffset]))
  await commit('compactor', 'compacted', at([0, 0]))
  await commit('grower', 'growing', at([0, 0], [1, 1]))
  await commit('rewound', 'short', at([0, 6]))
  await commit('rewound', 'short', at([0, 4]))
  await commit('reader', 'orders', at([0, 5], [1, 6], [2, 7]))
  await commit('reader', 'ledger', at([0, 0]))
  await commit('payer', 'orders', at([0, 1]))
  await commit('payer', 'ledger', at([0, 0]))
  await commit('odd "quoted" back\\slash ünï:/', 'orders', at([0, 1], [1, 1], [2, 1]))
  await createTopic(cluster, { name: 'gone', partitions: 1, replicationFactor: 1 })
  await append(cluster, 'gone', 0, times(2))
  await commit('left-behind', 'gone', at([0, 1]))
  await commit('left-behind', 'short', at([0, 5]))
  await deleteTopic(cluster, 'gone')
}

/** Each has its share before the next one comes. */
async function joinLive(settings: ClientSettings, cluster: Cluster): Promise<GroupMember[]> {
  const members: GroupMember[] = []
  const join = async (groupId: string, topic: string, protocol: 'classic' | 'consumer') => {
    const assigned = Promise.withResolvers<void>()
    const common = { groupId, topics: [topic], rebalanceTimeoutMs: 6_000, onAssigned: () => assigned.resolve() }
    const classic = { protocol: 'classic', assignor: 'range', sessionTimeoutMs: 30_000, heartbeatIntervalMs: 100 } as const // biome-ignore format: one line
    const member = await joinConsumerGroup(settings, protocol === 'classic' ? { ...common, ...classic } : { ...common, protocol }) // biome-ignore format: one line
    await assigned.promise
    members.push(member)
    return member
  }
  const classic = await join('by-classic', 'orders', 'classic')
  await classic.commit(new Map([['orders', at([0, 5], [1, 6], [2, 4])]]))
  const consumer = await join('by-consumer', 'orders', 'consumer')
  await consumer.commit(new Map([['orders', at([0, 5], [1, 5], [2, 7])]]))
  await join('uncommitted', 'orders', 'classic')
  const first = await join('spare', 'single', 'classic')
  await first.commit(new Map([['single', at([0, 4])]]))
  // One partition, two members: one of them has nothing, whichever it is.
  members.push(
    await joinConsumerGroup(settings, {
      ...{ groupId: 'spare', topics: ['single'], rebalanceTimeoutMs: 6_000, protocol: 'classic', assignor: 'range' },
      ...{ sessionTimeoutMs: 30_000, heartbeatIntervalMs: 100 },
    }),
  )
  await until(async () => {
    const { groups } = await takeLagReport(cluster, { timeoutMs: 5_000, nowMs: Date.now, withSeconds: false })
    const spare = groups.find(({ groupId }) => groupId === 'spare')
    return (
      spare?.state === 'Stable' && spare.members === 2 && spare.partitions.some(({ member }) => member !== undefined)
    )
  })
  return members
}

/** Until it holds; for what a broker does in its own time. */
export async function until(holds: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const giveUpAtMs = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > giveUpAtMs) throw new Error(`not so within ${timeoutMs / 1000} s: ${holds}`)
    await delay(200)
  }
}

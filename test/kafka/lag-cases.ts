// What happens to groups and topics in the oracle cases: transactions by kafkajs, a topic that grows and goes, a group without rest,
// consumers of every temper.
import { Kafka, logLevel } from 'kafkajs'
import { lagCollector } from '../../agents/collectors/lag.ts'
import { createTopic } from '../../wire/admin.ts'
import { createPartitions } from '../../wire/apis/37-create-partitions.ts'
import { Cluster } from '../../wire/cluster.ts'
import { kafkaError } from '../../wire/error-codes.ts'
import { type GroupMember, joinConsumerGroup } from '../../wire/group.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import { looker } from '../agents/look.ts'
import { appendBatch } from '../agents/writing.ts'

const quiet = { KAFKAJS_NO_PARTITIONER_WARNING: '1' }

export interface OpenTransaction {
  commit(): Promise<void>
  abort(): Promise<void>
}

/** Three records of the topic and a commit of the group, in a transaction that is still open. */
export async function transact(
  bootstrap: string,
  { topic, group, offset }: { readonly topic: string; readonly group: string; readonly offset: number },
): Promise<OpenTransaction> {
  Object.assign(process.env, quiet)
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: `${topic}-${group}`, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: ['a', 'b', 'c'].map(value => ({ value, partition: 0 })) })
  const topics = [{ topic, partitions: [{ partition: 0, offset: String(offset) }] }]
  await transaction.sendOffsets({ consumerGroupId: group, topics })
  const end = async (how: 'commit' | 'abort') => {
    await transaction[how]()
    await producer.disconnect()
  }
  return { commit: () => end('commit'), abort: () => end('abort') }
}

/** Members that come and go, all but the first one, which is static, until told to stop. */
export async function storm(
  settings: ClientSettings,
  { groupId, topic, protocol }: StormOptions,
): Promise<{ readonly joins: () => number; stop(): Promise<void> }> {
  const members: GroupMember[] = []
  let joins = 0
  const join = async (identity: { readonly instanceId?: string } = {}) => {
    const common = { groupId, topics: [topic], rebalanceTimeoutMs: 6_000, ...identity }
    const classic = {
      ...common,
      protocol: 'classic',
      assignor: 'range',
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 100,
    } as const
    members.push(await joinConsumerGroup(settings, protocol === 'classic' ? classic : { ...common, protocol }))
    joins++
  }
  await join({ instanceId: 'static-1' })
  let isOver = false
  const running = (async () => {
    while (!isOver) {
      await join()
      if (members.length > 3) await members.splice(1, 1)[0]!.leave()
    }
  })()
  return {
    joins: () => joins,
    stop: async () => {
      isOver = true
      await running
      await Promise.all(members.map(member => member.leave()))
    },
  }
}

interface StormOptions {
  readonly groupId: string
  readonly topic: string
  readonly protocol: 'classic' | 'consumer'
}

/** To so many partitions in all. */
export async function grow(cluster: Cluster, name: string, count: number): Promise<void> {
  const body = { topics: [{ name, count, assignments: null }], timeoutMs: 9_000, validateOnly: false }
  const { results } = await cluster.send('controller', createPartitions, body)
  if (results[0]!.errorCode !== 0) throw kafkaError(results[0]!.errorCode, name)
}

/**
 * One consumer that is in turn all that a consumer can be, looked at every ten seconds of a clock that is moved by hand: what is said of
 * it at the end of each time, and, when it has stopped, by an agent that has just begun.
 */
export async function tempers(settings: ClientSettings): Promise<Record<string, string | undefined>> {
  const [topic, groupId] = ['moods', 'moody']
  const cluster = await Cluster.connect(settings)
  await createTopic(cluster, { name: topic, partitions: 1, replicationFactor: 1 })
  const assigned = Promise.withResolvers<void>()
  const member = await joinConsumerGroup(settings, {
    ...{ groupId, topics: [topic], protocol: 'classic', assignor: 'range' },
    ...{ rebalanceTimeoutMs: 6_000, sessionTimeoutMs: 30_000, heartbeatIntervalMs: 100 },
    onAssigned: () => assigned.resolve(),
  })
  await assigned.promise
  let nowMs = Date.now()
  let [written, read] = [0, 0]
  const only = (name: string) => ({ allow: [name], deny: [] })
  const begin = () => looker(lagCollector, cluster, { nowMs: () => nowMs, groups: only(groupId), topics: only(topic) })
  const write = async (count: number) => {
    await appendBatch(cluster, topic, 0, new Array(count).fill(nowMs))
    written += count
  }
  const commit = async (offset: number) => {
    read = offset
    await member.commit(new Map([[topic, new Map([[0, offset]])]]))
  }
  const said = async (look: ReturnType<typeof looker>) => {
    const { lines, value } = await look()
    const lag = value(`consumer_group_lag_offsets{cluster="c",group="${groupId}"}`)
    const status = lines.find(line => line.startsWith('consumer_group_status{') && line.endsWith(' 1'))
    return `${/status="(\w+)"/.exec(status ?? '')?.[1]} ${lag}`
  }
  const look = begin()
  const after = async (looks: number, each: () => Promise<unknown> = async () => {}) => {
    let last: string | undefined
    for (let at = 0; at < looks; at++) {
      await each()
      nowMs += 10_000
      last = await said(look)
    }
    return last
  }
  await write(50)
  const burst = await after(5, () => commit(read + 10))
  const idle = await after(5)
  await write(5)
  const paused = await after(4)
  await commit(written)
  const back = await after(1)
  // What came before is out of the window.
  nowMs += 300_000
  const slow = await after(8, async () => {
    await write(3)
    await commit(read + 1)
  })
  await member.leave()
  const killed = await after(10)
  const afresh = await said(begin())
  await cluster.close()
  return { burst, idle, paused, back, slow, killed, 'killed, to a new agent': afresh }
}

// What happens to groups and topics in the oracle cases: transactions by kafkajs, a log that is compacted, a group without rest.
import { Kafka, logLevel } from 'kafkajs'
import { type GroupMember, joinConsumerGroup } from '../../wire/group.ts'
import type { ClientSettings } from '../../wire/settings.ts'

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

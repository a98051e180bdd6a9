// Shows kafkajs's consumer groups, as its documentation has them, against the embedded broker: consumers share a topic, one
// that crashes or leaves is replaced, offsets are committed, read back, moved and deleted.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeGroupCoordinator } from '../../../broker/groups/of-cluster.ts'
import { RunningCluster } from '../../../broker/running.ts'
import { type Consumer, type EachMessagePayload, Kafka, logLevel } from '../../kafkajs.ts'

const partitions = 6
const waiting = { timeout: 25_000, interval: 20 }

let running: RunningCluster
let kafka: Kafka
const consumers: Consumer[] = []

beforeAll(async () => {
  // A crashed member is to be missed within the test's time.
  running = await RunningCluster.start({ configs: { 'group.min.session.timeout.ms': '1000' } })
  const brokers = running.brokers.map(({ host, port }) => `${host}:${port}`)
  kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } })
})
afterAll(async () => {
  await Promise.all(consumers.map(each => each.disconnect()))
  await running.close()
})

const groupOf = (groupId: string) => {
  const group = running.state.part(makeGroupCoordinator).get(groupId)
  return group?.type === 'classic' ? group : undefined
}

async function fill(topic: string, count: number): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })
  await admin.disconnect()
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: count }, (_, index) => ({ partition: index % partitions, value: `${index}` }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

interface Reader {
  readonly consumer: Consumer
  readonly seen: string[]
  /** Partitions, as the last join gave them. */
  assigned: number[]
}

async function read(topic: string, groupId: string): Promise<Reader> {
  // kafkajs beats between fetches, so a fetch must not wait for long.
  const beats = { sessionTimeout: 10_000, heartbeatInterval: 100, maxWaitTimeInMs: 100 }
  const consumer = kafka.consumer({ groupId, rebalanceTimeout: 10_000, ...beats })
  consumers.push(consumer)
  const reader: Reader = { consumer, seen: [], assigned: [] }
  consumer.on('consumer.group_join', ({ payload }) => {
    reader.assigned = payload.memberAssignment[topic] ?? []
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const eachMessage = async ({ message }: EachMessagePayload) => {
    reader.seen.push(String(message.value))
  }
  await consumer.run({ eachMessage })
  return reader
}

/** As many members, all of them told their share. */
const stable = (groupId: string, size: number) =>
  vi.waitFor(() => {
    const group = groupOf(groupId)
    expect([group?.state, group?.members.size]).toEqual(['Stable', size])
  }, waiting)

describe('consumer groups of kafkajs', { timeout: 60_000 }, () => {
  it('share a topic, read all of it, and take over from who leaves', async () => {
    await fill('shared', 600)
    const readers = [await read('shared', 'sharing'), await read('shared', 'sharing'), await read('shared', 'sharing')]
    await stable('sharing', 3)
    await vi.waitFor(() => {
      expect(readers.flatMap(({ assigned }) => assigned).sort()).toEqual([0, 1, 2, 3, 4, 5])
      expect(new Set(readers.flatMap(({ seen }) => seen)).size).toBe(600)
    }, waiting)
    await readers[0]!.consumer.disconnect()
    await stable('sharing', 2)
    await vi.waitFor(() => expect([...readers[1]!.assigned, ...readers[2]!.assigned]).toHaveLength(partitions), waiting)
  })

  it('miss a member that is gone without a word when its session ends', async () => {
    await fill('crashed', 6)
    const stays = await read('crashed', 'crashing')
    await stable('crashing', 1)
    const coordinator = running.state.part(makeGroupCoordinator)
    const goes = coordinator.join('crashing', {
      memberId: '',
      groupInstanceId: null,
      clientId: 'goes',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 1_000,
      rebalanceTimeoutMs: 5_000,
      protocolType: 'consumer',
      protocols: [
        { name: 'RoundRobinAssigner', metadata: Buffer.from('00010000000100076372617368656400000000', 'hex') },
      ],
      isMemberIdRequired: false,
      canSkipAssignment: true,
    })
    expect((await goes).errorCode).toBe(0)
    await stable('crashing', 1)
    await vi.waitFor(() => expect(stays.assigned).toHaveLength(partitions), waiting)
  })

  it('commit, and an administrator reads, moves and deletes what they committed', async () => {
    await fill('kept', 60)
    const reader = await read('kept', 'keeping')
    await vi.waitFor(() => expect(reader.seen).toHaveLength(60), waiting)
    const admin = kafka.admin()
    await admin.connect()
    const described = await admin.describeGroups(['keeping'])
    expect(described.groups).toMatchObject([{ state: 'Stable', protocol: 'RoundRobinAssigner', members: [{}] }])
    await reader.consumer.disconnect()

    const offsets = async () =>
      (await admin.fetchOffsets({ groupId: 'keeping', topics: ['kept'] }))[0]!.partitions.map(each => each.offset)
    expect(await offsets()).toEqual(Array.from({ length: partitions }, () => '10'))
    await admin.setOffsets({ groupId: 'keeping', topic: 'kept', partitions: [{ partition: 2, offset: '4' }] })
    expect((await offsets()).sort()).toEqual(['10', '10', '10', '10', '10', '4'])

    const again = await read('kept', 'keeping')
    await vi.waitFor(() => expect(again.seen).toHaveLength(6), waiting)
    await again.consumer.disconnect()
    expect((await admin.listGroups()).groups).toContainEqual({ groupId: 'keeping', protocolType: 'consumer' })
    await admin.deleteGroups(['keeping'])
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain('keeping')
    await admin.disconnect()
  })
})

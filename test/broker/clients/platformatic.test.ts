// Shows that @platformatic/kafka works against the embedded broker as its documentation has it: every codec, idempotence,
// transactions, groups in both protocols (KIP-848 too), and administration.
import {
  Admin,
  type CompressionAlgorithmValue,
  Consumer,
  type ConsumerOptions,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { RunningCluster } from '../../../broker/running.ts'
import { storedBatches, storedCodecs } from './stored.ts'

const waiting = { timeout: 25_000, interval: 20 }

let running: RunningCluster
let bootstrapBrokers: string[]
let admin: Admin
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  running = await RunningCluster.start({
    brokers: 3,
    configs: { 'auto.create.topics.enable': 'false', 'group.consumer.heartbeat.interval.ms': '200' },
  })
  bootstrapBrokers = running.brokers.map(({ host, port }) => `${host}:${port}`)
  admin = new Admin({ clientId: 'admin', bootstrapBrokers })
})
afterAll(async () => {
  await Promise.all(closing.map(close => close()))
  await admin.close()
  await running.close()
})

const create = (topic: string, partitions = 1) => admin.createTopics({ topics: [topic], partitions, replicas: 3 })

function makeProducer(options: { idempotent?: boolean; transactionalId?: string } = {}) {
  const producer = new Producer({ clientId: 'producer', bootstrapBrokers, serializers: stringSerializers, ...options })
  closing.push(() => producer.close(true))
  return producer
}

type Texts = ConsumerOptions<string, string, string, string>

interface Reader {
  readonly consumer: Consumer<string, string, string, string>
  readonly values: string[]
}

async function read(topic: string, options: Partial<Texts> = {}): Promise<Reader> {
  const base = { clientId: 'consumer', bootstrapBrokers, deserializers: stringDeserializers, maxWaitTime: 50 }
  const consumer = new Consumer({ groupId: `readers-of-${topic}`, ...base, ...options } as Texts)
  closing.push(() => consumer.close(true))
  const values: string[] = []
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST })
  stream.on('data', message => values.push(message.value))
  return { consumer, values }
}

const texts = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`.padEnd(60, '.'))

describe('@platformatic/kafka', { timeout: 60_000 }, () => {
  it('produces with every codec and reads it all back', async () => {
    await create('coded')
    const producer = makeProducer({ idempotent: true })
    const codecs: CompressionAlgorithmValue[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
    const sent: string[] = []
    for (const compression of codecs) {
      const messages = texts(compression, 50).map(value => ({ topic: 'coded', key: 'k', value, headers: { a: 'b' } }))
      const { offsets } = await producer.send({ messages, compression, acks: -1 })
      expect(offsets).toMatchObject([{ topic: 'coded', partition: 0, offset: BigInt(sent.length) }])
      sent.push(...messages.map(({ value }) => value))
    }
    const { values } = await read('coded')
    await vi.waitFor(() => expect(values).toEqual(sent), waiting)
    expect(storedCodecs(running.state, 'coded')).toEqual(codecs.toSorted())
    expect(storedBatches(running.state, 'coded').every(({ producerId }) => producerId >= 0)).toBe(true)
  })

  it('commits and aborts transactions', async () => {
    await create('paid')
    const producer = makeProducer({ idempotent: true, transactionalId: 'payments' })
    for (const [index, end] of (['commit', 'abort', 'commit'] as const).entries()) {
      const transaction = await producer.beginTransaction()
      await transaction.send({ messages: [{ topic: 'paid', value: `${end}-${index}` }] })
      await transaction[end]()
    }
    const committed = await read('paid', { isolationLevel: 1 })
    await vi.waitFor(() => expect(committed.values).toEqual(['commit-0', 'commit-2']), waiting)
    const all = await read('paid', { isolationLevel: 0, groupId: 'everything' })
    await vi.waitFor(() => expect(all.values).toEqual(['commit-0', 'abort-1', 'commit-2']), waiting)
  })

  it.each([
    { protocol: 'classic', options: { sessionTimeout: 10_000, heartbeatInterval: 200, rebalanceTimeout: 10_000 } },
    { protocol: 'consumer', options: { groupProtocol: 'consumer' } },
  ])('shares a topic in a group, commits and takes over: $protocol', async ({ protocol, options }) => {
    const topic = `shared-${protocol}`
    const groupId = `sharing-${protocol}`
    await create(topic, 4)
    const settings = { ...options, groupId, autocommit: 100 } as Partial<Texts>
    const readers = [await read(topic, settings), await read(topic, settings)]
    const shares = () => readers.map(({ consumer }) => consumer.assignments?.flatMap(each => each.partitions).length)
    await vi.waitFor(() => expect(shares()).toEqual([2, 2]), waiting)
    const producer = makeProducer()
    const sent = texts(protocol, 40)
    await producer.send({ messages: sent.map((value, index) => ({ topic, partition: index % 4, value })) })
    const seen = () => readers.flatMap(({ values }) => values).sort()
    await vi.waitFor(() => expect([...new Set(seen())]).toEqual(sent.toSorted()), waiting)
    const committed = async () => {
      const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] })
      return group!.topics[0]?.partitions.map(({ committedOffset }) => committedOffset) ?? []
    }
    await vi.waitFor(async () => expect(await committed()).toEqual([10n, 10n, 10n, 10n]), waiting)
    const listed = (await admin.listGroups({ types: [protocol] })).get(groupId)
    expect([listed?.state, listed?.groupType?.toLowerCase()]).toEqual(['Stable', protocol])
    await readers[0]!.consumer.close(true)
    await vi.waitFor(() => expect(shares()[1]).toBe(4), waiting)
  })

  it('administers topics, settings, offsets and records', async () => {
    await create('kept', 2)
    await admin.createPartitions({ topics: [{ name: 'kept', count: 3, assignments: [{ brokerIds: [3, 1, 2] }] }] })
    const metadata = await admin.metadata({ topics: ['kept'] })
    expect([metadata.id, metadata.topics.get('kept')?.partitionsCount]).toEqual([running.state.clusterId, 3])
    const resource = { resourceType: 2, resourceName: 'kept' } as const // TOPIC
    const configs = [{ name: 'retention.ms', configOperation: 0, value: '5000' }] as const
    await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [...configs] }] })
    const [described] = await admin.describeConfigs({
      resources: [{ ...resource, configurationKeys: ['retention.ms'] }],
    })
    expect(described!.configs).toMatchObject([{ name: 'retention.ms', value: '5000' }])
    await makeProducer().send({ messages: texts('kept', 10).map(value => ({ topic: 'kept', partition: 1, value })) })
    const deleted = await admin.deleteRecords({
      topics: [{ name: 'kept', partitions: [{ partition: 1, offset: 4n }] }],
    })
    expect(deleted).toEqual([{ name: 'kept', partitions: [{ partition: 1, lowWatermark: 4n }] }])
    const edges = [-2n, -1n].map(timestamp => ({ name: 'kept', partitions: [{ partitionIndex: 1, timestamp }] }))
    for (const [index, topic] of edges.entries()) {
      const [listed] = await admin.listOffsets({ topics: [topic] })
      expect(listed!.partitions).toMatchObject([{ offset: [4n, 10n][index] }])
    }
    await admin.deleteTopics({ topics: ['kept'] })
    expect(await admin.listTopics()).not.toContain('kept')
  })
})

// Shows kafkajs's transactions as its documentation has them, against the embedded broker over real sockets: what is
// committed is read, what is aborted is not, offsets travel with the transaction, and a second producer fences the first.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { type Consumer, type EachMessagePayload, Kafka, logLevel, type Producer } from '../../kafkajs.ts'

let cluster: EmbeddedCluster
let kafka: Kafka
const running: (Producer | Consumer)[] = []

beforeAll(async () => {
  cluster = await startBroker({ inThread: true, brokers: 3, configs: { 'num.partitions': '3' } })
  kafka = new Kafka({
    brokers: cluster.bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10 },
  })
})
afterAll(async () => {
  await Promise.all(running.map(each => each.disconnect()))
  await cluster.close()
})

async function transactional(transactionalId: string): Promise<Producer> {
  const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  running.push(producer)
  return producer
}

async function createTopic(topic: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 3 }] })
  await admin.disconnect()
}

/** Reads until a message says `end`, and gives the others. */
async function readUntilEnd(topic: string, readUncommitted = false): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `readers-of-${topic}-${readUncommitted}`, readUncommitted })
  running.push(consumer)
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const values: string[] = []
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: EachMessagePayload) => {
      const value = String(message.value)
      if (value === 'end') resolve()
      else values.push(value)
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  return values
}

const say = (producer: Producer, topic: string, ...values: string[]) =>
  producer.send({ topic, messages: values.map(value => ({ value, partition: 0 })) })

describe('kafkajs transactions', () => {
  it('commits and aborts: a read-committed consumer sees only what was committed', async () => {
    await createTopic('paid')
    const producer = await transactional('payments')
    for (const [index, end] of ['commit', 'abort', 'commit', 'abort', 'commit'].entries()) {
      const transaction = await producer.transaction()
      const messages = ['a', 'b'].map(name => ({ value: `${end} ${index}${name}`, partition: 0 }))
      await transaction.send({ topic: 'paid', messages })
      await (end === 'commit' ? transaction.commit() : transaction.abort())
    }
    await say(producer, 'paid', 'end')
    expect(await readUntilEnd('paid')).toEqual([
      'commit 0a',
      'commit 0b',
      'commit 2a',
      'commit 2b',
      'commit 4a',
      'commit 4b',
    ])
    expect(await readUntilEnd('paid', true)).toHaveLength(10)
  })

  it('an open transaction holds back what comes after it, until it ends', async () => {
    await createTopic('held')
    const producer = await transactional('slow')
    const other = kafka.producer()
    running.push(other)
    await other.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'held', messages: [{ value: 'inside', partition: 0 }] })
    await say(other, 'held', 'outside', 'end')
    let isRead = false
    const reading = readUntilEnd('held').finally(() => {
      isRead = true
    })
    expect(await readUntilEnd('held', true)).toEqual(['inside', 'outside'])
    expect(isRead).toBe(false)
    await transaction.commit()
    expect(await reading).toEqual(['inside', 'outside'])
  })

  it('offsets sent in a transaction become the group’s when it commits, and not when it aborts', async () => {
    await createTopic('orders')
    const producer = await transactional('order-processor')
    const admin = kafka.admin()
    await admin.connect()
    const committed = async () => {
      const [topic] = await admin.fetchOffsets({ groupId: 'order-workers', topics: ['orders'] })
      return topic!.partitions.find(({ partition }) => partition === 0)?.offset
    }
    const process = async (offset: string, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'orders', messages: [{ value: 'x', partition: 1 }] })
      const topics = [{ topic: 'orders', partitions: [{ partition: 0, offset }] }]
      await transaction.sendOffsets({ consumerGroupId: 'order-workers', topics })
      expect(await committed()).not.toBe(offset)
      await transaction[end]()
    }
    await process('5', 'commit')
    expect(await committed()).toBe('5')
    await process('9', 'abort')
    expect(await committed()).toBe('5')
    await process('7', 'commit')
    expect(await committed()).toBe('7')
    await admin.disconnect()
  })

  it('a second producer with the same id fences the first and aborts what it left open', async () => {
    await createTopic('owned')
    const first = await transactional('owner')
    const left = await first.transaction()
    await left.send({ topic: 'owned', messages: [{ value: 'left behind', partition: 0 }] })
    const second = await transactional('owner')
    const transaction = await second.transaction()
    await transaction.send({ topic: 'owned', messages: [{ value: 'taken over', partition: 0 }] })
    await transaction.commit()
    await expect(left.commit()).rejects.toThrow(/epoch|fenced/i)
    await say(second, 'owned', 'end')
    expect(await readUntilEnd('owned')).toEqual(['taken over'])
  })

  it('a transaction that takes too long is aborted by the coordinator', async () => {
    await createTopic('late')
    const producer = kafka.producer({
      transactionalId: 'sleeper',
      transactionTimeout: 2_000,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    running.push(producer)
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'late', messages: [{ value: 'too late', partition: 0 }] })
    const plain = kafka.producer()
    running.push(plain)
    await plain.connect()
    await say(plain, 'late', 'end')
    // Read to the end means that the transaction before it was decided.
    expect(await readUntilEnd('late')).toEqual([])
    await expect(transaction.commit()).rejects.toThrow(/epoch|fenced/i)
  })
})

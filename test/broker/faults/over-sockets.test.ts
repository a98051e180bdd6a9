// Shows that faults reach clients over real sockets: our own connection sees each of them as what it is, a stall lasts as
// long as it says to a few milliseconds, and kafkajs gets over those that a client has to get over.
// Method: a cluster in a thread of its own, real time. Bounds from below are exact; from above they leave room for a busy
// machine.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseFault } from '../../../broker/index.ts'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { isMillraceError } from '../../../core/errors.ts'
import { produce } from '../../../wire/apis/00-produce.ts'
import { fetch } from '../../../wire/apis/01-fetch.ts'
import { metadata } from '../../../wire/apis/03-metadata.ts'
import { createTopics } from '../../../wire/apis/19-create-topics.ts'
import { type Connection, openConnection } from '../../../wire/connection.ts'
import { decodeBatches } from '../../../wire/record-batch/decode.ts'
import { clientDefaults } from '../../../wire/settings.ts'
import { Kafka, logLevel } from '../../kafkajs.ts'
import { batchOf } from '../ask.ts'

let cluster: EmbeddedCluster
const open: Connection[] = []

beforeAll(async () => {
  cluster = await startBroker()
  const connection = await connect()
  const topics = ['t', 'k'].map(name => ({
    name,
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }))
  await connection.send(createTopics, { topics, timeoutMs: 5000 })
})
afterEach(() => cluster.faults.clear())
afterAll(async () => {
  await Promise.all(open.map(connection => connection.close()))
  await cluster.close()
})

async function connect(): Promise<Connection> {
  const [node] = cluster.brokers
  const connection = await openConnection(node!, { ...clientDefaults, bootstrap: [node!] })
  open.push(connection)
  return connection
}

const add = (text: string) => cluster.faults.add(parseFault(text))

const write = (connection: Connection) =>
  connection.send(produce, {
    acks: 1,
    timeoutMs: 5000,
    topicData: [{ name: 't', topicId: topicId, partitionData: [{ index: 0, records: batchOf(['value']) }] }],
  })
let topicId = ''
beforeAll(async () => {
  const answer = await (await connect()).send(metadata, { topics: [{ name: 't' }] })
  topicId = answer.topics[0]!.topicId
})

async function readAll(connection: Connection) {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
  const answer = await connection.send(fetch, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: 't', topicId, partitions }],
    forgottenTopicsData: [],
  })
  return answer.responses[0]!.partitions[0]!
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; tookMs: number }> {
  const startMs = performance.now()
  return { value: await work(), tookMs: performance.now() - startMs }
}

const codeOf = (answer: Awaited<ReturnType<typeof write>>) => answer.responses[0]!.partitionResponses[0]!.errorCode
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    error => (isMillraceError(error) ? error.code : Promise.reject(error)),
  )

/** What a busy machine may add. */
const slackMs = 40

describe('our own connection', () => {
  it('stall: every answer of its time comes at its end, on all connections, in order', async () => {
    const connections = await Promise.all([connect(), connect(), connect()])
    await Promise.all(connections.map(write))
    const startMs = performance.now()
    const { fault } = await add('stall:api=Produce,for=300ms')
    const addedMs = performance.now()
    expect(fault.forMs).toBe(300)
    const answers = await Promise.all(
      connections.flatMap(connection =>
        [0, 1, 2].map(async () => {
          const answer = await write(connection)
          return { atMs: performance.now(), offset: answer.responses[0]!.partitionResponses[0]!.baseOffset }
        }),
      ),
    )
    for (const { atMs } of answers) {
      // It began between asking for it and being told that it is there. A millisecond is the clock's grain.
      expect(atMs).toBeGreaterThanOrEqual(startMs + 300 - 1)
      expect(atMs).toBeLessThanOrEqual(addedMs + 300 + slackMs)
    }
    const offsets = answers.map(({ offset }) => offset)
    expect(new Set(offsets).size).toBe(9)
    for (const from of [0, 3, 6])
      expect(offsets.slice(from, from + 3)).toEqual(offsets.slice(from, from + 3).sort((a, b) => a - b))
    const after = await timed(() => write(connections[0]!))
    expect(after.tookMs).toBeLessThan(slackMs)
  })

  it('stall of another API lets this one pass', async () => {
    const connection = await connect()
    await add('stall:api=Fetch')
    expect(codeOf(await write(connection))).toBe(0)
  })

  it('delay', async () => {
    const connection = await connect()
    await add('delay:by=60ms,api=Produce')
    const { tookMs } = await timed(() => write(connection))
    expect(tookMs).toBeGreaterThanOrEqual(59)
    expect(tookMs).toBeLessThan(60 + slackMs)
  })

  it('error', async () => {
    const connection = await connect()
    await add('error:code=NOT_ENOUGH_REPLICAS,topic=t,times=1')
    expect([codeOf(await write(connection)), codeOf(await write(connection))]).toEqual([19, 0])
  })

  it('drop', async () => {
    const connection = await connect()
    await add('drop:api=Produce,times=1')
    expect(await failureOf(write(connection))).toBe('CONNECTION_CLOSED')
    expect(codeOf(await write(await connect()))).toBe(0)
  })

  it('truncate', async () => {
    const connection = await connect()
    await add('truncate:api=Produce,times=1')
    expect(await failureOf(write(connection))).toBe('CONNECTION_CLOSED')
  })

  it('corrupt-crc', async () => {
    const connection = await connect()
    await write(connection)
    await add('corrupt-crc:times=1,api=Fetch')
    const damaged = await readAll(connection)
    expect(() => [...decodeBatches(damaged.records)]).toThrow(/CRC|checksum/i)
    const sound = await readAll(connection)
    expect([...decodeBatches(sound.records)].length).toBeGreaterThan(0)
    await add('corrupt-crc:times=1,api=Produce')
    expect(codeOf(await write(connection))).toBe(2)
  })

  it('throttle: the next request of the connection waits', async () => {
    const connection = await connect()
    await add('throttle:by=80ms,times=1,api=Produce')
    const first = await timed(() => write(connection))
    const second = await timed(() => write(connection))
    expect([first.value.throttleTimeMs, second.value.throttleTimeMs]).toEqual([80, 0])
    expect(first.tookMs).toBeLessThan(slackMs)
    expect(first.tookMs + second.tookMs).toBeGreaterThanOrEqual(79)
  })

  it('slow-disk', async () => {
    const connection = await connect()
    const batchBytes = batchOf(['value']).length
    await add(`slow-disk:rate=${batchBytes * 50}/s,api=Produce`)
    const { tookMs } = await timed(() => Promise.all([1, 2, 3, 4, 5].map(() => write(connection))))
    expect(tookMs).toBeGreaterThanOrEqual(98)
    expect(tookMs).toBeLessThan(100 + 2 * slackMs)
  })

  it('a mistake in a fault comes back through the thread as what it is', async () => {
    const wrong = { effect: { kind: 'delay' } } as never
    expect(await failureOf(cluster.faults.add(wrong))).toBe('CONFIG_INVALID')
  })
})

describe('kafkajs', () => {
  const clientId = 'kafkajs-under-faults'
  const kafka = () =>
    new Kafka({
      clientId,
      brokers: [cluster.bootstrap],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 10, retries: 8 },
    })

  const survived = [
    'error:code=NOT_LEADER_OR_FOLLOWER,api=Produce,times=2',
    'drop:api=Produce,times=1',
    'drop:api=Produce,when=answer,times=1',
    'truncate:api=Produce,times=1',
    'throttle:by=30ms,api=Produce,times=1',
    'stall:api=Produce,for=50ms',
    'delay:by=10ms',
  ]
  it.each(survived)('an idempotent producer gets over %s: sent once', async rule => {
    const producer = kafka().producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    await producer.send({ topic: 'k', messages: [{ value: 'before' }] })
    const { id } = await add(`${rule}${rule.includes(':') ? ',' : ':'}client=${clientId}`)
    const value = `during ${rule}`
    await producer.send({ topic: 'k', messages: [{ value }] })
    await producer.disconnect()
    const status = (await cluster.faults.list()).find(each => each.id === id)
    expect(status!.hits).toBeGreaterThan(0)
    await cluster.faults.clear()
    const values = await valuesOf('k')
    expect(values.filter(each => each === value)).toEqual([value])
  })

  it('a consumer gets over a damaged batch, an error and a dropped connection', async () => {
    const producer = kafka().producer()
    await producer.connect()
    for (const value of ['a', 'b', 'c']) await producer.send({ topic: 'k', messages: [{ value }] })
    await producer.disconnect()
    await add('error:code=NOT_LEADER_OR_FOLLOWER,api=Fetch,times=1')
    await add('drop:api=Fetch,times=1')
    expect((await valuesOf('k')).slice(-3)).toEqual(['a', 'b', 'c'])
    const hits = (await cluster.faults.list()).map(each => each.hits)
    expect(hits).toEqual([1, 1])
  })

  /** All values that are in the topic now, as a consumer of kafkajs reads them. */
  async function valuesOf(topic: string): Promise<string[]> {
    const admin = kafka().admin()
    await admin.connect()
    const high = Number((await admin.fetchTopicOffsets(topic))[0]!.high)
    await admin.disconnect()
    const consumer = kafka().consumer({ groupId: `g-${Math.random()}`, retry: { initialRetryTime: 10 } })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const values: string[] = []
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ message }: { message: { value: Buffer | null; offset: string } }) => {
        values.push(String(message.value))
        if (Number(message.offset) === high - 1) resolve()
      }
      consumer.run({ eachMessage }).catch(reject)
    })
    await consumer.disconnect()
    return values
  }
})

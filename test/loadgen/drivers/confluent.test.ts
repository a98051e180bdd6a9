// Shows that the driver of the confluent client says everything in librdkafka's own names, sends what it is given, and reads exactly
// what is to be read, without the package, which need not be installed: fake-confluent.ts is what it uses of it. With the package
// it is run by test/kafka/bench-clients.test.ts.
import { describe, expect, it, vi } from 'vitest'
import type { RecordSink } from '../../../loadgen/driver.ts'
import { confluentDriver } from '../../../loadgen/drivers/confluent-driver.ts'
import { buildBatch } from '../../../wire/record-batch/build.ts'
import { type ClientSettings, clientDefaults } from '../../../wire/settings.ts'
import { consumeOf, produceOf } from '../plans.ts'
import { FakeConfluent, type FakeMessage } from './fake-confluent.ts'

const client: ClientSettings = {
  ...clientDefaults,
  bootstrap: [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ],
}

const producing = (changes: Parameters<typeof produceOf>[0] = {}, settings = client) => ({
  ...{ client: settings, topic: 'orders', worker: 0, plan: produceOf(changes) },
})

const batchOf = (partition: number, ...values: string[]) => {
  const records = values.map((value, index) => ({
    key: index === 0 ? Buffer.from('key') : null,
    value: Buffer.from(value),
    timestampMs: 1_000 + index,
    ...(index === 1 && { headers: [{ key: 'mr', value: Buffer.from('stamp') }] }),
  }))
  return { partition, count: values.length, bytes: buildBatch({ records }) }
}

describe('its producer', () => {
  it('has the settings of the run by the names of librdkafka', async () => {
    const fake = new FakeConfluent()
    const producer = await confluentDriver(fake.package).openProducer(
      producing({ acks: 1, idempotent: true, compression: 'zstd', lingerMs: 7, batchBytes: 100_000, inFlightMax: 3 }),
    )
    expect(fake.producers).toEqual([
      expect.objectContaining({
        ...{ 'bootstrap.servers': 'a:1,b:2', 'security.protocol': 'plaintext', acks: 1, 'enable.idempotence': true },
        ...{ 'compression.type': 'zstd', 'linger.ms': 7, 'batch.size': 100_000 },
        ...{ 'max.in.flight.requests.per.connection': 3, 'delivery.timeout.ms': 120_000 },
        'allow.auto.create.topics': false,
      }),
    ])
    await producer.close()
    expect(fake.open).toBe(0)
  })

  it('sends records as they are, each to its partition', async () => {
    const fake = new FakeConfluent()
    const producer = await confluentDriver(fake.package).openProducer(producing())
    await producer.send([batchOf(0, 'a', 'b'), batchOf(2, 'c')])
    const [first, , third] = fake.partitionsOf('orders')
    expect(first).toEqual([
      { key: Buffer.from('key'), value: Buffer.from('a'), timestamp: 1_000 },
      { key: null, value: Buffer.from('b'), headers: { mr: Buffer.from('stamp') }, timestamp: 1_001 },
    ])
    expect(third!.map(({ value }) => String(value))).toEqual(['c'])
    fake.refusal = Object.assign(new Error('Broker: Message size too large'), { code: 10 })
    await expect(producer.send([batchOf(0, 'd')])).rejects.toMatchObject({ code: 10 })
    await producer.close()
  })

  it('makes transactions under an id of its own, begun by the first send', async () => {
    const fake = new FakeConfluent()
    const transactions = { id: 'load', durationMs: 100, abortRatio: 0, timeoutMs: 30_000 }
    const opening = { ...producing({ idempotent: true, transactions }), worker: 3 }
    const producer = await confluentDriver(fake.package).openProducer(opening)
    expect(fake.producers[0]).toMatchObject({ 'transactional.id': 'load-3', 'transaction.timeout.ms': 30_000 })
    await producer.endTransaction('commit')
    for (const [value, how] of [
      ['a', 'commit'],
      ['b', 'abort'],
      ['c', 'commit'],
    ] as const) {
      await producer.send([batchOf(0, value)])
      await producer.endTransaction(how)
    }
    expect(fake.transactions).toEqual(['commit', 'abort', 'commit'])
    expect(fake.partitionsOf('orders')[0]!.map(({ value }) => String(value))).toEqual(['a', 'c'])
    await producer.close()
  })

  it('has the access of the run: TLS and SASL by the names of librdkafka, and no mechanism that it cannot do', async () => {
    const fake = new FakeConfluent()
    const tls = { caPem: 'CA', certificatePem: 'CERT', keyPem: 'KEY', keyPassphrase: 'secret', verifyHostname: false }
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } as const
    const secured = { ...client, securityProtocol: 'SASL_SSL', tls, sasl } as ClientSettings
    const driver = confluentDriver(fake.package)
    await (await driver.openProducer(producing({}, secured))).close()
    expect(fake.producers[0]).toMatchObject({
      ...{ 'security.protocol': 'sasl_ssl', 'sasl.mechanisms': 'SCRAM-SHA-512', 'sasl.username': 'u' },
      ...{ 'sasl.password': 'p', 'ssl.ca.pem': 'CA', 'ssl.certificate.pem': 'CERT', 'ssl.key.pem': 'KEY' },
      ...{ 'ssl.key.password': 'secret', 'ssl.endpoint.identification.algorithm': 'none' },
    })
    const bearer = { ...secured, sasl: { mechanism: 'OAUTHBEARER' } } as ClientSettings
    await expect(async () => driver.openProducer(producing({}, bearer))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})

interface Read {
  readonly partition: number
  readonly offset: number
  readonly value: string
}

class FakeSink implements RecordSink {
  readonly read: Read[] = []
  readonly ends = new Map<number, number | undefined>()
  readonly positions = new Map<number, number>()
  readonly stamps: (string | undefined)[] = []
  readonly wantsTimestamps = true
  timestampsMs: number[] = []
  record(...[partition, offset, , value, stamp, timestampMs]: Parameters<RecordSink['record']>): void {
    this.read.push({ partition, offset, value: String(value) })
    this.stamps.push(stamp?.toString())
    this.timestampsMs.push(timestampMs)
  }
  reached(partition: number, nextOffset: number, endOffset?: number): void {
    this.positions.set(partition, nextOffset)
    this.ends.set(partition, endOffset)
  }
  burst(): void {}
  fetched(): void {}
}

const filled = (...values: string[]): FakeMessage[] =>
  values.map(value => ({ key: null, value: Buffer.from(value), timestamp: 5 }))

async function consuming(fake: FakeConfluent, sink: FakeSink, group?: string) {
  const plan = consumeOf({ ...(group !== undefined && { group }), isolation: 'read_committed', fetchMaxWaitMs: 70 })
  const assignments = [
    { partition: 0, startOffset: 1 },
    { partition: 2, startOffset: 0 },
  ] as never
  const opening = { client, topic: 'orders', worker: 0, plan, assignments, sink, failed: () => {} }
  return await confluentDriver(fake.package).openConsumer(opening)
}

describe('its consumer', () => {
  it('reads exactly its partitions, from their offsets, and nothing before the run has begun', async () => {
    const fake = new FakeConfluent()
    fake.partitionsOf('orders').push(filled('a', 'b', 'c'), filled('other'), filled('x'))
    fake.given = [0, 1, 2]
    const sink = new FakeSink()
    const consumer = await consuming(fake, sink)
    await new Promise(resolve => setImmediate(resolve))
    expect(sink.read).toEqual([])
    consumer.start()
    await vi.waitFor(() => expect(sink.read).toHaveLength(3))
    expect(sink.read.filter(({ partition }) => partition === 0)).toEqual([
      { partition: 0, offset: 1, value: 'b' },
      { partition: 0, offset: 2, value: 'c' },
    ])
    expect([...sink.positions]).toEqual(
      expect.arrayContaining([
        [0, 3],
        [2, 1],
      ]),
    )
    expect(sink.ends.get(0)).toBe(3)
    expect(sink.timestampsMs).toEqual([5, 5, 5])
    // What is written later comes too, each record once.
    fake.partitionsOf('orders')[2]!.push(...filled('y'))
    await vi.waitFor(() => expect(sink.read).toHaveLength(4))
    await consumer.commit()
    await consumer.close()
    expect(Math.max(...fake.handedOver.values())).toBe(1)
    expect(fake.committed.size).toBe(0)
    expect(fake.consumers[0]).toMatchObject({
      ...{ 'enable.auto.commit': false, 'isolation.level': 'read_committed', 'check.crcs': true },
      ...{ 'fetch.wait.max.ms': 70, 'auto.offset.reset': 'earliest', 'js.consumer.max.batch.size': -1 },
    })
    expect(fake.open).toBe(0)
  })

  it('in a group reads what it is given, commits what was counted, and hands over no more', async () => {
    const fake = new FakeConfluent()
    fake.partitionsOf('orders').push(filled('a'), filled('b', 'c'))
    fake.given = [1]
    const sink = new FakeSink()
    const consumer = await consuming(fake, sink, 'readers')
    consumer.start()
    await vi.waitFor(() => expect(sink.read).toHaveLength(2))
    await consumer.commit()
    fake.partitionsOf('orders')[1]!.push(...filled('late'))
    await vi.waitFor(() => expect(fake.handedOver.has('1@2')).toBe(true))
    expect(sink.read.map(({ value }) => value)).toEqual(['b', 'c'])
    expect([...fake.committed]).toEqual([['orders-1', '2']])
    expect(fake.consumers[0]).toMatchObject({ 'group.id': 'readers', 'enable.auto.commit': true })
    await consumer.close()
  })

  it('leaves when the run does not begin at all', async () => {
    const fake = new FakeConfluent()
    fake.partitionsOf('orders').push(filled('a', 'b'))
    const sink = new FakeSink()
    const consumer = await consuming(fake, sink)
    await vi.waitFor(() => expect(fake.handedOver.size).toBe(1))
    await consumer.close()
    expect([sink.read, fake.open]).toEqual([[], 0])
  })

  it('finds a stamp that stands in a header', async () => {
    const fake = new FakeConfluent()
    fake
      .partitionsOf('orders')
      .push(filled('skipped'), [], [{ key: null, value: null, headers: { mr: Buffer.from('stamp') }, timestamp: 1 }])
    const sink = new FakeSink()
    const consumer = await consuming(fake, sink)
    consumer.start()
    await vi.waitFor(() => expect(sink.stamps).toEqual(['stamp']))
    await consumer.close()
  })
})

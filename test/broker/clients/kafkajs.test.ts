// Shows that kafkajs's producer, consumer and admin work against the embedded broker as its documentation has them: every
// codec, idempotence, seek, pause, batches, and administration. Groups and transactions have files of their own.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunningCluster } from '../../../broker/running.ts'
import { type CodecName, codecs, decompress } from '../../../wire/compression.ts'
import { type Admin, CompressionCodecs, CompressionTypes, Kafka, logLevel } from '../../kafkajs.ts'
import { storedBatches, storedCodecs } from './stored.ts'

// kafkajs brings gzip; the others are plugged in, as its documentation says.
const pluggedIn = (name: CodecName) => () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => codecs[name].compress(buffer),
  decompress: async (buffer: Buffer) => decompress(name, buffer),
})
CompressionCodecs[CompressionTypes.Snappy] = pluggedIn('snappy')
CompressionCodecs[CompressionTypes.LZ4] = pluggedIn('lz4')
CompressionCodecs[CompressionTypes.ZSTD] = pluggedIn('zstd')

let running: RunningCluster
let kafka: Kafka
let admin: Admin

beforeAll(async () => {
  running = await RunningCluster.start({ brokers: 3, configs: { 'auto.create.topics.enable': 'false' } })
  const brokers = running.brokers.map(({ host, port }) => `${host}:${port}`)
  kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } })
  admin = kafka.admin()
  await admin.connect()
})
afterAll(async () => {
  await admin.disconnect()
  await running.close()
})

const create = (topic: string, numPartitions = 1) =>
  admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 3 }], waitForLeaders: true })

/** Everything up to this number of messages, with a group of its own. */
async function read(topic: string, count: number) {
  const consumer = kafka.consumer({ groupId: `readers-of-${topic}`, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const found: { key: string; value: string | null; headers: Record<string, string>; offset: string }[] = []
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async ({ batch }: { batch: import('kafkajs').Batch }) => {
      for (const { key, value, headers, offset } of batch.messages) {
        const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])
        found.push({ key: String(key), value: value && String(value), headers: Object.fromEntries(texts), offset })
      }
      if (found.length >= count) resolve()
    }
    consumer.run({ eachBatch }).catch(reject)
  })
  await consumer.disconnect()
  return found
}

describe('kafkajs', { timeout: 60_000 }, () => {
  it('produces with every codec and reads it all back', async () => {
    await create('coded')
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const types = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }
    const all = { ...types, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD }
    const values: string[] = []
    for (const [name, compression] of Object.entries(all)) {
      const sent = Array.from({ length: 50 }, (_, index) => `${name}-${index}`.padEnd(80, '.'))
      const messages = sent.map(value => ({ key: name, value, headers: { codec: name } }))
      const [answer] = await producer.send({ topic: 'coded', compression, acks: -1, messages })
      expect(answer).toMatchObject({ errorCode: 0, baseOffset: String(values.length) })
      values.push(...sent)
    }
    await producer.send({ topic: 'coded', messages: [{ key: 'gone', value: null }] })
    await producer.disconnect()
    const found = await read('coded', 251)
    expect(found.map(({ value }) => value)).toEqual([...values, null])
    expect(found.slice(0, 250).every(({ key, headers }) => headers.codec === key)).toBe(true)
    expect(storedCodecs(running.state, 'coded')).toEqual(['gzip', 'lz4', 'none', 'snappy', 'zstd'])
    expect(storedBatches(running.state, 'coded').every(({ producerId }) => producerId >= 0)).toBe(true)
  })

  it('seeks, pauses and resumes', async () => {
    await create('sought')
    const producer = kafka.producer()
    await producer.connect()
    await producer.sendBatch({
      topicMessages: [{ topic: 'sought', messages: Array.from({ length: 20 }, (_, index) => ({ value: `${index}` })) }],
    })
    await producer.disconnect()
    const consumer = kafka.consumer({ groupId: 'seekers', maxWaitTimeInMs: 50 })
    await consumer.connect()
    await consumer.subscribe({ topic: 'sought', fromBeginning: true })
    const seen: string[] = []
    const { promise: paused, resolve: pause } = Promise.withResolvers<void>()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    await consumer.run({
      eachMessage: async ({ message, partition }) => {
        seen.push(String(message.value))
        if (seen.at(-1) === '19') end()
        if (seen.length > 1) return
        consumer.pause([{ topic: 'sought', partitions: [partition] }])
        pause()
      },
    })
    await paused
    expect(consumer.paused()).toEqual([{ topic: 'sought', partitions: [0] }])
    consumer.seek({ topic: 'sought', partition: 0, offset: '15' })
    consumer.resume([{ topic: 'sought' }])
    await ended
    await consumer.disconnect()
    expect(seen.slice(-5)).toEqual(['15', '16', '17', '18', '19'])
    expect(seen).not.toContain('10')
  })

  it('administers topics, settings, offsets and records', async () => {
    await create('kept', 2)
    await admin.createPartitions({ topicPartitions: [{ topic: 'kept', count: 3 }] })
    const [topic] = (await admin.fetchTopicMetadata({ topics: ['kept'] })).topics
    expect(topic!.partitions.map(({ isr }) => isr.length)).toEqual([3, 3, 3])
    const cluster = await admin.describeCluster()
    expect([cluster.clusterId, cluster.brokers.length]).toEqual([running.state.clusterId, 3])
    const resource = { type: 2, name: 'kept' } // ConfigResourceTypes.TOPIC
    const configEntries = [{ name: 'retention.ms', value: '5000' }]
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] })
    const described = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ ...resource, configNames: ['retention.ms'] }],
    })
    expect(described.resources[0]!.configEntries).toMatchObject([{ configName: 'retention.ms', configValue: '5000' }])
    const producer = kafka.producer()
    await producer.connect()
    const messages = Array.from({ length: 10 }, (_, index) => ({ partition: 1, value: `${index}` }))
    await producer.send({ topic: 'kept', messages })
    await producer.disconnect()
    await admin.deleteTopicRecords({ topic: 'kept', partitions: [{ partition: 1, offset: '4' }] })
    expect((await admin.fetchTopicOffsets('kept')).toSorted((a, b) => a.partition - b.partition)).toMatchObject([
      { low: '0', high: '0' },
      { low: '4', high: '10' },
      { low: '0', high: '0' },
    ])
    const byTime = await admin.fetchTopicOffsetsByTimestamp('kept', 1)
    expect(byTime.find(({ partition }) => partition === 1)).toMatchObject({ offset: '4' })
    await admin.deleteTopics({ topics: ['kept'] })
    expect(await admin.listTopics()).not.toContain('kept')
    await expect(admin.fetchTopicMetadata({ topics: ['kept'] })).rejects.toThrow(/does not host this topic-partition/)
  })
})

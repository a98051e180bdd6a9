// Shows that both brokers take batches of every codec that are built here and that somebody else's consumer reads them (Kafka's
// own, where there is Java), and that what a producer of theirs packs with every codec is read here.
// Method: records of all shapes and more than one compression block, each codec in a topic of its own.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTopic } from '../../wire/admin.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { Cluster } from '../../wire/cluster.ts'
import { codecNames } from '../../wire/compression.ts'
import { buildBatch, type RecordInput } from '../../wire/record-batch/build.ts'
import { type Batch, decodeBatches } from '../../wire/record-batch/decode.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { SharedCluster } from './brokers/target.ts'
import { settingsOf } from './settings.ts'
import { writeBatch } from './write-batch.ts'

const timestampMs = 1_700_000_000_000

/** 90 kB: two LZ4 blocks and three of snappy. */
const lines = Array.from({ length: 900 }, (_, index) => `line ${index} ${'abcdefghij'.repeat(index % 20)}`)

const shapes: readonly RecordInput[] = [
  { key: Buffer.from('k'), value: Buffer.from('plain'), timestampMs },
  { key: null, value: Buffer.from('no key'), timestampMs: timestampMs - 5 },
  { key: Buffer.from('tombstone'), value: null, timestampMs },
  {
    key: Buffer.from(''),
    value: Buffer.from('headers'),
    timestampMs: timestampMs + 5,
    headers: [
      { key: 'a', value: Buffer.from('1') },
      { key: 'n', value: null },
    ],
  },
  ...lines.map(line => ({ key: null, value: Buffer.from(line), timestampMs })),
]

/** As the console consumer prints timestamp, headers, key and value. */
const printedShapes = [
  `CreateTime:${timestampMs}\tNO_HEADERS\tk\tplain`,
  `CreateTime:${timestampMs - 5}\tNO_HEADERS\tnull\tno key`,
  `CreateTime:${timestampMs}\tNO_HEADERS\ttombstone\tnull`,
  `CreateTime:${timestampMs + 5}\ta:1,n:null\t\theaders`,
  ...lines.map(line => `CreateTime:${timestampMs}\tNO_HEADERS\tnull\t${line}`),
]

describeBrokers('compression', broker => {
  let kafka: SharedCluster
  let cluster: Cluster
  beforeAll(async () => {
    kafka = await broker.shared()
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
  })
  afterAll(async () => {
    await cluster?.close()
    await kafka?.stop()
  })

  async function readAll(topic: string, topicId: string): Promise<Batch[]> {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000_000 }]
    const topics = [{ topic, topicId, partitions }]
    const answer = await cluster.send({ leader: { topic, partition: 0 } }, fetch, {
      maxWaitMs: 1000,
      minBytes: 1,
      topics,
      forgottenTopicsData: [],
      rackId: '',
      sessionId: 0,
    })
    const [partition] = answer.responses[0]!.partitions
    expect(partition!.errorCode).toBe(0)
    return [...decodeBatches(partition!.records!)]
  }

  it.each(codecNames)("%s: packed here, read by somebody else's consumer", async codec => {
    const topic = `from-here-${codec}`
    const { id } = await createTopic(cluster, { name: topic, partitions: 1, replicationFactor: 1 })
    const place = { topic, topicId: id, partition: 0 }
    expect(await writeBatch(cluster, place, buildBatch({ records: shapes, codec }))).toBe(0)
    const print = ['timestamp', 'headers', 'key'] as const
    expect(await kafka.tools.read(topic, { recordsMax: shapes.length, print })).toEqual(printedShapes)
  })

  it.each(codecNames)("%s: packed by somebody else's producer, read here", async codec => {
    const topic = `from-there-${codec}`
    const { id } = await createTopic(cluster, { name: topic, partitions: 1, replicationFactor: 1 })
    await kafka.tools.write(topic, lines, { codec })
    const batches = await readAll(topic, id)
    expect(new Set(batches.map(batch => batch.codec))).toEqual(new Set([codec]))
    expect(batches.flatMap(batch => batch.records.map(record => record.value?.toString()))).toEqual(lines)
    expect(Math.max(...batches.map(batch => batch.records.length))).toBeGreaterThan(700) // so that it has several blocks
  })
})

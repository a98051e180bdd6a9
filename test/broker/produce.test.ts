// Shows what is stored and what is refused: every check that Kafka makes of a batch, with its code, and the settings of a
// topic that have a say.
import { describe, expect, it } from 'vitest'
import { produce } from '../../wire/apis/00-produce.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { createTopics } from '../../wire/apis/19-create-topics.ts'
import { crc32c } from '../../wire/checksum.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { at, attributeBits, crcCoversFrom } from '../../wire/record-batch/constants.ts'
import { decodeBatches } from '../../wire/record-batch/decode.ts'
import { type Bench, batchOf, makeBench } from './ask.ts'

const mebibyte = 1024 * 1024

async function withTopic(configs: Record<string, string> = {}, options: Parameters<typeof makeBench>[0] = {}) {
  const bench = makeBench(options)
  const list = Object.entries(configs).map(([name, value]) => ({ name, value }))
  const topics = [{ name: 'a', numPartitions: 1, replicationFactor: -1, configs: list }]
  const answer = await bench.ask(createTopics, { topics })
  expect(answer!.topics[0]!.errorCode).toBe(kafkaCode.NONE)
  return bench
}

async function send(bench: Bench, records: Buffer, { acks = -1, version = 12, topic = 'a', index = 0 } = {}) {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }]
  const answer = await bench.ask(produce, { acks, timeoutMs: 1_000, topicData }, { version })
  return answer!.responses[0]!.partitionResponses[0]!
}

/** A batch with a header field changed under a checksum that is right again. */
function forged(change: (batch: Buffer) => void): Buffer {
  const batch = batchOf(['a', 'b'])
  change(batch)
  batch.writeUInt32BE(crc32c(batch, crcCoversFrom), at.crc)
  return batch
}

describe('a good batch', () => {
  it('gets the next offsets', async () => {
    const bench = await withTopic()
    expect(await send(bench, batchOf(['a', 'b']))).toMatchObject({ errorCode: 0, baseOffset: 0, logStartOffset: 0 })
    expect(await send(bench, batchOf(['c']))).toMatchObject({ errorCode: 0, baseOffset: 2, logAppendTimeMs: -1 })
  })

  it('has no answer with acks=0', async () => {
    const bench = await withTopic()
    const topicData = [{ name: 'a', partitionData: [{ index: 0, records: batchOf(['v']) }] }]
    expect(await bench.ask(produce, { acks: 0, timeoutMs: 1_000, topicData }, { version: 9 })).toBeUndefined()
    expect(bench.state.partition('a', 0)!.log.endOffset).toBe(1)
  })

  it('with acks=0 that is refused ends the connection, as nobody could be told', async () => {
    const bench = await withTopic()
    const topicData = [{ name: 'missing', partitionData: [{ index: 0, records: batchOf(['v']) }] }]
    const sent = bench.ask(produce, { acks: 0, timeoutMs: 1_000, topicData }, { version: 9 })
    await expect(sent).rejects.toMatchObject({ code: 'REQUEST_REFUSED' })
  })

  it('is found by topic id too (KIP-516)', async () => {
    const bench = await withTopic()
    const { id } = bench.state.topics.byName('a')!
    const topicData = [{ topicId: id, partitionData: [{ index: 0, records: batchOf(['v']) }] }]
    const answer = await bench.ask(produce, { acks: 1, timeoutMs: 1_000, topicData }, { version: 13 })
    expect(answer!.responses[0]).toMatchObject({ topicId: id, partitionResponses: [{ errorCode: 0, baseOffset: 0 }] })
  })

  it("gets the broker's time where the topic asks for it, under a new checksum", async () => {
    const bench = await withTopic({ 'message.timestamp.type': 'LogAppendTime' })
    const nowMs = bench.time.nowMs()
    expect(await send(bench, batchOf(['v'], { timestampMs: 5 }))).toMatchObject({
      errorCode: 0,
      logAppendTimeMs: nowMs,
    })
    const { bytes } = bench.state.partition('a', 0)!.log.read(0, 1, mebibyte, true)
    const [batch] = decodeBatches(bytes)
    expect(batch).toMatchObject({ timestampType: 'LogAppendTime', maxTimestampMs: nowMs })
    expect(batch!.records[0]!.timestampMs).toBe(nowMs)
  })
})

describe('a batch is refused', () => {
  const cases: {
    why: string
    code: keyof typeof kafkaCode
    records: () => Buffer
    configs?: Record<string, string>
  }[] = [
    { why: 'that is empty', code: 'CORRUPT_MESSAGE', records: () => Buffer.alloc(0) },
    { why: 'that is cut off', code: 'CORRUPT_MESSAGE', records: () => batchOf(['v']).subarray(0, -1) },
    {
      why: 'with a wrong checksum',
      code: 'CORRUPT_MESSAGE',
      records: () => Buffer.concat([batchOf(['v']).subarray(0, -1), Buffer.from([99])]),
    },
    { why: 'of magic 1', code: 'INVALID_RECORD', records: () => forged(batch => batch.writeInt8(1, at.magic)) },
    { why: 'of magic 9', code: 'CORRUPT_MESSAGE', records: () => forged(batch => batch.writeInt8(9, at.magic)) },
    { why: 'that is two', code: 'INVALID_RECORD', records: () => Buffer.concat([batchOf(['a']), batchOf(['b'])]) },
    {
      why: 'with another count than its offsets say',
      code: 'INVALID_RECORD',
      records: () => forged(batch => batch.writeInt32BE(7, at.recordsCount)),
    },
    {
      why: 'without records',
      code: 'INVALID_RECORD',
      records: () => forged(batch => batch.writeInt32BE(0, at.recordsCount)),
    },
    {
      why: 'of control records',
      code: 'INVALID_RECORD',
      records: () => forged(batch => batch.writeInt16BE(attributeBits.control, at.attributes)),
    },
    {
      why: 'of an unknown codec',
      code: 'UNSUPPORTED_COMPRESSION_TYPE',
      records: () => forged(batch => batch.writeInt16BE(7, at.attributes)),
    },
    {
      why: "that claims the broker's time",
      code: 'INVALID_TIMESTAMP',
      records: () => forged(batch => batch.writeInt16BE(attributeBits.timestampType, at.attributes)),
    },
    {
      why: 'from the future',
      code: 'INVALID_TIMESTAMP',
      records: () => batchOf(['v'], { timestampMs: 1_700_000_000_000 + 3_600_001 }),
    },
    {
      why: 'from too far back',
      code: 'INVALID_TIMESTAMP',
      records: () => batchOf(['v'], { timestampMs: 1_700_000_000_000 - 1_001 }),
      configs: { 'message.timestamp.before.max.ms': '1000' },
    },
    {
      why: 'that is too large',
      code: 'MESSAGE_TOO_LARGE',
      records: () => batchOf(['x'.repeat(1_000)]),
      configs: { 'max.message.bytes': '1000' },
    },
    {
      why: 'of a transaction without a producer',
      code: 'INVALID_RECORD',
      records: () => batchOf(['v'], { transactional: true }),
    },
  ]

  it.each(cases)('$why: $code', async ({ code, records, configs }) => {
    const bench = await withTopic(configs)
    expect(await send(bench, records())).toMatchObject({ errorCode: kafkaCode[code], baseOffset: -1 })
    expect(bench.state.partition('a', 0)!.log.endOffset).toBe(0)
  })

  it.each(['none', 'zstd'] as const)('without a key in a compacted topic (%s)', async codec => {
    const bench = await withTopic({ 'cleanup.policy': 'compact' })
    const keyed = { key: Buffer.from('k'), value: Buffer.from('v'), timestampMs: bench.state.nowMs }
    expect((await send(bench, buildBatch({ records: [keyed, keyed], codec }))).errorCode).toBe(0)
    const refused = await send(bench, buildBatch({ records: [keyed, { ...keyed, key: null }], codec }))
    expect(refused).toMatchObject({
      errorCode: kafkaCode.INVALID_RECORD,
      errorMessage: 'Compacted topic cannot accept message without key in topic partition a-0.',
    })
    expect(bench.state.partition('a', 0)!.log.endOffset).toBe(2)
  })

  it('for a topic or partition that does not exist', async () => {
    const bench = await withTopic()
    expect(await send(bench, batchOf(['v']), { topic: 'b' })).toMatchObject({ errorCode: 3 })
    expect(await send(bench, batchOf(['v']), { index: 1 })).toMatchObject({ errorCode: 3 })
  })

  it('with acks that do not exist', async () => {
    const bench = await withTopic()
    expect(await send(bench, batchOf(['v']), { acks: 2 })).toMatchObject({ errorCode: kafkaCode.INVALID_REQUIRED_ACKS })
  })

  it('with acks=all where too few replicas are in sync', async () => {
    const bench = await withTopic({ 'min.insync.replicas': '2' }, { brokers: 2 })
    bench.state.stopBroker(2)
    expect(await send(bench, batchOf(['v']))).toMatchObject({ errorCode: kafkaCode.NOT_ENOUGH_REPLICAS })
    expect(await send(bench, batchOf(['v']), { acks: 1 })).toMatchObject({ errorCode: kafkaCode.NONE })
  })

  it('when the memory limit is reached, which the log says once', async () => {
    const bench = await withTopic({}, { memoryBytesMax: 100_000 })
    const batch = batchOf(['x'.repeat(10_000)])
    const codes = new Set<number>()
    for (let index = 0; index < 20; index++) codes.add((await send(bench, batch)).errorCode)
    expect([...codes]).toEqual([kafkaCode.NONE, kafkaCode.KAFKA_STORAGE_ERROR])
    expect(bench.notices).toEqual([expect.stringContaining('memory limit reached')])
    expect(bench.state.memory.usedBytes).toBeLessThanOrEqual(100_000)
  })

  it('by retention last: what other topics need not keep makes room first', async () => {
    const bench = await withTopic({ 'retention.ms': '1000' }, { memoryBytesMax: 100_000 })
    bench.state.topics.create({ name: 'b' })
    const batch = batchOf(['x'.repeat(10_000)])
    while ((await send(bench, batch)).errorCode === 0);
    bench.time.after(2_000, () => {})
    await bench.time.advance(2_000)
    expect(await send(bench, batch, { topic: 'b' })).toMatchObject({ errorCode: 0 })
    expect(bench.state.partition('a', 0)!.log.sizeBytes).toBe(0)
  })
})

describe('an idempotent producer', () => {
  const batch = (baseSequence: number) => batchOf(['v'], { producerId: 5, producerEpoch: 0, baseSequence })

  it('is answered a repeated batch with the offset of the first time, and a gap with an error', async () => {
    const bench = await withTopic()
    expect(await send(bench, batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await send(bench, batch(1))).toMatchObject({ errorCode: 0, baseOffset: 1 })
    expect(await send(bench, batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await send(bench, batch(5))).toMatchObject({ errorCode: kafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER })
    expect(bench.state.partition('a', 0)!.log.endOffset).toBe(2)
  })
})

describe('topics by themselves', () => {
  it('are created when somebody asks for them, unless the client or the broker says no', async () => {
    const bench = makeBench({ configs: { 'num.partitions': '4' } })
    const ask = async (name: string, allowAutoTopicCreation: boolean) => {
      const answer = await bench.ask(metadata, { topics: [{ name }], allowAutoTopicCreation })
      return [answer!.topics[0]!.errorCode, answer!.topics[0]!.partitions.length]
    }
    expect(await ask('a', false)).toEqual([kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, 0])
    expect(await ask('a', true)).toEqual([kafkaCode.NONE, 4])
    expect(await ask('a b', true)).toEqual([kafkaCode.INVALID_TOPIC_EXCEPTION, 0])
    const strict = makeBench({ configs: { 'auto.create.topics.enable': 'false' } })
    const answer = await strict.ask(metadata, { topics: [{ name: 'a' }] })
    expect(answer!.topics[0]!.errorCode).toBe(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  })
})

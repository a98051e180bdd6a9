// Shows what becomes of the properties of a Kafka client: read, set by the command itself, mentioned, or refused by name.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { PerfProperties } from '../../../loadgen/perf-test/client-properties.ts'
import { consumerRules, planConsumer } from '../../../loadgen/perf-test/consumer-plan.ts'
import { planProducer, producerRules } from '../../../loadgen/perf-test/producer-plan.ts'

const options = {
  topic: 'orders',
  numRecords: 10,
  payload: { kind: 'size', bytes: 100 },
  throughput: -1,
  warmupRecords: 0,
  seed: 0,
  keys: { kind: 'none' },
} as const

const propertiesOf = (pairs: readonly string[], { file = '', rules = producerRules } = {}) =>
  new PerfProperties(
    {
      filePath: 'client.properties',
      pairs,
      pairsFlag: '--command-property',
      bootstrap: 'localhost:9092',
      clientId: 'perf-producer-client',
      env: {},
      readFile: () => Buffer.from(file),
    },
    rules,
  )

function planOf(...pairs: string[]) {
  const properties = propertiesOf(pairs)
  const makePlan = planProducer(options, properties, [])
  return makePlan(properties.client([]))
}

function refusalOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof MillraceError) return error.problems.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

describe('a producer', () => {
  it('has the defaults of Kafka’s own, one worker, and letters without a stamp', () => {
    const { workers, client, records, produce } = planOf()
    expect({ workers, clientId: client.clientId, records }).toEqual({
      workers: 1,
      clientId: 'perf-producer-client',
      records: 10,
    })
    expect(produce).toMatchObject({
      ...{ acks: -1, idempotent: true, batchBytes: 16_384, lingerMs: 5, inFlightMax: 5, compression: 'none' },
      ...{ bufferBytes: 33_554_432, requestBytesMax: 1_048_576, deliveryTimeoutMs: 120_000, stamp: 'none' },
      payload: { kind: 'letters' },
    })
  })

  it('takes what is given; the last word counts over the file', () => {
    const properties = propertiesOf(['linger.ms=20', 'client.id=mine'], { file: 'linger.ms=1\nacks=1' })
    const { produce, client } = planProducer(options, properties, [])(properties.client([]))
    expect(produce).toMatchObject({ lingerMs: 20, acks: 1, idempotent: false })
    expect(client.clientId).toBe('mine')
  })

  it('counts paced records from when they are handed over', () => {
    const properties = propertiesOf([])
    const { produce } = planProducer({ ...options, throughput: 500 }, properties, [])(properties.client([]))
    expect(produce).toMatchObject({ rate: { kind: 'records', perSec: 500 }, latencyFrom: 'appended' })
  })

  it('a record may be larger than a batch, and not larger than a request', () => {
    const problems: { path: string; message: string }[] = []
    const properties = propertiesOf(['max.request.size=50000'])
    const large = { ...options, payload: { kind: 'size', bytes: 40_000 } } as const
    expect(planProducer(large, properties, problems)(properties.client([])).produce!.batchBytes).toBeGreaterThan(40_000)
    expect(problems).toEqual([])
    planProducer({ ...large, payload: { kind: 'size', bytes: 60_000 } }, properties, problems)
    expect(problems.map(({ path }) => path)).toEqual(['--record-size'])
  })

  it('refuses by name what cannot be honoured, all at once', () => {
    expect(refusalOf(() => planOf('retries=3', 'partitioner.class=x.Y', 'acks=5', 'no pair'))).toEqual([
      '--command-property: Invalid property: it is not name=value',
      expect.stringMatching(/^--command-property retries: records are sent again until delivery\.timeout\.ms/),
      expect.stringMatching(/^--command-property partitioner\.class: names a Java class/),
      expect.stringMatching(/^--command-property acks: "5" is not one of/),
    ])
    expect(refusalOf(() => planOf('enable.idempotence=true', 'acks=1'))).toEqual([
      '--command-property enable.idempotence: needs acks=all',
    ])
  })

  it('takes the number of retries that Java’s producer has anyway', () => {
    expect(refusalOf(() => planOf('retries=2147483647'))).toEqual([])
  })

  it('mentions what is without effect, and what no client knows', () => {
    const properties = propertiesOf(['max.block.ms=5', 'key.serializer=x'], { file: 'compression_type=lz4' })
    expect(properties.notices).toEqual([
      'no Kafka client knows these properties: compression_type',
      'without effect here: max.block.ms',
      'set by this command itself, as Kafka’s does: key.serializer'.replace('’', "'"),
    ])
  })
})

describe('a consumer', () => {
  const consumer = (...pairs: string[]) => {
    const properties = propertiesOf(pairs, { rules: consumerRules })
    const reading = planConsumer({ group: 'g', fetchSize: 1_000, isFromLatest: false }, properties)
    properties.client([])
    return reading
  }

  it('is a classic member that commits every five seconds, as Kafka’s tool is', () => {
    expect(consumer()).toMatchObject({
      reset: 'earliest',
      commitEveryMs: 5_000,
      member: { protocol: 'classic', groupId: 'g', assignor: 'range', sessionTimeoutMs: 45_000 },
      plan: { verifyCrc: false, partitionMaxBytes: 1_000, fetchMaxBytes: 52_428_800 },
    })
  })

  it('takes the new protocol, other assignors, and no commits', () => {
    expect(consumer('group.protocol=CONSUMER', 'enable.auto.commit=false')).toMatchObject({
      commitEveryMs: 0,
      member: { protocol: 'consumer' },
    })
    const assignor = 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor'
    expect(consumer(`partition.assignment.strategy=${assignor}`).member).toMatchObject({
      assignor: 'cooperative-sticky',
    })
  })

  it('refuses a strategy that it does not have', () => {
    expect(refusalOf(() => consumer('partition.assignment.strategy=x.StickyAssignor'))).toHaveLength(1)
  })
})

// Shows the administration of topics, settings and records, with Kafka's codes for what cannot be done.
import { describe, expect, it } from 'vitest'
import { produce } from '../../wire/apis/00-produce.ts'
import { createTopics } from '../../wire/apis/19-create-topics.ts'
import { deleteTopics } from '../../wire/apis/20-delete-topics.ts'
import { deleteRecords } from '../../wire/apis/21-delete-records.ts'
import { offsetForLeaderEpoch } from '../../wire/apis/23-offset-for-leader-epoch.ts'
import { describeConfigs, resourceType } from '../../wire/apis/32-describe-configs.ts'
import { alterConfigs } from '../../wire/apis/33-alter-configs.ts'
import { describeLogDirs } from '../../wire/apis/35-describe-log-dirs.ts'
import { createPartitions } from '../../wire/apis/37-create-partitions.ts'
import { configOperation, incrementalAlterConfigs } from '../../wire/apis/44-incremental-alter-configs.ts'
import { describeQuorum } from '../../wire/apis/55-describe-quorum.ts'
import { describeCluster } from '../../wire/apis/60-describe-cluster.ts'
import { describeProducers } from '../../wire/apis/61-describe-producers.ts'
import { describeTopicPartitions } from '../../wire/apis/75-describe-topic-partitions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { BatchHeader } from '../../wire/record-batch/scan.ts'
import type { RequestOf, ResponseOf } from '../../wire/schema.ts'
import { type Bench, batchOf, makeBench } from './ask.ts'

type NewTopic = Partial<RequestOf<typeof createTopics>['topics'][number]>

async function create(bench: Bench, topic: NewTopic, more: { validateOnly?: boolean; version?: number } = {}) {
  const { version = 7, ...rest } = more
  const topics = [{ name: 'a', numPartitions: 1, replicationFactor: 1, ...topic }]
  return (await bench.ask(createTopics, { topics, ...rest }, { version }))!.topics[0]!
}

function append(bench: Bench, topic: string, index: number, batch = batchOf(['v'])): void {
  const header = new BatchHeader()
  header.read(batch, 0)
  expect(bench.state.partition(topic, index)!.append(header)).toBeDefined()
}

describe('creating topics', () => {
  it('answers with what the topic really got', async () => {
    const bench = makeBench({ brokers: 3, configs: { 'num.partitions': '5' } })
    const configs = [{ name: 'retention.ms', value: '1000' }]
    const answer = await create(bench, { numPartitions: -1, replicationFactor: -1, configs })
    expect(answer).toMatchObject({ errorCode: 0, numPartitions: 5, replicationFactor: 3 })
    expect(answer.topicId).toBe(bench.state.topics.byName('a')!.id)
    expect(answer.configs).toContainEqual(
      expect.objectContaining({ name: 'retention.ms', value: '1000', configSource: 1 }),
    )
    expect(bench.state.topics.byName('a')!.resolved.retentionMs).toBe(1_000)
  })

  it('only looks when asked to validate', async () => {
    const bench = makeBench()
    expect(await create(bench, { numPartitions: 3 }, { validateOnly: true })).toMatchObject({
      errorCode: 0,
      numPartitions: 3,
    })
    expect(bench.state.topics.size).toBe(0)
  })

  const refusals: { why: string; topic: NewTopic; code: keyof typeof kafkaCode }[] = [
    { why: 'that exists', topic: { name: 'there' }, code: 'TOPIC_ALREADY_EXISTS' },
    { why: 'with a name that is none', topic: { name: 'a/b' }, code: 'INVALID_TOPIC_EXCEPTION' },
    { why: 'with a name that is too long', topic: { name: 'x'.repeat(250) }, code: 'INVALID_TOPIC_EXCEPTION' },
    { why: 'called ..', topic: { name: '..' }, code: 'INVALID_TOPIC_EXCEPTION' },
    { why: 'whose name collides in metrics', topic: { name: 'with_dot' }, code: 'INVALID_TOPIC_EXCEPTION' },
    { why: 'without partitions', topic: { numPartitions: 0 }, code: 'INVALID_PARTITIONS' },
    { why: 'with more partitions than anybody needs', topic: { numPartitions: 1_000_000 }, code: 'INVALID_PARTITIONS' },
    { why: 'with more replicas than brokers', topic: { replicationFactor: 3 }, code: 'INVALID_REPLICATION_FACTOR' },
    { why: 'without replicas', topic: { replicationFactor: 0 }, code: 'INVALID_REPLICATION_FACTOR' },
    {
      why: 'on a broker that is not there',
      topic: { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [7] }] },
      code: 'INVALID_REPLICA_ASSIGNMENT',
    },
    {
      why: 'with a gap in its partitions',
      topic: { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      code: 'INVALID_REPLICA_ASSIGNMENT',
    },
    {
      why: 'with a setting that nobody knows',
      topic: { configs: [{ name: 'retention', value: '1' }] },
      code: 'INVALID_CONFIG',
    },
    {
      why: 'with a value that is none',
      topic: { configs: [{ name: 'retention.ms', value: 'long' }] },
      code: 'INVALID_CONFIG',
    },
    {
      why: 'with a policy that is none',
      topic: { configs: [{ name: 'cleanup.policy', value: 'keep' }] },
      code: 'INVALID_CONFIG',
    },
  ]

  it.each(refusals)('refuses one $why: $code', async ({ topic, code }) => {
    const bench = makeBench({ brokers: 2 })
    await create(bench, { name: 'there' })
    await create(bench, { name: 'with.dot' })
    expect(await create(bench, topic)).toMatchObject({ errorCode: kafkaCode[code], errorMessage: expect.any(String) })
    expect(bench.state.topics.size).toBe(2)
  })

  it('refuses a topic that is named twice', async () => {
    const bench = makeBench()
    const topic = { name: 'a', numPartitions: 1, replicationFactor: 1 }
    const answer = await bench.ask(createTopics, { topics: [topic, topic] })
    expect(answer!.topics.map(each => each.errorCode)).toEqual([kafkaCode.INVALID_REQUEST, kafkaCode.INVALID_REQUEST])
  })
})

describe('deleting topics', () => {
  it('works by name and by id, and gives the memory back', async () => {
    const bench = makeBench()
    await create(bench, { name: 'a' })
    const { topicId } = await create(bench, { name: 'b' })
    append(bench, 'a', 0)
    append(bench, 'b', 0)
    const topics = [{ name: 'a' }, { name: null, topicId }, { name: 'c' }]
    const answer = await bench.ask(deleteTopics, { topics, timeoutMs: 1 })
    expect(answer!.responses.map(each => [each.name, each.errorCode])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', kafkaCode.UNKNOWN_TOPIC_OR_PARTITION],
    ])
    expect([bench.state.topics.size, bench.state.memory.usedBytes]).toEqual([0, 0])
  })
})

describe('more partitions', () => {
  const grow = async (bench: Bench, count: number, more: { assignments?: number[][]; validateOnly?: boolean } = {}) => {
    const assignments = more.assignments?.map(brokerIds => ({ brokerIds })) ?? null
    const request = {
      topics: [{ name: 'a', count, assignments }],
      timeoutMs: 1,
      validateOnly: more.validateOnly ?? false,
    }
    return (await bench.ask(createPartitions, request))!.results[0]!.errorCode
  }

  it('are added, placed, or refused', async () => {
    const bench = makeBench({ brokers: 3 })
    await create(bench, { numPartitions: 2 })
    const { partitions } = bench.state.topics.byName('a')!
    expect([await grow(bench, 4, { validateOnly: true }), partitions.length]).toEqual([0, 2])
    expect([await grow(bench, 4), partitions.length]).toEqual([0, 4])
    expect([await grow(bench, 5, { assignments: [[3]] }), partitions[4]!.replicas]).toEqual([0, [3]])
    expect(await grow(bench, 5)).toBe(kafkaCode.INVALID_PARTITIONS)
    expect(await grow(bench, 7, { assignments: [[3]] })).toBe(kafkaCode.INVALID_REPLICA_ASSIGNMENT)
    expect(await grow(bench, 6, { assignments: [[1, 2]] })).toBe(kafkaCode.INVALID_REPLICA_ASSIGNMENT)
  })
})

describe('settings', () => {
  const topicA = { resourceType: resourceType.topic, resourceName: 'a' }

  const describeOne = async (bench: Bench, resource: { resourceType: number; resourceName: string }, name: string) => {
    const resources = [{ ...resource, configurationKeys: [name] }]
    const answer = await bench.ask(describeConfigs, { resources, includeSynonyms: true })
    return answer!.results[0]!.configs[0]
  }

  const change = async (bench: Bench, name: string, value: string | null, operation: number = configOperation.set) => {
    const resources = [{ ...topicA, configs: [{ name, value, configOperation: operation }] }]
    return (await bench.ask(incrementalAlterConfigs, { resources, validateOnly: false }))!.responses[0]!.errorCode
  }

  it('change one by one, and say where their value comes from', async () => {
    const bench = makeBench({ configs: { 'log.retention.ms': '5000' } })
    await create(bench, {})
    expect(await describeOne(bench, topicA, 'retention.ms')).toMatchObject({ value: '5000', configSource: 4 })
    expect(await change(bench, 'retention.ms', '1000')).toBe(kafkaCode.NONE)
    expect(await describeOne(bench, topicA, 'retention.ms')).toMatchObject({
      value: '1000',
      configSource: 1,
      synonyms: [
        { name: 'retention.ms', value: '1000', source: 1 },
        { name: 'log.retention.ms', value: '5000', source: 4 },
        { name: 'log.retention.ms', value: '604800000', source: 5 },
      ],
    })
    expect(bench.state.topics.byName('a')!.resolved.retentionMs).toBe(1_000)
    expect(await change(bench, 'retention.ms', null, configOperation.delete)).toBe(kafkaCode.NONE)
    expect(bench.state.topics.byName('a')!.resolved.retentionMs).toBe(5_000)
  })

  it('that are lists grow and shrink by words', async () => {
    const bench = makeBench()
    await create(bench, {})
    expect(await change(bench, 'cleanup.policy', 'compact', configOperation.append)).toBe(kafkaCode.NONE)
    expect(await describeOne(bench, topicA, 'cleanup.policy')).toMatchObject({ value: 'delete,compact' })
    expect(await change(bench, 'cleanup.policy', 'delete', configOperation.subtract)).toBe(kafkaCode.NONE)
    expect(bench.state.topics.byName('a')!.resolved.isDeleted).toBe(false)
    expect(await change(bench, 'retention.ms', '1', configOperation.append)).toBe(kafkaCode.INVALID_CONFIG)
  })

  it('of a broker reach the topics that have none of their own', async () => {
    const bench = makeBench()
    await create(bench, {})
    const brokers = { resourceType: resourceType.broker, resourceName: '' }
    const configs = [{ name: 'log.retention.ms', value: '7', configOperation: configOperation.set }]
    await bench.ask(incrementalAlterConfigs, { resources: [{ ...brokers, configs }], validateOnly: false })
    expect(bench.state.topics.byName('a')!.resolved.retentionMs).toBe(7)
    const ofOne = await describeOne(bench, { ...brokers, resourceName: '1' }, 'log.retention.ms')
    expect(ofOne).toMatchObject({ value: '7', configSource: 3 })
  })

  it('set all at once leave nothing of what was set before', async () => {
    const bench = makeBench()
    await create(bench, { configs: [{ name: 'retention.ms', value: '5' }] })
    const resources = [{ ...topicA, configs: [{ name: 'retention.bytes', value: '9' }] }]
    await bench.ask(alterConfigs, { resources, validateOnly: true })
    expect([...bench.state.topics.byName('a')!.configs]).toEqual([['retention.ms', '5']])
    await bench.ask(alterConfigs, { resources, validateOnly: false })
    expect([...bench.state.topics.byName('a')!.configs]).toEqual([['retention.bytes', '9']])
  })

  it('are refused where there is nothing to set, and where a value is wrong', async () => {
    const bench = makeBench()
    expect(await change(bench, 'retention.ms', '1')).toBe(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
    await create(bench, {})
    expect(await change(bench, 'nothing', '1')).toBe(kafkaCode.INVALID_CONFIG)
    expect(await change(bench, 'retention.ms', 'x')).toBe(kafkaCode.INVALID_CONFIG)
    expect(await change(bench, 'retention.ms', null)).toBe(kafkaCode.INVALID_CONFIG)
  })
})

describe('deleting records', () => {
  const remove = async (bench: Bench, offset: number, name = 'a') => {
    const topics = [{ name, partitions: [{ partitionIndex: 0, offset }] }]
    const { lowWatermark, errorCode } = (await bench.ask(deleteRecords, { topics, timeoutMs: 1 }))!.topics[0]!
      .partitions[0]!
    return [lowWatermark, errorCode]
  }

  it('moves the start, to the end with -1, and not beyond', async () => {
    const bench = makeBench()
    await create(bench, {})
    for (let index = 0; index < 5; index++) append(bench, 'a', 0)
    expect(await remove(bench, 2)).toEqual([2, 0])
    expect(await remove(bench, 1)).toEqual([2, 0])
    expect(await remove(bench, 6)).toEqual([-1, kafkaCode.OFFSET_OUT_OF_RANGE])
    expect(await remove(bench, -1)).toEqual([5, 0])
    expect(await remove(bench, 0, 'b')).toEqual([-1, kafkaCode.UNKNOWN_TOPIC_OR_PARTITION])
  })
})

describe('descriptions', () => {
  it('of topics come page by page', async () => {
    const bench = makeBench()
    await create(bench, { name: 'b', numPartitions: 3 })
    await create(bench, { name: 'a', numPartitions: 2 })
    const pages: unknown[] = []
    let cursor: { topicName: string; partitionIndex: number } | null = null
    do {
      const asked = { topics: [], responsePartitionLimit: 2, cursor }
      const answer: ResponseOf<typeof describeTopicPartitions> = (await bench.ask(describeTopicPartitions, asked))!
      pages.push(answer.topics.map(topic => [topic.name, topic.partitions.map(each => each.partitionIndex)]))
      cursor = answer.nextCursor
    } while (cursor !== null)
    expect(pages).toEqual([[['a', [0, 1]]], [['b', [0, 1]]], [['b', [2]]]])
    const missing = await bench.ask(describeTopicPartitions, { topics: [{ name: 'c' }] })
    expect(missing!.topics[0]!.errorCode).toBe(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('of directories hold the bytes of the replicas of the broker that is asked', async () => {
    const bench = makeBench({ brokers: 2 })
    await create(bench, { numPartitions: 2 })
    append(bench, 'a', 0)
    const [dir] = (await bench.ask(describeLogDirs, { topics: null }, { brokerId: 1 }))!.results
    const partitionSize = batchOf(['v']).length
    expect(dir!.topics).toMatchObject([{ name: 'a', partitions: [{ partitionIndex: 0, partitionSize }] }])
    expect(dir!.totalBytes - dir!.usableBytes).toBe(bench.state.memory.usedBytes)
    const [other] = (await bench.ask(describeLogDirs, { topics: null }, { brokerId: 2 }))!.results
    expect(other!.topics).toMatchObject([{ partitions: [{ partitionIndex: 1, partitionSize: 0 }] }])
  })

  it('of the cluster and its quorum name the brokers that are alive', async () => {
    const bench = makeBench({ brokers: 3 })
    bench.state.stopBroker(1)
    const seen = (await bench.ask(describeCluster, { includeFencedBrokers: true }, { brokerId: 2 }))!
    expect(seen.brokers.map(each => [each.brokerId, each.isFenced])).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ])
    const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
    const [quorum] = (await bench.ask(describeQuorum, { topics }, { brokerId: 2 }))!.topics[0]!.partitions
    expect(quorum).toMatchObject({ leaderId: 2, currentVoters: [{ replicaId: 2 }, { replicaId: 3 }] })
  })

  it('of producers show how far each has come, at every replica', async () => {
    const bench = makeBench({ brokers: 3 })
    await create(bench, { replicationFactor: 2 })
    const [leader, follower] = bench.state.partition('a', 0)!.replicas
    const [other] = [1, 2, 3].filter(id => id !== leader && id !== follower)
    const ask = async (brokerId: number) => {
      const topics = [{ name: 'a', partitionIndexes: [0, 1] }]
      const answer = await bench.ask(describeProducers, { topics }, { brokerId })
      return answer!.topics[0]!.partitions
    }
    const records = batchOf(['v', 'w'], { producerId: 5, producerEpoch: 1, baseSequence: 0 })
    const topicData = [{ name: 'a', partitionData: [{ index: 0, records }] }]
    await bench.ask(produce, { acks: -1, timeoutMs: 1, topicData }, { version: 9, brokerId: leader! })
    const producer = { producerId: 5, producerEpoch: 1, lastSequence: 1, currentTxnStartOffset: -1 }
    for (const replica of [leader!, follower!]) {
      expect(await ask(replica)).toMatchObject([
        { errorCode: 0, activeProducers: [producer] },
        { errorCode: kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, activeProducers: [] },
      ])
    }
    expect(await ask(other!)).toMatchObject([{ errorCode: kafkaCode.NOT_LEADER_OR_FOLLOWER, activeProducers: [] }, {}])
  })

  it('of leader epochs say where they ended', async () => {
    const bench = makeBench({ brokers: 2 })
    await create(bench, { replicationFactor: 2 })
    append(bench, 'a', 0)
    append(bench, 'a', 0)
    bench.state.moveLeader(bench.state.partition('a', 0)!, 2)
    append(bench, 'a', 0)
    const ask = async (leaderEpoch: number) => {
      const topics = [{ topic: 'a', partitions: [{ partition: 0, leaderEpoch }] }]
      const { endOffset, leaderEpoch: found } = (await bench.ask(offsetForLeaderEpoch, { topics }, { brokerId: 2 }))!
        .topics[0]!.partitions[0]!
      return [found, endOffset]
    }
    expect([await ask(0), await ask(1), await ask(2)]).toEqual([
      [0, 2],
      [1, 3],
      [-1, -1],
    ])
  })
})

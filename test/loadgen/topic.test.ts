// Shows that a run uses the topic it finds, creates the one it does not, and removes only what it created itself.
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../core/errors.ts'
import { endOffsetsOf, prepareTopic, removeTopic } from '../../loadgen/topic.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { FakeCluster } from './fake-cluster.ts'

const create = { partitions: 3, replicationFactor: 2, configs: { 'retention.ms': '1000' }, keep: false }

function setUp() {
  const cluster = new FakeCluster()
  const notices: string[] = []
  cluster.answers.CreateTopics = ({ topics }) => {
    cluster.add(topics[0].name, new Array<number>(topics[0].numPartitions).fill(1))
    return { topics: [{ errorCode: 0, errorMessage: null }] }
  }
  cluster.answers.Metadata = () => ({
    ...{ clusterId: 'c', controllerId: 1, errorCode: 0, brokers: [] },
    topics: [...cluster.topics.values()].map(topic => ({
      ...{ name: topic.name, topicId: topic.id, isInternal: false, errorCode: 0 },
      partitions: topic.partitions.map(({ index, leader }) => ({
        ...{ partitionIndex: index, leaderId: leader, leaderEpoch: 0, errorCode: 0 },
        ...{ replicaNodes: [1], isrNodes: [1], offlineReplicas: [] },
      })),
    })),
  })
  cluster.answers.DeleteTopics = ({ topicNames }) => {
    cluster.topics.delete(topicNames[0])
    return { responses: [{ errorCode: 0, errorMessage: null }] }
  }
  cluster.answers.DescribeConfigs = () => ({
    results: [
      {
        errorCode: 0,
        errorMessage: null,
        configs: [
          { name: 'retention.ms', value: '1000', configSource: 1 },
          { name: 'segment.bytes', value: '5', configSource: 5 },
          { name: 'secret', value: null, configSource: 1 },
        ],
      },
    ],
  })
  return { cluster, notices, onNotice: (text: string) => void notices.push(text) }
}

describe('preparing', () => {
  it('takes a topic that is there as it is, and says so when it was asked for otherwise', async () => {
    const { cluster, notices, onNotice } = setUp()
    cluster.add('orders', [3, 1])
    const topic = await prepareTopic(cluster.asCluster, { name: 'orders', create }, onNotice)
    expect(topic).toMatchObject({
      name: 'orders',
      created: false,
      partitions: 2,
      leaders: [3, 1],
      replicationFactor: 2,
    })
    expect(notices).toEqual(['topic orders exists with 2 partitions and is used as it is'])
    expect(cluster.namesAsked()).not.toContain('CreateTopics')
  })

  it('creates the one that is not there', async () => {
    const { cluster, notices, onNotice } = setUp()
    const topic = await prepareTopic(cluster.asCluster, { name: 'orders', create }, onNotice)
    expect(topic).toMatchObject({ created: true, partitions: 3, leaders: [1, 1, 1] })
    expect(notices).toEqual(['created topic orders: 3 partitions'])
    expect(cluster.asked.find(({ api }) => api === 'CreateTopics')!.body.topics[0]).toMatchObject({
      numPartitions: 3,
      replicationFactor: 2,
      configs: [{ name: 'retention.ms', value: '1000' }],
    })
  })

  it('does not create what it was not asked to', async () => {
    const { cluster, onNotice } = setUp()
    await expect(prepareTopic(cluster.asCluster, { name: 'orders' }, onNotice)).rejects.toThrow(
      "topic 'orders' does not exist",
    )
    expect(cluster.namesAsked()).not.toContain('CreateTopics')
  })

  it('does not take an error for a topic that is missing', async () => {
    const { cluster, onNotice } = setUp()
    cluster.topic = async () => {
      throw new MillraceError('AUTHORIZATION_FAILED', 'not yours')
    }
    await expect(prepareTopic(cluster.asCluster, { name: 'orders', create }, onNotice)).rejects.toThrow('not yours')
    expect(cluster.namesAsked()).not.toContain('CreateTopics')
  })

  it('removes what it has created when it cannot go on', async () => {
    const { cluster, onNotice } = setUp()
    cluster.answers.DescribeConfigs = () => {
      throw new MillraceError('CONNECTION_CLOSED', 'gone')
    }
    await expect(prepareTopic(cluster.asCluster, { name: 'orders', create }, onNotice)).rejects.toThrow('gone')
    expect(cluster.topics.size).toBe(0)
  })

  it('leaves what it has found when it cannot go on', async () => {
    const { cluster, onNotice } = setUp()
    cluster.add('orders', [1])
    cluster.answers.DescribeConfigs = () => {
      throw new MillraceError('CONNECTION_CLOSED', 'gone')
    }
    await expect(prepareTopic(cluster.asCluster, { name: 'orders', create }, onNotice)).rejects.toThrow('gone')
    expect(cluster.topics.size).toBe(1)
  })
})

describe('settings of the topic', () => {
  it('are told where they differ from the default', async () => {
    const { cluster, onNotice } = setUp()
    cluster.add('orders', [1])
    const { configs } = await prepareTopic(cluster.asCluster, { name: 'orders' }, onNotice)
    expect(configs).toEqual({ 'retention.ms': '1000', secret: '(sensitive)' })
  })

  it('are none to who may not see them', async () => {
    const { cluster, onNotice } = setUp()
    cluster.add('orders', [1])
    cluster.answers.DescribeConfigs = () => ({
      results: [{ errorCode: kafkaCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: null, configs: [] }],
    })
    expect((await prepareTopic(cluster.asCluster, { name: 'orders' }, onNotice)).configs).toEqual({})
  })
})

describe('removing', () => {
  const cases = [
    { why: 'what was found stays', created: false, keep: false, stays: true },
    { why: 'what was created goes', created: true, keep: false, stays: false },
    { why: 'what was created stays when it is to be kept', created: true, keep: true, stays: true },
  ]
  it.each(cases)('$why', async ({ created, keep, stays }) => {
    const { cluster, onNotice } = setUp()
    cluster.add('orders', [1])
    await removeTopic(
      cluster.asCluster,
      { name: 'orders', create: { ...create, keep } },
      { name: 'orders', created },
      onNotice,
    )
    expect(cluster.topics.has('orders')).toBe(stays)
  })

  it('that fails is told, and does not cost the result', async () => {
    const { cluster, notices, onNotice } = setUp()
    cluster.answers.DeleteTopics = () => {
      throw new MillraceError('BROKER_UNREACHABLE', 'gone')
    }
    await removeTopic(cluster.asCluster, { name: 'orders', create }, { name: 'orders', created: true }, onNotice)
    expect(notices).toEqual(['topic orders was created by this run and could not be deleted: gone'])
  })
})

describe('end offsets', () => {
  it('are by partition', async () => {
    const { cluster, onNotice } = setUp()
    cluster.add('orders', [1, 2, 1])
    cluster.listOffsets({ [-1]: [5, 0, 9] })
    const topic = await prepareTopic(cluster.asCluster, { name: 'orders' }, onNotice)
    expect(await endOffsetsOf(cluster.asCluster, topic)).toEqual([5, 0, 9])
  })
})

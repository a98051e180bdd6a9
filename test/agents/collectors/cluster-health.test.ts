// Shows the collectors of brokers and topics on a cluster that loses a broker: who is down is named, its partitions are counted by
// what is wrong with them, settings that change are seen, and topics can be left out. Method: the embedded broker with three brokers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokersCollector } from '../../../agents/collectors/brokers.ts'
import { topicsCollector } from '../../../agents/collectors/topics.ts'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { createTopic, deleteTopic } from '../../../wire/admin.ts'
import { resourceType } from '../../../wire/apis/32-describe-configs.ts'
import { configOperation, incrementalAlterConfigs } from '../../../wire/apis/44-incremental-alter-configs.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { settingsOf } from '../../kafka/settings.ts'
import { looker } from '../look.ts'

let brokers: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  brokers = await startBroker({ brokers: 3 })
  cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
  const configs = { 'min.insync.replicas': '2' }
  await createTopic(cluster, { name: 'orders', partitions: 6, replicationFactor: 3, configs })
  await createTopic(cluster, { name: 'single', partitions: 1, replicationFactor: 1 })
})
afterAll(async () => {
  await cluster.close()
  await brokers.close()
})

async function alterRetention(topic: string, value: string): Promise<void> {
  const configs = [{ name: 'retention.ms', configOperation: configOperation.set, value }]
  const resources = [{ resourceType: resourceType.topic, resourceName: topic, configs }]
  await cluster.send('controller', incrementalAlterConfigs, { resources, validateOnly: false })
}

async function withoutBroker<T>(id: number, work: () => Promise<T>): Promise<T> {
  await brokers.run('stopBroker', id)
  try {
    return await work()
  } finally {
    await brokers.run('startBroker', id)
  }
}

describe('the brokers collector', () => {
  it('tells who is there, that each answers, and what it speaks', async () => {
    const { lines, gaps, value } = await looker(brokersCollector, cluster)()
    expect(gaps).toEqual([])
    expect(value('cluster_brokers{cluster="c"}')).toBe(3)
    for (const id of [1, 2, 3]) {
      expect(value(`broker_up{cluster="c",broker="${id}"}`)).toBe(1)
      expect(value(`broker_response_seconds{cluster="c",broker="${id}"}`)).toBeGreaterThan(0)
      expect(value(`broker_api_version_max{cluster="c",broker="${id}",api="Metadata"}`)).toBeGreaterThan(8)
    }
    expect(lines.filter(line => line.startsWith('broker_info{') && line.includes('host="127.0.0.1"'))).toHaveLength(3)
  })

  it('names the one that is down, while the others stay', async () => {
    await withoutBroker(2, async () => {
      const { value } = await looker(brokersCollector, cluster)()
      expect([1, 2, 3].map(id => value(`broker_up{cluster="c",broker="${id}"}`))).toEqual([1, 0, 1])
    })
    expect((await looker(brokersCollector, cluster)()).value('broker_up{cluster="c",broker="2"}')).toBe(1)
  })
})

describe('the topics collector', () => {
  it('a healthy cluster has no trouble; who leads what is balanced', async () => {
    const { value, lines } = await looker(topicsCollector, cluster)()
    for (const trouble of ['under_replicated', 'under_min_isr', 'offline'])
      expect(value(`cluster_${trouble}_partitions{cluster="c"}`), trouble).toBe(0)
    expect(value('cluster_partitions{cluster="c"}')).toBe(7)
    // One replica, and at least one in sync.
    expect(value('topic_at_min_isr_partitions{cluster="c",topic="single"}')).toBe(1)
    expect(value('topic_replication_factor{cluster="c",topic="orders"}')).toBe(3)
    const leaders = [1, 2, 3].map(id => value(`broker_leader_partitions{cluster="c",broker="${id}"}`))
    expect(leaders.reduce((sum, count) => sum! + count!)).toBe(7)
    expect(lines.some(line => line.startsWith('topic_partition_leader_broker'))).toBe(false)
  })

  it('with a broker down its partitions are under-replicated, and led by others than they prefer', async () => {
    await withoutBroker(1, async () => {
      const { value } = await looker(topicsCollector, cluster)()
      expect(value('topic_under_replicated_partitions{cluster="c",topic="orders"}')).toBe(6)
      expect(value('topic_under_min_isr_partitions{cluster="c",topic="orders"}')).toBe(0)
      expect(value('topic_at_min_isr_partitions{cluster="c",topic="orders"}')).toBe(6)
      expect(value('broker_leader_partitions{cluster="c",broker="1"}')).toBe(0)
      expect(value('broker_preferred_leader_partitions{cluster="c",broker="1"}')).toBeGreaterThan(0)
      expect(value('broker_offline_replicas{cluster="c",broker="1"}')).toBeGreaterThan(5)
    })
  })

  it('what the broker does not serve is a gap with its reason, not a zero', async () => {
    const { value, gaps } = await looker(topicsCollector, cluster)()
    expect(value('cluster_reassigning_partitions{cluster="c"}')).toBeUndefined()
    expect(gaps).toMatchObject([{ about: 'cluster', name: 'reassignments', reason: 'unsupported' }])
  })

  it('granularity partition: leader and replicas of each', async () => {
    const { lines, value } = await looker(topicsCollector, cluster, { values: { granularity: 'partition' } })()
    expect(lines.filter(line => line.startsWith('topic_partition_leader_broker{'))).toHaveLength(7)
    expect(value('topic_partition_in_sync_replicas{cluster="c",topic="orders",partition="5"}')).toBe(3)
  })

  it('settings are read again when they are old, and at once for a topic that is made again', async () => {
    let nowMs = 0
    const look = looker(topicsCollector, cluster, { nowMs: () => nowMs, topics: { allow: ['short-*'], deny: [] } })
    const retention = async () => /retention_ms="(\d+)"/.exec((await look()).lines.join('\n'))?.[1]
    const create = (retentionMs: string) =>
      createTopic(cluster, {
        name: 'short-lived',
        partitions: 1,
        replicationFactor: 1,
        configs: { 'retention.ms': retentionMs },
      })
    await create('1000')
    expect(await retention()).toBe('1000')
    await alterRetention('short-lived', '2000')
    expect(await retention()).toBe('1000')
    nowMs = 300_000
    expect(await retention()).toBe('2000')
    await deleteTopic(cluster, 'short-lived')
    await create('3000')
    expect(await retention()).toBe('3000')
    await deleteTopic(cluster, 'short-lived')
    expect((await look()).lines.filter(line => line.includes('short-lived'))).toEqual([])
  })

  it('topics can be left out', async () => {
    const { value } = await looker(topicsCollector, cluster, { topics: { allow: [], deny: ['/^ord/'] } })()
    expect(value('cluster_topics{cluster="c"}')).toBe(1)
  })
})

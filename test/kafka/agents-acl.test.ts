// Shows that the rights that docs/agent.md names are enough for every collector that only looks, and that a right that is missing is a
// counted reason while the rest is there. Method: one broker with Kafka's own authorizer, a principal with those rights, one with fewer.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { collectorKinds } from '../../agents/collectors/index.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { looker } from '../agents/look.ts'
import { append } from '../agents/writing.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { settingsOf } from './settings.ts'

const users = { watcher: 'watcher-secret', half: 'half-secret' }
const looking = ['lag', 'groups', 'brokers', 'topics', 'logdirs', 'quorum']

describeKafka('the rights of an agent', () => {
  let kafka: KafkaCluster
  let admin: Cluster
  const clusters: Cluster[] = []

  beforeAll(async () => {
    kafka = await startKafka({ security: 'SASL_PLAINTEXT', users, acls: true, heapMb: 384 })
    admin = await Cluster.connect(settingsOf(kafka.adminBootstrap))
    clusters.push(admin)
    await createTopic(admin, { name: 'orders', partitions: 2, replicationFactor: 1 })
    await append(admin, 'orders', 0, [Date.now() - 5000, Date.now() - 4000])
    await commitOffsets(admin, 'billing', 'orders', new Map([[0, 1]]))
    for (const [operation, ...what] of [
      ['Describe', '--cluster'],
      ['Describe', '--group', '*'],
      ['Describe', '--topic', '*'],
      ['DescribeConfigs', '--topic', '*'],
      ['Read', '--topic', '*'],
    ]) {
      await allow('watcher', operation!, what)
    }
    await allow('half', 'Describe', ['--cluster'])
    await allow('half', 'Describe', ['--topic', '*'])
  })
  afterAll(async () => {
    for (const cluster of clusters) await cluster.close()
    await kafka?.stop()
  })

  async function allow(user: string, operation: string, what: readonly string[]): Promise<void> {
    const { code, stderr } = await kafka.tool('kafka-acls', [
      ...['--bootstrap-server', kafka.adminBootstrap, '--add', '--allow-principal', `User:${user}`],
      ...['--operation', operation, ...what],
    ])
    expect([code, stderr]).toEqual([0, expect.anything()])
  }

  async function as(username: keyof typeof users): Promise<Cluster> {
    const sasl = { mechanism: 'SCRAM-SHA-512', username, password: users[username] } as const
    const cluster = await Cluster.connect(settingsOf(kafka.bootstrap, { securityProtocol: 'SASL_PLAINTEXT', sasl }))
    clusters.push(cluster)
    return cluster
  }

  it('are enough as documented: no gap, and everything is there', async () => {
    const cluster = await as('watcher')
    for (const kind of collectorKinds.filter(({ name }) => looking.includes(name))) {
      const { gaps, lines } = await looker(kind, cluster)()
      expect([kind.name, gaps]).toEqual([kind.name, []])
      expect(lines.length, kind.name).toBeGreaterThan(0)
      if (kind.name !== 'lag') continue
      expect(lines).toContain('consumer_group_lag_offsets{cluster="c",group="billing"} 1')
      expect(lines).toContain('agent_lag_seconds_partitions{cluster="c",method="exact"} 1')
    }
  })

  it('a right that is missing is counted by its reason, and hides nothing else', async () => {
    const cluster = await as('half')
    const kindOf = (name: string) => collectorKinds.find(kind => kind.name === name)!
    const lag = await looker(kindOf('lag'), cluster)()
    expect(lag.gaps.map(({ about, name, reason }) => [about, name, reason])).toContainEqual([
      'group',
      'billing',
      'authorization',
    ])
    expect(lag.lines).toContain('topic_partition_high_watermark_offset{cluster="c",topic="orders",partition="0"} 2')
    const topics = await looker(kindOf('topics'), cluster)()
    expect(topics.gaps).toContainEqual(
      expect.objectContaining({ about: 'topic', name: 'orders', reason: 'authorization' }),
    )
    expect(topics.value('topic_under_replicated_partitions{cluster="c",topic="orders"}')).toBe(0)
    expect(topics.value('topic_under_min_isr_partitions{cluster="c",topic="orders"}')).toBeUndefined()
  })
})

// Shows that the collectors of health agree with Kafka's own tools on three real brokers, and what they say when one of them is
// killed, frozen and started again: the failing one by its name, the others as fresh as before.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { brokersCollector } from '../../agents/collectors/brokers.ts'
import { canaryCollector } from '../../agents/collectors/canary.ts'
import { logDirsCollector } from '../../agents/collectors/log-dirs.ts'
import { quorumCollector } from '../../agents/collectors/quorum.ts'
import { topicsCollector } from '../../agents/collectors/topics.ts'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { looker } from '../agents/look.ts'
import { append } from '../agents/writing.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { settingsOf } from './settings.ts'

const waiting = { timeout: 60_000, interval: 250 }

describeKafka('health beside the tools of Kafka', () => {
  let kafka: KafkaCluster
  let cluster: Cluster

  beforeAll(async () => {
    const properties = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' }
    kafka = await startKafka({ brokers: 3, heapMb: 384, properties })
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap, { requestTimeoutMs: 3_000, connectTimeoutMs: 2_000 }))
    const configs = { 'min.insync.replicas': '3' }
    await createTopic(cluster, { name: 'orders', partitions: 6, replicationFactor: 3, configs })
    await createTopic(cluster, { name: 'alone', partitions: 3, replicationFactor: 1 })
    for (const partition of [0, 1, 2]) await append(cluster, 'orders', partition, [1, 2, 3])
  })
  afterAll(async () => {
    await cluster?.close()
    await kafka?.stop()
  })

  async function told(name: string, args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await kafka.tool(name, ['--bootstrap-server', kafka.bootstrap, ...args])
    expect(code, stderr).toBe(0)
    return stdout
  }

  it('the quorum: leader, epoch, and how far each node is, as kafka-metadata-quorum says', async () => {
    const status = await told('kafka-metadata-quorum', ['describe', '--status'])
    const { value, lines } = await looker(quorumCollector, cluster)()
    const said = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)![1])
    expect(value('quorum_leader_node{cluster="c"}')).toBe(said('LeaderId'))
    expect(value('quorum_leader_epoch{cluster="c"}')).toBe(said('LeaderEpoch'))
    expect(value('quorum_high_watermark_offset{cluster="c"}')).toBeGreaterThanOrEqual(said('HighWatermark'))
    expect(lines.filter(line => line.includes('role="follower"'))).toHaveLength(2)
    for (const node of [1, 2, 3]) {
      // Heartbeats of brokers write to the log: a follower is at most a moment behind.
      expect(value(`quorum_node_lag_offsets{cluster="c",node="${node}"}`)).toBeLessThan(20)
      expect(value(`quorum_node_lag_seconds{cluster="c",node="${node}"}`)).toBeLessThan(5)
    }
  })

  it('the log directories: the bytes of every replica, as kafka-log-dirs says', async () => {
    const text = await told('kafka-log-dirs', ['--describe', '--topic-list', 'orders,alone'])
    const said: { brokers: { broker: number; logDirs: { partitions: { partition: string; size: number }[] }[] }[] } =
      JSON.parse(text.split('\n').find(line => line.startsWith('{'))!)
    const replicas = said.brokers.flatMap(({ logDirs }) => logDirs.flatMap(({ partitions }) => partitions))
    const bytesOf = (topic: string) =>
      replicas.filter(({ partition }) => partition.startsWith(topic)).reduce((sum, { size }) => sum + size, 0)
    const { value, lines, gaps } = await looker(logDirsCollector, cluster)()
    expect(gaps).toEqual([])
    expect(bytesOf('orders')).toBeGreaterThan(0)
    expect(value('topic_log_bytes{cluster="c",topic="orders"}')).toBe(bytesOf('orders'))
    expect(value('topic_log_bytes{cluster="c",topic="alone"}')).toBe(bytesOf('alone'))
    expect(lines.filter(line => /^log_dir_online.* 1$/.test(line))).toHaveLength(3)
    expect(lines.filter(line => line.startsWith('log_dir_volume_free_bytes'))).toHaveLength(3)
  })

  it('a broker is killed: its name, its partitions as kafka-topics counts them, and everything well again afterwards', async () => {
    const canary = looker(canaryCollector, cluster, { values: { 'probe-interval': 50, 'late-after': 60_000 } })
    const topics = looker(topicsCollector, cluster)
    const brokers = looker(brokersCollector, cluster)
    const received = async () => {
      const { lines } = await canary()
      const counts = lines.filter(line => line.startsWith('canary_records_received_total'))
      return counts.map(line => Number(line.split(' ').at(-1)))
    }
    await vi.waitFor(async () => expect(Math.min(...(await received()), 9)).toBe(9), waiting)
    const [, second] = kafka.brokers
    await second!.kill()
    await vi.waitFor(async () => {
      const { value } = await topics()
      const of = (name: string, topic: string) => value(`topic_${name}_partitions{cluster="c",topic="${topic}"}`)
      expect(of('under_replicated', 'orders')).toBe(6)
      expect(of('under_min_isr', 'orders')).toBe(6)
      expect(of('offline', 'alone')).toBe(1)
    }, waiting)
    const count = async (flag: string) =>
      (await told('kafka-topics', ['--describe', flag, '--topic', 'orders|alone'])).split('\n').filter(Boolean).length
    expect(await count('--under-replicated-partitions')).toBe(6 + 1)
    expect(await count('--unavailable-partitions')).toBe(1)
    expect((await brokers()).value('broker_up{cluster="c",broker="2"}')).toBe(0)
    const { lines, gaps } = await looker(logDirsCollector, cluster)()
    expect(lines.filter(line => line.startsWith('log_dir_online')).map(line => /broker="(\d)"/.exec(line)![1])).toEqual(['1', '3']) // biome-ignore format: one line
    expect(gaps.filter(({ about }) => about !== 'broker')).toEqual([])
    const before = await received()
    await vi.waitFor(
      async () => expect((await received()).every((now, at) => now > before[at]! + 5)).toBe(true),
      waiting,
    )

    await second!.start()
    await vi.waitFor(async () => {
      expect((await brokers()).value('broker_up{cluster="c",broker="2"}')).toBe(1)
      expect((await topics()).value('topic_under_replicated_partitions{cluster="c",topic="orders"}')).toBe(0)
    }, waiting)
    const { value } = await canary()
    for (const partition of [0, 1, 2])
      expect(value(`canary_records_lost_total{cluster="c",partition="${partition}"}`)).toBe(0)
    await canary.close()
  })

  it('a broker is frozen: it is named within one look, and the others are told meanwhile', async () => {
    const [, , third] = kafka.brokers
    const brokers = looker(brokersCollector, cluster)
    process.kill(third!.pid!, 'SIGSTOP')
    try {
      const { value, gaps } = await brokers()
      expect([1, 2, 3].map(id => value(`broker_up{cluster="c",broker="${id}"}`))).toEqual([1, 1, 0])
      expect(gaps.map(({ about, name }) => [about, name])).toContainEqual(['broker', '3'])
    } finally {
      process.kill(third!.pid!, 'SIGCONT')
    }
    await vi.waitFor(async () => expect((await brokers()).value('broker_up{cluster="c",broker="3"}')).toBe(1), waiting)
  })
})

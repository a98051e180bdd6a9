// Shows that the collectors of health agree with Kafka's own tools on three real brokers, and what they say when one of them is
// killed, frozen and started again: the failing one by its name, the others as fresh as before.
import { fileURLToPath } from 'node:url'
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
import { reasonWithout } from '../broker/clients/describe-client.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { jmxExporterJar } from './harness/install.ts'
import { freePorts } from './harness/places.ts'
import { runCommand } from './harness/tools.ts'
import { settingsOf } from './settings.ts'

const jmxConfig = fileURLToPath(new URL('../../deploy/jmx_exporter/kafka.yaml', import.meta.url))
const waiting = { timeout: 60_000, interval: 250 }

describeKafka('health beside the tools of Kafka', () => {
  let kafka: KafkaCluster
  let cluster: Cluster
  let jmxPort: number | undefined

  beforeAll(async () => {
    const properties = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' }
    // Installed where that can be; a machine without it says so by the test that fails.
    reasonWithout('promtool', '--version', 'prometheus')
    const jar = await jmxExporterJar()
    ;[jmxPort] = await freePorts(1)
    const jvmFlags = (id: number) => (id === 1 ? [`-javaagent:${jar}=127.0.0.1:${jmxPort}:${jmxConfig}`] : [])
    kafka = await startKafka({ brokers: 3, heapMb: 384, properties, jvmFlags })
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

  it('the JMX exporter, by the configuration that is shipped: what the protocol cannot tell, under the names of Strimzi', async () => {
    const text = await (await fetch(`http://127.0.0.1:${jmxPort}/metrics`)).text()
    // 3: it parses, and promtool dislikes names, which are those that people have.
    const { code, stderr } = await runCommand('promtool', ['check', 'metrics'], { input: text })
    expect([0, 3], stderr).toContain(code)
    for (const [name, pattern] of Object.entries({
      'bytes in': /^kafka_server_brokertopicmetrics_bytesin_total \d/m,
      'messages in': /^kafka_server_brokertopicmetrics_messagesin_total \d/m,
      'idle request handlers':
        /^kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent 0\.\d|^kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent 1/m,
      'idle network threads': /^kafka_network_socketserver_networkprocessoravgidle_percent [01]/m,
      'produce time': /^kafka_network_requestmetrics_totaltimems\{quantile="0\.99",request="Produce"\} \d/m,
      requests: /^kafka_network_requestmetrics_requests_total\{request="Metadata",version="\d+"\} \d/m,
      'under-replicated': /^kafka_server_replicamanager_underreplicatedpartitions 0/m,
      'offline log directories': /^kafka_log_logmanager_offlinelogdirectorycount 0/m,
      'active controllers': /^kafka_controller_kafkacontroller_activecontrollercount [01]/m,
      'raft state': /^kafka_server_raftmetrics_current_state\{state="(leader|follower)"\} 1/m,
      'raft log': /^kafka_server_raftmetrics_log_end_offset \d/m,
      connections: /^kafka_server_socketservermetrics_connection_count\{listener="\w+",network_processor="\d"\} \d/m,
      'garbage collection': /^jvm_gc_collection_seconds_count/m,
    }))
      expect(text, name).toMatch(pattern)
    expect(text.split('\n').filter(line => line.includes('partition="'))).toEqual([])
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

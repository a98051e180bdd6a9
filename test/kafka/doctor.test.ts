// Shows that `millrace doctor` finds nothing on three real brokers in which all is well, and every fault after it was planted there:
// in topics, brokers, groups and files, and by the loss of a broker. Method: the whole program against real Apache Kafka.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { DoctorReport } from '../../doctor/index.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { resourceType } from '../../wire/apis/32-describe-configs.ts'
import { configOperation, incrementalAlterConfigs } from '../../wire/apis/44-incremental-alter-configs.ts'
import { Cluster } from '../../wire/cluster.ts'
import { append, appendBatch, deleteBefore } from '../agents/writing.ts'
import { millrace } from '../cli/millrace.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { settingsOf } from './settings.ts'

/** In the second case; those of a lost broker are in the last. */
const plantedChecks = [
  'acls-open',
  'broker-auto-create-topics',
  'broker-default-replication',
  'broker-forced-flush',
  'broker-min-insync-one',
  'broker-no-leader-rebalance',
  'broker-offsets-retention',
  'broker-replica-fetch',
  'broker-settings-differ',
  'broker-temporary-logs',
  'broker-unclean-election',
  'broker-uncontrolled-shutdown',
  'client-host-unchecked',
  'client-one-bootstrap',
  'client-unknown-property',
  'client-without-tls',
  'cluster-leader-skew',
  'consumer-auto-commit',
  'consumer-eager',
  'consumer-fetch-small',
  'consumer-heartbeat',
  'consumer-poll-interval-short',
  'consumer-read-uncommitted',
  'consumer-session-refused',
  'consumer-session-short',
  'group-ahead',
  'group-lost-records',
  'group-near-retention',
  'group-unread',
  'internal-replication-setting',
  'internal-topic-min-insync-one',
  'internal-topic-not-compacted',
  'internal-topic-single-replica',
  'listener-plain-password',
  'listener-without-authentication',
  'listener-without-tls',
  'no-authorizer',
  'producer-acks',
  'producer-delivery-timeout',
  'producer-no-compression',
  'producer-no-retries',
  'producer-not-idempotent',
  'producer-record-too-large',
  'producer-small-batches',
  'producer-transaction-timeout',
  'tls-old',
  'topic-forced-flush',
  'topic-min-insync-all',
  'topic-min-insync-one',
  'topic-partition-skew',
  'topic-recompression',
  'topic-segment-outlives-retention',
  'topic-single-replica',
  'topic-two-replicas',
  'topic-unbounded',
  'topic-unclean-election',
  'transaction-min-insync-one',
]

describeKafka('doctor', () => {
  let kafka: KafkaCluster
  let cluster: Cluster
  beforeAll(async () => {
    const properties = { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' }
    kafka = await startKafka({ brokers: 3, heapMb: 384, properties })
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
  })
  afterAll(async () => {
    await cluster?.close()
    await kafka?.stop()
  })

  async function doctor(...args: string[]): Promise<{ report: DoctorReport; exitCode: number; ids: Set<string> }> {
    const flags = ['--bootstrap', kafka.bootstrap, '--report', 'json', ...args]
    const { exitCode, ...out } = await millrace(['doctor', ...flags])
    expect(out.stderr).toBe('')
    const report: DoctorReport = JSON.parse(out.stdout)
    return { report, exitCode, ids: new Set(report.findings.map(({ check }) => check)) }
  }

  async function file(name: string, text: string): Promise<string> {
    const path = join(kafka.dir, name)
    await writeFile(path, text)
    return path
  }

  async function alter(kind: 'broker' | 'topic', name: string, values: Record<string, string>): Promise<void> {
    const configs = Object.entries(values).map(([key, value]) => ({
      name: key,
      value,
      configOperation: configOperation.set,
    }))
    const resources = [{ resourceType: resourceType[kind], resourceName: name, configs }]
    // A broker takes the settings of itself alone.
    const target = kind === 'broker' ? { broker: Number(name) } : 'controller'
    const answer = await cluster.send(target, incrementalAlterConfigs, { resources, validateOnly: false })
    expect(answer.responses.map(({ errorMessage }) => errorMessage)).toEqual([null])
  }

  /** What depends on this machine and not on the cluster. */
  const machine = ['--ignore', 'disk-full', '--ignore', 'broker-temporary-logs']

  it('finds nothing where all is well: topics, groups, brokers and the files of one of them and of its clients', async () => {
    await createTopic(cluster, { name: 'orders', partitions: 3, replicationFactor: 3 })
    for (const partition of [0, 1, 2]) await append(cluster, 'orders', partition, [Date.now()])
    await commitOffsets(cluster, 'billing', 'orders', new Map([[0, 1], [1, 1], [2, 1]])) // biome-ignore format: one line
    const producer = await file(
      'good-producer.properties',
      `bootstrap.servers=${kafka.bootstrap}\ncompression.type=lz4\n`,
    )
    const consumer = await file('good-consumer.properties', `bootstrap.servers=${kafka.bootstrap}\ngroup.id=billing\n`)
    const server = join(kafka.dir, 'broker-1.properties')
    const files = ['--client-properties', producer, '--client-properties', consumer, '--server-properties', server]
    // A busy machine may lose a replica for a moment.
    await vi.waitFor(
      async () => {
        const { report, exitCode } = await doctor(...files, ...machine)
        expect(report.findings).toEqual([])
        expect(report.examined).toMatchObject({ brokers: 3, groups: 1 })
        expect(exitCode).toBe(0)
      },
      { timeout: 20_000, interval: 500 },
    )
  })

  async function plantTopics(): Promise<void> {
    const three = { partitions: 3, replicationFactor: 3 }
    const configured = (name: string, configs: Record<string, string>) =>
      createTopic(cluster, { name, ...three, configs })
    await Promise.all([
      createTopic(cluster, { name: 'alone', partitions: 3, replicationFactor: 1 }),
      createTopic(cluster, { name: 'pair', partitions: 3, replicationFactor: 2 }),
      configured('lax', { 'min.insync.replicas': '1' }),
      configured('strict', { 'min.insync.replicas': '3' }),
      configured('unclean', { 'unclean.leader.election.enable': 'true' }),
      configured('endless', { 'retention.ms': '-1', 'retention.bytes': '-1' }),
      configured('brief', { 'retention.ms': '7200000' }),
      configured('packed', { 'compression.type': 'gzip' }),
      configured('flushed', { 'flush.messages': '1' }),
      configured('skewed', {}),
      createTopic(cluster, { name: 'connect-offsets', partitions: 1, replicationFactor: 1 }),
      configured('connect-configs', { 'cleanup.policy': 'compact', 'min.insync.replicas': '1' }),
      createTopic(cluster, {
        name: 'led',
        partitions: 40,
        replicationFactor: 3,
        assignments: Array.from({ length: 40 }, () => [1, 2, 3]),
      }),
    ])
  }

  async function plantGroups(): Promise<void> {
    const nowMs = Date.now()
    await append(cluster, 'brief', 0, [nowMs - 5_400_000, nowMs])
    await commitOffsets(cluster, 'late', 'brief', new Map([[0, 0]]))
    await append(cluster, 'lax', 0, [nowMs, nowMs, nowMs])
    await deleteBefore(cluster, 'lax', 0, 2)
    await commitOffsets(cluster, 'lost', 'lax', new Map([[0, 0]]))
    await commitOffsets(cluster, 'ahead', 'lax', new Map([[0, 99]]))
    await appendBatch(cluster, 'skewed', 0, Array<number>(1_200).fill(nowMs))
  }

  it('finds every fault that was planted in topics, groups, brokers and files', async () => {
    await plantTopics()
    await plantGroups()
    await alter('broker', '1', { 'message.max.bytes': '4194304', 'unclean.leader.election.enable': 'true' })
    const server = await file(
      'bad-server.properties',
      [
        'listeners=PLAINTEXT://0.0.0.0:9092,OUTSIDE://0.0.0.0:9094',
        'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,OUTSIDE:SASL_PLAINTEXT',
        'sasl.enabled.mechanisms=PLAIN',
        'ssl.enabled.protocols=TLSv1,TLSv1.2',
        'allow.everyone.if.no.acl.found=true',
        'log.dirs=/tmp/kafka-logs',
        'offsets.topic.replication.factor=1',
        'transaction.state.log.min.isr=1',
        'auto.leader.rebalance.enable=false',
        'controlled.shutdown.enable=false',
        'offsets.retention.minutes=60',
        'log.flush.interval.messages=1',
      ].join('\n'),
    )
    const producer = await file(
      'bad-producer.properties',
      [
        'bootstrap.servers=kafka.example.com:9092',
        'acks=1',
        'enable.idempotence=false',
        'retries=0',
        'linger.ms=0',
        'delivery.timeout.ms=1000',
        'max.request.size=8388608',
        'transactional.id=t',
        'transaction.timeout.ms=3600000',
        'lingr.ms=5',
      ].join('\n'),
    )
    const consumer = await file(
      'bad-consumer.properties',
      [
        'bootstrap.servers=kafka.example.com:9092',
        'group.id=billing',
        'session.timeout.ms=5000',
        'heartbeat.interval.ms=4000',
        'max.poll.interval.ms=4000',
        'max.partition.fetch.bytes=1024',
        'partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor',
        'ssl.endpoint.identification.algorithm=',
      ].join('\n'),
    )
    const given = [
      ...['--server-properties', server, '--producer-properties', producer, '--consumer-properties', consumer],
      ...['--manual-commits', '--ignore', 'topic-under-*', '--ignore', 'disk-full'],
      ...['--ignore', 'broker-temporary-logs:broker*'],
    ]
    // Settings of brokers take a moment until they apply.
    await vi.waitFor(async () => expect([...(await doctor(...given)).ids].sort()).toEqual(plantedChecks), {
      timeout: 20_000,
      interval: 500,
    })
    const { report, exitCode } = await doctor(...given)
    const subjects = (check: string) => report.findings.filter(each => each.check === check).map(each => each.subject)
    expect(subjects('topic-single-replica')).toEqual(['topic alone'])
    expect(subjects('group-lost-records')).toEqual(['group lost'])
    expect(subjects('broker-unclean-election')).toEqual(['broker 1'])
    expect(exitCode).toBe(40)
  })

  it('a fix is a command that works: the topic is no longer found', async () => {
    const { report } = await doctor('--topic', 'lax')
    const { fix } = report.findings.find(({ check }) => check === 'topic-min-insync-one')!
    const [, tool, args] = /^(\S+)\.sh --bootstrap-server \S+ (.*)$/.exec(fix)!
    const { code, stderr } = await kafka.tool(tool!, ['--bootstrap-server', kafka.bootstrap, ...args!.split(' ')])
    expect(code, stderr).toBe(0)
    await vi.waitFor(async () => expect((await doctor('--topic', 'lax')).ids).not.toContain('topic-min-insync-one'), { timeout: 10_000 }) // biome-ignore format: one line
  })

  it('a broker is lost: it is named, and what its partitions cannot do', async () => {
    await kafka.brokers[2]!.kill()
    const html = join(kafka.dir, 'doctor.html')
    await vi.waitFor(
      async () => {
        const { ids } = await doctor(...machine)
        for (const id of ['broker-missing', 'topic-offline', 'topic-under-replicated', 'topic-under-min-insync'])
          expect(ids).toContain(id)
        // Two of three are left, which does not make it a cluster of two.
        expect(ids).not.toContain('cluster-few-brokers')
      },
      { timeout: 30_000, interval: 500 },
    )
    await doctor('--report', `html=${html}`)
    expect(await readFile(html, 'utf8')).toContain('A broker that has replicas is away')
  })
})

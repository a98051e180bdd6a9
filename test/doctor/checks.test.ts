// Shows that every check finds its own fault where it was planted, with its evidence and a fix that names it, and that a cluster
// in which all is well has no findings. Method: facts by hand; a row for every check, which is held against the table of checks.
import { describe, expect, it } from 'vitest'
import { allChecks, checks } from '../../doctor/checks/index.ts'
import { examine } from '../../doctor/examine.ts'
import type { Facts } from '../../doctor/facts.ts'
import { broker, client, facts, goodCluster, group, row, server, topic, withPartitions } from './planted.ts'

interface Case {
  readonly facts: Facts
  readonly subject: string
  readonly evidence: string
  /** Of the command. */
  readonly fix: string
}

const brokersWith = (changed: Record<string, string>) => [broker(1, changed), broker(2), broker(3)]
const brokerFault = (changed: Record<string, string>, evidence: string, fix: string): Case => ({
  facts: facts({ brokers: [1, 2, 3].map(id => broker(id, changed)) }),
  subject: 'broker 1',
  evidence,
  fix,
})
const fileFault = (text: string, evidence: string, fix: string): Case => ({
  facts: facts({}, { servers: [server(text)] }),
  // Whatever stands last in a Java properties file counts.
  subject: 'server.properties',
  evidence,
  fix,
})
const producerFault = (text: string, evidence: string, fix: string): Case => ({
  facts: facts({}, { clients: [client('producer', text)] }),
  subject: 'producer.properties',
  evidence,
  fix,
})
const consumerFault = (text: string, evidence: string, fix: string, more: Partial<Facts> = {}): Case => ({
  facts: facts({}, { clients: [client('consumer', text)], ...more }),
  subject: 'consumer.properties',
  evidence,
  fix,
})
const topicFault = (configs: Record<string, string>, evidence: string, fix: string): Case => ({
  facts: facts({ topics: [topic('orders', configs)] }),
  subject: 'topic orders',
  evidence,
  fix,
})
const groupFault = (more: Parameters<typeof group>[0], evidence: string, fix: string): Case => ({
  facts: facts({ groups: [group(more)] }),
  subject: 'group billing',
  evidence,
  fix,
})

const member = row({ committed: 1, end: 1 }).member!

const planted: Readonly<Record<string, Case>> = {
  'not-examined': {
    facts: facts({
      gaps: [
        { about: 'topic', name: 'secret', reason: 'authorization', message: 'settings of topic secret: not allowed' },
      ],
    }),
    subject: 'topic secret',
    evidence: 'authorization: settings of topic secret: not allowed',
    fix: "--topic '*'",
  },
  'cluster-few-brokers': {
    facts: facts({ brokers: [broker(1), broker(2)], topics: [] }),
    subject: 'cluster abc',
    evidence: '2 brokers',
    fix: 'kafka-server-start',
  },
  'broker-missing': {
    facts: facts({ brokers: [broker(1), broker(2)] }),
    subject: 'broker 3',
    evidence: 'not registered, and named as holder of 18 replicas',
    fix: 'kafka-server-start',
  },
  'cluster-old-release': {
    facts: facts({
      brokers: [1, 2, 3].map(id => broker(id, {}, { versions: { ...broker(id).versions!, release: '3.7' } })),
    }),
    subject: 'broker 1',
    evidence: 'Kafka 3.7',
    fix: 'upgrade',
  },
  'cluster-mixed-releases': {
    facts: facts({
      brokers: [broker(1), broker(2), broker(3, {}, { versions: { ...broker(3).versions!, release: '4.2' } })],
    }),
    subject: 'cluster abc',
    evidence: '4.3: broker 1, broker 2; 4.2: broker 3',
    fix: 'kafka-features.sh',
  },
  'cluster-metadata-version-behind': {
    facts: facts({
      brokers: [1, 2, 3].map(id => broker(id, {}, { versions: { ...broker(id).versions!, metadataLevel: 28 } })),
    }),
    subject: 'cluster abc',
    evidence: 'metadata.version 4.2-IV0, every broker knows 4.3-IV0',
    fix: 'upgrade --release-version 4.3',
  },
  'cluster-api-gap': {
    facts: facts({
      brokers: [
        broker(1),
        broker(2),
        broker(
          3,
          {},
          {
            versions: {
              ...broker(3).versions!,
              apis: new Map([
                [68, 0],
                [66, 0],
              ]),
            },
          },
        ),
      ],
    }),
    subject: 'DescribeLogDirs',
    evidence: 'not on broker 3',
    fix: 'kafka-broker-api-versions.sh',
  },
  'quorum-small': {
    facts: facts({ quorum: { ...goodCluster.quorum!, nodes: goodCluster.quorum!.nodes.slice(0, 1) } }),
    subject: 'cluster abc',
    evidence: 'one voter: 1',
    fix: 'kafka-metadata-quorum.sh',
  },
  'quorum-behind': {
    facts: facts({
      quorum: {
        ...goodCluster.quorum!,
        nodes: goodCluster.quorum!.nodes.map(node => (node.id === 3 ? { ...node, lagSec: 95 } : node)),
      },
    }),
    subject: 'controller 3',
    evidence: '95 s behind the leader',
    fix: 'describe --replication',
  },
  'cluster-leader-skew': {
    facts: facts({ topics: ['a', 'b'].map(name => withPartitions(name, () => ({ leader: 2 }))) }),
    subject: 'broker 2',
    evidence: 'leads 12 partitions, 3.0 times the mean of 4.0',
    fix: 'kafka-leader-election.sh',
  },
  'broker-many-replicas': {
    facts: facts({ topics: Array.from({ length: 700 }, (_, index) => topic(`t${index}`)) }),
    subject: 'broker 1',
    evidence: '4200 replicas',
    fix: 'kafka-reassign-partitions.sh',
  },
  'broker-default-replication': brokerFault({ 'default.replication.factor': '1' }, 'default.replication.factor=1', '--entity-type brokers --entity-default --add-config default.replication.factor=3'), // biome-ignore format: one line
  'broker-min-insync-one': fileFault('min.insync.replicas=1', 'min.insync.replicas=1', 'min.insync.replicas=2'),
  'broker-unclean-election': brokerFault({ 'unclean.leader.election.enable': 'true' }, 'unclean.leader.election.enable=true', 'unclean.leader.election.enable=false'), // biome-ignore format: one line
  'broker-auto-create-topics': fileFault('auto.create.topics.enable=true', 'auto.create.topics.enable=true', "-e '$a auto.create.topics.enable=false' server.properties"), // biome-ignore format: one line
  'broker-no-leader-rebalance': brokerFault({ 'auto.leader.rebalance.enable': 'false' }, 'auto.leader.rebalance.enable=false', '=true'), // biome-ignore format: one line
  'broker-uncontrolled-shutdown': fileFault('controlled.shutdown.enable=false', 'controlled.shutdown.enable=false', '=true'), // biome-ignore format: one line
  'broker-offsets-retention': brokerFault({ 'offsets.retention.minutes': '60' }, 'offsets.retention.minutes=60', '=10080'), // biome-ignore format: one line
  'broker-forced-flush': fileFault(
    'log.flush.interval.messages=1',
    'log.flush.interval.messages=1',
    'server.properties',
  ),
  'broker-replica-fetch': brokerFault({ 'message.max.bytes': '10485760' }, 'message.max.bytes=10485760, replica.fetch.max.bytes=1048576', 'replica.fetch.max.bytes=10485760'), // biome-ignore format: one line
  'broker-temporary-logs': fileFault('log.dirs=/tmp/kafka-logs,/data', 'log.dirs=/tmp/kafka-logs', 'log.dirs='),
  'broker-settings-differ': {
    facts: facts({ brokers: brokersWith({ 'message.max.bytes': '2097152', 'replica.fetch.max.bytes': '2097152' }) }),
    subject: 'message.max.bytes',
    evidence: '1048588 on broker 2, broker 3; 2097152 on broker 1',
    fix: 'message.max.bytes=1048588',
  },
  'broker-rack-missing': {
    facts: facts({ brokers: [broker(1, {}, { rack: 'a' }), broker(2, {}, { rack: 'b' }), broker(3)] }),
    subject: 'broker 3',
    evidence: 'broker.rack is not set; 2 of 3 brokers have one',
    fix: 'broker.rack=RACK',
  },
  'disk-full': {
    facts: facts({ dirs: goodCluster.dirs.map(dir => ({ ...dir, freeBytes: 40 })) }),
    subject: 'broker 1 /var/lib/kafka/data',
    evidence: '4 % free (40 of 1000 bytes)',
    fix: 'kafka-log-dirs.sh',
  },
  'disk-offline': {
    facts: facts({ dirs: goodCluster.dirs.map(dir => ({ ...dir, isOnline: dir.broker !== 2 })) }),
    subject: 'broker 2 /var/lib/kafka/data',
    evidence: 'offline',
    fix: '--broker-list 2',
  },
  'listener-without-tls': fileFault('listeners=PLAINTEXT://:9092', 'PLAINTEXT://:9092 is PLAINTEXT', 'PLAINTEXT:SSL'),
  'listener-without-authentication': fileFault('listener.security.protocol.map=CLIENT:SSL,CONTROLLER:PLAINTEXT', 'is SSL', 'CLIENT:SASL_SSL'), // biome-ignore format: one line
  'listener-plain-password': fileFault('listener.security.protocol.map=CLIENT:SASL_PLAINTEXT\nsasl.enabled.mechanisms=PLAIN', 'is SASL_PLAINTEXT', 'CLIENT:SASL_SSL'), // biome-ignore format: one line
  'no-authorizer': fileFault('authorizer.class.name=', 'authorizer.class.name is not set', 'StandardAuthorizer'),
  'acls-open': fileFault('allow.everyone.if.no.acl.found=true', 'allow.everyone.if.no.acl.found=true', '=false'),
  'tls-old': fileFault(
    'ssl.enabled.protocols=TLSv1.2,TLSv1.1',
    'TLSv1.2,TLSv1.1',
    'ssl.enabled.protocols=TLSv1.2,TLSv1.3',
  ),
  'client-without-tls': producerFault('security.protocol=SASL_PLAINTEXT', 'SASL_PLAINTEXT to kafka-1', 'SASL_SSL'),
  'client-host-unchecked': producerFault('ssl.endpoint.identification.algorithm=', 'is empty', '=https'),
  'topic-single-replica': {
    facts: facts({ topics: [withPartitions('orders', ({ leader }) => ({ replicas: [leader], isr: [leader] }))] }),
    subject: 'topic orders',
    evidence: 'replication factor 1, 6 partitions',
    fix: '"topic":"orders","partition":0,"replicas":[1,2,3]',
  },
  'topic-two-replicas': {
    facts: facts({
      topics: [
        withPartitions("it's", ({ replicas }) => ({ replicas: replicas.slice(0, 2), isr: replicas.slice(0, 2) })),
      ],
    }),
    subject: "topic it's",
    evidence: 'replication factor 2 in a cluster of 3',
    fix: `"topic":"it'\\''s"`,
  },
  'topic-mixed-replication': {
    facts: facts({
      topics: [
        withPartitions('orders', ({ index, replicas }) =>
          index === 3 ? { replicas: replicas.slice(0, 2), isr: replicas.slice(0, 2) } : {},
        ),
      ],
    }),
    subject: 'topic orders',
    evidence: '2 and 3 replicas; fewer in partition 3',
    fix: '"partition":3',
  },
  'topic-min-insync-one': topicFault({ 'min.insync.replicas': '1' }, 'min.insync.replicas=1 with 3 replicas', '--entity-type topics --entity-name orders --add-config min.insync.replicas=2'), // biome-ignore format: one line
  'topic-min-insync-all': topicFault({ 'min.insync.replicas': '3' }, 'min.insync.replicas=3 with 3 replicas', '=2'),
  'topic-unclean-election': topicFault({ 'unclean.leader.election.enable': 'true' }, '=true', '=false'),
  'topic-offline': {
    facts: facts({ topics: [withPartitions('orders', ({ index }) => (index === 1 ? { leader: -1 } : {}))] }),
    subject: 'topic orders',
    evidence: 'no leader for partition 1',
    fix: '--unavailable-partitions',
  },
  'topic-under-replicated': {
    facts: facts({ topics: [withPartitions('orders', ({ replicas }) => ({ isr: replicas.filter(id => id !== 2) }))] }),
    subject: 'topic orders',
    evidence: 'not in sync: broker 2; partitions 0, 1, 2, 3, 4 and 1 more',
    fix: '--under-replicated-partitions',
  },
  'topic-under-min-insync': {
    facts: facts({ topics: [withPartitions('orders', ({ index, leader }) => (index === 5 ? { isr: [leader] } : {}))] }),
    subject: 'topic orders',
    evidence: 'min.insync.replicas=2; fewer in partition 5',
    fix: '--under-min-isr-partitions',
  },
  'topic-one-rack': {
    facts: facts({
      brokers: [broker(1, {}, { rack: 'a' }), broker(2, {}, { rack: 'a' }), broker(3, {}, { rack: 'b' })],
      topics: [withPartitions('orders', ({ index }) => (index === 0 ? { replicas: [1, 2], isr: [1, 2] } : {}))],
    }),
    subject: 'topic orders',
    evidence: 'rack a: partition 0',
    fix: '"replicas":[1,3]',
  },
  'topic-partition-skew': {
    facts: facts({ topics: [topic('orders', {}, { records: [9000, 200, 200, 200, 200, 200] })] }),
    subject: 'topic orders',
    evidence: 'partition 0 holds 9000 of 10000 offsets, 5.4 times the mean of 6 partitions',
    fix: 'millrace capture --bootstrap kafka:9092 --topic orders',
  },
  'topic-unbounded': topicFault(
    { 'retention.ms': '-1' },
    'retention.ms=-1, retention.bytes=-1',
    'retention.ms=604800000',
  ),
  'topic-segment-outlives-retention': topicFault({ 'retention.ms': '3600000' }, 'segment.ms=604800000, retention.ms=3600000', 'segment.ms=3600000'), // biome-ignore format: one line
  'topic-recompression': topicFault(
    { 'compression.type': 'gzip' },
    'compression.type=gzip',
    'compression.type=producer',
  ),
  'topic-forced-flush': topicFault({ 'flush.messages': '1' }, 'flush.messages=1', '--delete-config flush.messages'),
  'internal-topic-single-replica': {
    facts: facts({
      topics: [{ ...withPartitions('__consumer_offsets', ({ leader }) => ({ replicas: [leader], isr: [leader] })) }],
    }),
    subject: 'topic __consumer_offsets',
    evidence: 'replication factor 1 in a cluster of 3',
    fix: '__consumer_offsets',
  },
  'internal-topic-min-insync-one': {
    facts: facts({ topics: [topic('__transaction_state', { 'min.insync.replicas': '1' })] }),
    subject: 'topic __transaction_state',
    evidence: 'min.insync.replicas=1 with 3 replicas',
    fix: 'min.insync.replicas=2',
  },
  'internal-topic-not-compacted': {
    facts: facts({ topics: [topic('_schemas', { 'cleanup.policy': 'delete' }, { isInternal: true })] }),
    subject: 'topic _schemas',
    evidence: 'cleanup.policy=delete',
    fix: 'cleanup.policy=compact',
  },
  'internal-replication-setting': fileFault('offsets.topic.replication.factor=1', 'offsets.topic.replication.factor=1 (__consumer_offsets', '=3'), // biome-ignore format: one line
  'transaction-min-insync-one': fileFault('transaction.state.log.min.isr=1', 'transaction.state.log.min.isr=1', '=2'),
  'group-lost-records': groupFault({ partitions: [row({ committed: 100, logStart: 150, end: 1000 })] }, '50 offsets are gone, most of them in orders-0 (committed 100, log starts at 150)', 'retention.ms='), // biome-ignore format: one line
  'group-near-retention': groupFault({ partitions: [row({ committed: 100, end: 1000, lagSeconds: 400_000 })] }, 'orders-0: 400000 s behind, which is 66 % of retention.ms=604800000', 'retention.ms=2419200000'), // biome-ignore format: one line
  'group-unread': groupFault({ state: 'Empty', members: 0 }, 'no members, 10 offsets behind', 'millrace lag'),
  'group-ahead': groupFault({ partitions: [row({ committed: 1200, end: 1000 })] }, 'committed 1200, the log ends at 1000', '--reset-offsets --to-earliest'), // biome-ignore format: one line
  'group-idle-members': groupFault({ members: 3, partitions: [row({ committed: 1, end: 1, member })] }, '3 members, 1 of them with partitions', '--partitions 3'), // biome-ignore format: one line
  'client-one-bootstrap': producerFault('bootstrap.servers=kafka-1:9092', 'bootstrap.servers=kafka-1:9092 in a cluster of 3', 'kafka-1:9092,kafka-2:9092,kafka-3:9092'), // biome-ignore format: one line
  'client-unknown-property': producerFault('lingr.ms=5', 'lingr.ms is not a property of a Kafka client; linger.ms may be meant', 'linger.ms'), // biome-ignore format: one line
  'producer-acks': producerFault('acks=1', 'acks=1', '$a acks=all'),
  'producer-not-idempotent': producerFault('enable.idempotence=false', 'enable.idempotence=false', '=true'),
  'producer-in-flight': producerFault('max.in.flight.requests.per.connection=20', '=20', '=5'),
  'producer-no-retries': producerFault('retries=0', 'retries=0', 'retries=2147483647'),
  'producer-delivery-timeout': producerFault('delivery.timeout.ms=20000', 'delivery.timeout.ms=20000, linger.ms=5, request.timeout.ms=30000', '=120000'), // biome-ignore format: one line
  'producer-no-compression': producerFault('compression.type=none', 'compression.type=none', '=zstd'),
  'producer-small-batches': producerFault('linger.ms=0', 'linger.ms=0', 'linger.ms=5'),
  'producer-record-too-large': producerFault('max.request.size=5000000', 'max.request.size=5000000, message.max.bytes=1048588', '=1048588'), // biome-ignore format: one line
  'producer-transaction-timeout': producerFault('transaction.timeout.ms=3600000', 'transaction.max.timeout.ms=900000', '=900000'), // biome-ignore format: one line
  'consumer-auto-commit': consumerFault('enable.auto.commit=true', 'enable.auto.commit=true; --manual-commits', '=false', { commitsManually: true }), // biome-ignore format: one line
  'consumer-session-short': consumerFault('session.timeout.ms=6000\nheartbeat.interval.ms=1000', 'session.timeout.ms=6000', '=45000'), // biome-ignore format: one line
  'consumer-session-refused': consumerFault('session.timeout.ms=3600000', 'session.timeout.ms=3600000, broker 1 takes 6000 to 1800000', '=45000'), // biome-ignore format: one line
  'consumer-heartbeat': consumerFault('heartbeat.interval.ms=20000', 'heartbeat.interval.ms=20000, session.timeout.ms=45000', '=15000'), // biome-ignore format: one line
  'consumer-poll-interval-short': consumerFault('max.poll.interval.ms=5000', 'max.poll.interval.ms=5000 for up to 500 records', '=300000'), // biome-ignore format: one line
  'consumer-poll-interval-long': consumerFault('max.poll.interval.ms=7200000', '120 minutes', '=900000'),
  'consumer-read-uncommitted': {
    facts: facts({}, { clients: [client('producer', 'transactional.id=t'), client('consumer', '')] }),
    subject: 'consumer.properties',
    evidence: 'read_uncommitted (by default)',
    fix: 'isolation.level=read_committed',
  },
  'consumer-eager': consumerFault('partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor', 'RangeAssignor', 'CooperativeStickyAssignor'), // biome-ignore format: one line
  'consumer-fetch-small': consumerFault('max.partition.fetch.bytes=65536', 'max.partition.fetch.bytes=65536, max.message.bytes=1048588', '=1048588'), // biome-ignore format: one line
}

const report = (given: Facts, ignore: readonly string[] = []) => examine(given, { ignore, failOn: 'warning' }, 0)

describe('checks of the doctor', () => {
  it('every check has its case, and an id of its own', () => {
    expect(Object.keys(planted).sort()).toEqual([...new Set(allChecks.map(({ id }) => id))].sort())
    expect(allChecks.length).toBe(Object.keys(planted).length)
    expect([...checks.values()].every(table => table.length > 0)).toBe(true)
  })

  it('a cluster in which all is well, with its files, has no findings', () => {
    const { findings, failed } = report(facts())
    expect(findings).toEqual([])
    expect(failed).toBe(false)
  })

  it.each(Object.entries(planted))(
    '%s is found where it was planted',
    (id, { facts: given, subject, evidence, fix }) => {
      const found = report(given).findings.filter(({ check }) => check === id)
      const hit = found.find(each => each.subject.startsWith(subject))
      expect(hit, `found: ${found.map(each => each.subject).join(', ')}`).toBeDefined()
      expect(hit!.evidence).toContain(evidence)
      expect(hit!.fix).toContain(fix)
      expect(hit!.risk.length).toBeGreaterThan(30)
    },
  )

  it('files point at the line, and the last of two counts, as in Java', () => {
    const { findings } = report(facts({}, { clients: [client('producer', 'acks=0\nacks=1')] }))
    expect(findings.map(({ check, subject, severity }) => [check, subject, severity])).toEqual([
      ['producer-acks', 'producer.properties:5', 'warning'],
    ])
  })

  it('what fewer brokers cannot have is not asked of them', () => {
    const one = topic(
      'orders',
      { 'min.insync.replicas': '1' },
      { partitions: [{ index: 0, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], offline: [], errorCode: 0 }] },
    )
    const settings = {
      'default.replication.factor': '1',
      'min.insync.replicas': '1',
      'offsets.topic.replication.factor': '1',
      'transaction.state.log.replication.factor': '1',
    }
    const quorum = { ...goodCluster.quorum!, nodes: goodCluster.quorum!.nodes.slice(0, 1) }
    const given = facts(
      { brokers: [broker(1, settings)], topics: [one], quorum, dirs: [] },
      { servers: [], clients: [] },
    )
    expect(report(given).findings.map(({ check }) => check)).toEqual(['cluster-few-brokers'])
  })

  it("listeners on loopback are nobody else's business", () => {
    const { findings } = report(
      facts(
        {},
        {
          servers: [server('listeners=PLAINTEXT://127.0.0.1:9092,PLAINTEXT://localhost:9094\nauthorizer.class.name=')],
        },
      ),
    )
    expect(findings).toEqual([])
  })

  it('an internal topic that does not work is found too', () => {
    const { findings } = report(facts({ topics: [withPartitions('__consumer_offsets', () => ({ leader: -1 }))] }))
    expect(findings.map(({ check, subject }) => [check, subject])).toContainEqual([
      'topic-offline',
      'topic __consumer_offsets',
    ])
  })

  it('--ignore accepts a check, or a check on a subject, and the verdict follows', () => {
    const given = facts({ topics: [topic('a', { 'flush.messages': '1' }), topic('b', { 'flush.messages': '1' })] })
    expect(report(given, ['topic-forced-flush:topic a'])).toMatchObject({ ignored: 1, failed: true })
    expect(report(given, ['topic-forced*'])).toMatchObject({ ignored: 2, failed: false, findings: [] })
  })

  it('--fail-on says from where on findings fail', () => {
    const given = facts({}, { clients: [client('producer', 'linger.ms=0')] })
    const failed = (failOn: 'notice' | 'warning' | undefined) => examine(given, { ignore: [], failOn }, 0).failed
    expect([failed('notice'), failed('warning'), failed(undefined)]).toEqual([true, false, false])
  })
})

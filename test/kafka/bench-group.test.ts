// Shows that the consumers of a bench run can be members of a group, of both protocols: every record is read, offsets are committed
// as members leave, what is read again after a crash is known as that, and rebalances are told.
// Method: the command runs as a process; another client looks at the group afterwards.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BenchCommand } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'

const protocols = [
  ['classic', ['--assignor', 'cooperative-sticky', '--session-timeout', '3s', '--heartbeat-interval', '300ms']],
  ['consumer', ['--assignor', 'uniform']],
] as const

describeBrokers('bench with members of a group', broker => {
  let kafka: TestCluster
  let bench: BenchCommand
  beforeAll(async () => {
    const properties = {
      'group.initial.rebalance.delay.ms': '500',
      'group.min.session.timeout.ms': '100',
      'group.consumer.min.session.timeout.ms': '1000',
      'group.consumer.session.timeout.ms': '3000',
      'group.consumer.min.heartbeat.interval.ms': '100',
      'group.consumer.heartbeat.interval.ms': '300',
    }
    kafka = await broker.start({ properties })
    bench = await BenchCommand.make(kafka.bootstrap)
  })
  afterAll(async () => {
    await bench?.remove()
    await kafka?.stop()
  })

  it.each(protocols)('%s: members leave and come back, and every record is read once', async (protocol, flags) => {
    const topic = `left-${protocol}`
    const load = [
      '--topic',
      topic,
      '--partitions',
      '6',
      '--keep-topic',
      '--rate',
      '5k/s',
      '--duration',
      '5s',
      '--warmup',
      '0s',
    ]
    const group = ['--group', topic, '--group-protocol', protocol, '--consumers', '3', '--churn', 'leave:2s', ...flags]
    const { result, stdout } = await bench.succeed(['roundtrip', ...load, ...group])
    const { rebalances, consume, delivery } = result
    expect(consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, expected: 25_000, received: 25_000 })
    expect(consume!.totalRecords - (consume!.redelivered ?? 0)).toBe(delivery!.brokerDelta)
    expect(rebalances).toMatchObject({ group: topic, protocol, consumers: 3, killed: 0, unfinished: 0 })
    expect(rebalances!.left).toBeGreaterThanOrEqual(1)
    expect(rebalances!.joined).toBe(rebalances!.left)
    expect(rebalances!.count).toBeGreaterThanOrEqual(1)
    expect(rebalances!.list[0]).toMatchObject({ cause: 'leave', partitions: expect.any(Number) })
    expect(rebalances!.partitionPause!.count).toBeGreaterThanOrEqual(2)
    expect(stdout).toMatch(/rebalances\s+\d+, \d+\.\d\d s each/)
    const committed = await kafka.tools.describeGroup(topic)
    expect(committed.map(({ lag }) => lag)).toEqual([0, 0, 0, 0, 0, 0])
    expect(committed.reduce((sum, each) => sum + each.committed, 0)).toBe(25_000)
  })

  it('what a killed member had not committed is read again, and known; its partitions fall behind meanwhile', async () => {
    const [protocol, flags] = protocols[0]
    const load = ['--partitions', '4', '--rate', '5k/s', '--duration', '6s', '--warmup', '0s']
    const group = ['--group-protocol', protocol, '--consumers', '2', '--churn', 'kill:2s', '--commit-interval', '1h']
    const { result } = await bench.succeed(['roundtrip', ...load, ...group, ...flags], { timeoutMs: 90_000 })
    const { rebalances, consume, delivery } = result
    expect(rebalances!.killed).toBeGreaterThanOrEqual(1)
    expect(rebalances!.list[0]).toMatchObject({ cause: 'kill' })
    // Half of 5,000 a second for the 3 s of its session.
    expect(consume!.lag!.max).toBeGreaterThan(3_000)
    // Nothing is committed but when partitions are given up: what a killed member had read is read again.
    expect(consume!.redelivered).toBeGreaterThan(1_000)
    expect(consume!.totalRecords - consume!.redelivered!).toBe(delivery!.brokerDelta)
    expect(consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, expected: 30_000, received: 30_000 })
  })

  it('consume: to the end, and the next run goes on where the group has come to', async () => {
    const fill = ['produce', '--topic', 'filled', '--partitions', '4', '--keep-topic', '--records', '20000']
    await bench.succeed(fill)
    const flags = ['--topic', 'filled', '--group', 'readers', '--group-protocol', 'consumer', '--consumers', '2']
    const first = await bench.succeed(['consume', ...flags, '--workers', '2'])
    expect(first.result.consume).toMatchObject({ totalRecords: 20_000, reachedEnd: true })
    expect(first.result.consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, received: 20_000 })
    expect(first.result.rebalances).toMatchObject({ count: 0, consumers: 2 })
    const second = await bench.succeed(['consume', ...flags])
    expect(second.result.consume).toMatchObject({ totalRecords: 0, reachedEnd: true })
  })
})

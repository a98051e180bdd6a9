// Shows that a roundtrip reads back everything it has written and measures the time from making a record to reading it, and
// that bench works the same on the last 3.x and through TLS and SCRAM.
// Method: the command runs as a process against one cluster of each kind.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BenchCommand } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { BrokerTarget, ClusterOptions, SharedCluster, TestCluster } from './brokers/target.ts'
import { kafkaVersionOldest } from './harness/index.ts'

const keep = (topic: string, partitions: number) => [
  '--topic',
  topic,
  '--partitions',
  String(partitions),
  '--keep-topic',
]

describeBrokers('bench roundtrip', broker => {
  let kafka: SharedCluster
  let bench: BenchCommand
  beforeAll(async () => {
    kafka = await broker.shared()
    bench = await BenchCommand.make(kafka.bootstrap)
  })
  afterAll(async () => {
    await bench?.remove()
    await kafka?.stop()
  })

  it('consumes what it writes, at a rate, and measures end to end', async () => {
    const flags = ['--rate', '5k/s', '--duration', '5s', '--warmup', '1s', '--workers', '2']
    const { result } = await bench.succeed(['roundtrip', ...keep('paced', 4), ...flags])
    const written = (await kafka.tools.endOffsets('paced')).reduce((sum, end) => sum + end, 0)
    const { produce, consume, delivery } = result
    expect(produce!.totalRecords).toBe(written)
    expect(consume!.totalRecords).toBe(written)
    expect(consume).toMatchObject({ reachedEnd: true, crcVerified: true, errors: 0 })
    expect(delivery).toMatchObject({ confirmed: true, brokerDelta: written })
    expect(Math.abs(consume!.recordsPerSec / 5000 - 1)).toBeLessThan(0.15)
    // End to end is longer than the linger of 5 ms, and not as long as anything that hangs.
    const latency = consume!.latency!
    expect(latency.from).toBe('stamp')
    expect(Math.abs(latency.count / consume!.records - 1)).toBeLessThan(0.01)
    expect(latency.minMs).toBeGreaterThan(0.05)
    expect(latency.p50Ms).toBeLessThan(2_000)
    expect(latency.p50Ms).toBeLessThanOrEqual(latency.p99Ms)
    expect(latency.p99Ms).toBeLessThanOrEqual(latency.maxMs)
    expect(result.windows.filter(({ e2eP50Ms }) => e2eP50Ms !== undefined).length).toBeGreaterThanOrEqual(5)
  })

  it.each([
    { what: 'flat out', flags: ['--acks', '1'], from: 'stamp' },
    { what: 'text, compressed', flags: ['--payload', 'text', '--compression', 'zstd'], from: 'stamp' },
    { what: 'templates, stamped in a header', flags: ['--payload', 'json:{"n":{{seq}}}'], from: 'stamp' },
    { what: 'without a stamp, by CreateTime', flags: ['--stamp', 'none'], from: 'createTime' },
    { what: 'idempotent, keyed', flags: ['--idempotent', '--keys', 'uniform:1000'], from: 'stamp' },
  ])('reads back every record: $what', async ({ what, flags, from }) => {
    const topic = what.replaceAll(/\W+/g, '-')
    const args = [...keep(topic, 3), '--records', '100000', '--workers', '2']
    const { result } = await bench.succeed(['roundtrip', ...args, ...flags])
    expect(result.produce!.totalRecords).toBe(100_000)
    expect(result.consume!.totalRecords).toBe(100_000)
    expect(result.consume!.latency!.from).toBe(from)
    if (from === 'createTime') return
    const all = {
      expected: 100_000,
      received: 100_000,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      unstamped: 0,
      exact: true,
    }
    expect(result.consume!.accounting).toMatchObject(all)
  })

  it('reads only its own records of a topic that holds some already', async () => {
    await bench.succeed(['produce', ...keep('used', 2), '--records', '500'])
    const { result } = await bench.succeed(['roundtrip', '--topic', 'used', '--records', '700'])
    expect(result.consume!.totalRecords).toBe(700)
    expect(result.consume!.accounting).toMatchObject({ expected: 700, received: 700, foreign: 0 })
    expect(result.environment.topic.created).toBe(false)
  })

  it('after Ctrl-C still reads back what was written, and removes its topic', async () => {
    const flags = ['--topic', 'stopped', '--partitions', '3', '--rate', '10k/s', '--duration', '60s', '--warmup', '0s']
    const run = bench.start(['roundtrip', ...flags])
    await run.says('measuring')
    run.process.kill('SIGTERM')
    const { code, result } = await run.outcome
    expect(code).toBe(105)
    expect(result).toMatchObject({ verdict: 'interrupted', delivery: { confirmed: true } })
    expect(result!.consume!.totalRecords).toBe(result!.produce!.totalRecords)
    expect(result!.consume!.totalRecords).toBeGreaterThan(0)
    expect(await kafka.tools.topicNames()).not.toContain('stopped')
  })
})

describeBrokers('bench on another cluster', broker => producesAndConsumes(broker, {}), {
  versions: [kafkaVersionOldest],
})

describeBrokers('bench through SASL_SSL with SCRAM', broker =>
  producesAndConsumes(broker, { security: 'SASL_SSL', saslMechanisms: ['SCRAM-SHA-512'] }),
)

function producesAndConsumes(broker: BrokerTarget, options: ClusterOptions): void {
  let kafka: TestCluster
  let bench: BenchCommand
  beforeAll(async () => {
    kafka = await broker.start(options)
    bench = await BenchCommand.make()
  })
  afterAll(async () => {
    await bench?.remove()
    await kafka?.stop()
  })

  it('produces, consumes with a group, and does both', async () => {
    const config = ['--command-config', await kafka.writeClientProperties()]
    const flags = ['--records', '50000', '--idempotent', '--keys', 'sequential']
    const produced = await bench.succeed(['produce', ...config, ...keep('other', 3), ...flags])
    expect(produced.result.environment.cluster.version.split('.')[0]).toBe(broker.version.split('.')[0])
    expect((await kafka.tools.endOffsets('other')).reduce((sum, end) => sum + end, 0)).toBe(50_000)
    const consumed = await bench.succeed(['consume', ...config, '--topic', 'other', '--group', 'readers'])
    expect(consumed.result.consume).toMatchObject({ totalRecords: 50_000, bytes: 50_000 * 120, reachedEnd: true })
    const again = await bench.succeed(['consume', ...config, '--topic', 'other', '--group', 'readers'])
    expect(again.result.consume!.totalRecords).toBe(0)
    const { result } = await bench.succeed(['roundtrip', ...config, '--records', '50000'])
    expect(result.consume!.totalRecords).toBe(50_000)
    // The oldest knows the first protocol of transactions only, in which partitions are announced.
    const often = ['--transaction-records', '500', '--abort-ratio', '0.3', '--keys', 'uniform:50']
    const inTransactions = await bench.succeed([
      'roundtrip',
      ...config,
      '--records',
      '20000',
      '--partitions',
      '3',
      ...often,
    ])
    const { committed, aborted, failed, recordsCommitted } = inTransactions.result.produce!.transactions!
    expect({ ended: committed + aborted, failed }).toEqual({ ended: 40, failed: 0 })
    expect(inTransactions.result.consume).toMatchObject({
      totalRecords: recordsCommitted,
      accounting: { expected: recordsCommitted, lost: 0, duplicated: 0, abortedReceived: 0 },
    })
    for (const text of [produced.stdout, produced.stderr, JSON.stringify(produced.result)]) {
      expect(text).not.toContain('millrace-secret')
    }
  })
}

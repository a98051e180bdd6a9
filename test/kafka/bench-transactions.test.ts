// Shows transactions against a broker: what is aborted is read by nobody who asks for what is committed, is told to those who ask for
// all, end offsets balance with their markers, and records are passed on exactly once together with the offsets of their group.
// Method: the command runs as a process; other people's clients are asked what is in the topics.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { BenchCommand } from './bench/command.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { settingsOf } from './settings.ts'

describeBrokers('bench in transactions', broker => {
  let kafka: TestCluster
  let bench: BenchCommand
  let cluster: Cluster
  beforeAll(async () => {
    kafka = await broker.start()
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    bench = await BenchCommand.make(kafka.bootstrap)
  })
  afterAll(async () => {
    await bench?.remove()
    await cluster?.close()
    await kafka?.stop()
  })

  it('reads back what was committed, and passes it on exactly once', async () => {
    const keep = ['--topic', 'in', '--partitions', '3', '--keep-topic', '--workers', '2']
    const load = ['--rate', '5k/s', '--duration', '1s', '--warmup', '0s', '--keys', 'uniform:100']
    const often = ['--transaction-duration', '40ms', '--abort-ratio', '25%']
    const { result } = await bench.succeed(['roundtrip', ...keep, ...load, ...often])
    const { transactions, totalRecords } = result.produce!
    const { committed, aborted, failed, recordsCommitted, recordsAborted, commitLatency } = transactions!
    expect({ totalRecords, failed }).toEqual({ totalRecords: 5_000, failed: 0 })
    expect(recordsCommitted + recordsAborted).toBe(5_000)
    expect(aborted).toBeGreaterThan(1)
    expect(commitLatency!.count).toBe(committed)
    const { accounting } = result.consume!
    expect(accounting).toMatchObject({ expected: recordsCommitted, received: recordsCommitted, lost: 0, duplicated: 0 })
    expect(accounting).toMatchObject({ aborted: recordsAborted, abortedReceived: 0 })
    const written = (await kafka.tools.endOffsets('in')).reduce((sum, end) => sum + end, 0)
    const markers = result.delivery!.partitions.reduce((sum, { markers: own = 0 }) => sum + own, 0)
    expect(written).toBe(5_000 + markers)

    const all = await bench.succeed(['consume', '--topic', 'in', '--isolation', 'read_uncommitted'])
    expect(all.result.consume!.totalRecords).toBe(5_000)

    await createTopic(cluster, { name: 'out', partitions: 2, replicationFactor: 1, configs: {} })
    await createTopic(cluster, { name: 'dead', partitions: 1, replicationFactor: 1, configs: {} })
    const pass = ['--forward-topic', 'out', '--dead-letter-topic', 'dead', '--error-ratio', '2%', '--group', 'movers']
    const passed = await bench.succeed(['consume', '--topic', 'in', ...pass, ...often, '--seed', '5'])
    const { process } = passed.result
    expect(process!.proof).toEqual({
      ...{ expected: recordsCommitted, written: recordsCommitted, lost: 0, duplicated: 0, unexpected: 0 },
    })
    expect(process!.deadLettered).toBeGreaterThan(recordsCommitted * 0.005)
    expect(process!.forwarded + process!.deadLettered).toBe(recordsCommitted)
    expect(passed.stdout).toMatch(/exactly once\s+[\d,]+ of [\d,]+ found where they belong, 0 lost/)
    // They have numbers of their own, by which whoever reads them knows that none is missing.
    const last = await bench.succeed(['consume', '--topic', 'out', '--isolation', 'read_committed'])
    expect(last.result.consume!.accounting).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, unstamped: 0 })
    expect(last.result.consume!.totalRecords).toBe(process!.forwarded)
  })
})

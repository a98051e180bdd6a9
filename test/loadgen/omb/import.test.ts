// Shows what workloads and drivers of the OpenMessaging Benchmark become: tests of ours that are valid, with what is done another
// way told, and what cannot be done refused at its line. The fixtures have the fields and values of OMB's own samples.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { readDriver } from '../../../loadgen/omb/driver.ts'
import { readOmb } from '../../../loadgen/omb/read.ts'
import { readWorkload } from '../../../loadgen/omb/workload.ts'
import { readModel } from '../../../loadgen/scenario/read-model.ts'

const folder = fileURLToPath(new URL('../../fixtures/omb/', import.meta.url))
const readFile = (path: string) => readFileSync(path)

function read(workload: string, driver = 'driver.yaml') {
  const paths = { workloadPath: join(folder, workload), driverPath: join(folder, driver) }
  return readOmb({ ...paths, readFile, runId: 'abcd1234' })
}

function modelOf(workload: string) {
  const { document, notices } = read(workload)
  const rest = { isScripted: () => false, flags: [], env: {}, cpus: 8, readFile, randomHex: () => 'abcd1234' }
  return { ...readModel({ document, ...rest }).model, notices }
}

function problemsOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof MillraceError) return error.problems.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

describe('a workload', () => {
  it('is a producing scenario and a consuming one, for warm-up and test', () => {
    const { scenarios, topics, notices } = modelOf('simple.yaml')
    expect(topics).toEqual([
      {
        name: 'test-topic-0000000-abcd1234',
        create: { partitions: 16, replicationFactor: 3, configs: { 'min.insync.replicas': '2' }, keep: false },
      },
    ])
    const [produce, consume] = scenarios
    expect(scenarios).toHaveLength(2)
    expect(produce).toMatchObject({
      name: 'produce-0',
      role: 'produce',
      executor: { kind: 'constant-arrival-rate', rate: 100_000, timeUnitMs: 1000, durationMs: 360_000 },
      workers: 4,
      warmupMs: 60_000,
      produce: {
        ...{ size: { kind: 'fixed', bytes: 1024 }, compressionRatioTarget: 2, stamp: 'value', keys: { kind: 'none' } },
        ...{ acks: -1, idempotent: true, batchBytes: 131_072, lingerMs: 1, compression: 'lz4' },
        ...{ deliveryTimeoutMs: 1_200_001, late: { policy: 'drop', maxMs: 10_000 } },
      },
    })
    expect(consume).toMatchObject({
      name: 'subscription-0-0',
      role: 'consume',
      executor: { kind: 'constant-vus', durationMs: 360_000 },
      workers: 4,
      warmupMs: 60_000,
      consume: { group: 'sub-000-abcd1234', from: { kind: 'latest' }, partitionMaxBytes: 10_485_760 },
    })
    expect(notices).toEqual([expect.stringContaining('randomized payloads are new for each record')])
  })

  it('has scenarios for each topic and subscription, and shares its rate out to the topics', () => {
    const { scenarios, notices } = modelOf('payload-file.yaml')
    expect(scenarios.map(({ name }) => name)).toEqual(
      [0, 1, 2].flatMap(topic => [`produce-${topic}`, `subscription-0-${topic}`, `subscription-1-${topic}`]),
    )
    expect(scenarios[3]).toMatchObject({
      topic: { name: 'test-topic-0000001-abcd1234' },
      executor: { rate: 1000, timeUnitMs: 3000 },
      warmupMs: 0,
      produce: {
        payload: { kind: 'values', path: expect.stringContaining('100b.data') },
        ...{ size: { kind: 'fixed', bytes: 100 }, stamp: 'header', keys: { kind: 'uniform', count: 10_000 } },
      },
    })
    expect(notices).toEqual([expect.stringContaining('drawn at random, and not in turn')])
  })

  it('with a backlog lets its consumers pause for as long as that takes', () => {
    const { scenarios, notices } = modelOf('backlog.yaml')
    // 10 GiB at 200,000 times 1024 bytes a second.
    const pauseSec = Math.ceil((10 * 2 ** 30) / (200_000 * 1024))
    expect(scenarios[1]).toMatchObject({
      workers: 16,
      consume: { catchUp: { kind: 'pause', pauseMs: pauseSec * 1000, afterMs: 5_000 } },
    })
    expect(notices).toEqual([
      'producersPerTopic: 20 clients are 16 here, a thread each',
      expect.stringContaining('randomized payloads'),
      'consumerPerSubscription: 30 clients are 16 here, a thread each',
      expect.stringMatching(new RegExp(`pause for ${pauseSec} s`)),
    ])
  })

  it('without a rate goes flat out; sizes have weights', () => {
    const { scenarios, notices } = modelOf('find-rate.yaml')
    expect(scenarios).toHaveLength(1)
    expect(scenarios[0]).toMatchObject({
      executor: { kind: 'constant-vus' },
      produce: {
        size: {
          kind: 'weighted',
          buckets: [
            { bytesMin: 256, bytesMax: 256, weight: 70 },
            { bytesMin: 1024, bytesMax: 1024, weight: 20 },
            { bytesMin: 4096, bytesMax: 4096, weight: 10 },
          ],
        },
        compressionRatioTarget: 1000,
      },
    })
    expect(scenarios[0]!.produce!.rate).toBeUndefined()
    expect(notices.join('\n')).toContain('producerRate: 0 is run flat out')
  })

  it('that cannot be run is refused at its lines, all at once', () => {
    expect(problemsOf(() => read('too-many.yaml')).map(text => text.replace(folder, ''))).toEqual([
      expect.stringMatching(
        /^too-many\.yaml:2:1 topics: 1000 topics .* would take 2000 threads here, and 128 are the most/,
      ),
      expect.stringMatching(/^too-many\.yaml:11:1 testDurationMinutes: of 0 would never end/),
      expect.stringMatching(/^too-many\.yaml:5:1 payloadFile: .* neither beside the workload/),
    ])
  })
})

describe('fields', () => {
  it('unknown ones are refused by name, those of forks with the reason', () => {
    const found = readWorkload({
      name: 'x',
      topics: 1,
      partitionPerTopic: 1,
      existingTopicList: ['a'],
      producerRate: '5',
    })
    expect('problems' in found && found.problems.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual([
      expect.stringMatching(/^existingTopicList: is of a fork of OMB/),
      'partitionPerTopic: is not a field of OMB; did you mean partitionsPerTopic?',
      'partitionsPerTopic: is required',
      expect.stringMatching(/^producerRate: .*expected number/),
      'testDurationMinutes: is required',
    ])
  })

  it('another system’s driver is told apart', () => {
    const found = readDriver({
      driverClass: 'io.openmessaging.benchmark.driver.pulsar.PulsarBenchmarkDriver',
      replicationFactor: 1,
    })
    expect(found).toEqual({
      problems: [{ path: 'driverClass', message: expect.stringContaining('drives another system') }],
    })
  })

  it('properties that no Kafka client knows are found when the test is read', () => {
    const driver = readDriver({
      driverClass: 'io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver',
      replicationFactor: 1,
      commonConfig: 'bootstrap.servers=a:1\nbad\\u00',
    })
    expect(driver).toEqual({ problems: [{ path: 'commonConfig', message: expect.stringMatching(/^line 2: /) }] })
  })
})

// Shows that a document becomes the model with every default filled in, and that all that is wrong is told at once, with its path.
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../../../core/errors.ts'
import { parseGoDuration } from '../../../loadgen/scenario/go-duration.ts'
import { type ModelInput, readModel } from '../../../loadgen/scenario/read-model.ts'

const input = (document: unknown, more: Partial<ModelInput> = {}): ModelInput => ({
  document,
  isScripted: () => false,
  flags: [],
  env: { MILLRACE_BOOTSTRAP: 'localhost:9092' },
  cpus: 2,
  readFile: () => Buffer.alloc(0),
  randomHex: () => '0badcafe',
  ...more,
})

const read = (document: unknown, more: Partial<ModelInput> = {}) => readModel(input(document, more)).model

function problemsOf(document: unknown, more: Partial<ModelInput> = {}): Record<string, string> {
  try {
    readModel(input(document, more))
  } catch (error) {
    if (isMillraceError(error)) return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]))
    throw error
  }
  return {}
}

const constant = { executor: 'constant-arrival-rate', rate: 1000, duration: '30s', preAllocatedVUs: 5 } as const

describe('the model of a test', () => {
  it('fills in the defaults of k6', () => {
    const model = read({ scenarios: { orders: constant } })
    expect(model).toMatchObject({ setupTimeoutMs: 60_000, teardownTimeoutMs: 60_000, handleSummaryTimeoutMs: 120_000 })
    expect(model.summaryTrendStats).toEqual(['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'])
    expect(model.scenarios[0]).toMatchObject({
      name: 'orders',
      executor: {
        kind: 'constant-arrival-rate',
        rate: 1000,
        timeUnitMs: 1000,
        durationMs: 30_000,
        preAllocatedVus: 5,
        maxVus: 5,
      },
      startTimeMs: 0,
      gracefulStopMs: 30_000,
      exec: 'default',
      lane: 'declarative',
      role: 'produce',
      warmupMs: 0,
    })
  })

  it.each([
    [{ executor: 'shared-iterations' }, { kind: 'shared-iterations', vus: 1, iterations: 1, maxDurationMs: 600_000 }],
    [
      { executor: 'per-vu-iterations', vus: 3 },
      { kind: 'per-vu-iterations', vus: 3, iterations: 1 },
    ],
    [
      { executor: 'constant-vus', duration: 5000 },
      { kind: 'constant-vus', vus: 1, durationMs: 5000 },
    ],
    [
      { executor: 'ramping-vus', stages: [{ duration: '0s', target: 9 }] },
      {
        kind: 'ramping-vus',
        startVus: 1,
        gracefulRampDownMs: 30_000,
        stages: [{ durationMs: 0, target: 9 }],
      },
    ],
    [
      {
        executor: 'ramping-arrival-rate',
        preAllocatedVUs: 2,
        stages: [{ duration: '1m', target: 60 }],
        timeUnit: '1m',
      },
      { kind: 'ramping-arrival-rate', startRate: 0, timeUnitMs: 60_000, maxVus: 2 },
    ],
  ])('%j', (scenario, executor) => {
    expect(read({ scenarios: { one: scenario } }).scenarios[0]!.executor).toMatchObject(executor)
  })

  it('settings of a scenario come before those of the test, and these before the defaults', () => {
    const kafka = { topic: 'orders', acks: 1, recordSize: '1KiB', headers: undefined } as const
    const model = read({
      kafka: { topic: 'orders', acks: 1, recordSize: '1KiB' },
      scenarios: { one: constant, other: { ...constant, kafka: { acks: 'all', keys: 'uniform:10' } } },
    })
    expect(model.scenarios.map(({ produce, topic }) => [topic!.name, produce!.acks, produce!.size])).toEqual([
      [kafka.topic, 1, { kind: 'fixed', bytes: 1024 }],
      [kafka.topic, -1, { kind: 'fixed', bytes: 1024 }],
    ])
    expect(model.scenarios[1]!.produce!.keys).toEqual({ kind: 'uniform', count: 10 })
  })

  it('environment comes before the document, flags before the environment', () => {
    const env = { MILLRACE_BOOTSTRAP: 'localhost:9092', MILLRACE_RECORD_SIZE: '300', MILLRACE_ACKS: '0' }
    const flags = [{ key: 'acks', text: '1' }] as const
    const { produce } = read({ kafka: { recordSize: 200, acks: 'all' }, scenarios: { one: constant } }, { env, flags })
      .scenarios[0]!
    expect(produce).toMatchObject({ size: { bytes: 300 }, acks: 1 })
  })

  it('an arrival rate is the rate of the records, of which late ones are dropped as in k6', () => {
    const { produce } = read({ scenarios: { one: { ...constant, timeUnit: '100ms' } } }).scenarios[0]!
    expect(produce).toMatchObject({ rate: { kind: 'records', perSec: 10_000 }, late: { policy: 'drop' } })
  })

  it('topics of the test are made as it says', () => {
    const model = read({
      topics: { orders: { partitions: 12, configs: { 'min.insync.replicas': 2 } } },
      scenarios: { one: { ...constant, kafka: { topic: 'orders' } } },
    })
    const create = { partitions: 12, replicationFactor: -1, configs: { 'min.insync.replicas': '2' }, keep: false }
    expect(model.topics).toEqual([{ name: 'orders', create }])
    expect(model.scenarios[0]!.topic).toEqual({ name: 'orders', create })
  })

  it('thresholds are the same in both notations', () => {
    const model = read({
      scenarios: { one: constant },
      thresholds: { iterations: ['count>1', { threshold: 'rate>5', abortOnFail: true, delayAbortEval: '10s' }] },
    })
    expect(model.thresholds.iterations).toEqual([
      { threshold: 'count>1', abortOnFail: false, delayAbortEvalMs: 0 },
      { threshold: 'rate>5', abortOnFail: true, delayAbortEvalMs: 10_000 },
    ])
  })

  it('a script has settings for both sides, and need not name a topic', () => {
    const [scenario] = read(
      { kafka: { group: 'g' }, scenarios: { one: constant } },
      { isScripted: () => true },
    ).scenarios
    expect(scenario).toMatchObject({ lane: 'scripted', produce: { acks: -1 }, consume: { group: 'g' } })
    expect(scenario!.topic).toBeUndefined()
  })

  it('everything that is wrong is told, with its path', () => {
    const problems = problemsOf({
      kafka: { recordSize: 'large', linger: 5 },
      scenarios: {
        a: { ...constant, rate: 1.5, startTime: 'soon' },
        b: { executor: 'externally-controlled' },
        c: { executor: 'ramping-vus', stages: [{ duration: '1s', target: 'x' }], vus: 3 },
        'not ok': constant,
      },
    })
    expect(problems['kafka.linger']).toContain('did you mean lingerMs')
    expect(problems['scenarios.a.startTime']).toContain('"soon" is not a duration')
    expect(problems['scenarios.a.rate']).toBeDefined()
    expect(problems['scenarios.b.executor']).toContain('externally-controlled is not supported')
    expect(problems['scenarios.c.stages[0].target']).toBeDefined()
    expect(problems['scenarios.c.vus']).toBeDefined()
  })

  it('contradictions and values are told together, each once', () => {
    const problems = problemsOf({
      kafka: { recordSize: 'large' },
      scenarios: {
        a: { executor: 'shared-iterations', vus: 5, iterations: 2 },
        b: { ...constant, maxVUs: 2 },
        c: { executor: 'constant-vus', duration: '5s', kafka: { role: 'consume', topic: 't', acks: 1 } },
        d: { executor: 'ramping-vus', startVUs: 0, stages: [{ duration: '5s', target: 0 }] },
        e: { executor: 'constant-vus', duration: '5s', kafka: { role: 'consume' } },
      },
      executionSegment: '0:1/3',
      executionSegmentSequence: '0,1/2,1',
    })
    expect(Object.keys(problems).sort()).toEqual([
      'executionSegment',
      'kafka.recordSize',
      'scenarios.a.iterations',
      'scenarios.b.maxVUs',
      'scenarios.c.kafka.acks',
      'scenarios.d.stages',
      'scenarios.e.kafka.topic',
    ])
  })

  it.each([
    [{}, 'scenarios'],
    [{ scenarios: {} }, 'scenarios'],
    [{ scenarios: { a: {} } }, 'scenarios.a.executor'],
    [{ scenarios: { a: { executor: 'constant-vus', duration: '500ms' } } }, 'scenarios.a.duration'],
    [{ scenarios: { a: { ...constant, preAllocatedVUs: undefined } } }, 'scenarios.a.preAllocatedVUs'],
    [{ scenarios: { a: { ...constant, preAllocatedVUs: 0 } } }, 'scenarios.a.preAllocatedVUs'],
  ])('%j', (document, path) => {
    expect(Object.keys(problemsOf(document))).toEqual([path])
  })

  it('a topic that a roundtrip accounts for is its own', () => {
    const roundtrip = { ...constant, kafka: { role: 'roundtrip', topic: 't' } }
    const other = (kafka: object) => ({ scenarios: { a: roundtrip, b: { ...constant, kafka } } })
    expect(problemsOf(other({ topic: 't' }))['scenarios.a.kafka.topic']).toContain('t is written by b too')
    expect(Object.keys(problemsOf(other({ role: 'roundtrip', topic: 't' })))).toHaveLength(2)
    expect(problemsOf(other({ role: 'consume', topic: 't' }))).toEqual({})
    expect(problemsOf(other({ topic: 'u' }))).toEqual({})
    const part = { scenarios: { a: roundtrip }, executionSegment: '0:1/2' }
    expect(problemsOf(part)['scenarios.a.kafka.topic']).toContain('the other parts of the test')
    expect(problemsOf({ ...part, scenarios: { a: { ...constant, kafka: { role: 'roundtrip' } } } })).toEqual({})
  })

  it('a client under test runs no functions', () => {
    const document = { scenarios: { a: { ...constant, kafka: { client: 'kafkajs' } } } }
    expect(problemsOf(document)).toEqual({})
    expect(problemsOf(document, { isScripted: () => true })['scenarios.a.kafka.client']).toContain(
      "millrace's own client",
    )
  })

  it('thresholds are lists, and names are of k6: letters, digits, _ and - for a scenario', () => {
    const scenarios = { ok_1: constant, 'a-b': constant }
    expect(problemsOf({ scenarios })).toEqual({})
    expect(problemsOf({ scenarios, thresholds: { iterations: 'count>1' } }).thresholds).toBeUndefined()
    expect(Object.keys(problemsOf({ scenarios, thresholds: { iterations: 'count>1' } }))).toEqual([
      'thresholds.iterations',
    ])
    expect(Object.keys(problemsOf({ scenarios: { 'a.b': constant } }))).toHaveLength(1)
  })

  it('the unit of the summary and the tags of the system are as in k6, where they can be kept', () => {
    const scenarios = { a: constant }
    expect(read({ scenarios, summaryTimeUnit: 'us' }).summaryTimeUnit).toBe('us')
    expect(Object.keys(problemsOf({ scenarios, summaryTimeUnit: 'min' }))).toEqual(['summaryTimeUnit'])
    expect(problemsOf({ scenarios, systemTags: ['scenario', 'group', 'check', 'url'] })).toEqual({})
    expect(problemsOf({ scenarios, systemTags: ['url'] }).systemTags).toContain('always carry')
    expect(Object.keys(problemsOf({ scenarios, systemTags: ['scenario', 'group', 'check', 'x'] }))).toEqual([
      'systemTags[3]',
    ])
  })

  it('paths begin with where the document came from', () => {
    expect(
      Object.keys(problemsOf({ scenarios: { a: { executor: 'x' } } }, { pathOf: path => `options.${path}` })),
    ).toEqual(['options.scenarios.a.executor'])
  })
})

describe('durations as k6 writes them', () => {
  it.each([
    [1500, 1500],
    ['1500', 1500],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['200us', 0.2],
    ['1d2h', 93_600_000],
    ['.5s', 500],
    ['0', 0],
  ])('%s', (text, value) => {
    expect(parseGoDuration(text)).toEqual({ value })
  })

  it.each(['', 'soon', '5 s', '1s2', '-5s', '-1', 's'])('refuses "%s"', text => {
    expect(parseGoDuration(text)).toHaveProperty('problem')
  })
})

describe('a replay', () => {
  const profile = [0, 100, 300].map(atMs => JSON.stringify({ valueBytes: 1, atMs })).join('\n')
  const files = { readFile: () => Buffer.from(profile) }
  const kafka = { payload: 'replay:p.ndjson', replaySpeed: '2x' }

  it('at its own pace: the profile says when messages are due, the executor how many VUs there are and when it ends', () => {
    const orders = { executor: 'constant-vus', vus: 3, duration: '10s', kafka } as const
    const { produce } = read({ scenarios: { orders } }, files).scenarios[0]!
    expect(produce).toMatchObject({
      rate: { kind: 'records', shape: { kind: 'replay', path: 'p.ndjson', speed: 2, lengthMs: 225 } },
      late: { policy: 'drop', maxMs: 100 },
    })
  })

  it('has the pace of an executor with a rate, or its own, and not both', () => {
    expect(problemsOf({ scenarios: { orders: { ...constant, kafka } } }, files)).toEqual({
      'scenarios.orders.kafka.replaySpeed': 'keeps the gaps of the profile, and a rate makes others: leave one out',
    })
  })
})

describe('transactions of functions', () => {
  const scripted = { isScripted: () => true }
  const orders = { executor: 'constant-vus', duration: '10s' } as const

  it('have ids by scenario, made up where nothing is said, and the timeout of the settings', () => {
    const idsOf = (kafka: object) => read({ kafka, scenarios: { orders } }, scripted).scenarios[0]!.transactional
    expect(idsOf({})).toEqual({ id: 'millrace-test-0badcafe-orders', timeoutMs: 60_000 })
    expect(idsOf({ transactionTimeout: '5s' })).toEqual({ id: 'millrace-test-0badcafe-orders', timeoutMs: 5_000 })
    expect(idsOf({ transactionalId: 'pay' })).toEqual({ id: 'pay-orders', timeoutMs: 60_000 })
    const flags = [{ key: 'transactionalId', text: 'flagged' } as const]
    expect(read({ scenarios: { orders } }, { ...scripted, flags }).scenarios[0]!.transactional!.id).toBe(
      'flagged-orders',
    )
  })

  it('are ended by them: what says when for scenarios without a function is refused', () => {
    const kafka = { transactionRecords: 10, transactionDuration: '1s', abortRatio: 0.1 }
    expect(problemsOf({ scenarios: { orders: { ...orders, kafka } } }, scripted)).toEqual(
      Object.fromEntries(
        Object.keys(kafka).map(key => [
          `scenarios.orders.kafka.${key}`,
          'is for scenarios without a function: in a function it is transaction() that says what is in one, and abort() that aborts it',
        ]),
      ),
    )
  })

  it('need the acknowledgement of all where they are asked for', () => {
    const kafka = { transactionalId: 'pay', acks: 1 }
    expect(problemsOf({ scenarios: { orders: { ...orders, kafka } } }, scripted)).toEqual({
      'scenarios.orders.kafka.acks': 'transactions need --acks all',
    })
  })
})

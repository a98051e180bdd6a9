// Shows what the settings of transactions, of processing and of roles mean to a run, and what of them is refused.
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../../../core/errors.ts'
import type { BenchMode } from '../../../loadgen/plan.ts'
import type { FlagKey } from '../../../loadgen/scenario/bench-options.ts'
import { setUpBench } from '../../../loadgen/scenario/bench-setup.ts'
import { readModel } from '../../../loadgen/scenario/read-model.ts'
import { wholeStriping } from '../../../loadgen/scenario/segment.ts'
import { benchOfScenario, type DeclarativeScenario } from '../../../loadgen/test/bench-of-scenario.ts'

const surroundings = { cpus: 8, readFile: () => Buffer.alloc(0), randomHex: () => 'c0ffee00' }
type Flags = Partial<Record<FlagKey, string>>

function planOf(mode: BenchMode, given: Flags) {
  const flags = Object.entries({ bootstrap: 'b:9092', ...given }).map(([key, text]) => ({ key: key as FlagKey, text }))
  return setUpBench({ mode, flags, problems: [], env: {}, ...surroundings }).plan
}

const problemsIn = (work: () => unknown): Record<string, string> => {
  try {
    work()
  } catch (error) {
    if (isMillraceError(error)) return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]))
    throw error
  }
  return {}
}

describe('transactions of a bench', () => {
  it('are there when anything of them is asked for, with an id for the run, and make the producer idempotent', () => {
    expect(planOf('produce', {}).produce!.transactions).toBeUndefined()
    const { idempotent, transactions } = planOf('produce', { abortRatio: '5%' }).produce!
    expect(idempotent).toBe(true)
    expect(transactions).toEqual({
      id: 'millrace-bench-c0ffee00',
      durationMs: 3_000,
      abortRatio: 0.05,
      timeoutMs: 60_000,
    })
  })

  it.each([
    [{ transactionRecords: '100' }, { records: 100, durationMs: 30_000 }],
    [
      { transactionRecords: '100', transactionDuration: '50ms' },
      { records: 100, durationMs: 50 },
    ],
    [
      { transactionalId: 'load', transactionTimeout: '4s' },
      { id: 'load', durationMs: 2_000, timeoutMs: 4_000 },
    ],
  ] as const)('%o', (flags, expected) => {
    expect(planOf('produce', flags).produce!.transactions).toMatchObject(expected)
  })

  it('are read back as they were committed, unless somebody wants all', () => {
    expect(planOf('roundtrip', { transactionRecords: '9' }).consume!.isolation).toBe('read_committed')
    const all = planOf('roundtrip', { transactionRecords: '9', isolation: 'read_uncommitted' })
    expect(all.consume!.isolation).toBe('read_uncommitted')
    expect(planOf('roundtrip', {}).consume!.isolation).toBe('read_uncommitted')
  })

  it.each<[string, BenchMode, Flags, string]>([
    ['acks', 'produce', { abortRatio: '0.1', acks: '1' }, '--acks'],
    ['requests in flight', 'produce', { abortRatio: '0.1', inFlight: '6' }, '--in-flight'],
    ['a transaction that outlives its timeout', 'produce', { transactionDuration: '1m' }, '--transaction-duration'],
    ['a ratio of more than all', 'produce', { abortRatio: '1.5' }, '--abort-ratio'],
    ['a consumer that writes nothing', 'consume', { topic: 'a', transactionalId: 'x' }, '--transactional-id'],
    ['a consumer that aborts all', 'consume', { topic: 'a', forwardTopic: 'b', abortRatio: '1' }, '--abort-ratio'],
    ['a loop', 'consume', { topic: 'a', forwardTopic: 'a' }, '--forward-topic'],
    ['one topic for both', 'consume', { topic: 'a', forwardTopic: 'b', deadLetterTopic: 'b' }, '--dead-letter-topic'],
    ['retries of nothing', 'consume', { topic: 'a', forwardTopic: 'b', processRetries: '2' }, '--process-retries'],
    ['headers alone', 'consume', { topic: 'a', forwardTopic: 'b', decode: 'headers' }, '--decode'],
    ['another client', 'consume', { topic: 'a', processTime: '1ms', client: 'kafkajs' }, '--process-time'],
  ])('are refused: %s', (_why, mode, flags, at) => {
    expect(Object.keys(problemsIn(() => planOf(mode, flags)))).toEqual([at])
  })
})

describe('consumers that do something', () => {
  it('are slow, and no members for that', () => {
    const { process, members } = planOf('consume', { topic: 'a', processTime: '0.5ms', processBatchTime: '20ms' })
      .consume!
    expect({ process, members }).toEqual({ process: { recordMs: 0.5, batchMs: 20 }, members: undefined })
  })

  it('that pass records on are members of a group, of what is committed where they are in transactions', () => {
    const flags = { topic: 'a', forwardTopic: 'b', deadLetterTopic: 'c', errorRatio: '1%', processRetries: '2' }
    const plain = planOf('consume', flags).consume!
    expect(plain).toMatchObject({ isolation: 'read_uncommitted', group: 'millrace-bench-c0ffee00', stopAtEnd: true })
    expect(plain.members).toMatchObject({ protocol: 'classic', assignor: 'range', isOwnGroup: true })
    const handling = { forwardTo: 'b', deadLetterTo: 'c', errorRatio: 0.01, retries: 2, compression: 'none' }
    expect(plain.process).toEqual({ recordMs: 0, batchMs: 0, handling })
    const once = planOf('consume', { ...flags, transactionDuration: '100ms' }).consume!
    expect(once.isolation).toBe('read_committed')
    expect(once.process!.handling!.transactions).toMatchObject({ durationMs: 100 })
  })
})

const every = { executor: 'constant-vus', vus: 3, duration: '10s' } as const
const model = (document: unknown, isScripted = false) =>
  readModel({
    ...{ document, isScripted: () => isScripted, flags: [], env: { MILLRACE_BOOTSTRAP: 'b:9092' } },
    ...surroundings,
  }).model

describe('scenarios', () => {
  const benchOf = (document: unknown, index = 0) =>
    benchOfScenario(model(document).scenarios[index] as DeclarativeScenario, wholeStriping)!

  it('have transactional ids of their own, and VUs that are members', () => {
    const kafka = { transactionalId: 'tx', transactionDuration: '1s' }
    const document = {
      kafka,
      scenarios: {
        one: { ...every, kafka: { topic: 'a' } },
        mover: { ...every, kafka: { role: 'read-process-write', topic: 'a', forwardTopic: 'b' } },
        reader: { ...every, kafka: { role: 'consume', topic: 'b', groupProtocol: 'classic', churn: 'leave:2s' } },
      },
    }
    expect(benchOf(document, 0).produce!.transactions).toMatchObject({ id: 'tx-one', durationMs: 1_000 })
    const mover = benchOf(document, 1)
    expect(mover).toMatchObject({
      mode: 'consume',
      consume: { members: { consumers: 3 }, isolation: 'read_committed' },
    })
    expect(mover.consume!.process!.handling!.transactions).toMatchObject({ id: 'tx-mover', durationMs: 1_000 })
    // What is said for the whole test is for those who write.
    const reader = benchOf(document, 2).consume!
    expect(reader.process).toBeUndefined()
    expect(reader.members).toMatchObject({ consumers: 3, churn: { how: 'leave', count: 1, everyMs: 2_000 } })
  })

  it('that read, process and write are in transactions of 100 ms where nothing is said', () => {
    const kafka = { role: 'read-process-write', topic: 'a', forwardTopic: 'b' }
    const { process } = benchOf({ scenarios: { mover: { ...every, kafka } } }).consume!
    expect(process!.handling!.transactions).toMatchObject({ durationMs: 100, abortRatio: 0 })
    const counted = benchOf({ scenarios: { mover: { ...every, kafka: { ...kafka, transactionRecords: 50 } } } })
      .consume!
    expect(counted.process!.handling!.transactions).toMatchObject({ records: 50, durationMs: 30_000 })
  })

  it('are refused by name: no topic to write to, and functions, which say themselves what they do', () => {
    const without = { scenarios: { mover: { ...every, kafka: { role: 'read-process-write', topic: 'a' } } } }
    expect(problemsIn(() => model(without))).toHaveProperty(['scenarios.mover.kafka.forwardTopic'])
    const scripted = { scenarios: { all: { ...every, kafka: { abortRatio: 0.1, processTime: '1ms' } } } }
    const problems = problemsIn(() => model(scripted, true))
    expect(problems).toMatchObject({
      'scenarios.all.kafka.abortRatio': expect.stringContaining('is for scenarios without a function'),
      'scenarios.all.kafka.processTime': 'is for scenarios without a function',
    })
  })
})

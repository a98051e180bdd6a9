// Shows that consumers which pass records on do so exactly once in transactions, whatever is aborted and whoever is killed, and at
// least once without; that what cannot be processed comes to the dead letter queue; and that the run proves it.
// Method: bench runs in this process against the embedded broker; the topics are read back by a reader that no run uses.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import type { BenchPlan, HandlingPlan, MembersPlan } from '../../loadgen/plan.ts'
import { fails } from '../../loadgen/process/handle.ts'
import { runBench } from '../../loadgen/run.ts'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { consumeDefaults, producePlan } from '../kafka/bench/plans.ts'
import { readRecords } from '../kafka/bench/read-back.ts'
import { settingsOf } from '../kafka/settings.ts'

const records = 2_000
const seed = 7
const timeout = 60_000
const waiting = { timeout: 30_000, interval: 100 }

let broker: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  const configs = { 'group.min.session.timeout.ms': '100', 'group.initial.rebalance.delay.ms': '0' }
  broker = await startBroker({ brokers: 1, configs })
  cluster = await Cluster.connect(settingsOf(broker.bootstrap))
})
afterAll(async () => {
  await cluster.close()
  await broker.close()
})

const members: MembersPlan = {
  ...{ protocol: 'classic', assignor: 'cooperative-sticky', consumers: 2, isOwnGroup: true },
  ...{ commitIntervalMs: 50, rebalanceTimeoutMs: 5_000, sessionTimeoutMs: 1_000, heartbeatIntervalMs: 100 },
}
const transactions = { durationMs: 50, records: 200, abortRatio: 0, timeoutMs: 10_000 }

interface Case {
  readonly handling?: Partial<HandlingPlan>
  readonly members?: Partial<MembersPlan>
  readonly durationMs?: number
}

/** From `<name>-in` to `<name>-out`, until the end of what is there, or for a time. */
function processPlan(name: string, { handling, members: more, durationMs }: Case): BenchPlan {
  const process = { recordMs: 0, batchMs: 0, handling: { ...noErrors, forwardTo: `${name}-out`, ...handling } }
  const group = { group: `${name}-group`, members: { ...members, ...more } as MembersPlan }
  return {
    ...{ mode: 'consume', client: settingsOf(broker.bootstrap), workers: 1, seed, warmupMs: 0 },
    ...(durationMs === undefined ? {} : { durationMs }),
    topic: { name: `${name}-in` },
    consume: {
      ...consumeDefaults,
      ...{ isolation: 'read_committed', decode: 'records', stopAtEnd: durationMs === undefined, ...group, process },
    },
  }
}
const noErrors = { errorRatio: 0, retries: 0, compression: 'none' } as const

async function makeTopics(name: string): Promise<void> {
  for (const [end, partitions] of [
    ['out', 2],
    ['dead', 1],
  ] as const) {
    await createTopic(cluster, { name: `${name}-${end}`, partitions, replicationFactor: 1, configs: {} })
  }
}

/** What is to be passed on, some of it in transactions that were aborted, which nobody is to pass on. */
async function fill(name: string, changes: Partial<BenchPlan> = {}, abortRatio = 0.2) {
  const tx = { id: `${name}-source`, records: 200, durationMs: 1_000, abortRatio, timeoutMs: 10_000 }
  const keys = { kind: 'uniform', count: 50 } as const
  const partitioner = { kind: 'murmur2' } as const
  const produce = { idempotent: true, transactions: tx, keys, partitioner }
  const plan = producePlan(broker.bootstrap, { topic: `${name}-in`, create: { partitions: 3 }, records, seed, produce })
  const result = await runBench({ ...plan, ...changes })
  expect(result).toMatchObject({ verdict: 'ok', delivery: { confirmed: true } })
  return result.produce!.transactions!.recordsCommitted
}

const originsOf = async (topic: string) =>
  (await readRecords(cluster, topic)).map(({ headers, value }) => ({
    value: value!.toString('hex'),
    from: headers.find(({ key }) => key === 'mr-origin')!.value!.toString('hex'),
    headers,
  }))

describe('read-process-write', () => {
  it('passes on what was committed, exactly once, though it aborts a third of its own', { timeout }, async () => {
    await makeTopics('once')
    const committed = await fill('once')
    const tx = { ...transactions, id: 'once', abortRatio: 0.33 }
    const result = await runBench(processPlan('once', { handling: { transactions: tx } }))
    expect(result).toMatchObject({ verdict: 'ok', reasons: [] })
    const { process, consume } = result
    expect(process!.proof).toEqual({ expected: committed, written: committed, lost: 0, duplicated: 0, unexpected: 0 })
    expect(process).toMatchObject({ forwarded: committed, deadLettered: 0, skipped: 0 })
    expect(process!.transactions).toMatchObject({ recordsCommitted: committed, failed: 0 })
    expect(process!.transactions!.aborted).toBeGreaterThan(0)
    expect(consume!.totalRecords - consume!.redelivered!).toBe(committed)
    expect(process!.transactions!.commitLatency!.count).toBe(process!.transactions!.committed)
    // Aborted attempts are in the log as well: the topic holds more than was committed.
    const written = await originsOf('once-out')
    expect(written.length).toBeGreaterThan(committed)
    expect(new Set(written.map(({ from }) => from)).size).toBe(committed)
  })

  it('leaves what cannot be processed to the dead letter queue, with where it came from', { timeout }, async () => {
    await makeTopics('dead')
    const committed = await fill('dead', {}, 0)
    const handling = {
      errorRatio: 0.1,
      retries: 2,
      deadLetterTo: 'dead-dead',
      transactions: { ...transactions, id: 'dead' },
    }
    const { verdict, process } = await runBench(processPlan('dead', { handling }))
    expect(verdict).toBe('ok')
    const failing = (await readRecords(cluster, 'dead-in')).filter(({ partition, offset }) =>
      fails(seed, 0.1, partition, offset),
    )
    expect(failing.length).toBeGreaterThan(committed * 0.05)
    expect(process).toMatchObject({
      ...{ forwarded: committed - failing.length, deadLettered: failing.length, failedTries: 3 * failing.length },
      proof: { expected: committed, written: committed, lost: 0, duplicated: 0, unexpected: 0 },
    })
    const letters = await originsOf('dead-dead')
    const behindStamp = (value: Buffer) => value.subarray(32).toString('hex')
    expect(letters.map(({ value }) => behindStamp(Buffer.from(value, 'hex'))).sort()).toEqual(
      failing.map(({ value }) => behindStamp(value!)).sort(),
    )
    const [letter] = letters
    const text = (name: string) => letter!.headers.find(({ key }) => key === name)!.value!.toString()
    expect(text('__connect.errors.topic')).toBe('dead-in')
    expect(text('__connect.errors.exception.message')).toContain('after 3 tries')
  })

  it.each([
    ['in transactions: exactly once', 'killed', { ...transactions, id: 'killed' }],
    ['without: at least once', 'atleast', undefined],
  ] as const)('members are killed and come back, %s', { timeout }, async (_what, name, tx) => {
    await makeTopics(name)
    await fill(name, {}, 0)
    const churn = { how: 'kill', count: 1, everyMs: 1_000 } as const
    const handling = tx === undefined ? {} : { transactions: tx }
    const plan = processPlan(name, { handling, members: { churn }, durationMs: 3_000 })
    // Slow enough that there is something to do all the while.
    const slow = { ...plan, consume: { ...plan.consume!, process: { ...plan.consume!.process!, recordMs: 0.3 } } }
    const { reasons, process, rebalances } = await runBench(slow)
    expect(reasons).toEqual([])
    expect(rebalances!.killed).toBeGreaterThanOrEqual(1)
    const { proof } = process!
    expect(proof).toMatchObject({ lost: 0, expected: proof!.written })
    expect(proof!.expected).toBeGreaterThan(200)
    if (tx !== undefined) expect(proof).toMatchObject({ duplicated: 0, unexpected: 0 })
  })
})

describe('transactions of producers', () => {
  const txPlan = (topic: string, id: string, changes: Partial<BenchPlan> = {}): BenchPlan => {
    const transactions = { id, records: 50, durationMs: 1_000, abortRatio: 0, timeoutMs: 10_000 }
    const produce = { idempotent: true, transactions }
    return {
      ...producePlan(broker.bootstrap, { topic, create: { partitions: 2 }, records: 1_000, produce }),
      ...changes,
    }
  }

  it('that may be aborted are, and the run goes on', { timeout }, async () => {
    await broker.faults.add({
      match: { api: 'Produce', topic: 'abortable' },
      effect: { kind: 'error', code: 'TRANSACTION_ABORTABLE' },
      times: 2,
    })
    const notices: string[] = []
    const result = await runBench(txPlan('abortable', 'abortable'), { onNotice: text => notices.push(text) })
    expect(result).toMatchObject({ verdict: 'ok', delivery: { confirmed: true } })
    const { failed, committed, recordsCommitted, recordsAborted } = result.produce!.transactions!
    expect(failed).toBeGreaterThanOrEqual(1)
    expect(failed + committed).toBe(20)
    expect({ recordsCommitted, recordsAborted }).toEqual({
      recordsCommitted: 50 * committed,
      recordsAborted: 50 * failed,
    })
    expect(notices.some(text => text.includes('TRANSACTION_ABORTABLE'))).toBe(true)
  })

  it('of a producer whose id another one takes end its run, as fenced', { timeout }, async () => {
    const paced = { ...txPlan('fenced', 'same').produce!, rate: { kind: 'records', perSec: 500 } } as const
    const first = runBench({ ...txPlan('fenced', 'same'), produce: paced, records: 100_000 })
    await vi.waitFor(async () => expect(await readRecords(cluster, 'fenced')).not.toHaveLength(0), waiting)
    const second = await runBench(txPlan('fenced', 'same'))
    // What the first still wrote is not its own, so only its own are counted.
    expect(second.produce!.transactions).toMatchObject({ committed: 20, recordsCommitted: 1_000 })
    const { verdict, reasons } = await first
    expect(verdict).toBe('failed')
    expect(reasons[0]!.code).toBe('PRODUCER_FENCED')
  })
})

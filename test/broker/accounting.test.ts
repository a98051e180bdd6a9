// Shows that no record is lost or doubled without being found, and that nothing is found where nothing is wrong: roundtrips
// against the embedded broker while leaders move and brokers stop, and with batches that are lost or stored twice.
// Method: what the run says is held against the log itself, read back and counted by other code.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../broker/faults.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import type { BenchPlan, ProducePlan } from '../../loadgen/plan.ts'
import type { Result } from '../../loadgen/result.ts'
import { runBench } from '../../loadgen/run.ts'
import { Cluster } from '../../wire/cluster.ts'
import { consumeDefaults, produceDefaults, producePlan } from '../kafka/bench/plans.ts'
import { readBatches } from '../kafka/bench/read-back.ts'
import { settingsOf } from '../kafka/settings.ts'
import { stampOf } from '../loadgen/stamps.ts'

const timeout = 120_000
const partitions = 6
/** Every partition is written to all the time. */
const inTurn = { kind: 'roundrobin' } as const

let broker: EmbeddedCluster
let cluster: Cluster
let topics = 0
beforeAll(async () => {
  broker = await startBroker({ brokers: 3, memoryBytesMax: 2 ** 30 })
  cluster = await Cluster.connect(settingsOf(broker.bootstrap))
})
afterAll(async () => {
  await cluster?.close()
  await broker?.close()
})

interface Trouble {
  readonly records: number
  readonly faults: readonly Fault[]
  readonly produce?: Partial<ProducePlan>
  /** The trouble begins when records flow. */
  readonly isAfterStart?: boolean
}

async function roundtrip({ records, faults, produce, isAfterStart = false }: Trouble) {
  const topic = `accounting-${topics++}`
  const retention = { 'retention.bytes': '-1' }
  const create = { partitions, replicationFactor: 3, configs: retention }
  const written = producePlan(broker.bootstrap, { topic, create, records, workers: 2 })
  const consume = { ...consumeDefaults, decode: 'records', stopAtEnd: false } as const
  const plan: BenchPlan = {
    ...written,
    mode: 'roundtrip',
    produce: { ...produceDefaults, deliveryTimeoutMs: 60_000, ...produce },
    consume,
  }
  const begin = async () => {
    for (const fault of faults) await broker.faults.add(fault)
  }
  if (!isAfterStart) await begin()
  let begun: Promise<void> | undefined
  const onProgress = () => {
    if (isAfterStart) begun ??= begin()
  }
  try {
    const result = await runBench(plan, { onProgress })
    await begun
    return { result, log: await countLog(topic, () => broker.faults.clear()) }
  } finally {
    await broker.faults.clear()
  }
}

/** What lies in the log, counted with a set of everything. */
async function countLog(topic: string, before: () => Promise<void>) {
  await before()
  const seen = new Map<string, Set<number>>()
  let records = 0
  let distinct = 0
  for await (const { partition, batch } of readBatches(cluster, topic)) {
    for (const { value, headers } of batch.records) {
      const { producer, sequence } = (stampOf(value!) ?? stampOf(headers[0]!.value!))!
      const key = `${producer}/${partition}`
      const sequences = seen.get(key) ?? new Set()
      seen.set(key, sequences)
      if (!sequences.has(sequence)) distinct++
      sequences.add(sequence)
      records++
    }
  }
  return { records, distinct, duplicated: records - distinct }
}

const codesOf = ({ reasons }: Result) => reasons.map(({ code }) => code)

describe('no false alarm', () => {
  const calm = { lost: 0, duplicated: 0, reordered: 0, foreign: 0, unstamped: 0, unread: 0, exact: true }

  it('while leaders move and brokers stop, with an idempotent producer', { timeout }, async () => {
    const records = 1_500_000
    const faults: Fault[] = [
      { effect: { kind: 'move-leader' }, everyMs: 150 },
      { effect: { kind: 'stop-broker' }, match: { broker: 2 }, afterMs: 300, forMs: 250, everyMs: 1_000 },
      { effect: { kind: 'drop', when: 'answer' }, match: { api: 'Produce' }, percent: 1 },
      { effect: { kind: 'drop', when: 'request' }, match: { api: 'Fetch' }, percent: 1 },
    ]
    const rate = { kind: 'records', perSec: 300_000 } as const
    const produce = { idempotent: true, rate }
    const { result, log } = await roundtrip({ records, faults, produce, isAfterStart: true })
    expect(result).toMatchObject({ reasons: [], delivery: { confirmed: true, acked: records } })
    expect(result.consume!.accounting).toMatchObject({ ...calm, expected: records, received: records })
    expect(log).toEqual({ records, distinct: records, duplicated: 0 })
    expect(result.produce!.retries).toBeGreaterThan(0)
  })
})

describe('with idempotence off, every one is found', () => {
  it('answers that are lost double their batches', { timeout }, async () => {
    const faults: Fault[] = [{ effect: { kind: 'drop', when: 'answer' }, match: { api: 'Produce' }, percent: 3 }]
    const { result, log } = await roundtrip({ records: 600_000, faults })
    const { accounting } = result.consume!
    expect(log.duplicated).toBeGreaterThan(0)
    expect(accounting).toMatchObject({ expected: 600_000, received: 600_000, lost: 0, duplicated: log.duplicated })
    expect(codesOf(result)).toEqual(['DELIVERY_MISMATCH', 'RECORDS_DUPLICATED'])
  })

  const injected: readonly [why: string, produce: Partial<ProducePlan>, faults: readonly Fault[]][] = [
    ['batches that are acknowledged and lost, acks=1', { acks: 1 }, [{ effect: { kind: 'lose' }, percent: 2 }]],
    ['batches that are acknowledged and lost, acks=0', { acks: 0 }, [{ effect: { kind: 'lose' }, percent: 2 }]],
    ['batches that are stored twice', { acks: 1 }, [{ effect: { kind: 'repeat' }, percent: 2 }]],
    [
      'both at once, paced, with stamps in headers',
      { acks: 1, stamp: 'header', rate: { kind: 'records', perSec: 150_000 } },
      [
        { effect: { kind: 'lose' }, percent: 2 },
        { effect: { kind: 'repeat' }, percent: 2 },
      ],
    ],
    [
      'the last batch of a partition',
      { acks: 1, rate: { kind: 'records', perSec: 300_000 } },
      [{ effect: { kind: 'lose' }, match: { partition: 3 }, afterMs: 1_500 }],
    ],
  ]
  it.each(injected)('%s', { timeout }, async (_why, produce, faults) => {
    const records = 600_000
    const { result, log } = await roundtrip({ records, faults, produce: { ...produce, partitioner: inTurn } })
    const { accounting, totalRecords } = result.consume!
    expect(totalRecords).toBe(log.records)
    expect(accounting).toMatchObject({
      expected: records,
      received: log.distinct,
      lost: records - log.distinct,
      duplicated: log.duplicated,
      unread: 0,
      exact: true,
    })
    expect(records - log.distinct + log.duplicated).toBeGreaterThan(0)
    expect(codesOf(result)).toContain(log.distinct < records ? 'RECORDS_LOST' : 'RECORDS_DUPLICATED')
    expect(result.verdict).toBe('failed')
  })
})

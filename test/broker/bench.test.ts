// Shows millrace's own benchmark against the embedded broker, over real sockets and in threads of their own: produce, consume
// and roundtrip end with the verdict ok, which means that every acknowledged record is in the log and was read. In null mode
// the books balance too. Memory stays within the limit while ten times as much goes through a topic with retention.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import type { BenchPlan, ConsumePlan } from '../../loadgen/plan.ts'
import { runBench } from '../../loadgen/run.ts'
import { consumeDefaults, produceDefaults, producePlan } from '../kafka/bench/plans.ts'
import { settingsOf } from '../kafka/settings.ts'

const records = 200_000
const timeout = 60_000

function consumePlan(bootstrap: string, topic: string, consume: Partial<ConsumePlan> = {}): BenchPlan {
  const shared = { client: settingsOf(bootstrap), workers: 1, seed: 1, warmupMs: 0 }
  return { mode: 'consume', ...shared, records, topic: { name: topic }, consume: { ...consumeDefaults, ...consume } }
}

let cluster: EmbeddedCluster
beforeAll(async () => {
  cluster = await startBroker({ brokers: 3 })
})
afterAll(() => cluster.close())

describe('a bench run against the embedded broker', () => {
  it('produces, and then consumes what it produced', { timeout }, async () => {
    const create = { partitions: 6, replicationFactor: 3 }
    const produced = await runBench(producePlan(cluster.bootstrap, { topic: 'a', create, records }))
    expect(produced.verdict).toBe('ok')
    const consumed = await runBench(consumePlan(cluster.bootstrap, 'a'))
    expect(consumed.verdict).toBe('ok')
  })

  it.each([
    { why: 'idempotent, compressed', produce: { idempotent: true, compression: 'lz4' } },
    { why: 'acks=0', produce: { acks: 0 } },
  ] as const)('produces $why', { timeout }, async ({ why, produce }) => {
    const topic = `b-${why.replaceAll(/[^a-z]/g, '')}`
    const plan = producePlan(cluster.bootstrap, { topic, create: { partitions: 3 }, records, produce })
    expect((await runBench(plan)).verdict).toBe('ok')
  })

  it('makes a roundtrip', { timeout }, async () => {
    const written = producePlan(cluster.bootstrap, { topic: 'c', create: { partitions: 3 }, records: 50_000 })
    const consume = { ...consumeDefaults, decode: 'records', stopAtEnd: false } as const
    const plan: BenchPlan = { ...written, mode: 'roundtrip', produce: produceDefaults, consume }
    expect((await runBench(plan)).verdict).toBe('ok')
  })
})

describe('null mode', () => {
  it('acknowledges without storing, and serves as much as anybody reads', { timeout }, async () => {
    const none = await startBroker({ nullMode: true })
    const create = { partitions: 3 }
    const produced = await runBench(producePlan(none.bootstrap, { topic: 'a', create, records }))
    expect(produced.verdict).toBe('ok')
    const consumed = await runBench(consumePlan(none.bootstrap, 'a', { stopAtEnd: false }))
    expect(consumed.verdict).toBe('ok')
    expect(await none.run('stats')).toMatchObject({ memoryUsedBytes: 0 })
    await none.close()
  })
})

describe('the memory limit', () => {
  const mib = 1024 * 1024

  it('holds while ten times as much goes through a topic with retention, and the process grows by no more', {
    timeout,
  }, async () => {
    const memoryBytesMax = 64 * mib
    const small = await startBroker({ memoryBytesMax })
    const configs = { 'retention.bytes': String(16 * mib) }
    const size = { kind: 'fixed', bytes: 1_000 } as const
    const create = { partitions: 2, configs }
    const pushed = (records: number) =>
      runBench(producePlan(small.bootstrap, { topic: 'a', create, records, produce: { size } }))
    // The generator's own memory is in the first reading too.
    expect((await pushed(memoryBytesMax / 1_000)).verdict).toBe('ok')
    const beforeBytes = process.memoryUsage().rss
    expect((await pushed((10 * memoryBytesMax) / 1_000)).verdict).toBe('ok')
    // Were what retention drops not given back, it would be ten times the limit.
    expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(4 * memoryBytesMax)
    const { memoryUsedBytes } = await small.run('stats')
    expect(memoryUsedBytes).toBeLessThanOrEqual(memoryBytesMax)
    await small.close()
  })

  it('without retention ends the run with what to do, and the broker goes on serving', { timeout }, async () => {
    const notices: string[] = []
    const small = await startBroker({ memoryBytesMax: 8 * mib, onNotice: line => notices.push(line) })
    const size = { kind: 'fixed', bytes: 1_000 } as const
    const plan = producePlan(small.bootstrap, {
      topic: 'a',
      create: { partitions: 2 },
      records: 20_000,
      produce: { size, deliveryTimeoutMs: 1_000 },
    })
    const result = await runBench(plan)
    expect(result.verdict).toBe('failed')
    const told = JSON.stringify(result.reasons)
    expect(told).toContain('KAFKA_STORAGE_ERROR')
    expect(told).toContain('memory limit of the embedded broker')
    expect(told).toContain('--memory')
    expect(notices[0]).toContain('memory limit reached')
    const { memoryUsedBytes } = await small.run('stats')
    expect(memoryUsedBytes).toBeLessThanOrEqual(8 * mib)
    await small.close()
  })
})

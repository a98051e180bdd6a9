// Shows a consumer that times records of another host: by the offset that both have exchanged, which is the true one to within the
// error that is told; that runs of one host need no exchange; and that a peer who never answers fails the run.
// Method: the embedded broker, a real consuming run, and a producer in this test whose clock is three seconds ahead.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { ClockListener } from '../../loadgen/clock/listener.ts'
import { streamWord, writeStampRecord, writeStampRun } from '../../loadgen/payload/stamp.ts'
import type { BenchPlan } from '../../loadgen/plan.ts'
import type { Result } from '../../loadgen/result.ts'
import { runBench } from '../../loadgen/run.ts'
import { createTopic } from '../../wire/admin.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { Cluster } from '../../wire/cluster.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { consumeDefaults, producePlan } from '../kafka/bench/plans.ts'
import { settingsOf } from '../kafka/settings.ts'

const timeout = 60_000
const aheadUs = 3_000_000
const identity = { run: 0xbeef, host: 0x600d }
const nowUs = () => (performance.timeOrigin + performance.now()) * 1000 + aheadUs

let broker: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  broker = await startBroker()
  cluster = await Cluster.connect(settingsOf(broker.bootstrap))
})
afterAll(async () => {
  await cluster.close()
  await broker.close()
})

function consumePlan(topic: string, records: number, peers: readonly { host: string; port: number }[]): BenchPlan {
  const consume = { ...consumeDefaults, from: { kind: 'latest' }, decode: 'records', stopAtEnd: false } as const
  const shared = { client: settingsOf(broker.bootstrap), workers: 1, seed: 1, warmupMs: 0 }
  return { mode: 'consume', ...shared, records, topic: { name: topic }, consume, clock: { peers } }
}

/** Ten records, made now and 20 ms after their time. */
async function write(topic: string, from: number): Promise<void> {
  const records = Array.from({ length: 10 }, (_, index) => {
    const value = Buffer.alloc(40)
    const view = new DataView(value.buffer, value.byteOffset, value.length)
    writeStampRun(view, 0, identity)
    writeStampRecord(view, 0, streamWord(0, 0), from + index, Math.floor(nowUs()) - 20_000, 20_000)
    return { key: null, value, timestampMs: Date.now() }
  })
  const { id } = await cluster.topic(topic)
  const partitionData = [{ index: 0, records: buildBatch({ records }) }]
  const body = {
    transactionalId: null,
    acks: -1,
    timeoutMs: 5_000,
    topicData: [{ name: topic, topicId: id, partitionData }],
  }
  await cluster.send({ broker: 1 }, produce, body)
}

const count = 300

/** Writes from the first second of the consumer until it has read enough. */
async function consumed(topic: string): Promise<Result> {
  const listener = await ClockListener.open({ host: '127.0.0.1', port: 0 }, { identity, anchorUs: 0, nowUs })
  await createTopic(cluster, { name: topic, partitions: 1, replicationFactor: 1, configs: {} })
  let isOver = false
  const { promise: reading, resolve } = Promise.withResolvers<void>()
  const plan = consumePlan(topic, count, [{ host: '127.0.0.1', port: listener.port }])
  const run = runBench(plan, { onProgress: () => resolve() }).finally(() => {
    isOver = true
  })
  try {
    await Promise.race([reading, run])
    for (let from = 0; !isOver; from += 10) await write(topic, from)
    return await run
  } finally {
    listener.close()
  }
}

describe('a consumer on another host than the producer', () => {
  it('allows for the offset between their clocks, and tells how far off it may be', { timeout }, async () => {
    const { reasons, consume } = await consumed('apart')
    expect(reasons).toEqual([])
    const { clocks, errorMs, ofOtherHosts } = consume!.timing!
    const [clock] = clocks!
    expect(clock).toMatchObject({ how: 'exchanged', run: '0000beef', exact: false, steps: 0 })
    expect(Math.abs(clock!.offsetMs! - aheadUs / 1000)).toBeLessThanOrEqual(clock!.errorMs!)
    expect(errorMs).toBeGreaterThan(0)
    const { latency, latencySinceSent } = consume!
    expect([latency!.count, ofOtherHosts]).toEqual([count, 0])
    expect(latencySinceSent!.count).toBe(latency!.count)
    expect(latency!.minMs).toBeGreaterThanOrEqual(19 - errorMs!)
    expect(latency!.p50Ms).toBeLessThan(aheadUs / 1000)
  })

  it('fails when the peer never answers', { timeout }, async () => {
    await createTopic(cluster, { name: 'silent', partitions: 1, replicationFactor: 1, configs: {} })
    const unheard = await ClockListener.open({ host: '127.0.0.1', port: 0 }, { identity, anchorUs: 0, nowUs })
    const { port } = unheard
    unheard.close()
    const plan = { ...consumePlan('silent', 10, [{ host: '127.0.0.1', port }]), durationMs: 200 }
    const { verdict, reasons } = await runBench(plan)
    expect([verdict, reasons.map(({ code }) => code)]).toEqual(['failed', ['CLOCK_UNREACHABLE']])
  })
})

describe('a consumer on the host of the producer', () => {
  it('has one clock with it, to within what each has misread at its start', { timeout }, async () => {
    const create = { partitions: 1 }
    const rate = { kind: 'records', perSec: 500 } as const
    const writing = producePlan(broker.bootstrap, { topic: 'here', create, durationMs: 1_500, produce: { rate } })
    const { promise: begun, resolve } = Promise.withResolvers<void>()
    const produced = runBench(writing, { onNotice: text => text.startsWith('created topic') && resolve() })
    await begun
    const { verdict, consume } = await runBench({ ...consumePlan('here', 300, []), clock: { peers: [] } })
    await produced
    expect(verdict).toBe('ok')
    expect(consume!.timing!.clocks).toMatchObject([{ how: 'one-host', offsetMs: 0 }])
    expect(consume!.timing!.errorMs).toBeGreaterThan(0)
    expect(consume!.timing!.errorMs).toBeLessThan(2)
  })
})

// Shows that no record is lost and none is doubled when a broker dies: three brokers, acks=all, an idempotent producer, and
// a SIGKILL for a broker that leads partitions in the middle of the run; some seconds later it comes back.
// Method: the topic is read back over wire/ and the sequence that is stamped on every record is looked for.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runBench } from '../../loadgen/run.ts'
import { Cluster } from '../../wire/cluster.ts'
import { stampOf } from '../loadgen/stamps.ts'
import { producePlan } from './bench/plans.ts'
import { readBatches } from './bench/read-back.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { settingsOf } from './settings.ts'

describeBrokers('bench, when a broker of three is killed', broker => {
  let kafka: TestCluster
  let cluster: Cluster
  beforeAll(async () => {
    kafka = await broker.start({ brokers: 3 })
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
  })
  afterAll(async () => {
    await cluster?.close()
    await kafka?.stop()
  })

  it('loses nothing and doubles nothing', { timeout: 170_000 }, async () => {
    const topic = 'failover'
    const workers = 2
    const plan = producePlan(kafka.bootstrap, {
      topic,
      create: { partitions: 6, replicationFactor: 3 },
      workers,
      durationMs: 25_000,
      produce: { idempotent: true, rate: { kind: 'records', perSec: 20_000 }, deliveryTimeoutMs: 60_000 },
    })
    const underLoad = Promise.withResolvers<void>()
    const run = runBench(plan, {
      onProgress: ({ producedTotal }) => {
        if (producedTotal > 60_000) underLoad.resolve()
      },
    })
    await Promise.race([underLoad.promise, run])
    const { partitions } = await cluster.topic(topic, { allowCached: false })
    const victim = kafka.brokers.find(({ id }) => id === partitions[0]!.leader)!
    await victim.kill()
    await delay(6_000)
    await victim.start()
    const result = await run

    expect(result).toMatchObject({ verdict: 'ok', reasons: [], delivery: { confirmed: true } })
    expect(result.produce!.retries).toBeGreaterThan(0)
    expect(Object.keys(result.produce!.retriesByCode)).not.toEqual([])
    const streams = await readBack(cluster, topic)
    // Worker by partition: the sequences 0, 1, 2, … are all there, once and in order.
    expect(streams.size).toBe(workers * 6)
    for (const { records, outOfPlace } of streams.values()) {
      expect(records).toBeGreaterThan(10_000)
      expect(outOfPlace).toBe(0)
    }
    const total = [...streams.values()].reduce((sum, { records }) => sum + records, 0)
    expect(total).toBe(result.delivery!.acked)
  })
})

interface Found {
  records: number
  /** Records that are not the one after the one before. */
  outOfPlace: number
}

async function readBack(cluster: Cluster, topic: string): Promise<Map<string, Found>> {
  const streams = new Map<string, Found>()
  for await (const { partition, batch } of readBatches(cluster, topic)) {
    for (const { value } of batch.records) {
      const { producer, sequence } = stampOf(value!)!
      const key = `${producer}/${partition}`
      const found = streams.get(key) ?? { records: 0, outOfPlace: 0 }
      streams.set(key, found)
      if (sequence !== found.records) found.outOfPlace++
      found.records++
    }
  }
  return streams
}

// Shows that no record is lost and none is doubled when a broker dies: three brokers, acks=all, an idempotent producer, and
// a SIGKILL for a broker that leads partitions in the middle of the run; some seconds later it comes back.
// Method: the topic is read back over wire/ and the sequence number that is stamped on every record is looked for.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readStampSequence } from '../../loadgen/payload/stamp.ts'
import { runBench } from '../../loadgen/run.ts'
import { Cluster } from '../../wire/cluster.ts'
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
    const run = runBench(plan)
    await delay(8_000)
    const { partitions } = await cluster.topic(topic, { allowCached: false })
    const victim = kafka.brokers.find(({ id }) => id === partitions[0]!.leader)!
    await victim.kill()
    await delay(6_000)
    await victim.start()
    const result = await run

    expect(result).toMatchObject({ verdict: 'ok', reasons: [], delivery: { confirmed: true } })
    expect(result.produce!.retries).toBeGreaterThan(0)
    expect(Object.keys(result.produce!.retriesByCode)).not.toEqual([])
    const found = await readBack(cluster, topic, workers)
    expect(found.reduce((sum, { records }) => sum + records, 0)).toBe(result.delivery!.acked)
    for (const [worker, { records, distinct, highest, outOfOrder }] of found.entries()) {
      expect(records).toBeGreaterThan(50_000)
      // Worker w of n stamps w, w + n, w + 2n, …: as many different ones as the highest tells means all of them, once.
      expect({ distinct, highest, outOfOrder }).toEqual({
        distinct: records,
        highest: (records - 1) * workers + worker,
        outOfOrder: 0,
      })
    }
  })
})

interface Found {
  records: number
  distinct: number
  highest: number
  /** Records that stand in a partition behind a later one of the same worker. */
  outOfOrder: number
}

async function readBack(cluster: Cluster, topic: string, workers: number): Promise<Found[]> {
  const found = Array.from({ length: workers }, () => ({ records: 0, distinct: 0, highest: -1, outOfOrder: 0 }))
  const seen = new Set<number>()
  const lastOf = new Map<string, number>()
  for await (const { partition, batch } of readBatches(cluster, topic)) {
    for (const { value } of batch.records) {
      const sequence = readStampSequence(value!, 0, value!.length, 'binary')
      const worker = sequence % workers
      const of = found[worker]!
      const stream = `${partition}/${worker}`
      if (sequence <= (lastOf.get(stream) ?? -1)) of.outOfOrder++
      lastOf.set(stream, sequence)
      if (!seen.has(sequence)) of.distinct++
      seen.add(sequence)
      of.records++
      of.highest = Math.max(of.highest, sequence)
    }
  }
  return found
}

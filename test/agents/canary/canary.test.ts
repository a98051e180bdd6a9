// Shows the canary against a cluster: it makes its topic and covers every broker, counts what comes back, tells a broker that
// stops answering by name, and proves loss where the broker acknowledges and does not store.
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { Canary, type CanarySettings } from '../../../agents/canary/canary.ts'
import type { CanaryReport } from '../../../agents/canary/report.ts'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { createTopic, deleteTopic, fetchCommittedOffsets } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { settingsOf } from '../../kafka/settings.ts'

const waiting = { timeout: 25_000, interval: 50 }
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  pause: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {}),
}

const settings: CanarySettings = {
  topic: { name: 'canary', replicationFactor: 3, isMade: true },
  group: 'canary',
  probeIntervalMs: 50,
  lateAfterMs: 60_000,
  timeoutMs: 1_000,
}

async function start(brokers: number, changes: Partial<CanarySettings> = {}) {
  const embedded: EmbeddedCluster = await startBroker({ brokers })
  closers.push(() => embedded.close())
  const client = settingsOf(embedded.bootstrap, { requestTimeoutMs: 2_000, connectTimeoutMs: 1_000 })
  const cluster = await Cluster.connect(client)
  const canary = new Canary(cluster, { ...settings, ...changes }, clock)
  closers.push(() => cluster.close(), () => canary.close()) // biome-ignore format: one line
  return { embedded, cluster, canary }
}

const total = ({ partitions }: CanaryReport, name: keyof CanaryReport['partitions'][number]['counts']) =>
  partitions.reduce((sum, { counts }) => sum + counts[name], 0)

it('makes a topic with a partition for each broker, and everything comes back', async () => {
  const { cluster, canary } = await start(3)
  await canary.look()
  const report = await vi.waitFor(async () => {
    const found = await canary.look()
    expect(total(found, 'received')).toBeGreaterThan(15)
    return found
  }, waiting)
  expect(report.brokers.map(({ broker, isCovered }) => [broker, isCovered])).toEqual([[1, true], [2, true], [3, true]]) // biome-ignore format: one line
  for (const name of ['lost', 'late', 'duplicated', 'reordered', 'unresolved'] as const)
    expect(total(report, name)).toBe(0)
  for (const { produceLatency, endToEndLatency } of report.brokers) {
    expect(produceLatency.counts.reduce((sum, count) => sum + count)).toBeGreaterThan(0)
    expect(endToEndLatency.sumSec).toBeGreaterThan(0)
  }
  expect(report.failures).toEqual([])
  const { partitions } = await cluster.topic('canary')
  expect(partitions.map(({ replicas }) => replicas)).toEqual([[1, 2, 3], [2, 3, 1], [3, 1, 2]]) // biome-ignore format: one line
})

it('commits as its group, and times that', async () => {
  const { cluster, canary } = await start(1)
  await canary.look()
  await vi.waitFor(async () => {
    const { commitLatency } = await canary.look()
    expect(commitLatency.counts.reduce((sum, count) => sum + count)).toBeGreaterThan(0)
  }, waiting)
  expect((await fetchCommittedOffsets(cluster, 'canary', 'canary', [0])).get(0)!.offset).toBeGreaterThan(0)
})

it('a record that is acknowledged and not stored is lost, and the others are not', async () => {
  const { embedded, canary } = await start(1)
  await canary.look()
  await vi.waitFor(async () => expect(total(await canary.look(), 'received')).toBeGreaterThan(2), waiting)
  await embedded.faults.add({ match: { api: 'Produce' }, effect: { kind: 'lose' }, times: 2 })
  await vi.waitFor(async () => expect(total(await canary.look(), 'lost')).toBe(2), waiting)
  const { counts } = (await canary.look()).partitions[0]!
  expect(counts).toMatchObject({ duplicated: 0, late: 0 })
})

it('a record that the broker stores twice is a duplicate', async () => {
  const { embedded, canary } = await start(1)
  await canary.look()
  await embedded.faults.add({ match: { api: 'Produce' }, effect: { kind: 'repeat' }, times: 3 })
  await vi.waitFor(async () => expect(total(await canary.look(), 'duplicated')).toBe(3), waiting)
  expect(total(await canary.look(), 'lost')).toBe(0)
})

it('one broker of three stops: it is named, and the others go on', async () => {
  const { embedded, canary } = await start(3, { timeoutMs: 500 })
  await canary.look()
  await vi.waitFor(async () => expect(total(await canary.look(), 'received')).toBeGreaterThan(5), waiting)
  await embedded.run('stopBroker', 2)
  await vi.waitFor(async () => {
    const { failures, brokers } = await canary.look()
    expect(failures.map(({ broker }) => broker)).toContain(2)
    // Its partition has another leader now, so that it is no part of the cluster, or leads nothing.
    expect(brokers.find(({ broker }) => broker === 2)?.isCovered ?? false).toBe(false)
  }, waiting)
  const before = total(await canary.look(), 'received')
  await vi.waitFor(async () => expect(total(await canary.look(), 'received')).toBeGreaterThan(before + 9), waiting)
  expect(total(await canary.look(), 'lost')).toBe(0)
})

it('a topic that is deleted and made again is read from its own beginning; nothing of the old one counts as lost', async () => {
  const { cluster, canary } = await start(1)
  await canary.look()
  await vi.waitFor(async () => expect(total(await canary.look(), 'received')).toBeGreaterThan(5), waiting)
  await deleteTopic(cluster, 'canary')
  await createTopic(cluster, { name: 'canary', partitions: 1, replicationFactor: 1 })
  const before = total(await canary.look(), 'received')
  await vi.waitFor(async () => expect(total(await canary.look(), 'received')).toBeGreaterThan(before + 5), waiting)
  expect(total(await canary.look(), 'lost')).toBe(0)
})

it('a topic that is not there and not to be made is an error that says so', async () => {
  const { canary } = await start(1, { topic: { name: 'missing', replicationFactor: 1, isMade: false } })
  await expect(canary.look()).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
})

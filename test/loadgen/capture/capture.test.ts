// Shows what a capture takes: records of all partitions in the order of time, as many as were asked for, and when it is ended
// early what there is by then. Method: a capture from an embedded broker, with a clock of ours.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { captureProfile } from '../../../loadgen/capture/capture.ts'
import { createTopic } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { append } from '../../agents/writing.ts'
import { settingsOf } from '../../kafka/settings.ts'

const firstMs = 1_767_323_045_000
let brokers: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  brokers = await startBroker({ inThread: true })
  cluster = await Cluster.connect(settingsOf(brokers.bootstrap))
  await createTopic(cluster, { name: 'orders', partitions: 2, replicationFactor: 1 })
  const at = (...seconds: readonly number[]) => seconds.map(second => firstMs + second * 1000)
  await append(cluster, 'orders', 0, at(0, 2, 4, 6))
  // The clock of its producer was set back once.
  await append(cluster, 'orders', 1, at(1, 5, 3, 7))
})
afterAll(async () => {
  await cluster.close()
  await brokers.close()
})

async function capture(records: number, nowMs = () => 0, signal = new AbortController().signal) {
  const settings = { topic: 'orders', from: { kind: 'earliest' }, records, nowMs, wallMs: () => 0 } as const
  const captured = await captureProfile(cluster, settings, signal)
  const [, ...lines] = captured.text.trimEnd().split('\n')
  return lines.map(line => JSON.parse(line)).map(({ partition, atMs }) => [partition, atMs])
}

const inTime = [
  [0, 0],
  [1, 1000],
  [0, 2000],
  [0, 4000],
  [1, 5000],
  [1, 5000],
  [0, 6000],
  [1, 7000],
]

it('all partitions in the order of time, each in its own', async () => {
  expect(await capture(8)).toEqual(inTime)
})

it('as many records as were asked for, from all partitions', async () => {
  expect(await capture(3)).toEqual(inTime.slice(0, 3))
})

it('ended early: what has come by then', async () => {
  const end = new AbortController()
  let looks = 0
  const nowMs = () => {
    // At the beginning, before the first answer, before the second.
    if (++looks === 3) end.abort()
    return 0
  }
  expect(await capture(1_000, nowMs, end.signal)).toEqual(inTime)
})

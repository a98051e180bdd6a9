// Shows that a consumer of kafkajs that starts anew by itself is waited for. In a cluster that has just begun, the first coordinator of
// groups takes some seconds to load; kafkajs says then that it has crashed, and joins again.
// Method: kafkajs itself, against the embedded broker, which turns the first member away.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import type { RecordSink } from '../../../loadgen/driver.ts'
import { driver } from '../../../loadgen/drivers/kafkajs.ts'
import { createTopic } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { append } from '../../agents/writing.ts'
import { settingsOf } from '../../kafka/settings.ts'
import { consumeOf } from '../plans.ts'

const topic = 'orders'
let broker: EmbeddedCluster
beforeAll(async () => {
  broker = await startBroker()
  const cluster = await Cluster.connect(settingsOf(broker.bootstrap))
  await createTopic(cluster, { name: topic, partitions: 1, replicationFactor: 1 })
  await append(cluster, topic, 0, [1_000, 2_000])
  await cluster.close()
})
afterAll(() => broker?.close())

it('is waited for when its coordinator is not there yet', async () => {
  await broker.faults.add({
    match: { api: 'JoinGroup' },
    effect: { kind: 'error', code: 'COORDINATOR_LOAD_IN_PROGRESS' },
    times: 1,
  })
  const record = vi.fn<RecordSink['record']>()
  const failed = vi.fn()
  const consumer = await driver.openConsumer({
    ...{ client: settingsOf(broker.bootstrap), topic, worker: 0, plan: consumeOf(), failed },
    assignments: [{ partition: 0, startOffset: 1, endOffset: 2 }],
    sink: { positions: new Map(), wantsTimestamps: false, record, reached() {}, burst() {}, fetched() {} },
  })
  consumer.start()
  await vi.waitFor(() => expect(record).toHaveBeenCalled(), 10_000)
  await consumer.close()
  // From where it was told to begin.
  expect(record.mock.calls.map(([partition, offset]) => [partition, offset])).toEqual([[0, 1]])
  expect(failed).not.toHaveBeenCalled()
})

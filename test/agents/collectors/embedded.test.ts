// Shows the collectors of health asking a cluster: the embedded broker with three brokers, of which one dies.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { canaryCollector } from '../../../agents/collectors/canary.ts'
import { groupsCollector } from '../../../agents/collectors/groups.ts'
import { lagCollector } from '../../../agents/collectors/lag.ts'
import { logDirsCollector } from '../../../agents/collectors/log-dirs.ts'
import { quorumCollector } from '../../../agents/collectors/quorum.ts'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import type { MillraceError } from '../../../core/errors.ts'
import { commitOffsets, createTopic } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { settingsOf } from '../../kafka/settings.ts'
import { looker } from '../look.ts'
import { append } from '../writing.ts'

let brokers: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  brokers = await startBroker({ brokers: 3 })
  cluster = await Cluster.connect(settingsOf(brokers.bootstrap, { requestTimeoutMs: 2_000, connectTimeoutMs: 1_000 }))
  await createTopic(cluster, { name: 'orders', partitions: 3, replicationFactor: 1 })
  for (const partition of [0, 1, 2]) await append(cluster, 'orders', partition, [Date.now()])
  await commitOffsets(cluster, 'billing', 'orders', new Map([[0, 1]]))
})
afterAll(async () => {
  await cluster?.close()
  await brokers?.close()
})

it('reads the quorum', async () => {
  const { lines, value } = await looker(quorumCollector, cluster)()
  expect(value('quorum_leader_epoch{cluster="c"}')).toBe(1)
  expect(lines.filter(line => line.startsWith('quorum_node_info'))).toHaveLength(3)
})

it('reads the groups', async () => {
  const { value } = await looker(groupsCollector, cluster)()
  expect(value('cluster_groups{cluster="c",type="classic",state="Empty"}')).toBe(1)
  expect(value('consumer_group_assignment_changes_total{cluster="c",group="billing"}')).toBe(0)
})

it('answers about lag from looks that are over, while one is reading records', async () => {
  const reading = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const slow = {
    metadata: (...request: Parameters<Cluster['metadata']>) => cluster.metadata(...request),
    send: async (...request: Parameters<Cluster['send']>) => {
      if (request[1].name === 'Fetch') {
        asked.resolve()
        await reading.promise
      }
      return cluster.send(...request)
    },
    forget: (error: MillraceError) => cluster.forget(error),
  } as unknown as Cluster
  const look = looker(lagCollector, slow)
  const told = async () => {
    const { groups } = (await look.answer('group=billing')) as { groups: LagAnswer[] }
    return groups[0]!.topics[0]!.partitions.map(({ committed, highWatermark, lag }) => [committed, highWatermark, lag])
  }
  await look()
  expect(await told()).toEqual([[1, 1, 0]])
  await append(cluster, 'orders', 0, [Date.now(), Date.now()])
  const second = look()
  await asked.promise
  await commitOffsets(cluster, 'billing', 'orders', new Map([[0, 2]]))
  const answer = told()
  reading.resolve()
  await second
  expect(await answer).toEqual([[1, 3, 2]])
})

interface LagAnswer {
  readonly topics: readonly {
    readonly partitions: readonly Readonly<Record<'committed' | 'highWatermark' | 'lag', number>>[]
  }[]
}

it('reads the log directories, and goes on with the others when a broker dies', async () => {
  const look = looker(logDirsCollector, cluster)
  const whole = await look()
  expect(whole.gaps).toEqual([])
  expect(whole.lines.filter(line => line.startsWith('log_dir_online'))).toHaveLength(3)
  expect(whole.value('topic_log_bytes{cluster="c",topic="orders"}')).toBeGreaterThan(0)
  await brokers.run('stopBroker', 3)
  const part = await look()
  expect(part.gaps).toMatchObject([{ about: 'broker', name: '3' }])
  expect(part.lines.filter(line => line.startsWith('log_dir_online'))).toHaveLength(2)
})

it('runs the canary', async () => {
  const collector = looker(canaryCollector, cluster, { values: { 'probe-interval': 20, 'replication-factor': 1 } })
  const received = /^canary_records_received_total\{.*\} [1-9]/
  await vi.waitFor(async () => expect((await collector()).lines.some(line => received.test(line))).toBe(true), 20_000)
  const { lines, value } = await collector()
  expect(value('canary_end_to_end_seconds_count{cluster="c",broker="1"}')).toBeGreaterThan(0)
  expect(lines.filter(line => line.startsWith('canary_produce_seconds_bucket{cluster="c",broker="1"'))).toHaveLength(36)
  await collector.close()
})

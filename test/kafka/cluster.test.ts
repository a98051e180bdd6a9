// Shows a client of a whole cluster against both brokers: it gets in by any address that lives, speaks the newest versions
// that both sides know, and follows a leader that was killed.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { commitOffsets, createTopic, describeBroker, fetchCommittedOffsets, listOffsets } from '../../wire/admin.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { findCoordinator } from '../../wire/apis/10-find-coordinator.ts'
import { Cluster } from '../../wire/cluster.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { freePorts, kafkaVersionDefault, kafkaVersionOldest } from './harness/index.ts'
import { hostPorts, settingsOf } from './settings.ts'
import { writeBatch } from './write-batch.ts'

const newest = { produceVersion: 13, fetchVersion: 18, printed: /^4\.\d+ \(metadata\.version 4\./ }
const oldest = { produceVersion: 11, fetchVersion: 17, printed: /^3\.9 \(metadata\.version 3\.9-IV0\)$/ }

describeBrokers(
  'a cluster of one broker',
  broker => {
    const { produceVersion, fetchVersion, printed } = broker.version.startsWith('3.') ? oldest : newest
    let kafka: TestCluster
    beforeAll(async () => {
      kafka = await broker.start()
    })
    afterAll(() => kafka?.stop())

    it('is spoken to in the newest versions that both know', async () => {
      const cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
      try {
        const connection = await cluster.connection(1)
        expect(connection.versionOf(produce)).toBe(produceVersion)
        expect(connection.versionOf(fetch)).toBe(fetchVersion)
        expect((await describeBroker(cluster)).version).toMatch(printed)
      } finally {
        await cluster.close()
      }
    })

    it('is found although the first address is dead', async () => {
      const [dead] = await freePorts(1)
      const cluster = await Cluster.connect(settingsOf(`127.0.0.1:${dead},${kafka.bootstrap}`))
      try {
        const { brokers, clusterId, controllerId } = await cluster.metadata()
        const [address] = hostPorts(kafka.bootstrap)
        expect([...brokers]).toEqual([[1, { ...address, rack: null }]])
        expect([typeof clusterId, controllerId]).toEqual(['string', 1])
      } finally {
        await cluster.close()
      }
    })
  },
  { versions: [kafkaVersionDefault, kafkaVersionOldest] },
)

describeBrokers('a cluster of three brokers', broker => {
  let kafka: TestCluster
  let cluster: Cluster
  beforeAll(async () => {
    kafka = await broker.start({ brokers: 3, heapMb: 384 })
    // A broker is missed after nine seconds, and its partitions have to find new leaders then.
    cluster = await Cluster.connect(settingsOf(kafka.bootstrap, { requestTimeoutMs: 60_000 }))
  })
  afterAll(async () => {
    await cluster?.close()
    await kafka?.stop()
  })

  it('keeps taking records for a partition whose leader is killed', async () => {
    const { id: topicId } = await createTopic(cluster, { name: 'moving', partitions: 1, replicationFactor: 3 })
    // Leaders are spread: each broker has one of these.
    const lonely = await createTopic(cluster, { name: 'lonely', partitions: 3, replicationFactor: 1 })
    const records = buildBatch({ records: [{ key: null, value: Buffer.from('one'), timestampMs: 1_700_000_000_000 }] })
    const send = () => writeBatch(cluster, { topic: 'moving', topicId, partition: 0 }, records)
    const leaderOf = async () => (await cluster.topic('moving')).partitions[0]!.leader

    expect(await send()).toBe(0)
    const before = await leaderOf()
    const killed = kafka.brokers.find(({ id }) => id === before)!
    await killed.kill()
    expect(await send()).toBe(1)
    expect(await leaderOf()).not.toBe(before)
    // As others see it: a replica is missing, and what had no other replica has no leader.
    const own = lonely.partitions.filter(({ leader }) => leader === before).map(({ index }) => `lonely-${index}`)
    expect(own).toHaveLength(1)
    const wait = { timeout: 30_000, interval: 200 }
    await vi.waitFor(async () => {
      const { underReplicated, offline } = await kafka.tools.unhealthy()
      expect(offline).toEqual(own)
      // Kafka also counts the lonely one here, whose last replica it takes out of the ISR; the embedded broker leaves it in.
      expect(underReplicated.filter(name => !own.includes(name))).toEqual(['moving-0'])
    }, wait)

    await killed.start()
    await vi.waitFor(
      async () => {
        const { partitions } = await cluster.topic('moving', { allowCached: false })
        expect([...partitions[0]!.isr].sort()).toEqual([1, 2, 3])
      },
      { timeout: 60_000, interval: 200 },
    )
    // The connection that died with the broker is opened again.
    expect((await cluster.connection(before)).isOpen).toBe(true)
  })

  it('finds a coordinator and leaders again whichever broker is killed', async () => {
    await createTopic(cluster, { name: 'grouped', partitions: 3, replicationFactor: 3 })
    await commitOffsets(cluster, 'walkers', 'grouped', new Map([[1, 0]]))
    await listOffsets(cluster, 'grouped', 'all', 'latest')
    const coordinator = await coordinatorOf('walkers')
    await kafka.brokers.find(({ id }) => id === coordinator)!.kill()
    const committed = await fetchCommittedOffsets(cluster, 'walkers', 'grouped', [0, 1])
    expect([...committed.keys()]).toEqual([1])
    expect([...(await listOffsets(cluster, 'grouped', 'all', 'latest')).keys()]).toEqual([0, 1, 2])
    expect(await coordinatorOf('walkers')).not.toBe(coordinator)
  })

  async function coordinatorOf(group: string): Promise<number> {
    const answer = await cluster.send('any', findCoordinator, { key: group, coordinatorKeys: [group] })
    return answer.coordinators[0]!.nodeId
  }
})

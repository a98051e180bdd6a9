// Shows what is asked of a cluster besides records, against both brokers, real Kafka in both lines: topics, settings, offsets, groups,
// producer identities; and what a user is told when the cluster says no.
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  commitOffsets,
  createTopic,
  deleteTopic,
  describeTopicConfigs,
  fetchCommittedOffsets,
  initProducerId,
  listOffsets,
} from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { kafkaVersionDefault, kafkaVersionOldest } from './harness/index.ts'
import { settingsOf } from './settings.ts'
import { writeBatch } from './write-batch.ts'

const firstMs = 1_700_000_000_000

/** Three records, a second apart. */
async function writeThree(cluster: Cluster, topic: string, topicId: string, partition: number): Promise<void> {
  const times = [firstMs, firstMs + 1_000, firstMs + 2_000]
  const records = buildBatch({
    records: times.map(timestampMs => ({ key: null, value: Buffer.from('x'), timestampMs })),
  })
  await writeBatch(cluster, { topic, topicId, partition }, records)
}

describeBrokers(
  'administration',
  broker => {
    let kafka: TestCluster
    let cluster: Cluster
    beforeAll(async () => {
      kafka = await broker.start()
      cluster = await Cluster.connect(settingsOf(kafka.bootstrap))
    })
    afterAll(async () => {
      await cluster?.close()
      await kafka?.stop()
    })

    it('makes a topic with its settings, and deletes it', async () => {
      const configs = { 'retention.ms': '12345' }
      const made = await createTopic(cluster, { name: 'made', partitions: 4, replicationFactor: 1, configs })
      expect(made.partitions.map(({ index, leader }) => [index, leader])).toEqual([0, 1, 2, 3].map(index => [index, 1]))
      const entries = await describeTopicConfigs(cluster, 'made', ['retention.ms', 'cleanup.policy'])
      expect(Object.fromEntries(entries)).toEqual({
        'retention.ms': { value: '12345', isDefault: false },
        'cleanup.policy': { value: 'delete', isDefault: true },
      })

      await deleteTopic(cluster, 'made')
      await expect(deleteTopic(cluster, 'made')).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
    })

    it.each([
      {
        why: 'a replication factor above the broker count',
        spec: { name: 'wide', partitions: 1, replicationFactor: 3 },
        says: /INVALID_REPLICATION_FACTOR \(38\): .*(replica|broker)/i,
      },
      {
        why: 'a topic that exists',
        spec: { name: 'twice', partitions: 1, replicationFactor: 1 },
        says: /TOPIC_ALREADY_EXISTS \(36\): Topic 'twice' already exists/,
      },
      {
        why: 'a setting that does not exist',
        spec: { name: 'odd', partitions: 1, replicationFactor: 1, configs: { 'no.such.setting': '1' } },
        says: /INVALID_CONFIG \(40\): .*no\.such\.setting/,
      },
      {
        why: 'a name that is not allowed',
        spec: { name: 'no spaces', partitions: 1, replicationFactor: 1 },
        says: /INVALID_TOPIC_EXCEPTION \(17\): .*no spaces/,
      },
    ])("says why a topic cannot be made, in the broker's words: $why", async ({ spec, says }) => {
      if (spec.name === 'twice') await createTopic(cluster, spec)
      const refused = expect(createTopic(cluster, spec)).rejects
      await refused.toMatchObject({ code: 'TOPIC_CREATE_FAILED', message: expect.stringMatching(says) })
    })

    it('finds offsets by position and by time, on all partitions', async () => {
      const { id } = await createTopic(cluster, { name: 'log', partitions: 2, replicationFactor: 1 })
      await writeThree(cluster, 'log', id, 1)
      const offsets = async (position: Parameters<typeof listOffsets>[3], partitions: number[] | 'all' = 'all') =>
        [...(await listOffsets(cluster, 'log', partitions, position))].map(([index, { offset }]) => [index, offset])

      expect(await offsets('earliest')).toEqual([
        [0, 0],
        [1, 0],
      ])
      expect(await offsets('latest')).toEqual([
        [0, 0],
        [1, 3],
      ])
      expect(await offsets({ timestampMs: firstMs + 500 })).toEqual([
        [0, -1],
        [1, 1],
      ])
      expect(await offsets('latest', [1])).toEqual([[1, 3]])
      const found = await listOffsets(cluster, 'log', [1], { timestampMs: firstMs + 1_500 }, 'read_committed')
      expect(found.get(1)).toEqual({ offset: 2, timestampMs: firstMs + 2_000, leaderEpoch: 0 })
    })

    it('says TOPIC_UNKNOWN for a topic and for a partition that are not there, without waiting for long', async () => {
      const unknown = { code: 'TOPIC_UNKNOWN', exitCode: 23 }
      await expect(listOffsets(cluster, 'nowhere', 'all', 'latest')).rejects.toMatchObject(unknown)
      await expect(listOffsets(cluster, 'log', [7], 'latest')).rejects.toMatchObject(unknown)
      await expect(describeTopicConfigs(cluster, 'nowhere')).rejects.toMatchObject(unknown)
    })

    it('commits the positions of a group without members, and reads them back', async () => {
      expect(await fetchCommittedOffsets(cluster, 'readers', 'log', [0, 1])).toEqual(new Map())
      await commitOffsets(cluster, 'readers', 'log', new Map([[1, 2]]))
      const committed = await fetchCommittedOffsets(cluster, 'readers', 'log', [0, 1])
      expect(committed).toEqual(new Map([[1, { offset: 2, leaderEpoch: -1, metadata: '' }]]))
    })

    it('gives every producer an identity of its own', async () => {
      const [one, other] = [await initProducerId(cluster), await initProducerId(cluster)]
      expect(one.producerEpoch).toBe(0)
      expect(one.producerId).not.toBe(other.producerId)
    })
  },
  { versions: [kafkaVersionDefault, kafkaVersionOldest] },
)

describeBrokers('a user without an ACL', broker => {
  broker.needs('authorization', () => {
    let kafka: TestCluster
    let cluster: Cluster
    beforeAll(async () => {
      const users = { nobody: 'nobody-secret' }
      kafka = await broker.start({ security: 'SASL_PLAINTEXT', saslMechanisms: ['PLAIN'], users, acls: true })
      const admin = await Cluster.connect(settingsOf(kafka.adminBootstrap))
      await createTopic(admin, { name: 'secret', partitions: 1, replicationFactor: 1 })
      await admin.close()
      const sasl = { mechanism: 'PLAIN', username: 'nobody', password: users.nobody } as const
      cluster = await Cluster.connect(settingsOf(kafka.bootstrap, { securityProtocol: 'SASL_PLAINTEXT', sasl }))
    })
    afterAll(async () => {
      await cluster?.close()
      await kafka?.stop()
    })

    const refused = { code: 'AUTHORIZATION_FAILED', exitCode: 22, retriable: false }

    it('is told so for a topic, a new topic, a group and a producer identity', async () => {
      await expect(listOffsets(cluster, 'secret', 'all', 'latest')).rejects.toMatchObject(refused)
      await expect(describeTopicConfigs(cluster, 'secret')).rejects.toMatchObject(refused)
      const spec = { name: 'mine', partitions: 1, replicationFactor: 1 }
      await expect(createTopic(cluster, spec)).rejects.toMatchObject(refused)
      await expect(deleteTopic(cluster, 'secret')).rejects.toMatchObject(refused)
      await expect(commitOffsets(cluster, 'theirs', 'secret', new Map([[0, 0]]))).rejects.toMatchObject(refused)
      await expect(initProducerId(cluster)).rejects.toMatchObject(refused)
    })
  })
})

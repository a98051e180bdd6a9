// Shows the rights that docs/agent.md names, against the authorizer of a real broker: with them every collector finds
// everything; without one of them the rest goes on, and what is missing is counted by its reason.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CollectorKind } from '../../agents/collector.ts'
import { canaryCollector } from '../../agents/collectors/canary.ts'
import { groupsCollector } from '../../agents/collectors/groups.ts'
import { lagCollector } from '../../agents/collectors/lag.ts'
import { logDirsCollector } from '../../agents/collectors/log-dirs.ts'
import { quorumCollector } from '../../agents/collectors/quorum.ts'
import { topicsCollector } from '../../agents/collectors/topics.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { type LookOptions, looker } from '../agents/look.ts'
import { append } from '../agents/writing.ts'
import { describeKafka } from './harness/describe-kafka.ts'
import { type KafkaCluster, startKafka } from './harness/index.ts'
import { settingsOf } from './settings.ts'

const waiting = { timeout: 30_000, interval: 100 }
const user = { username: 'agent', password: 'agent-secret' }

/** As arguments of kafka-acls. */
const everything = '--operation Describe --cluster --topic * --group *'
const topics = '--operation DescribeConfigs --operation Read --topic *'
const configs = '--operation DescribeConfigs --topic *'
const groups = '--operation Describe --group *'
const canary = [
  '--operation Create --operation Describe --operation Read --operation Write --topic millrace-canary',
  '--operation Read --group millrace-canary',
]

describeKafka('what the agent may do', () => {
  let kafka: KafkaCluster
  let admin: Cluster
  let agent: Cluster
  beforeAll(async () => {
    const security = {
      security: 'SASL_PLAINTEXT',
      saslMechanisms: ['PLAIN'],
      users: { [user.username]: user.password },
      acls: true,
    } as const
    kafka = await startKafka({ heapMb: 384, ...security })
    admin = await Cluster.connect(settingsOf(kafka.adminBootstrap))
    await createTopic(admin, { name: 'orders', partitions: 2, replicationFactor: 1 })
    await append(admin, 'orders', 0, [1, 2, 3])
    await commitOffsets(admin, 'billing', 'orders', new Map([[0, 1]]))
    const sasl = { mechanism: 'PLAIN', ...user } as const
    const changes = { securityProtocol: 'SASL_PLAINTEXT', sasl } as const
    agent = await Cluster.connect(settingsOf(kafka.bootstrap, changes))
  })
  afterAll(async () => {
    await agent?.close()
    await admin?.close()
    await kafka?.stop()
  })

  async function change(verb: '--add' | '--remove', rights: string): Promise<void> {
    const who = ['--allow-principal', `User:${user.username}`, ...(verb === '--remove' ? ['--force'] : [])]
    const args = ['--bootstrap-server', kafka.adminBootstrap, verb, ...who, ...rights.split(' ')]
    const { code, stderr } = await kafka.tool('kafka-acls', args)
    expect(code, stderr).toBe(0)
  }

  const look = (kind: CollectorKind, options?: LookOptions) => looker(kind, agent, options)()

  it('with nothing at all: no topic, no group, and the reasons', async () => {
    const { lines, gaps } = await look(lagCollector)
    expect(lines.filter(line => line.includes('billing') || line.includes('orders'))).toEqual([])
    expect(gaps.every(({ reason }) => reason === 'authorization')).toBe(true)
    await expect(look(quorumCollector)).rejects.toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    const logDirs = await look(logDirsCollector)
    expect(logDirs.gaps).toMatchObject([{ about: 'broker', reason: 'authorization' }])
  })

  describe('with the rights of the page', () => {
    beforeAll(async () => {
      await change('--add', everything)
      await change('--add', topics)
    })

    it('every collector that reads finds everything', async () => {
      await vi.waitFor(async () => {
        const { value, gaps } = await look(lagCollector)
        expect(value('consumer_group_lag_offsets{cluster="c",group="billing"}')).toBe(2)
        expect(gaps).toEqual([])
      }, waiting)
      for (const kind of [topicsCollector, groupsCollector, logDirsCollector, quorumCollector])
        expect((await look(kind)).gaps, kind.name).toEqual([])
      expect((await look(topicsCollector)).value('topic_partitions{cluster="c",topic="orders"}')).toBe(2)
    })

    it('the canary needs its own, and no more', async () => {
      for (const rights of canary) await change('--add', rights)
      const values = { 'probe-interval': 20 }
      const beat = looker(canaryCollector, agent, { values })
      await vi.waitFor(async () => {
        const { value } = await beat()
        expect(value('canary_records_received_total{cluster="c",partition="0"}')).toBeGreaterThan(3)
        expect(value('canary_commit_seconds_count{cluster="c"}')).toBeGreaterThan(0)
      }, waiting)
      expect((await beat()).lines.filter(line => line.startsWith('canary_failures_total'))).toEqual([])
      await beat.close()
    })

    it('without the settings of topics those are a gap for each topic, and its partitions are told all the same', async () => {
      await change('--remove', configs)
      await vi.waitFor(async () => {
        const { gaps, value } = await look(topicsCollector)
        expect(gaps).toContainEqual(
          expect.objectContaining({ about: 'topic', name: 'orders', reason: 'authorization' }),
        )
        expect(value('topic_partitions{cluster="c",topic="orders"}')).toBe(2)
      }, waiting)
    })

    it('without groups each that the cluster lists is a gap, and has no lag', async () => {
      await change('--remove', groups)
      await vi.waitFor(async () => {
        const { gaps, value } = await look(lagCollector)
        expect(gaps).toContainEqual(
          expect.objectContaining({ about: 'group', name: 'billing', reason: 'authorization' }),
        )
        expect(value('consumer_group_lag_offsets{cluster="c",group="billing"}')).toBeUndefined()
      }, waiting)
      expect((await look(quorumCollector)).gaps).toEqual([])
    })
  })
})

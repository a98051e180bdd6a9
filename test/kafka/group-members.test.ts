// Shows that the members of wire/group keep their promises to both brokers: a group of either protocol reads every record
// while members come and go, with one owner at a time and no commit lost; and somebody else's admin client reads from the
// coordinator who has what.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeClock } from '../../core/clock.ts'
import { createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { joinConsumerGroup } from '../../wire/group.ts'
import { churn, type GroupKind } from '../wire/group/churn.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { TestCluster } from './brokers/target.ts'
import { settingsOf } from './settings.ts'

const partitions = 12
const members = 6
const recordsPerPartition = 1_000
const sessionTimeoutMs = 3_000
const heartbeatIntervalMs = 300
const kinds: GroupKind[] = ['range', 'cooperative-sticky', 'KIP-848']

describeBrokers('members of a group', broker => {
  let kafka: TestCluster
  beforeAll(async () => {
    const properties = {
      'group.initial.rebalance.delay.ms': '0',
      'group.min.session.timeout.ms': '100',
      'group.consumer.min.session.timeout.ms': '1000',
      'group.consumer.session.timeout.ms': String(sessionTimeoutMs),
      'group.consumer.min.heartbeat.interval.ms': '100',
      'group.consumer.heartbeat.interval.ms': String(heartbeatIntervalMs),
    }
    kafka = await broker.start({ properties })
  })
  afterAll(() => kafka?.stop())

  it.each(kinds)('%s: every record read, one owner at a time, no commit lost', async kind => {
    const { ledger, loads, committed, ends, happened } = await churn({
      settings: settingsOf(kafka.bootstrap, { requestTimeoutMs: 10_000 }),
      topic: `topic-${kind}`,
      ...{ kind, seed: 2, partitions, recordsPerPartition, members, sessionTimeoutMs, heartbeatIntervalMs },
      events: 8,
      pauseMs: 50,
      deadlineMs: 90_000,
    })
    const again = JSON.stringify(happened)
    expect(ledger.violations, again).toEqual([])
    expect(ends, again).toEqual([])
    expect(ledger.distinct, again).toBe(partitions * recordsPerPartition)
    expect(committed, again).toEqual(Array.from({ length: partitions }, () => recordsPerPartition))
    expect(loads, again).toEqual(Array.from({ length: members }, () => partitions / members))
  })

  it('are understood by other clients', async () => {
    const settings = settingsOf(kafka.bootstrap)
    const admin = await Cluster.connect(settings)
    await createTopic(admin, { name: 'shown', partitions: 3, replicationFactor: 1 })
    const { promise: assigned, resolve } = Promise.withResolvers<void>()
    const timing = { sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs: 10_000 }
    const common = { groupId: 'shown', topics: ['shown'], instanceId: 'i-1', onAssigned: () => resolve() }
    const options = { protocol: 'classic', assignor: 'roundrobin', ...common, ...timing } as const
    const member = await joinConsumerGroup(settings, options, { clock: makeClock() })
    await assigned
    const shown = [{ instanceId: 'i-1', partitions: ['shown-0', 'shown-1', 'shown-2'] }]
    expect(await kafka.tools.groupMembers('shown')).toEqual(shown)
    await member.leave()
    await admin.close()
  })
})

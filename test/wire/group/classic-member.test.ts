// Shows that a member that was away for longer than its session, between being told its share and taking it, does not take it:
// the coordinator has given it to others by then. Its clock is the test's, its naps jump, the broker is the embedded one.
import { expect, it } from 'vitest'
import { startBroker } from '../../../broker/start.ts'
import { makeClock } from '../../../core/clock.ts'
import { createTopic } from '../../../wire/admin.ts'
import { Cluster } from '../../../wire/cluster.ts'
import { type GroupMember, joinConsumerGroup } from '../../../wire/group.ts'
import { settingsOf } from '../../kafka/settings.ts'

const sessionTimeoutMs = 10_000

it.each(['range', 'cooperative-sticky'] as const)('%s: a share is not taken after the session', async assignor => {
  const configs = { 'group.initial.rebalance.delay.ms': '0' }
  const broker = await startBroker({ configs })
  const settings = settingsOf(broker.bootstrap)
  const admin = await Cluster.connect(settings)
  await createTopic(admin, { name: 't', partitions: 1, replicationFactor: 1 })
  const real = makeClock()
  let awayMs = 0
  let member: GroupMember | undefined
  const clock = { ...real, nowNs: () => real.nowNs() + awayMs * 1e6 }
  const pause = async () => {
    // Its first generation is there, its share is not taken yet.
    if (member?.generation === 1) awayMs = sessionTimeoutMs
    await new Promise(resolve => setImmediate(resolve))
  }
  const { promise: takenIn, resolve } = Promise.withResolvers<number>()
  const timing = { sessionTimeoutMs, heartbeatIntervalMs: 100, rebalanceTimeoutMs: 10_000 }
  const common = { groupId: 'g', topics: ['t'], onAssigned: () => resolve(member!.generation) }
  member = await joinConsumerGroup(settings, { protocol: 'classic', assignor, ...common, ...timing }, { clock, pause })
  expect(await takenIn).toBeGreaterThan(1)
  await member.leave()
  await admin.close()
  await broker.close()
})

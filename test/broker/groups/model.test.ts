// Shows, on fake time and for random schedules, that in both protocols no partition is owned by two members at once, that at
// rest every partition is owned, and that no accepted commit is lost or overwritten by a member that has been put out.
// Method: up to 50 simulated members of which some join, leave, crash, stall past their session and come back, while the
// topic grows to 100 partitions; a ledger is kept of what they own and of each commit that the coordinator accepted.
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../core/random.ts'
import { Ledger } from './ledger.ts'
import {
  ClassicSimulation,
  ConsumerSimulation,
  type SimulatedMember,
  sessionTimeoutMs,
  topic,
  type World,
} from './members.ts'
import { makeSetup } from './setup.ts'

const membersMax = 50
const partitionsMax = 100
const heartbeatMs = 2_000
/** Longer than any session, rebalance or revocation. */
const restMs = 120_000

type MakeMember = (world: World, name: string, instanceId: string | null) => SimulatedMember

const protocols: { protocol: string; make: MakeMember }[] = [
  { protocol: 'classic', make: (...args) => new ClassicSimulation(...args) },
  { protocol: 'KIP-848', make: (...args) => new ConsumerSimulation(...args) },
]
const cases = protocols.flatMap(each => [1, 2, 3, 4, 5, 6].map(seed => ({ ...each, seed })))

async function churn(make: MakeMember, seed: number) {
  const random = makeRandom(seed)
  let partitions = 60
  const setup = makeSetup({ [topic]: partitions }, { consumerSessionTimeoutMs: sessionTimeoutMs })
  const ledger = new Ledger()
  const failures: unknown[] = []
  const world: World = { setup, ledger, partitions: () => partitions, heartbeatMs, failures }
  const grow = (to: number) => {
    partitions = Math.min(to, partitionsMax)
    setup.lay(topic, partitions)
  }
  let members: SimulatedMember[] = []
  let made = 0
  const join = (instanceId: string | null) => members.push(make(world, `member-${made++}`, instanceId).start())
  const one = () => members[random.below(members.length)]

  for (let step = 0; step < 150; step++) {
    members = members.filter(member => member.isAlive)
    const dice = random.fraction()
    const victim = one()
    if (dice < 0.45 && members.length < membersMax) join(random.below(4) === 0 ? `static-${made}` : null)
    else if (victim !== undefined && dice < 0.55) victim.leave()
    else if (victim !== undefined && dice < 0.65) victim.crash()
    else if (victim !== undefined && dice < 0.75) victim.stall(random.below(30_000))
    else if (victim !== undefined && victim.instanceId !== null && dice < 0.9) {
      victim.leave()
      join(victim.instanceId)
    } else if (dice > 0.97) grow(partitions + 20)
    await setup.time.advance(random.below(4_000))
  }
  grow(partitionsMax)
  while (members.filter(member => member.isAlive).length < membersMax) join(null)
  await setup.time.advance(restMs)
  expect(failures).toEqual([])
  return { ...setup, ledger, members: members.filter(member => member.isAlive) }
}

describe.each(cases)('$protocol, schedule $seed', ({ make, seed }) => {
  it('no partition owned twice, all owned at rest, no commit lost', async () => {
    const { ledger, members, time, coordinator } = await churn(make, seed)
    expect(members).toHaveLength(membersMax)
    expect(ledger.owned).toBe(partitionsMax)
    // Two partitions each: both assignments even out.
    const loads = new Map<string, number>()
    for (let partition = 0; partition < partitionsMax; partition++) {
      const owner = ledger.ownerOf(partition)!
      loads.set(owner, (loads.get(owner) ?? 0) + 1)
    }
    expect([...loads.values()]).toEqual(Array.from({ length: membersMax }, () => partitionsMax / membersMax))
    expect(coordinator.get('group')!.state).toBe('Stable')

    const before = ledger.commits
    await time.advance(10 * heartbeatMs)
    expect(ledger.commits - before).toBeGreaterThanOrEqual(9 * partitionsMax)
    for (let partition = 0; partition < partitionsMax; partition++) {
      expect(coordinator.offsets.get('group', topic, partition)?.offset).toBe(ledger.committedOf(partition))
    }
    // Members that had been put out did try: what they were refused is what the test is about.
    expect(ledger.refusals).toBeGreaterThan(0)
  })
})

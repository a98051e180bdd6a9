// Shows that a classic group goes through its rebalances as Kafka's does, and answers with Kafka's codes: a table of
// stories, each told request by request on fake time.
import { beforeEach, describe, expect, it } from 'vitest'
import type { JoinAnswer, JoinRequest, SyncAnswer } from '../../../broker/groups/classic-messages.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { settled } from './fake-time.ts'
import { makeSetup, type Setup } from './setup.ts'

const groupId = 'group'
const noPartitions = Buffer.alloc(0)

let setup: Setup
beforeEach(() => {
  setup = makeSetup({ t: 4 })
})

/** A request whose answer may come later. */
class Pending<T> {
  answer: T | undefined
  constructor(promise: Promise<T>) {
    promise.then(answer => {
      this.answer = answer
    })
  }
}

function join(changes: Partial<JoinRequest> = {}): Pending<JoinAnswer> {
  const request: JoinRequest = {
    memberId: '',
    groupInstanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 30_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('m') }],
    isMemberIdRequired: false,
    canSkipAssignment: true,
    ...changes,
  }
  return new Pending(setup.coordinator.join(groupId, request))
}

function sync(
  memberId: string,
  generationId: number,
  shares: Record<string, string> = {},
  groupInstanceId: string | null = null,
  names: { protocolType: string | null; protocolName: string | null } = { protocolType: null, protocolName: null },
): Pending<SyncAnswer> {
  const assignments = new Map(Object.entries(shares).map(([id, share]) => [id, Buffer.from(share)]))
  return new Pending(
    setup.coordinator.sync(groupId, { memberId, groupInstanceId, generationId, assignments, ...names }),
  )
}

const heartbeat = (memberId: string, generationId: number, instanceId: string | null = null) =>
  setup.coordinator.heartbeat(groupId, memberId, instanceId, generationId)

const state = () => setup.coordinator.get(groupId)?.state

/** Two members in a stable group of generation 2; the first one leads. */
async function stablePair(changes: [Partial<JoinRequest>, Partial<JoinRequest>] = [{}, {}]): Promise<[string, string]> {
  const first = join(changes[0])
  await setup.time.advance(0)
  const leader = first.answer!.memberId
  const second = join(changes[1])
  await settled()
  expect(heartbeat(leader, 1, changes[0].groupInstanceId ?? null)).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
  const again = join({ ...changes[0], memberId: leader })
  await settled()
  const follower = second.answer!.memberId
  expect([again.answer!.generationId, second.answer!.generationId]).toEqual([2, 2])
  const synced = sync(follower, 2, {}, changes[1].groupInstanceId ?? null)
  sync(leader, 2, { [leader]: 'one', [follower]: 'two' }, changes[0].groupInstanceId ?? null)
  await settled()
  expect(synced.answer).toMatchObject({ errorCode: kafkaCode.NONE, assignment: Buffer.from('two') })
  expect(state()).toBe('Stable')
  return [leader, follower]
}

describe('joining', () => {
  it('asks a new member to come back with an id (KIP-394), and a rebalance waits for it as long as its session', async () => {
    const asked = join({ isMemberIdRequired: true })
    await settled()
    expect(asked.answer!.errorCode).toBe(kafkaCode.MEMBER_ID_REQUIRED)
    expect(state()).toBe('Empty')
    const joined = join({ isMemberIdRequired: true, memberId: asked.answer!.memberId })
    await setup.time.advance(0)
    expect(joined.answer).toMatchObject({ errorCode: kafkaCode.NONE, generationId: 1, protocolName: 'range' })
    sync(joined.answer!.memberId, 1, { [joined.answer!.memberId]: 'all' })

    join({ isMemberIdRequired: true })
    const other = join()
    const again = join({ memberId: joined.answer!.memberId })
    await setup.time.advance(9_999)
    expect([other.answer, again.answer]).toEqual([undefined, undefined])
    await setup.time.advance(1)
    expect([other.answer!.generationId, again.answer!.generationId]).toEqual([2, 2])
  })

  it('gives the leader everybody with their metadata, and the others nobody', async () => {
    const first = join({ protocols: [{ name: 'range', metadata: Buffer.from('a') }] })
    const second = join({ protocols: [{ name: 'range', metadata: Buffer.from('b') }] })
    await setup.time.advance(0)
    const leader = first.answer!.memberId
    expect(second.answer).toMatchObject({ leader, members: [] })
    expect(first.answer!.members.map(({ metadata }) => metadata.toString())).toEqual(['a', 'b'])
  })

  it('waits for others as long as group.initial.rebalance.delay.ms, anew for each that comes', async () => {
    setup = makeSetup({ t: 1 }, { initialRebalanceDelayMs: 3_000 })
    const first = join()
    await setup.time.advance(2_000)
    const second = join()
    await setup.time.advance(3_999)
    expect(first.answer).toBeUndefined()
    await setup.time.advance(1)
    expect([first.answer!.generationId, second.answer!.generationId]).toEqual([1, 1])
  })

  it('does not wait for ever: the rebalance timeout is the end of that delay', async () => {
    setup = makeSetup({ t: 1 }, { initialRebalanceDelayMs: 3_000 })
    const first = join({ rebalanceTimeoutMs: 7_000 })
    for (const _ of [1, 2]) {
      await setup.time.advance(2_500)
      join({ rebalanceTimeoutMs: 7_000 })
    }
    await setup.time.advance(1_999)
    expect(first.answer).toBeUndefined()
    await setup.time.advance(1)
    expect(first.answer!.generationId).toBe(1)
  })

  it('takes the protocol that most prefer among those that all support', async () => {
    const protocols = (...names: string[]) => names.map(name => ({ name, metadata: noPartitions }))
    const answers = [
      join({ protocols: protocols('only-mine', 'range', 'sticky') }),
      join({ protocols: protocols('sticky', 'range') }),
      join({ protocols: protocols('sticky', 'range') }),
    ]
    await setup.time.advance(0)
    expect(answers.map(({ answer }) => answer!.protocolName)).toEqual(['sticky', 'sticky', 'sticky'])
  })

  it.each([
    { why: 'another protocol type', change: { protocolType: 'connect' } },
    { why: 'no protocol in common', change: { protocols: [{ name: 'other', metadata: noPartitions }] } },
    { why: 'no protocol at all', change: { protocols: [] } },
  ])('refuses $why', async ({ change }) => {
    await stablePair()
    const refused = join(change)
    await settled()
    expect(refused.answer!.errorCode).toBe(kafkaCode.INCONSISTENT_GROUP_PROTOCOL)
    expect(state()).toBe('Stable')
  })

  it.each([
    { why: 'a session shorter than the minimum', change: { sessionTimeoutMs: 5_999 }, code: 'INVALID_SESSION_TIMEOUT' },
    { why: 'a session over the maximum', change: { sessionTimeoutMs: 1_800_001 }, code: 'INVALID_SESSION_TIMEOUT' },
    { why: 'an id that nobody was given', change: { memberId: 'stranger' }, code: 'UNKNOWN_MEMBER_ID' },
    {
      why: 'an id for an instance that is not known',
      change: { memberId: 'x', groupInstanceId: 'i' },
      code: 'UNKNOWN_MEMBER_ID',
    },
  ] as const)('refuses $why', async ({ change, code }) => {
    await stablePair()
    const refused = join(change)
    await settled()
    expect(refused.answer!.errorCode).toBe(kafkaCode[code])
  })

  it('refuses members beyond group.max.size', async () => {
    setup = makeSetup({ t: 1 }, { groupSizeMax: 2 })
    await stablePair()
    const third = join()
    await settled()
    expect(third.answer!.errorCode).toBe(kafkaCode.GROUP_MAX_SIZE_REACHED)
  })

  it('answers a follower that asks again without need with the generation that it is in', async () => {
    const [, follower] = await stablePair()
    const again = join({ memberId: follower })
    await settled()
    expect(again.answer).toMatchObject({ errorCode: kafkaCode.NONE, generationId: 2, members: [] })
    expect(state()).toBe('Stable')
  })

  it.each([
    { why: 'the leader asks again', index: 0, change: {} },
    {
      why: 'a follower changes its subscription',
      index: 1,
      change: { protocols: [{ name: 'range', metadata: Buffer.from('new') }] },
    },
  ])('rebalances when $why', async ({ index, change }) => {
    const ids = await stablePair()
    join({ ...change, memberId: ids[index]! })
    await settled()
    expect(state()).toBe('PreparingRebalance')
    expect(heartbeat(ids[1 - index]!, 2)).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
  })
})

describe('rebalancing', () => {
  it('drops dynamic members that do not join within the rebalance timeout', async () => {
    const [leader, follower] = await stablePair()
    const third = join({ rebalanceTimeoutMs: 30_000 })
    for (let beat = 0; beat < 6; beat++) {
      expect(heartbeat(leader, 2)).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
      heartbeat(follower, 2)
      await setup.time.advance(5_000)
    }
    expect(third.answer).toMatchObject({ errorCode: kafkaCode.NONE, generationId: 3, leader: third.answer!.memberId })
    expect(heartbeat(leader, 2)).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
  })

  it('drops members that join and never ask for their share', async () => {
    const first = join({ sessionTimeoutMs: 60_000 })
    const second = join({ sessionTimeoutMs: 60_000 })
    await setup.time.advance(0)
    const leader = first.answer!.memberId
    const synced = sync(leader, 1, { [leader]: 'all' })
    await setup.time.advance(30_000)
    expect(synced.answer!.assignment.toString()).toBe('all')
    expect(heartbeat(second.answer!.memberId, 1)).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
    expect(heartbeat(leader, 1)).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
  })

  it('answers those who wait for the leader with REBALANCE_IN_PROGRESS when somebody joins meanwhile', async () => {
    join()
    const second = join()
    await setup.time.advance(0)
    const waiting = sync(second.answer!.memberId, 1)
    join()
    await settled()
    expect(waiting.answer!.errorCode).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
  })

  it('gives a member that the leader forgot nothing', async () => {
    const first = join()
    const second = join()
    await setup.time.advance(0)
    const waiting = sync(second.answer!.memberId, 1)
    sync(first.answer!.memberId, 1, {})
    await settled()
    expect(waiting.answer).toMatchObject({ errorCode: kafkaCode.NONE, assignment: noPartitions })
  })

  it.each([
    { why: 'a stranger', request: () => sync('stranger', 2), code: 'UNKNOWN_MEMBER_ID' },
    { why: 'an old generation', request: (id: string) => sync(id, 1), code: 'ILLEGAL_GENERATION' },
    {
      why: 'another protocol type',
      request: (id: string) => sync(id, 2, {}, null, { protocolType: 'connect', protocolName: null }),
      code: 'INCONSISTENT_GROUP_PROTOCOL',
    },
    {
      why: 'another protocol',
      request: (id: string) => sync(id, 2, {}, null, { protocolType: null, protocolName: 'sticky' }),
      code: 'INCONSISTENT_GROUP_PROTOCOL',
    },
  ] as const)('refuses the sync of $why', async ({ request, code }) => {
    const [leader] = await stablePair()
    const refused = request(leader)
    await settled()
    expect(refused.answer!.errorCode).toBe(kafkaCode[code])
  })
})

describe('sessions', () => {
  it('last as long as heartbeats come', async () => {
    const [leader, follower] = await stablePair()
    for (let beat = 0; beat < 5; beat++) {
      await setup.time.advance(6_000)
      expect([heartbeat(leader, 2), heartbeat(follower, 2)]).toEqual([kafkaCode.NONE, kafkaCode.NONE])
    }
  })

  it('end without, and the others share what was left', async () => {
    const [leader, follower] = await stablePair()
    await setup.time.advance(9_000)
    heartbeat(leader, 2)
    await setup.time.advance(1_000)
    expect(heartbeat(leader, 2)).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
    expect(heartbeat(follower, 2)).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
    const alone = join({ memberId: leader })
    await settled()
    expect(alone.answer).toMatchObject({ generationId: 3, members: [{ memberId: leader }] })
  })

  it('are kept alive by commits too', async () => {
    const [leader] = await stablePair()
    const committer = { memberId: leader, memberEpoch: 2, groupInstanceId: null, version: 8 }
    for (let times = 0; times < 3; times++) {
      await setup.time.advance(8_000)
      setup.coordinator.commit(groupId, { ...committer, memberEpoch: 2 }, [])
    }
    expect(heartbeat(leader, 2)).not.toBe(kafkaCode.UNKNOWN_MEMBER_ID)
  })

  it('leave an empty group when the last one ends, and no timer behind', async () => {
    await stablePair()
    await setup.time.advance(60_000)
    expect(state()).toBe('Empty')
    expect(setup.time.timers).toBe(0)
  })
})

describe('leaving', () => {
  it('rebalances at once', async () => {
    const [leader, follower] = await stablePair()
    expect(setup.coordinator.leave(groupId, follower, null)).toBe(kafkaCode.NONE)
    expect(heartbeat(leader, 2)).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
    expect(setup.coordinator.leave(groupId, follower, null)).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
    expect(setup.coordinator.leave(groupId, leader, null)).toBe(kafkaCode.NONE)
    expect(state()).toBe('Empty')
  })

  it('tells a member that is put out while it waits', async () => {
    const [leader] = await stablePair()
    const waiting = join({ memberId: leader })
    await settled()
    setup.coordinator.leave(groupId, leader, null)
    await settled()
    expect(waiting.answer!.errorCode).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
  })

  it('of a group that is not there is UNKNOWN_MEMBER_ID', () => {
    expect(setup.coordinator.leave('other', 'm', null)).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
  })
})

describe('static members (KIP-345)', () => {
  const statics: [Partial<JoinRequest>, Partial<JoinRequest>] = [{ groupInstanceId: 'a' }, { groupInstanceId: 'b' }]

  it('come back to what they had without a rebalance, and fence who went before', async () => {
    const [leader, old] = await stablePair(statics)
    const back = join({ groupInstanceId: 'b' })
    await settled()
    expect(back.answer).toMatchObject({ errorCode: kafkaCode.NONE, generationId: 2, leader, skipAssignment: false })
    const synced = sync(back.answer!.memberId, 2, {}, 'b')
    await settled()
    expect(synced.answer!.assignment.toString()).toBe('two')
    expect([state(), heartbeat(leader, 2, 'a')]).toEqual(['Stable', kafkaCode.NONE])
    expect(heartbeat(old, 2, 'b')).toBe(kafkaCode.FENCED_INSTANCE_ID)
    expect(setup.coordinator.leave(groupId, old, 'b')).toBe(kafkaCode.FENCED_INSTANCE_ID)
  })

  it.each([
    { why: 'from v9 on is told to skip the assignment (KIP-814)', canSkipAssignment: true },
    { why: 'before is told that its old self leads', canSkipAssignment: false },
  ])('a leader that comes back $why', async ({ canSkipAssignment }) => {
    const [old] = await stablePair(statics)
    const back = join({ groupInstanceId: 'a', canSkipAssignment })
    await settled()
    const { memberId, leader, skipAssignment, members } = back.answer!
    const told = canSkipAssignment ? [memberId, true, 2] : [old, false, 0]
    expect([leader, skipAssignment, members.length]).toEqual(told)
    expect(state()).toBe('Stable')
  })

  it('are waited for through a rebalance, until their session ends', async () => {
    const [leader] = await stablePair([{}, { groupInstanceId: 'b', sessionTimeoutMs: 120_000 }])
    const again = join({ memberId: leader })
    await setup.time.advance(29_999)
    expect(again.answer).toBeUndefined()
    await setup.time.advance(1)
    expect(again.answer).toMatchObject({ generationId: 3 })
    expect(again.answer!.members.map(member => member.groupInstanceId)).toEqual([null, 'b'])
  })

  it('are removed by their instance id alone, as administrators do', async () => {
    await stablePair(statics)
    expect(setup.coordinator.leave(groupId, '', 'b')).toBe(kafkaCode.NONE)
    expect(setup.coordinator.leave(groupId, '', 'b')).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
  })

  it('rebalance when what they support makes another protocol the choice', async () => {
    const protocols = ['range', 'new'].map(name => ({ name, metadata: noPartitions }))
    await stablePair([
      { groupInstanceId: 'a', protocols },
      { groupInstanceId: 'b', protocols },
    ])
    join({ groupInstanceId: 'b', protocols: protocols.slice(1) })
    await settled()
    expect(state()).toBe('PreparingRebalance')
  })
})

describe('commits', () => {
  const commit = (memberId: string, memberEpoch: number, isTransactional = false) => {
    const version = isTransactional ? undefined : 8
    return setup.coordinator.commit(groupId, { memberId, memberEpoch, groupInstanceId: null, version }, [])
  }

  it.each([
    { why: 'a member of this generation', code: 'NONE', run: ([leader]: string[]) => commit(leader!, 2) },
    { why: 'one of the last generation', code: 'ILLEGAL_GENERATION', run: ([leader]: string[]) => commit(leader!, 1) },
    { why: 'a stranger', code: 'UNKNOWN_MEMBER_ID', run: () => commit('stranger', 2) },
    { why: 'a simple consumer, as long as there are members', code: 'UNKNOWN_MEMBER_ID', run: () => commit('', -1) },
    { why: 'a transaction that names no member', code: 'NONE', run: () => commit('', -1, true) },
  ] as const)('of $why: $code', async ({ code, run }) => {
    expect(run(await stablePair())).toBe(kafkaCode[code])
  })

  it('of a member that joined and has no share yet wait for it', async () => {
    const first = join()
    await setup.time.advance(0)
    expect(commit(first.answer!.memberId, 1)).toBe(kafkaCode.REBALANCE_IN_PROGRESS)
  })

  it('of members that rebalance are taken: they commit before they give up', async () => {
    const [leader, follower] = await stablePair()
    join({ memberId: leader })
    expect(commit(follower, 2)).toBe(kafkaCode.NONE)
  })

  it('make a group that has only offsets, and need no member there', () => {
    expect(commit('', -1)).toBe(kafkaCode.NONE)
    expect(commit('', -1)).toBe(kafkaCode.NONE)
    expect([state(), setup.coordinator.delete(groupId)]).toEqual(['Empty', kafkaCode.NONE])
    expect(commit('m', 3)).toBe(kafkaCode.ILLEGAL_GENERATION)
  })
})

// Shows that a KIP-848 group assigns, takes back before it gives out, fences and answers with Kafka's codes: stories told
// heartbeat by heartbeat on fake time.
import { beforeEach, describe, expect, it } from 'vitest'
import type { ConsumerGroup } from '../../../broker/groups/consumer.ts'
import type { HeartbeatAnswer, HeartbeatRequest } from '../../../broker/groups/consumer-messages.ts'
import type { Refusal } from '../../../broker/groups/context.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { idOf, makeSetup, type Setup } from './setup.ts'

const groupId = 'group'

let setup: Setup
beforeEach(() => {
  setup = makeSetup({ t: 4, other: 2 })
})

/** What says nothing new: the heartbeat in between. */
const quiet: HeartbeatRequest = {
  memberId: 'a',
  memberEpoch: 1,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: -1,
  serverAssignor: null,
  subscription: undefined,
  owned: undefined,
  clientId: 'client',
  clientHost: '/127.0.0.1',
}
const owning = (...partitions: number[]) => new Map([[idOf('t'), new Set(partitions)]])
const none = new Map()
const joining = { memberEpoch: 0, rebalanceTimeoutMs: 30_000, subscription: { names: ['t'], regex: '' }, owned: none }

function beat(memberId: string, memberEpoch: number, changes: Partial<HeartbeatRequest> = {}) {
  return setup.coordinator.consumerHeartbeat(groupId, { ...quiet, memberId, memberEpoch, ...changes })
}

const join = (memberId: string, changes: Partial<HeartbeatRequest> = {}) =>
  beat(memberId, 0, { ...joining, ...changes })

const group = () => setup.coordinator.get(groupId) as ConsumerGroup

/** The answer, by topic name: epoch and partitions, or undefined for "as before". */
function told(answer: HeartbeatAnswer | Refusal) {
  if ('errorCode' in answer) throw new Error(`refused: ${answer.errorCode} ${answer.errorMessage}`)
  const topics = [...(answer.assigned ?? [])].map(([id, each]) => [id.replace('id-of-', ''), [...each.keys()].sort()])
  return [answer.memberEpoch, answer.assigned && Object.fromEntries(topics)]
}

const codeOf = (answer: HeartbeatAnswer | Refusal) => ('errorCode' in answer ? answer.errorCode : kafkaCode.NONE)

describe('assignment', () => {
  it('is everything for a member alone, told once', () => {
    expect(told(join('a'))).toEqual([1, { t: [0, 1, 2, 3] }])
    expect(told(beat('a', 1))).toEqual([1, undefined])
    expect([group().state, group().epoch, group().assignmentEpoch]).toEqual(['Stable', 1, 1])
  })

  it('is told again to whoever sends everything, as after an error', () => {
    join('a')
    const full = { rebalanceTimeoutMs: 30_000, subscription: { names: ['t'], regex: '' }, owned: owning(0, 1, 2, 3) }
    expect(told(beat('a', 1, full))).toEqual([1, { t: [0, 1, 2, 3] }])
  })

  it('is taken back before it is given out', () => {
    join('a')
    expect(told(join('b'))).toEqual([2, {}])
    expect(group().state).toBe('Reconciling')
    // Asked to give up two, it stays in its epoch until it says that it has.
    expect(told(beat('a', 1, { owned: owning(0, 1, 2, 3) }))).toEqual([1, { t: [0, 1] }])
    expect(told(beat('b', 2))).toEqual([2, undefined])
    expect(told(beat('a', 1))).toEqual([1, undefined])
    expect(told(beat('a', 1, { owned: owning(0, 1, 2) }))).toEqual([1, undefined])
    expect(told(beat('b', 2))).toEqual([2, undefined])
    expect(told(beat('a', 1, { owned: owning(0, 1) }))).toEqual([2, undefined])
    expect(told(beat('b', 2))).toEqual([2, { t: [2, 3] }])
    expect(group().state).toBe('Stable')
  })

  it('of a member that goes is free at once', () => {
    join('a')
    join('b')
    beat('a', 1, { owned: owning(0, 1, 2, 3) })
    beat('a', -1)
    expect(told(beat('b', 2))).toEqual([3, { t: [0, 1, 2, 3] }])
  })

  it('follows topics that grow, appear and vanish', () => {
    join('a', { subscription: { names: ['t', 'later'], regex: '' } })
    setup.lay('t', 5)
    expect(told(beat('a', 1))).toEqual([2, { t: [0, 1, 2, 3, 4] }])
    setup.lay('later', 1)
    expect(told(beat('a', 2))).toEqual([3, { t: [0, 1, 2, 3, 4], later: [0] }])
    setup.drop('t')
    beat('a', 3, { owned: none })
    expect([...group().targetOf('a').keys()]).toEqual([idOf('later')])
  })

  it('follows a subscription that changes', () => {
    join('a')
    const change = { subscription: { names: ['other'], regex: '' }, owned: none }
    expect(told(beat('a', 1, change))).toEqual([2, { other: [0, 1] }])
  })

  it.each([
    { regex: 't|oth.*', topics: ['other', 't'] },
    { regex: 'T', topics: [] },
    { regex: '(?i)T', topics: ['t'] },
    { regex: '(?P<name>t)', topics: ['t'] },
    { regex: 'oth', topics: [] },
  ])('is by regular expression $regex: $topics', ({ regex, topics }) => {
    const [, assigned] = told(join('a', { subscription: { names: [], regex } }))
    expect(Object.keys(assigned as object).sort()).toEqual(topics)
  })

  it('is by the assignor that most members ask for', () => {
    setup = makeSetup({ t: 3, other: 3 })
    const both = { subscription: { names: ['t', 'other'], regex: '' }, serverAssignor: 'range' }
    join('a', both)
    join('b', both)
    expect(group().assignorName).toBe('range')
    // Range: the larger share of both topics is with one member.
    expect([...group().targetOf('a').values()].map(each => each.size)).toEqual([2, 2])
  })
})

describe('time', () => {
  it('puts out a member whose heartbeats stop', async () => {
    join('a')
    join('b')
    await setup.time.advance(44_999)
    expect(codeOf(beat('a', 1))).toBe(kafkaCode.NONE)
    await setup.time.advance(1)
    expect(codeOf(beat('b', 2))).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
    expect(group().members.size).toBe(1)
  })

  it('puts out a member that does not give up what it shall', async () => {
    join('a')
    join('b')
    beat('a', 1, { owned: owning(0, 1, 2, 3) })
    for (let beats = 0; beats < 3; beats++) {
      await setup.time.advance(9_999)
      expect(codeOf(beat('a', 1))).toBe(kafkaCode.NONE)
    }
    await setup.time.advance(3)
    expect(codeOf(beat('a', 1))).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
    expect(told(beat('b', 2))).toEqual([3, { t: [0, 1, 2, 3] }])
  })

  it('leaves no timer behind when all are gone', () => {
    join('a')
    join('b')
    beat('a', 1, { owned: owning(0, 1, 2, 3) })
    beat('a', -1)
    beat('b', -1)
    expect([group().state, setup.time.timers]).toEqual(['Empty', 0])
  })
})

describe('fencing', () => {
  it.each([
    { why: 'an epoch that is ahead', run: () => beat('a', 9), code: 'FENCED_MEMBER_EPOCH' },
    { why: 'an epoch that is long past', run: () => beat('a', 1), code: 'FENCED_MEMBER_EPOCH' },
    {
      why: 'the epoch before, owning more than it was given',
      run: () => beat('a', 2, { owned: owning(0, 1, 2, 3) }),
      code: 'FENCED_MEMBER_EPOCH',
    },
    {
      why: 'the epoch before, owning what it was given: its answer was lost',
      run: () => beat('a', 2, { owned: owning(0, 1) }),
      code: 'NONE',
    },
    { why: 'a member that starts over', run: () => join('a'), code: 'NONE' },
    { why: 'a stranger', run: () => beat('x', 1), code: 'UNKNOWN_MEMBER_ID' },
    { why: 'a stranger that leaves', run: () => beat('x', -1), code: 'UNKNOWN_MEMBER_ID' },
  ] as const)('$why: $code', ({ run, code }) => {
    join('a')
    join('b')
    beat('a', 1, { owned: owning(0, 1, 2, 3) })
    beat('a', 1, { owned: owning(0, 1) })
    setup.lay('other', 3)
    beat('b', 2, { subscription: { names: ['t', 'other'], regex: '' } })
    beat('a', 2, { owned: owning(0, 1) })
    expect(group().members.get('a')!.current).toMatchObject({ memberEpoch: 3, previousEpoch: 2 })
    expect(codeOf(run())).toBe(kafkaCode[code])
  })

  it.each([
    { why: 'no member id', changes: { memberId: '' }, code: 'INVALID_REQUEST' },
    { why: 'no rebalance timeout', changes: { rebalanceTimeoutMs: -1 }, code: 'INVALID_REQUEST' },
    { why: 'partitions already', changes: { owned: owning(1) }, code: 'INVALID_REQUEST' },
    { why: 'nothing said of partitions', changes: { owned: undefined }, code: 'INVALID_REQUEST' },
    { why: 'no subscription', changes: { subscription: undefined }, code: 'INVALID_REQUEST' },
    { why: 'an empty instance id', changes: { instanceId: '' }, code: 'INVALID_REQUEST' },
    { why: 'an epoch without meaning', changes: { memberEpoch: -3 }, code: 'INVALID_REQUEST' },
    {
      why: 'the leave of a static member without an instance id',
      changes: { memberEpoch: -2 },
      code: 'INVALID_REQUEST',
    },
    { why: 'an assignor that is not there', changes: { serverAssignor: 'mine' }, code: 'UNSUPPORTED_ASSIGNOR' },
    {
      why: 'a broken expression',
      changes: { subscription: { names: [], regex: '(' } },
      code: 'INVALID_REGULAR_EXPRESSION',
    },
  ] as const)('a join with $why: $code, and no group is made', ({ changes, code }) => {
    expect(codeOf(join('a', changes))).toBe(kafkaCode[code])
    expect(setup.coordinator.get(groupId)).toBeUndefined()
  })

  it('a heartbeat to a group that is not there: GROUP_ID_NOT_FOUND', () => {
    expect(codeOf(beat('a', 1))).toBe(kafkaCode.GROUP_ID_NOT_FOUND)
    expect(codeOf(setup.coordinator.consumerHeartbeat('', { ...quiet, ...joining }))).toBe(kafkaCode.INVALID_REQUEST)
  })

  it('a member beyond the size: GROUP_MAX_SIZE_REACHED', () => {
    setup = makeSetup({ t: 1 }, { groupSizeMax: 1 })
    join('a')
    expect(codeOf(join('b'))).toBe(kafkaCode.GROUP_MAX_SIZE_REACHED)
  })
})

describe('static members', () => {
  const instance = { instanceId: 'i' }

  it('that left for a while come back to what they had, under another id, and nobody else notices', () => {
    join('a', instance)
    expect(told(beat('a', -2, instance))).toEqual([-2, undefined])
    expect(group().state).toBe('Reconciling')
    expect(told(join('a2', instance))).toEqual([1, { t: [0, 1, 2, 3] }])
    expect([group().epoch, group().members.size, group().state]).toEqual([1, 1, 'Stable'])
    expect(codeOf(beat('a', 1, instance))).toBe(kafkaCode.FENCED_INSTANCE_ID)
  })

  it('that are still there keep their instance id: UNRELEASED_INSTANCE_ID', () => {
    join('a', instance)
    expect(codeOf(join('b', instance))).toBe(kafkaCode.UNRELEASED_INSTANCE_ID)
  })

  it('that stay away lose their place with their session', async () => {
    join('a', instance)
    beat('a', -2, instance)
    expect(codeOf(beat('a', 1, instance))).toBe(kafkaCode.FENCED_MEMBER_EPOCH)
    await setup.time.advance(45_000)
    expect(group().state).toBe('Empty')
  })

  it('that leave for good are gone', () => {
    join('a', instance)
    beat('a', -1, instance)
    expect(group().state).toBe('Empty')
    expect(codeOf(beat('a', 1, instance))).toBe(kafkaCode.UNKNOWN_MEMBER_ID)
  })
})

describe('offsets', () => {
  const commit = (memberId: string, memberEpoch: number, partition: number, version: number | undefined = 9) => {
    const offset = { topic: 't', partition, offset: 7, leaderEpoch: 0, metadata: '' }
    return setup.coordinator.commit(groupId, { memberId, memberEpoch, groupInstanceId: null, version }, [offset])
  }

  it.each([
    { why: 'in the current epoch', run: () => commit('a', 2, 0), code: 'NONE' },
    {
      why: 'in an older epoch, of a partition that it had then (KIP-1251)',
      run: () => commit('a', 1, 0),
      code: 'NONE',
    },
    {
      why: 'in an older epoch, of a partition that it gave up',
      run: () => commit('a', 1, 3),
      code: 'STALE_MEMBER_EPOCH',
    },
    { why: 'in an epoch that is ahead', run: () => commit('a', 3, 0), code: 'STALE_MEMBER_EPOCH' },
    { why: 'by a stranger', run: () => commit('x', 2, 0), code: 'UNKNOWN_MEMBER_ID' },
    {
      why: 'by a simple consumer, as long as there are members',
      run: () => commit('', -1, 0),
      code: 'UNKNOWN_MEMBER_ID',
    },
    { why: 'in a version that knows no member epochs', run: () => commit('a', 2, 0, 8), code: 'UNSUPPORTED_VERSION' },
  ] as const)('$why: $code', ({ run, code }) => {
    join('a')
    join('b')
    beat('a', 1, { owned: owning(0, 1, 2, 3) })
    beat('a', 1, { owned: owning(0, 1) })
    expect(run()).toBe(kafkaCode[code])
    expect(setup.coordinator.offsets.hasGroup(groupId)).toBe(code === 'NONE')
  })

  it('are read with the current epoch, or by whoever is no member', () => {
    join('a')
    const read = (memberId: string | null, epoch: number) => setup.coordinator.fetchError(groupId, memberId, epoch)
    expect([read(null, -1), read('a', 1)]).toEqual([kafkaCode.NONE, kafkaCode.NONE])
    expect([read('a', 2), read('x', 1)]).toEqual([kafkaCode.STALE_MEMBER_EPOCH, kafkaCode.UNKNOWN_MEMBER_ID])
  })
})

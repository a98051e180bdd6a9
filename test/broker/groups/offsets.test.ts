// Shows what becomes of committed offsets: pending ones of transactions, expiry, deletion, and the groups that have nothing
// else.
import { describe, expect, it } from 'vitest'
import { OffsetStore } from '../../../broker/groups/offsets.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import { makeSetup } from './setup.ts'

const at = (offset: number, partition = 0, topic = 't') => ({ topic, partition, offset, leaderEpoch: 3, metadata: 'm' })
const dayMs = 86_400_000

describe('pending offsets (KIP-447)', () => {
  it.each([
    { why: 'a commit makes them count', result: 'commit', offset: 5 },
    { why: 'an abort forgets them', result: 'abort', offset: 1 },
  ] as const)('$why', ({ result, offset }) => {
    const offsets = new OffsetStore()
    offsets.commit('g', [at(1)], 0)
    offsets.addPending(9, 'g', [at(5)], 1)
    expect([offsets.get('g', 't', 0)!.offset, offsets.isPending('g', 't', 0)]).toEqual([1, true])
    offsets.complete(9, result)
    expect([offsets.get('g', 't', 0)!.offset, offsets.isPending('g', 't', 0)]).toEqual([offset, false])
  })

  it('that are older than a commit since do not undo it', () => {
    const offsets = new OffsetStore()
    offsets.addPending(9, 'g', [at(5)], 0)
    offsets.commit('g', [at(8)], 0)
    offsets.complete(9, 'commit')
    expect(offsets.get('g', 't', 0)!.offset).toBe(8)
  })

  it('of one producer and group are apart from others', () => {
    const offsets = new OffsetStore()
    offsets.addPending(1, 'g', [at(5)], 0)
    offsets.addPending(1, 'h', [at(6)], 0)
    offsets.addPending(2, 'g', [at(7, 1)], 0)
    offsets.complete(1, 'commit', ['g'])
    expect([offsets.isPending('g', 't', 0), offsets.isPending('h', 't', 0), offsets.isPending('g', 't', 1)]).toEqual([
      false,
      true,
      true,
    ])
    offsets.complete(3, 'commit')
    expect(offsets.topicsOf('g')).toEqual(new Map([['t', [0, 1]]]))
  })
})

describe('what is forgotten', () => {
  it('goes by partition, by topic and by group, and leaves nothing behind', () => {
    const offsets = new OffsetStore()
    offsets.commit('g', [at(1, 0), at(2, 1), at(3, 0, 'u')], 0)
    offsets.addPending(1, 'h', [at(1)], 0)
    offsets.delete('g', 't', 0)
    expect(offsets.topicsOf('g')).toEqual(
      new Map([
        ['t', [1]],
        ['u', [0]],
      ]),
    )
    offsets.deleteTopic('t')
    expect([offsets.topicsOf('g'), offsets.hasGroup('h')]).toEqual([new Map([['u', [0]]]), false])
    offsets.deleteGroup('g')
    expect([...offsets.groupIds]).toEqual([])
  })

  it('expires when a group that has only offsets has not committed for the retention time', async () => {
    const { coordinator, time } = makeSetup({ t: 2 }, { offsetsRetentionMs: dayMs })
    const simple = { memberId: '', memberEpoch: -1, groupInstanceId: null, version: 8 }
    coordinator.commit('g', simple, [at(1, 0)])
    await time.advance(dayMs / 2)
    coordinator.commit('g', simple, [at(2, 1)])
    await time.advance(dayMs / 2)
    coordinator.get('g')
    expect([coordinator.offsets.get('g', 't', 0), coordinator.offsets.get('g', 't', 1)?.offset]).toEqual([undefined, 2])
    await time.advance(dayMs)
    expect(coordinator.get('g')).toBeUndefined()
  })

  it('counts from when the last member went; what members read does not expire', async () => {
    const { coordinator, time } = makeSetup({ t: 2, other: 1 }, { offsetsRetentionMs: dayMs })
    const joining = { memberId: 'a', memberEpoch: 0, rebalanceTimeoutMs: 1_000, owned: new Map() }
    const rest = { instanceId: null, rackId: null, serverAssignor: null, clientId: 'c', clientHost: '/h' }
    const subscription = { names: ['t'], regex: '' }
    coordinator.consumerHeartbeat('g', { ...joining, ...rest, subscription })
    const committer = { memberId: 'a', memberEpoch: 1, groupInstanceId: null, version: 9 }
    expect(coordinator.commit('g', committer, [at(1), at(1, 0, 'other')])).toBe(kafkaCode.NONE)
    const beat = { ...rest, memberId: 'a', memberEpoch: 1, rebalanceTimeoutMs: -1, subscription: undefined }
    for (let passedMs = 0; passedMs < 2 * dayMs; passedMs += 40_000) {
      await time.advance(40_000)
      coordinator.consumerHeartbeat('g', { ...beat, owned: undefined })
    }
    expect(coordinator.offsets.topicsOf('g')).toEqual(new Map([['t', [0]]]))
    await time.advance(dayMs - 1)
    expect([coordinator.get('g')!.isEmpty, coordinator.offsets.hasGroup('g')]).toEqual([true, true])
    await time.advance(dayMs)
    expect(coordinator.get('g')).toBeUndefined()
  })
})

describe('administration', () => {
  it('deletes groups without members, with their offsets', () => {
    const { coordinator } = makeSetup({ t: 1 })
    coordinator.commit('g', { memberId: '', memberEpoch: -1, groupInstanceId: null, version: 8 }, [at(1)])
    expect([coordinator.delete('g'), coordinator.delete('g')]).toEqual([kafkaCode.NONE, kafkaCode.GROUP_ID_NOT_FOUND])
    expect(coordinator.offsets.hasGroup('g')).toBe(false)
  })

  it.each([
    {
      why: 'of the consumer protocol, that reads it',
      metadata: '0000000000010001740000',
      type: 'consumer',
      subscribed: true,
    },
    {
      why: 'of the consumer protocol, that reads another',
      metadata: '0000000000010001750000',
      type: 'consumer',
      subscribed: false,
    },
    { why: 'of the consumer protocol, that cannot be read', metadata: '00', type: 'consumer', subscribed: true },
    { why: 'of another protocol', metadata: '', type: 'connect', subscribed: true },
  ])('keeps what a classic group reads: $why', async ({ metadata, type, subscribed }) => {
    const { coordinator, time } = makeSetup({ t: 1 })
    const joined = coordinator.join('g', {
      memberId: '',
      groupInstanceId: null,
      clientId: 'c',
      clientHost: '/h',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: type,
      protocols: [{ name: 'range', metadata: Buffer.from(metadata, 'hex') }],
      isMemberIdRequired: false,
      canSkipAssignment: true,
    })
    await time.advance(0)
    await joined
    expect(coordinator.isSubscribed('g', 't')).toBe(subscribed)
    expect(coordinator.offsetDeleteError('g')).toBe(type === 'consumer' ? kafkaCode.NONE : kafkaCode.NON_EMPTY_GROUP)
    expect(coordinator.delete('g')).toBe(kafkaCode.NON_EMPTY_GROUP)
  })

  it('turns a group without members into one of the other protocol, and keeps its offsets', async () => {
    const { coordinator, time } = makeSetup({ t: 1 })
    coordinator.commit('g', { memberId: '', memberEpoch: -1, groupInstanceId: null, version: 8 }, [at(4)])
    const rest = { instanceId: null, rackId: null, serverAssignor: null, clientId: 'c', clientHost: '/h' }
    const joining = { memberId: 'a', memberEpoch: 0, rebalanceTimeoutMs: 1_000, owned: new Map() }
    const subscription = { names: ['t'], regex: '' }
    coordinator.consumerHeartbeat('g', { ...joining, ...rest, subscription })
    expect(coordinator.get('g')!.type).toBe('consumer')
    const classic = {
      memberId: '',
      groupInstanceId: null,
      clientId: 'c',
      clientHost: '/h',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      isMemberIdRequired: false,
      canSkipAssignment: true,
    }
    expect((await coordinator.join('g', classic)).errorCode).toBe(kafkaCode.INCONSISTENT_GROUP_PROTOCOL)
    coordinator.leave('g', 'a', null)
    const joined = coordinator.join('g', classic)
    await time.advance(0)
    expect([(await joined).errorCode, coordinator.get('g')!.type]).toEqual([kafkaCode.NONE, 'classic'])
    expect(coordinator.offsets.get('g', 't', 0)!.offset).toBe(4)
  })
})

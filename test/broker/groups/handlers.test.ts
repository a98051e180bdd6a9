// Shows that the requests about groups are answered in every version that is served, as each version spells it: which broker
// is in charge, single codes or one for each member and partition, topics by name or by id, states and types.
import { beforeEach, describe, expect, it } from 'vitest'
import { groupsOf } from '../../../broker/groups/of-cluster.ts'
import { joinGroupHandler } from '../../../broker/handlers/11-join-group.ts'
import { syncGroupHandler } from '../../../broker/handlers/14-sync-group.ts'
import type { Topic } from '../../../broker/topic.ts'
import { offsetCommit } from '../../../wire/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../wire/apis/09-offset-fetch.ts'
import { joinGroup } from '../../../wire/apis/11-join-group.ts'
import { heartbeat } from '../../../wire/apis/12-heartbeat.ts'
import { leaveGroup } from '../../../wire/apis/13-leave-group.ts'
import { syncGroup } from '../../../wire/apis/14-sync-group.ts'
import { describeGroups } from '../../../wire/apis/15-describe-groups.ts'
import { listGroups } from '../../../wire/apis/16-list-groups.ts'
import { deleteGroups } from '../../../wire/apis/42-delete-groups.ts'
import { offsetDelete } from '../../../wire/apis/47-offset-delete.ts'
import { consumerGroupHeartbeat } from '../../../wire/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../../wire/apis/69-consumer-group-describe.ts'
import { kafkaCode } from '../../../wire/error-codes.ts'
import type { RequestOf } from '../../../wire/schema.ts'
import { versionsOf } from '../../wire/arbitrary.ts'
import { type Bench, makeBench } from '../ask.ts'

const groupId = 'group'
/** ConsumerProtocolSubscription v0: topic t, no user data. */
const subscribesToT = Buffer.from('000000000001000174ffffffff', 'hex')

let bench: Bench
let topic: Topic
beforeEach(() => {
  bench = makeBench()
  topic = bench.state.topics.create({ name: 't', partitions: 2 }) as Topic
})

const byVersion = (api: { versions: readonly [number, number] }) => versionsOf(api as never)

async function join(version: number, changes: Partial<RequestOf<typeof joinGroup>> = {}) {
  const protocols = [{ name: 'range', metadata: subscribesToT }]
  const body = { groupId, sessionTimeoutMs: 10_000, memberId: '', protocolType: 'consumer', protocols, ...changes }
  const answer = bench.ask(joinGroup, body, { version })
  await bench.time.advance(0)
  return (await answer)!
}

/** One member in a stable group. */
async function stable(): Promise<string> {
  const { memberId } = await join(0)
  const assignments = [{ memberId, assignment: Buffer.from('share') }]
  await bench.ask(syncGroup, { groupId, generationId: 1, memberId, assignments })
  return memberId
}

async function commit(changes: Partial<RequestOf<typeof offsetCommit>> = {}, offset = 5, version = 9) {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: 'note' }]
  const topics = [{ name: 't', topicId: topic.id, partitions }]
  const answer = await bench.ask(offsetCommit, { groupId, topics, ...changes }, { version })
  return answer!.topics.flatMap(each => each.partitions.map(({ errorCode }) => errorCode))
}

const consumerJoin = (changes: Partial<RequestOf<typeof consumerGroupHeartbeat>> = {}, version = 1) => {
  const joining = { memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 9_000, topicPartitions: [] }
  const body = { groupId: 'new', ...joining, subscribedTopicNames: ['t'], ...changes }
  return bench.ask(consumerGroupHeartbeat, body, { version })
}

describe('a classic member', () => {
  it.each(byVersion(joinGroup))('joins with JoinGroup v%i', async version => {
    const first = await join(version)
    const isAskedBack = version >= 4
    expect(first.errorCode).toBe(isAskedBack ? kafkaCode.MEMBER_ID_REQUIRED : kafkaCode.NONE)
    const joined = isAskedBack ? await join(version, { memberId: first.memberId }) : first
    expect(joined).toMatchObject({ generationId: 1, protocolName: 'range', leader: joined.memberId })
    expect(joined.members).toMatchObject([{ memberId: joined.memberId, metadata: subscribesToT }])
    const refused = await join(version, { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] })
    expect(refused).toMatchObject({ errorCode: kafkaCode.INCONSISTENT_GROUP_PROTOCOL, members: [] })
    expect(refused.protocolName).toBe(version < 7 ? '' : null)
  })

  it.each(byVersion(syncGroup))('gets its share with SyncGroup v%i', async version => {
    const { memberId } = await join(0)
    const assignments = [{ memberId, assignment: Buffer.from('share') }]
    const body = { groupId, generationId: 1, memberId, assignments, protocolType: 'consumer', protocolName: 'range' }
    const synced = await bench.ask(syncGroup, body, { version })
    expect(synced).toMatchObject({ errorCode: kafkaCode.NONE, assignment: Buffer.from('share') })
    expect(synced!.protocolName).toBe(version < 5 ? null : 'range')
  })

  it.each(byVersion(heartbeat))('beats with Heartbeat v%i', async version => {
    const memberId = await stable()
    const beat = (generationId: number) => bench.ask(heartbeat, { groupId, generationId, memberId }, { version })
    expect([(await beat(1))!.errorCode, (await beat(0))!.errorCode]).toEqual([
      kafkaCode.NONE,
      kafkaCode.ILLEGAL_GENERATION,
    ])
  })

  it.each(byVersion(leaveGroup))('goes with LeaveGroup v%i', async version => {
    const memberId = await stable()
    const leave = () =>
      bench.ask(leaveGroup, { groupId, memberId, members: [{ memberId, groupInstanceId: null }] }, { version })
    const codes = async () => {
      const { errorCode, members } = (await leave())!
      return version < 3 ? [errorCode] : [errorCode, ...members.map(each => each.errorCode)]
    }
    expect((await codes()).at(-1)).toBe(kafkaCode.NONE)
    expect(await codes()).toEqual([...(version < 3 ? [] : [kafkaCode.NONE]), kafkaCode.UNKNOWN_MEMBER_ID])
  })

  it('keeps what it was given, though the frame that carried it is used again', async () => {
    const frame = Buffer.from(subscribesToT)
    const [context, absent] = [
      { cluster: bench.state, brokerId: 1, version: 3 },
      { rebalanceTimeoutMs: -1, reason: null },
    ]
    const identity = { groupId, memberId: '', groupInstanceId: null, sessionTimeoutMs: 10_000, ...absent }
    const protocols = [{ name: 'range', metadata: frame }]
    const joined = joinGroupHandler.handle(context as never, { ...identity, protocolType: 'consumer', protocols })
    await bench.time.advance(0)
    const { memberId } = (await joined)!
    const share = Buffer.from('share')
    const assignments = [{ memberId, assignment: share }]
    const asked = { groupId, generationId: 1, memberId, groupInstanceId: null, protocolType: null, protocolName: null }
    await syncGroupHandler.handle(context as never, { ...asked, assignments })
    frame.fill(0)
    share.fill(0)
    const described = await bench.ask(describeGroups, { groups: [groupId] })
    const kept = { memberMetadata: subscribesToT, memberAssignment: Buffer.from('share') }
    expect(described!.groups[0]!.members).toMatchObject([kept])
  })
})

describe('offsets', () => {
  it.each(byVersion(offsetCommit))('are committed with OffsetCommit v%i', async version => {
    const partitions = [0, 9].map(partitionIndex => ({ partitionIndex, committedOffset: 3, committedMetadata: null }))
    const missing = { name: 'missing', topicId: bench.state.newUuid(), partitions: partitions.slice(0, 1) }
    const long = [{ partitionIndex: 1, committedOffset: 3, committedMetadata: 'x'.repeat(4_097) }]
    const known = { name: 't', topicId: topic.id }
    const topics = [{ ...known, partitions }, { ...known, partitions: long }, missing]
    expect(await commit({ topics }, 0, version)).toEqual([
      kafkaCode.NONE,
      kafkaCode.UNKNOWN_TOPIC_OR_PARTITION,
      kafkaCode.OFFSET_METADATA_TOO_LARGE,
      version < 10 ? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION : kafkaCode.UNKNOWN_TOPIC_ID,
    ])
  })

  it.each(byVersion(offsetFetch))('are read with OffsetFetch v%i', async version => {
    await commit()
    const topics = [{ name: 't', topicId: topic.id, partitionIndexes: [0, 1] }]
    const answer = (await bench.ask(offsetFetch, { groupId, topics, groups: [{ groupId, topics }] }, { version }))!
    const found = version < 8 ? answer.topics : answer.groups[0]!.topics
    const none = { committedOffset: -1, metadata: '', errorCode: kafkaCode.NONE }
    expect(found).toMatchObject([
      {
        partitions: [
          { partitionIndex: 0, committedOffset: 5, metadata: 'note' },
          { partitionIndex: 1, ...none },
        ],
      },
    ])
    expect(found[0]).toMatchObject(version < 10 ? { name: 't' } : { topicId: topic.id })
  })

  it.each([2, 7, 8, 10])('are read all with OffsetFetch v%i when no topic is named', async version => {
    await commit()
    const body = { groupId, topics: null, groups: [{ groupId, topics: null }] }
    const answer = (await bench.ask(offsetFetch, body, { version }))!
    const found = version < 8 ? answer.topics : answer.groups[0]!.topics
    expect(found).toMatchObject([{ partitions: [{ partitionIndex: 0, committedOffset: 5 }] }])
  })

  it('of many groups are read at once, of groups that are not there too', async () => {
    await commit()
    const topics = [{ name: 't', partitionIndexes: [0] }]
    const groups = [groupId, 'nobody'].map(id => ({ groupId: id, topics }))
    const answer = (await bench.ask(offsetFetch, { groups }, { version: 9 }))!
    const offsets = answer.groups.map(group => group.topics[0]!.partitions[0]!.committedOffset)
    expect(offsets).toEqual([5, -1])
  })

  it('that a transaction is about to change are held back when asked for stable ones (KIP-447)', async () => {
    await commit()
    const { offsets } = groupsOf({ cluster: bench.state } as never)
    const pending = { topic: 't', partition: 0, offset: 8, leaderEpoch: 0, metadata: '' }
    offsets.addPending(1, groupId, [pending], bench.state.nowMs)
    const read = async (requireStable: boolean) => {
      const groups = [{ groupId, topics: [{ name: 't', topicId: topic.id, partitionIndexes: [0] }] }]
      const { errorCode, committedOffset } = (await bench.ask(offsetFetch, { groups, requireStable }))!.groups[0]!
        .topics[0]!.partitions[0]!
      return [errorCode, committedOffset]
    }
    expect(await read(true)).toEqual([kafkaCode.UNSTABLE_OFFSET_COMMIT, -1])
    expect(await read(false)).toEqual([kafkaCode.NONE, 5])
    offsets.complete(1, 'commit')
    expect(await read(true)).toEqual([kafkaCode.NONE, 8])
  })

  it('are deleted where nobody reads, and go with their topic', async () => {
    await commit()
    const remove = async () => {
      const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] }]
      const answer = (await bench.ask(offsetDelete, { groupId, topics }))!
      return [answer.errorCode, ...(answer.topics[0]?.partitions ?? []).map(({ errorCode }) => errorCode)]
    }
    expect(await remove()).toEqual([kafkaCode.NONE, kafkaCode.NONE, kafkaCode.UNKNOWN_TOPIC_OR_PARTITION])
    const memberId = await stable()
    expect(await remove()).toContain(kafkaCode.GROUP_SUBSCRIBED_TO_TOPIC)
    expect(await commit({ memberId, generationIdOrMemberEpoch: 1 })).toEqual([kafkaCode.NONE])
    bench.state.topics.delete(topic)
    expect(groupsOf({ cluster: bench.state } as never).offsets.hasGroup(groupId)).toBe(false)
  })
})

describe('a member of the new protocol', () => {
  it.each(byVersion(consumerGroupHeartbeat))('joins with ConsumerGroupHeartbeat v%i', async version => {
    const joined = (await consumerJoin({ memberId: version === 0 ? '' : 'm' }, version))!
    expect(joined).toMatchObject({ errorCode: kafkaCode.NONE, memberEpoch: 1, heartbeatIntervalMs: 5_000 })
    expect(joined.memberId === 'm').toBe(version !== 0)
    expect(joined.assignment).toEqual({ topicPartitions: [{ topicId: topic.id, partitions: [0, 1] }] })
    const again = { groupId: 'new', memberId: joined.memberId!, memberEpoch: 1 }
    expect((await bench.ask(consumerGroupHeartbeat, again, { version }))!.assignment).toBeNull()
  })

  it('is refused in words', async () => {
    const refused = await consumerJoin({ serverAssignor: 'mine' })
    expect(refused).toMatchObject({ errorCode: kafkaCode.UNSUPPORTED_ASSIGNOR, assignment: null })
    expect(refused!.errorMessage).toContain('uniform, range')
  })

  it.each(byVersion(consumerGroupDescribe))('is described with ConsumerGroupDescribe v%i', async version => {
    await consumerJoin()
    await stable()
    const groupIds = ['new', groupId, 'nobody']
    const { groups } = (await bench.ask(consumerGroupDescribe, { groupIds }, { version }))!
    const share = { topicPartitions: [{ topicId: topic.id, topicName: 't', partitions: [0, 1] }] }
    const member = {
      memberId: 'm',
      memberEpoch: 1,
      clientHost: '/127.0.0.1',
      assignment: share,
      targetAssignment: share,
    }
    expect(groups[0]).toMatchObject({ groupState: 'Stable', assignorName: 'uniform', members: [member] })
    expect(groups.slice(1).map(({ errorCode }) => errorCode)).toEqual(
      Array.from({ length: 2 }, () => kafkaCode.GROUP_ID_NOT_FOUND),
    )
  })
})

describe('groups', () => {
  it.each(byVersion(describeGroups))('are described with DescribeGroups v%i', async version => {
    const memberId = await stable()
    await consumerJoin()
    const asked = { groups: [groupId, 'new', 'nobody'], includeAuthorizedOperations: true }
    const { groups } = (await bench.ask(describeGroups, asked, { version }))!
    const member = { memberId, clientHost: '/127.0.0.1', memberAssignment: Buffer.from('share') }
    expect(groups[0]).toMatchObject({ groupState: 'Stable', protocolData: 'range', members: [member] })
    expect(groups.slice(1).map(({ groupState }) => groupState)).toEqual(['Dead', 'Dead'])
    const missing = version < 6 ? kafkaCode.NONE : kafkaCode.GROUP_ID_NOT_FOUND
    expect(groups.slice(1).map(({ errorCode }) => errorCode)).toEqual([missing, missing])
  })

  it.each(byVersion(listGroups))('are listed with ListGroups v%i', async version => {
    await stable()
    await consumerJoin()
    await commit({ groupId: 'simple' })
    const list = async (filter: { statesFilter?: string[]; typesFilter?: string[] }) =>
      (await bench.ask(listGroups, filter, { version }))!.groups.map(group => group.groupId).sort()
    expect(await list({})).toEqual([groupId, 'new', 'simple'])
    if (version >= 4) expect(await list({ statesFilter: ['empty'] })).toEqual(['simple'])
    if (version >= 5) expect(await list({ typesFilter: ['Consumer'] })).toEqual(['new'])
  })

  it.each(byVersion(deleteGroups))('are deleted with DeleteGroups v%i', async version => {
    await stable()
    await commit({ groupId: 'simple' })
    const { results } = (await bench.ask(deleteGroups, { groupsNames: [groupId, 'simple', 'nobody'] }, { version }))!
    expect(results.map(({ errorCode }) => errorCode)).toEqual([
      kafkaCode.NON_EMPTY_GROUP,
      kafkaCode.NONE,
      kafkaCode.GROUP_ID_NOT_FOUND,
    ])
  })

  it('are the business of one broker: the others send clients away, and list nothing', async () => {
    bench = makeBench({ brokers: 2 })
    topic = bench.state.topics.create({ name: 't' }) as Topic
    const { id } = bench.state.coordinatorOf(groupId)!
    const brokerId = id === 1 ? 2 : 1
    const sent = kafkaCode.NOT_COORDINATOR
    const at = { brokerId }
    const member = { groupId, memberId: '', generationId: 0 }
    const joining = { ...member, sessionTimeoutMs: 10_000, protocolType: 'consumer', protocols: [] }
    expect((await bench.ask(joinGroup, joining, at))!.errorCode).toBe(sent)
    expect((await bench.ask(syncGroup, { ...member, assignments: [] }, at))!.errorCode).toBe(sent)
    expect((await bench.ask(heartbeat, member, at))!.errorCode).toBe(sent)
    expect((await bench.ask(leaveGroup, { groupId, members: [] }, at))!.errorCode).toBe(sent)
    const beat = { groupId, memberId: 'm', memberEpoch: 1 }
    expect((await bench.ask(consumerGroupHeartbeat, beat, at))!.errorCode).toBe(sent)
    expect((await bench.ask(describeGroups, { groups: [groupId] }, at))!.groups[0]!.errorCode).toBe(sent)
    expect((await bench.ask(consumerGroupDescribe, { groupIds: [groupId] }, at))!.groups[0]!.errorCode).toBe(sent)
    expect((await bench.ask(deleteGroups, { groupsNames: [groupId] }, at))!.results[0]!.errorCode).toBe(sent)
    expect((await bench.ask(offsetDelete, { groupId, topics: [] }, at))!.errorCode).toBe(sent)
    const groups = [{ groupId, topics: [] }]
    expect((await bench.ask(offsetFetch, { groups }, at))!.groups[0]!.errorCode).toBe(sent)
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
    const topics = [{ topicId: topic.id, partitions }]
    const committed = (await bench.ask(offsetCommit, { groupId, topics }, at))!
    expect(committed.topics[0]!.partitions[0]!.errorCode).toBe(sent)
    await bench.ask(offsetCommit, { groupId, topics }, { brokerId: id })
    expect((await bench.ask(listGroups, {}, at))!.groups).toEqual([])
    expect((await bench.ask(listGroups, {}, { brokerId: id }))!.groups).toHaveLength(1)
  })

  it('without a name have no members', async () => {
    expect(await join(9, { groupId: '' })).toMatchObject({ errorCode: kafkaCode.INVALID_GROUP_ID })
    expect(await consumerJoin({ groupId: '' })).toMatchObject({ errorCode: kafkaCode.INVALID_REQUEST })
  })
})

// Shows that a member reads from where its group has committed, commits before it gives anything up and at its end, loses what it
// loses without a commit, and that what cannot be committed at the end is not passed over.
// Method: a member, streams and a coordinator that do what the test says; fake timers.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import type { MembersPlan } from '../../../loadgen/plan.ts'
import type { Assignment, Positions } from '../../../loadgen/worker/contract.ts'
import { GroupConsumer, type GroupConsumerDeps } from '../../../loadgen/worker/group-consumer.ts'
import type { GroupMember, GroupMemberOptions, GroupOffsets } from '../../../wire/group.ts'
import { clientDefaults } from '../../../wire/settings.ts'

vi.mock('../../../wire/admin.ts', () => ({
  fetchCommittedOffsets: async (_cluster: unknown, _group: string, _topic: string, partitions: readonly number[]) =>
    new Map(
      [...committed].filter(([partition]) => partitions.includes(partition)).map(([at, offset]) => [at, { offset }]),
    ),
}))

const committed = new Map<number, number>()
const members: MembersPlan = {
  ...{ protocol: 'classic', assignor: 'range', consumers: 1, isOwnGroup: false, commitIntervalMs: 1_000 },
  ...{ rebalanceTimeoutMs: 10_000, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 1_000 },
}

beforeEach(() => {
  committed.clear()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

class FakeStreams {
  readonly assigned: Assignment[] = []
  positions: Record<number, number> = {}
  readonly #over = Promise.withResolvers<void>()

  assign(assignments: readonly Assignment[]): void {
    this.assigned.push(...assignments)
    for (const { partition, startOffset } of assignments) this.positions[partition] = startOffset
  }

  revoke(partitions: ReadonlySet<number>): Positions {
    const taken = Object.entries(this.positions).filter(([partition]) => partitions.has(Number(partition)))
    for (const [partition] of taken) delete this.positions[Number(partition)]
    return Object.fromEntries(taken)
  }

  run(): Promise<void> {
    return this.#over.promise
  }

  stop(): void {
    this.#over.resolve()
  }
}

class FakeMember {
  readonly #ended = Promise.withResolvers<MillraceError | undefined>()
  readonly ended = this.#ended.promise
  owned = new Map([['t', new Set<number>()]])
  goodbye: string | undefined
  refuse: MillraceError | undefined
  readonly options: GroupMemberOptions

  constructor(options: GroupMemberOptions) {
    this.options = options
  }

  async give(...partitions: number[]): Promise<void> {
    for (const partition of partitions) this.owned.get('t')!.add(partition)
    await this.options.onAssigned?.(new Map([['t', new Set(partitions)]]))
  }

  async take(...partitions: number[]): Promise<void> {
    await this.options.onRevoked?.(new Map([['t', new Set(partitions)]]))
    for (const partition of partitions) this.owned.get('t')!.delete(partition)
  }

  async commit(offsets: GroupOffsets): Promise<void> {
    if (this.refuse !== undefined) throw this.refuse
    for (const [partition, offset] of offsets.get('t')!) committed.set(partition, offset)
  }

  async leave(): Promise<void> {
    await this.take(...this.owned.get('t')!)
    this.goodbye = 'left'
    this.#ended.resolve(undefined)
  }

  async abandon(): Promise<void> {
    this.goodbye = 'abandoned'
    this.#ended.resolve(undefined)
  }

  fail(error: MillraceError): void {
    this.#ended.resolve(error)
  }
}

async function setUp({ isFromStart = false } = {}) {
  const streams = new FakeStreams()
  const joined: FakeMember[] = []
  const told: string[] = []
  const commits: boolean[] = []
  const notices: string[] = []
  const starts: string[] = []
  const consumer = new GroupConsumer(
    {
      ...{ client: { ...clientDefaults, bootstrap: [] }, group: 'g', topic: 't', plan: members, index: 4 },
      ...{ startOffsets: [100, 200], isFromStart },
    },
    {
      ...{ cluster: {} as GroupConsumerDeps['cluster'], streams, nowNs: () => 5 },
      onOwnership: ({ what, partitions, consumer: index }) => void told.push(`${index} ${what} ${partitions}`),
      onStart: (partition, offset) => void starts.push(`${partition}@${offset}`),
      onCommit: isDone => void commits.push(isDone),
      onNotice: text => void notices.push(text),
      join: async (_client, options) => {
        const member = new FakeMember(options)
        joined.push(member)
        return member as unknown as GroupMember
      },
    },
  )
  await consumer.join()
  return { consumer, streams, joined, member: joined[0]!, told, commits, notices, starts }
}

const refusal = (code = 'REQUEST_REFUSED' as const) => new MillraceError(code, 'no such member')

describe('what it is given', () => {
  it('is read from where the group has committed, else from where the run begins', async () => {
    committed.set(1, 150)
    const { member, streams, told, starts } = await setUp()
    await member.give(0, 1)
    expect(streams.assigned).toEqual([
      { partition: 0, startOffset: 100 },
      { partition: 1, startOffset: 150 },
    ])
    expect(starts).toEqual(['0@100', '1@150'])
    expect(told).toEqual(['4 assigned 0,1'])
  })

  it('in a roundtrip is never read from before the run', async () => {
    committed.set(0, 50).set(1, 250)
    const { member, starts } = await setUp({ isFromStart: true })
    await member.give(0, 1)
    expect(starts).toEqual(['0@100', '1@250'])
  })
})

describe('what it gives up', () => {
  it('is read no more, and committed before the group hears of it', async () => {
    const { member, streams, told, commits, consumer } = await setUp()
    await member.give(0, 1)
    streams.positions = { 0: 120, 1: 222 }
    await member.take(0)
    expect(streams.positions).toEqual({ 1: 222 })
    expect([...committed]).toEqual([[0, 120]])
    expect(told.at(-1)).toBe('4 revoked 0')
    expect(commits).toEqual([true])
    expect(consumer.positions).toEqual({ 0: 120, 1: 222 })
  })

  it('and cannot commit holds nobody up, and is told', async () => {
    const { member, commits, notices, consumer, streams } = await setUp()
    const run = consumer.run()
    await member.give(0)
    member.refuse = refusal()
    await member.take(0)
    expect(commits).toEqual([false])
    expect(notices).toEqual(['group g, consumer 4: not committed: no such member'])
    // Somebody else has it now, and reads it again: no reason to fail.
    streams.stop()
    await run
  })

  it('what it has lost is not committed', async () => {
    const { member, streams, told } = await setUp()
    await member.give(0)
    streams.positions = { 0: 120 }
    await member.options.onLost?.(new Map([['t', new Set([0])]]))
    expect(streams.positions).toEqual({})
    expect(committed.size).toBe(0)
    expect(told.at(-1)).toBe('4 lost 0')
  })
})

describe('commits', () => {
  it('come now and then, of what it owns', async () => {
    const { consumer, member, streams } = await setUp()
    const run = consumer.run()
    await member.give(0, 1)
    streams.positions = { 0: 130, 1: 230, 7: 1 }
    await vi.advanceTimersByTimeAsync(1_000)
    expect([...committed]).toEqual([
      [0, 130],
      [1, 230],
    ])
    streams.positions[0] = 140
    streams.stop()
    await run
    expect(committed.get(0)).toBe(140)
    expect(member.goodbye).toBe('left')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that fail at the end fail the run', async () => {
    const { consumer, member, streams } = await setUp()
    const run = consumer.run()
    await member.give(0)
    member.refuse = refusal()
    streams.stop()
    await expect(run).rejects.toThrow('no such member')
  })

  it('nothing of the end is told as a rebalance', async () => {
    const { consumer, member, streams, told } = await setUp()
    const run = consumer.run()
    await member.give(0)
    streams.stop()
    await run
    expect(told).toEqual(['4 assigned 0'])
  })
})

describe('coming and going', () => {
  it('with a goodbye commits, and comes back as another member', async () => {
    const { consumer, member, joined, streams, told } = await setUp()
    await member.give(0)
    streams.positions = { 0: 111 }
    await consumer.leave()
    expect(member.goodbye).toBe('left')
    expect(committed.get(0)).toBe(111)
    expect(told.at(-1)).toBe('4 revoked 0')
    await consumer.join()
    expect(joined).toHaveLength(2)
    await joined[1]!.give(0)
    expect(streams.assigned.at(-1)).toEqual({ partition: 0, startOffset: 111 })
  })

  it('without a goodbye commits nothing', async () => {
    const { consumer, member, streams, told } = await setUp()
    await member.give(0)
    streams.positions = { 0: 111 }
    await consumer.kill()
    expect(member.goodbye).toBe('abandoned')
    expect(committed.size).toBe(0)
    expect(streams.positions).toEqual({})
    expect(told.at(-1)).toBe('4 killed 0')
  })

  it('is in turn, and over with the run', async () => {
    const { consumer, joined, streams } = await setUp()
    const run = consumer.run()
    await Promise.all([consumer.leave(), consumer.join(), consumer.join(), consumer.kill(), consumer.leave()])
    expect(joined.map(({ goodbye }) => goodbye)).toEqual(['left', 'abandoned'])
    streams.stop()
    await run
    await consumer.join()
    expect(joined).toHaveLength(2)
  })

  it('a member that the coordinator throws out ends the run', async () => {
    const { consumer, member } = await setUp()
    const run = consumer.run()
    member.fail(new MillraceError('AUTHORIZATION_FAILED', 'not for you'))
    await expect(run).rejects.toMatchObject({ code: 'AUTHORIZATION_FAILED' })
  })
})

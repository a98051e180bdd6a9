// Shows that a run waits for its group, lets members come and go in its measured time, and ends when the members together have
// read what was to be read.
// Method: a crew that writes down what it is told, positions in shared memory, fake timers.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MillraceError } from '../../../core/errors.ts'
import { GroupRun } from '../../../loadgen/group/group-run.ts'
import type { ChurnPlan, ConsumePlan, MembersPlan } from '../../../loadgen/plan.ts'
import type { MemberChange, WorkerRole } from '../../../loadgen/worker/contract.ts'
import { allocateReadPositions, ReadPositions } from '../../../loadgen/worker/read-positions.ts'
import { consumeOf } from '../plans.ts'

const epochMs = 1_767_323_045_678
const clock = { nowNs: () => (Date.now() - epochMs) * 1e6 }

beforeEach(() => {
  vi.useFakeTimers({ now: epochMs, toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const ends = async () => [10, 20]

class FakeCrew {
  failure: MillraceError | undefined
  readonly told: string[] = []
  readonly #consumers = Promise.withResolvers<void>()

  stop(role?: WorkerRole): void {
    this.#tell(`stop ${role}`)
    if (role === 'consume') this.#consumers.resolve()
  }

  readUntil(endOffsets: readonly number[]): void {
    this.#tell(`until ${endOffsets}`)
  }

  tellMember(consumer: number, does: MemberChange): void {
    this.#tell(`${does} ${consumer}`)
  }

  finished(): Promise<void> {
    return this.#consumers.promise
  }

  #tell(what: string): void {
    this.told.push(`${(Date.now() - epochMs) / 1000} s: ${what}`)
  }
}

function setUp({ churn, stopAtEnd = false }: { churn?: ChurnPlan; stopAtEnd?: boolean } = {}) {
  const members: MembersPlan = {
    ...{ protocol: 'consumer', consumers: 3, isOwnGroup: false, commitIntervalMs: 5_000 },
    ...{ rebalanceTimeoutMs: 10_000, sessionTimeoutMs: 45_000, heartbeatIntervalMs: 3_000 },
    ...(churn !== undefined && { churn }),
  }
  const plan: ConsumePlan & { members: MembersPlan; group: string } = {
    ...consumeOf({ stopAtEnd }),
    members,
    group: 'g',
  }
  const memory = allocateReadPositions(2)
  const notices: string[] = []
  const onNotice = (text: string) => void notices.push(text)
  const settings = { plan, partitions: 2, readPositions: memory, clock, readEndOffsets: ends, onNotice }
  const group = new GroupRun(settings)
  const crew = new FakeCrew()
  const own = (partition: number, consumer: number) =>
    group.onOwnership({ what: 'assigned', partitions: [partition], consumer, ns: clock.nowNs() })
  return { group, crew, own, notices, positions: new ReadPositions(memory) }
}

describe('forming', () => {
  it('is over when every partition has its owner', async () => {
    const { group, crew, own, notices } = setUp()
    let isFormed = false
    const forming = group.formed(crew).then(() => {
      isFormed = true
    })
    own(0, 1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(isFormed).toBe(false)
    own(1, 2)
    await vi.advanceTimersByTimeAsync(30)
    await forming
    expect(notices).toEqual(['group g: formed, 3 members'])
  })

  it('that takes too long is told, with what is missing', async () => {
    const { group, crew, own } = setUp()
    own(0, 1)
    const failure = expect(group.formed(crew)).rejects.toMatchObject({
      code: 'GROUP_NOT_FORMED',
      message: "group 'g' with 3 consumers: 1 of 2 partitions belong to nobody of this run",
    })
    await vi.advanceTimersByTimeAsync(41_000)
    await failure
  })

  it('ends with the failure of a worker', async () => {
    const { group, crew } = setUp()
    const failure = expect(group.formed(crew)).rejects.toMatchObject({ code: 'AUTHORIZATION_FAILED' })
    await vi.advanceTimersByTimeAsync(100)
    crew.failure = new MillraceError('AUTHORIZATION_FAILED', 'not for you')
    await vi.advanceTimersByTimeAsync(100)
    await failure
  })
})

describe('reading to the end', () => {
  it('stops all when the last of them has come there, whoever it is', async () => {
    const { group, crew, positions } = setUp()
    group.followed(crew).readUntil([10, 20])
    positions.moveTo(0, 10)
    positions.moveTo(1, 19)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(crew.told).toEqual(['0 s: until 10,20'])
    expect(group.hasReachedEnd).toBe(false)
    positions.moveTo(1, 20)
    await vi.advanceTimersByTimeAsync(30)
    expect(crew.told[1]).toMatch(/stop consume$/)
    expect(group.hasReachedEnd).toBe(true)
  })

  it('ends with the consumers, wherever they are', async () => {
    const { group, crew } = setUp()
    group.followed(crew).readUntil([10, 20])
    crew.stop('consume')
    await vi.advanceTimersByTimeAsync(100)
    expect(group.hasReachedEnd).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('of a log as it was at the start begins with the run', async () => {
    const { group, crew, own } = setUp({ stopAtEnd: true })
    own(0, 0)
    own(1, 1)
    const forming = group.formed(crew)
    await vi.advanceTimersByTimeAsync(30)
    await forming
    group.start(crew, { startNs: clock.nowNs(), fromNs: clock.nowNs(), untilNs: Number.POSITIVE_INFINITY })
    expect(crew.told).toEqual([expect.stringMatching(/until 10,20$/)])
    crew.stop('consume')
    group.stop()
    await vi.advanceTimersByTimeAsync(100)
  })
})

describe('churn', () => {
  const start = { startNs: 0, fromNs: 2e9, untilNs: 35e9 }

  it('sends members away in turn, has them back half the time later, and ends in time for that', async () => {
    const { group, crew } = setUp({ churn: { how: 'leave', count: 2, everyMs: 10_000 } })
    group.start(crew, start)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(crew.told).toEqual([
      ...['12 s: leave 0', '12 s: leave 1', '17 s: join 0', '17 s: join 1'],
      ...['22 s: leave 2', '22 s: leave 0', '27 s: join 2', '27 s: join 0'],
    ])
    group.stop()
    expect(group.result).toMatchObject({ left: 4, joined: 4, killed: 0, group: 'g', protocol: 'consumer' })
  })

  it('is over with the run', async () => {
    const { group, crew } = setUp({ churn: { how: 'kill', count: 1, everyMs: 10_000 } })
    group.start(crew, start)
    await vi.advanceTimersByTimeAsync(13_000)
    group.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(crew.told).toEqual(['12 s: kill 0'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

it('lag is what the brokers hold beyond what was read, whoever reads it', async () => {
  const { group, crew, positions } = setUp()
  expect(group.lag).toBeUndefined()
  group.start(crew, { startNs: 0, fromNs: 0, untilNs: 9e9 })
  await vi.advanceTimersByTimeAsync(1)
  expect(group.lag).toBe(30)
  positions.moveTo(1, 15)
  expect(group.lag).toBe(15)
  group.stop()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(vi.getTimerCount()).toBe(0)
})

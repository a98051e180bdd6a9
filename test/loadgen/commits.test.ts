// Shows that a group's positions are committed now and then and at the end, that a commit that fails is tried again, and that
// the last one decides.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GroupCommitter } from '../../loadgen/commits.ts'
import type { Positions } from '../../loadgen/worker/contract.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { FakeCluster } from './fake-cluster.ts'
import { benchOf, consumeOf } from './plans.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp({ group = 'g' as string | null } = {}) {
  const cluster = new FakeCluster()
  cluster.add('orders', [1, 1, 1])
  const committed: Record<number, number>[] = []
  const faults = { errorCode: 0, pauseMs: 0 }
  cluster.answers.OffsetCommit = async ({ topics }) => {
    await new Promise(resolve => setTimeout(resolve, faults.pauseMs))
    const partitions: { partitionIndex: number; committedOffset: number }[] = topics[0].partitions
    if (faults.errorCode === 0) {
      committed.push(Object.fromEntries(partitions.map(each => [each.partitionIndex, each.committedOffset])))
    }
    const answered = partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: faults.errorCode }))
    return { topics: [{ name: 'orders', partitions: answered }] }
  }
  const positions: Positions[] = [{}, {}]
  const crew = {
    outcomesOf: () => positions.map(each => ({ books: [], ledgers: [], positions: each, reachedEnd: false })),
  }
  const notices: string[] = []
  const plan = benchOf({ mode: 'consume', consume: consumeOf(group === null ? {} : { group }) })
  const onNotice = (text: string) => void notices.push(text)
  const committer = new GroupCommitter(cluster.asCluster, plan, { name: 'orders' }, crew, onNotice)
  /** The error with which it ended, if any. */
  const finish = async () => {
    const finished = committer.finish().then(
      () => undefined,
      (error: unknown) => error,
    )
    await vi.advanceTimersByTimeAsync(60_000)
    return finished
  }
  return { committed, faults, positions, notices, committer, finish }
}

describe('commits', () => {
  it('carry the positions of all workers, every five seconds and at the end', async () => {
    const { committed, positions, finish } = setUp()
    positions[0] = { 0: 10, 2: 30 }
    positions[1] = { 1: 20 }
    await vi.advanceTimersByTimeAsync(5_010)
    expect(committed).toEqual([{ 0: 10, 1: 20, 2: 30 }])
    positions[1] = { 1: 25 }
    await vi.advanceTimersByTimeAsync(5_000)
    positions[0] = { 0: 11, 2: 31 }
    expect(await finish()).toBeUndefined()
    expect(committed.slice(1)).toEqual([
      { 0: 10, 1: 25, 2: 30 },
      { 0: 11, 1: 25, 2: 31 },
    ])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are none while nobody has told a position', async () => {
    const { committed, finish } = setUp()
    await vi.advanceTimersByTimeAsync(20_000)
    await finish()
    expect(committed).toEqual([])
  })

  it('are none without a group', async () => {
    const { committed, positions, finish } = setUp({ group: null })
    positions[0] = { 0: 10 }
    await vi.advanceTimersByTimeAsync(20_000)
    await finish()
    expect(committed).toEqual([])
  })

  it('that take long are not begun twice; the end waits for the one under way and commits once more', async () => {
    const { committed, faults, positions, finish } = setUp()
    faults.pauseMs = 12_000
    positions[0] = { 0: 10 }
    await vi.advanceTimersByTimeAsync(16_000)
    positions[0] = { 0: 99 }
    expect(await finish()).toBeUndefined()
    expect(committed).toEqual([{ 0: 10 }, { 0: 99 }])
  })

  it('that fail on the way are told, and forgotten when the last one is stored', async () => {
    const { committed, faults, positions, notices, finish } = setUp()
    positions[0] = { 0: 10 }
    faults.errorCode = kafkaCode.COORDINATOR_LOAD_IN_PROGRESS
    await vi.advanceTimersByTimeAsync(5_010)
    expect(notices).toEqual([expect.stringMatching(/^group g: not committed: .*COORDINATOR_LOAD_IN_PROGRESS/)])
    faults.errorCode = 0
    expect(await finish()).toBeUndefined()
    expect(committed).toEqual([{ 0: 10 }])
  })

  it('of which the last one fails fail the run', async () => {
    const { faults, positions, finish } = setUp()
    positions[0] = { 0: 10 }
    faults.errorCode = kafkaCode.GROUP_AUTHORIZATION_FAILED
    expect(await finish()).toMatchObject({ code: 'AUTHORIZATION_FAILED' })
  })
})

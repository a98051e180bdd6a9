// Shows when a rebalance begins and ends, what it is put down to, and for how long single partitions are not read.
// Method: events with made-up times, as members tell them.
import { describe, expect, it } from 'vitest'
import { rebalancesModel } from '../../../loadgen/group/model.ts'
import { RebalanceWatch } from '../../../loadgen/group/rebalance-watch.ts'
import type { Ownership } from '../../../loadgen/worker/contract.ts'

const about = { group: 'g', protocol: 'classic', assignor: 'range', consumers: 2 } as const

/** Two consumers of four partitions: 0 and 1, 2 and 3, formed at 2 s; the run starts at 10 s. */
function formed() {
  const watch = new RebalanceWatch(4, 2, 1e9)
  const tell = (sec: number, consumer: number, what: Ownership['what'], ...partitions: number[]) =>
    watch.take({ what, partitions, consumer, ns: sec * 1e9 })
  tell(1.5, 0, 'assigned', 0, 1, 2, 3)
  expect(watch.isFormed).toBe(false)
  tell(1.7, 0, 'revoked', 0, 1, 2, 3)
  expect(watch.unowned).toBe(4)
  tell(2, 0, 'assigned', 0, 1)
  tell(2, 1, 'assigned', 2, 3)
  expect(watch.isFormed).toBe(true)
  watch.start(10e9)
  tell(10.1, 0, 'fetching', 0, 1)
  tell(10.1, 1, 'fetching', 2, 3)
  return {
    watch,
    tell,
    get result() {
      return rebalancesModel.parse(watch.result(about))
    },
  }
}

describe('a group', () => {
  it('that only forms has no rebalance', () => {
    expect(formed().result).toEqual({
      ...about,
      ...{ formedSeconds: 1, joined: 0, left: 0, killed: 0, count: 0, list: [], unfinished: 0 },
      ...{ commits: 0, commitsFailed: 0 },
    })
  })

  it('with more members than partitions is formed when each partition has its own', () => {
    const watch = new RebalanceWatch(2, 3, 0)
    watch.take({ what: 'assigned', partitions: [0], consumer: 2, ns: 1e9 })
    expect(watch.isFormed).toBe(false)
    watch.take({ what: 'assigned', partitions: [1], consumer: 0, ns: 2e9 })
    expect(watch.isFormed).toBe(true)
  })
})

describe('a rebalance', () => {
  it('of eager members lasts from the first that gives up to the last that is read again', () => {
    const run = formed()
    run.watch.changed('join', 19e9)
    run.tell(20, 0, 'revoked', 0, 1)
    run.tell(21, 1, 'revoked', 2, 3)
    run.tell(21.5, 0, 'assigned', 0, 1)
    run.tell(21.5, 1, 'assigned', 2, 3)
    run.tell(22, 0, 'fetching', 0)
    run.tell(22, 1, 'fetching', 2)
    run.tell(22, 1, 'fetching', 3)
    run.tell(23, 0, 'fetching', 1)
    expect(run.result).toMatchObject({
      ...{ count: 1, joined: 1, unfinished: 0, seconds: { mean: 3, max: 3, total: 3 } },
      list: [{ sec: 10, seconds: 3, partitions: 4, cause: 'join' }],
      partitionPause: { count: 4, p50Ms: 1_000, maxMs: 3_000 },
    })
  })

  it('in which each partition goes its own way is as many as there are gaps', () => {
    const run = formed()
    run.watch.changed('leave', 20e9)
    run.tell(20, 0, 'revoked', 0)
    run.tell(20.5, 1, 'assigned', 0)
    run.tell(20.5, 1, 'fetching', 0)
    run.tell(24, 0, 'revoked', 1)
    run.tell(24.25, 1, 'assigned', 1)
    run.tell(24.25, 1, 'fetching', 1)
    expect(run.result.list.map(({ seconds, cause }) => [seconds, cause])).toEqual([
      [0.5, 'leave'],
      [0.25, 'leave'],
    ])
  })

  it('after a kill begins with the kill', () => {
    const run = formed()
    run.watch.changed('kill', 20e9)
    run.tell(20, 1, 'killed', 2, 3)
    run.tell(30, 0, 'assigned', 2, 3)
    run.tell(30.5, 0, 'fetching', 2)
    run.tell(30.5, 0, 'fetching', 3)
    expect(run.result).toMatchObject({ killed: 1, list: [{ sec: 10, seconds: 10.5, cause: 'kill' }] })
  })

  it('of a member that was taken for dead is put down to that, and what the run has not done to others', () => {
    const run = formed()
    run.watch.changed('join', 10e9)
    run.tell(40, 0, 'lost', 0, 1)
    run.tell(41, 0, 'assigned', 0, 1)
    run.tell(41, 0, 'fetching', 0)
    run.tell(41, 0, 'fetching', 1)
    run.tell(50, 1, 'revoked', 3)
    run.tell(51, 1, 'assigned', 3)
    run.tell(51, 1, 'fetching', 3)
    expect(run.result.list.map(({ cause }) => cause)).toEqual(['lost', 'other'])
  })

  it('that has not ended is told by the partitions that nobody reads', () => {
    const run = formed()
    run.tell(20, 0, 'revoked', 0, 1)
    run.tell(21, 1, 'assigned', 0, 1)
    run.tell(21, 1, 'fetching', 1)
    expect(run.result).toMatchObject({ count: 0, unfinished: 1 })
  })

  it('what a member loses that another has already is no loss of the group', () => {
    const run = formed()
    run.tell(20, 1, 'assigned', 0)
    run.tell(21, 0, 'lost', 0)
    expect(run.result.unfinished).toBe(0)
  })

  it('the list has an end, the count has none', () => {
    const run = formed()
    for (let sec = 20; sec < 270; sec += 2) {
      run.tell(sec, 0, 'revoked', 0)
      run.tell(sec + 1, 0, 'assigned', 0)
      run.tell(sec + 1, 0, 'fetching', 0)
    }
    expect(run.result.count).toBe(125)
    expect(run.result.list).toHaveLength(100)
  })
})

it('commits are counted, those that failed by themselves', () => {
  const { watch, result } = formed()
  for (const isDone of [true, false, true]) watch.committed(isDone)
  expect(result).toMatchObject({ commits: 0 })
  expect(watch.result(about)).toMatchObject({ commits: 2, commitsFailed: 1 })
})

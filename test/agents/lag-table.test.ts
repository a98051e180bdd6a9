// Shows what the agent's table remembers from look to look: added partitions keep the past of the old ones, a topic made again has none,
// a step back is not lost between two observations, exact times end doubt, and limits keep what lags most.
// Method: snapshots made by hand, moments chosen.
import { describe, expect, it } from 'vitest'
import { caughtUp } from '../../agents/evaluate/time-lag.ts'
import type { GroupRows } from '../../agents/lag/group-rows.ts'
import { LagTable } from '../../agents/lag/lag-table.ts'
import { largest, limitRows } from '../../agents/lag/limits.ts'
import { type Seen, snapshotOf } from './snapshots.ts'

function look(table: LagTable, seen: Seen): GroupRows {
  table.take(snapshotOf(seen))
  table.judge(seen.atMs)
  return table.groups[0]!.rows[0]!
}

const record = (partition: number, offset: number, timestampMs: number) => ({
  ...{ topic: 't', topicId: 'id-1', partition, offset, timestampMs },
  ...{ recordOffset: offset, isAppendTime: false, markersUntil: undefined },
})

const markers = (partition: number, offset: number, until: number) => ({
  ...{ topic: 't', topicId: 'id-1', partition, offset, timestampMs: undefined },
  ...{ recordOffset: undefined, isAppendTime: false, markersUntil: until },
})

describe('the lag table', () => {
  it.each([
    { who: 'nobody', assigned: [], state: 'Empty', is: 'stopped' },
    {
      who: 'a member that is about to be told what to read',
      assigned: [[]],
      state: 'PreparingRebalance',
      is: 'stalled',
    },
    { who: 'a member that owns it', assigned: [[0]], state: 'Stable', is: 'stalled' },
    { who: 'members that read other topics by now', assigned: [[]], state: 'Stable', is: 'unknown' },
  ])('records wait for $who: $is', ({ assigned, state, is }) => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [5], ends: [10] })
    look(table, { atMs: 10_000, committed: [10], ends: [15] })
    look(table, { atMs: 20_000, committed: [10], ends: [20], assigned, state })
    const rows = look(table, { atMs: 40_000, committed: [10], ends: [30], assigned, state })
    expect([rows.state(0), rows.noProgressMs]).toEqual([is, is === 'unknown' ? undefined : 30_000])
  })

  it('a group gets on when it gets on with one partition; where nothing waits, nothing is said', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [5, 5, 7], ends: [10, 10, 7] })
    expect(look(table, { atMs: 10_000, committed: [5, 5, 7], ends: [10, 10, 7] }).noProgressMs).toBe(10_000)
    expect(look(table, { atMs: 20_000, committed: [5, 8, 7], ends: [10, 10, 7] }).noProgressMs).toBe(0)
    expect(look(table, { atMs: 30_000, committed: [10, 10, 7], ends: [10, 10, 7] }).noProgressMs).toBeUndefined()
  })

  it('partitions that are added have rows at once, and the others keep their past', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [10], ends: [10] })
    look(table, { atMs: 1000, committed: [10], ends: [15] })
    const rows = look(table, { atMs: 2000, committed: [10, 0], ends: [15, 3] })
    expect([rows.length, rows.lag(0), rows.lag(1)]).toEqual([2, 5, 3])
    expect(rows.timeLag(0)).toEqual({ kind: 'known', lowSec: 1, highSec: 2 })
    expect(rows.timeLag(1)).toEqual({ kind: 'at-least', lowSec: 0 })
  })

  it('a topic that is made again starts without a past: no step back, no age of another time', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [100], ends: [100] })
    const rows = look(table, { atMs: 20_000, committed: [5], ends: [9], topicId: 'id-2' })
    expect([rows.state(0), rows.timeLag(0).kind]).toEqual(['ok', 'at-least'])
  })

  it('a step back between two looks of the same observation is seen', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [90], ends: [100] })
    look(table, { atMs: 1000, committed: [95], ends: [100] })
    look(table, { atMs: 2000, committed: [98], ends: [100] })
    const rows = look(table, { atMs: 3000, committed: [50], ends: [100] })
    expect(rows.state(0)).toBe('rewound')
  })

  it('asks for the record where least is known, keeps the answer while the commit stays, and takes markers for nothing to read', () => {
    const table = new LagTable()
    const seen = { committed: [10, 20], ends: [15, 22] }
    look(table, { atMs: 10_000, ...seen })
    expect(table.questions(10)).toHaveLength(2)
    table.exact.keep([record(0, 10, 4_000), markers(1, 20, 22)])
    const rows = look(table, { atMs: 10_000, ...seen })
    // It was there before the first look: nothing but its own word says how long.
    expect(rows.timeLag(0)).toEqual({ kind: 'known', lowSec: 0, highSec: 6, method: 'stamped' })
    expect([rows.isMarkersOnly(1), rows.timeLag(1)]).toEqual([true, { kind: 'known', lowSec: 0, highSec: 0 }])
    expect(table.questions(10)).toEqual([])
    look(table, { atMs: 20_000, committed: [12, 20], ends: [15, 25] })
    expect(table.questions(10).map(({ partition, offset }) => [partition, offset])).toEqual(expect.arrayContaining([[0, 12], [1, 20]])) // biome-ignore format: one line
  })

  it('believes the time that a record carries as far as the ends that were seen allow, and says so', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [5], ends: [5] })
    look(table, { atMs: 10_000, committed: [5], ends: [8] })
    const atStamp = (timestampMs: number) => {
      table.exact.keep([record(0, 5, timestampMs)])
      return look(table, { atMs: 60_000, committed: [5], ends: [8] }).timeLag(0)
    }
    // It came between the two looks, 50 to 60 seconds ago.
    expect(atStamp(5_000)).toEqual({ kind: 'known', lowSec: 55, highSec: 55, method: 'exact' })
    const seen = { kind: 'known', lowSec: 50, highSec: 60 }
    expect([atStamp(40_000), atStamp(90_000), atStamp(-86_400_000)]).toEqual([seen, seen, seen])
  })

  it('a time of the broker is believed also for what was there before the first look', () => {
    const table = new LagTable()
    look(table, { atMs: 60_000, committed: [5], ends: [8] })
    table.exact.keep([{ ...record(0, 5, 20_000), isAppendTime: true }])
    const exact = { kind: 'known', lowSec: 60, highSec: 60, method: 'exact' }
    expect(look(table, { atMs: 80_000, committed: [5], ends: [8] }).timeLag(0)).toEqual(exact)
  })

  it('a share group: the first record that waits lies between its start, or where it had caught up, and as many as its lag before the end', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [0], ends: [0], shareLags: [0] })
    look(table, { atMs: 10_000, committed: [0], ends: [5], shareLags: [5] })
    // Two of five are done with, and nobody knows which.
    look(table, { atMs: 20_000, committed: [0], ends: [8], shareLags: [6] })
    const part = look(table, { atMs: 30_000, committed: [0], ends: [9], shareLags: [3] })
    expect(part.timeLag(0)).toEqual({ kind: 'known', lowSec: 10, highSec: 30 })
    expect(look(table, { atMs: 40_000, committed: [0], ends: [9], shareLags: [0] }).timeLag(0)).toEqual(caughtUp)
    // The start is told late; what was done with then is done with now.
    const later = look(table, { atMs: 60_000, committed: [0], ends: [10], shareLags: [1] })
    expect(later.timeLag(0)).toEqual({ kind: 'known', lowSec: 0, highSec: 20 })
    // As the broker does not say it before Kafka 4.2.
    const untold = look(table, { atMs: 70_000, committed: [0], ends: [12], shareLags: [Number.NaN] })
    expect(untold.timeLag(0).kind).toBe('unknown')
  })

  it('what a compacted log has left is as old as the record that is there', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [5], ends: [5] })
    look(table, { atMs: 10_000, committed: [5], ends: [8] })
    look(table, { atMs: 20_000, committed: [5], ends: [9] })
    table.exact.keep([{ ...record(0, 5, 15_000), recordOffset: 8 }])
    expect(look(table, { atMs: 60_000, committed: [5], ends: [9] }).timeLag(0)).toMatchObject({
      lowSec: 45,
      method: 'exact',
    })
  })

  it('rates: what was committed and what was drained, over the window', () => {
    const table = new LagTable()
    look(table, { atMs: 0, committed: [0], ends: [100] })
    const rows = look(table, { atMs: 10_000, committed: [60], ends: [120] })
    expect(table.changes(rows, 0)).toEqual({ consumed: 60, lagAdded: -40, sec: 10 })
  })

  it('limits keep the largest, break ties by count, and count what is left out', () => {
    const rows = look(new LagTable(), { atMs: 0, committed: [0, 0, 0, 0], ends: [5, 9, 5, 1] })
    expect(limitRows([rows], 2)).toBe(2)
    expect([...rows.shown!]).toEqual([1, 1, 0, 0])
    expect([limitRows([rows], 0), [...rows.shown!]]).toEqual([4, [0, 0, 0, 0]])
    expect([limitRows([rows], 4), rows.shown]).toEqual([0, undefined])
    expect(largest([3, 1, 2], each => each, 2)).toEqual({ kept: [3, 2], rest: [1] })
  })
})

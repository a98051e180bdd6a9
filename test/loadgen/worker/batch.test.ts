// Shows that a batch remembers from when each record's latency counts, that it forgets when it is used again, and that the
// pool hands out each piece of memory once and the warm ones first.
import { describe, expect, it } from 'vitest'
import { Batch, BatchPool } from '../../../loadgen/worker/batch.ts'
import { makeSlab } from '../../../wire/record-batch/slab.ts'

const runsOf = (batch: Batch) => {
  const runs: [number, number][] = []
  batch.eachRun((fromNs, count) => runs.push([fromNs, count]))
  return runs
}

describe('a batch', () => {
  it('keeps runs of records that share a moment', () => {
    const batch = new Batch(0)
    batch.open(3, 100)
    for (const ns of [5, 5, 5, 9, 5, 5]) batch.countFrom(ns)
    expect(runsOf(batch)).toEqual([
      [5, 3],
      [9, 1],
      [5, 2],
    ])
  })

  it('is as new when it is opened again', () => {
    const batch = new Batch(0)
    batch.open(3, 100)
    for (const ns of [1, 2, 3]) batch.countFrom(ns)
    Object.assign(batch, { count: 3, end: 500, dataBytes: 300, sequence: 9, attempts: 2, maxTimestampMs: 7 })
    batch.open(4, 200)
    batch.countFrom(2)
    expect(runsOf(batch)).toEqual([[2, 1]])
    expect(batch).toMatchObject({
      partition: 4,
      openedAtNs: 200,
      count: 0,
      end: 61,
      dataBytes: 0,
      sequence: -1,
      attempts: 0,
      maxTimestampMs: 0,
      sealed: undefined,
    })
  })
})

describe('the pool', () => {
  it('gives every batch once, the one that came back last first, and none when all are out', () => {
    const slab = makeSlab(100, 1_000, 3)
    const pool = new BatchPool(slab)
    expect(pool.bases.length).toBe(3)
    const taken = [pool.take()!, pool.take()!, pool.take()!]
    expect(new Set(taken.map(batch => batch.base))).toEqual(new Set([100, 1_100, 2_100]))
    expect([pool.take(), pool.freeCount]).toEqual([undefined, 0])
    pool.giveBack(taken[1]!)
    pool.giveBack(taken[0]!)
    expect(pool.take()).toBe(taken[0])
    expect(pool.freeCount).toBe(1)
  })
})

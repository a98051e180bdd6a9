// Shows what a producer owes at each moment: what is due, in chunks; what is dropped because it is too late, and that whoever drops
// more than it could make still makes what is not too late.
import { describe, expect, it } from 'vitest'
import { makeSchedule } from '../../../loadgen/schedule/make.ts'
import { Pacer, type PacerSettings } from '../../../loadgen/worker/pacer.ts'
import { allocateSlots, SlotReader, WorkerSlots, zeroCounts } from '../../../loadgen/worker/slots.ts'

const msNs = 1e6
const alone = { worker: 0, workers: 1 }

function pacing(perSec: number | undefined, changes: Partial<PacerSettings> = {}) {
  const memory = allocateSlots()
  const schedule = perSec === undefined ? {} : { schedule: makeSchedule({ kind: 'records', perSec }, 1) }
  const pacer = new Pacer(
    { ...schedule, stripe: alone, recordsMax: Number.POSITIVE_INFINITY, warmupMs: 0, batchRecords: 1_000, ...changes },
    new WorkerSlots(memory),
  )
  pacer.begin(0, 1e12)
  const counts = zeroCounts()
  const told = () => {
    new SlotReader(memory).addGrowthTo(counts)
    return counts
  }
  return { pacer, told }
}

/** Makes all that is due at a moment, as a producer does that is fast enough. */
function makeAllAt(pacer: Pacer, ns: number): number {
  let made = 0
  for (let due = pacer.due(ns); due > 0; due = pacer.due(ns)) {
    pacer.took(due)
    made += due
  }
  return made
}

describe('a pacer', () => {
  it('gives what is due, a chunk at a time', () => {
    const { pacer } = pacing(1_000_000)
    const first = pacer.due(10 * msNs)
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(10_000)
    // The first is due at once.
    expect(makeAllAt(pacer, 10 * msNs)).toBe(10_001)
    expect(pacer.due(10 * msNs)).toBe(0)
  })

  it('gives chunks without end where nothing is scheduled, up to the limit of records', () => {
    const { pacer } = pacing(undefined, { recordsMax: 2_500 })
    expect(makeAllAt(pacer, 1)).toBe(2_500)
    expect(pacer.isOver).toBe(true)
  })

  it('drops what is too late, however much it is, and makes the rest at once', () => {
    // A million became due in the tenth of a second of which nothing was made: all but the last 10 ms of it are too late.
    const { pacer, told } = pacing(10_000_000, { late: { policy: 'drop', maxMs: 10 } })
    expect(pacer.due(100 * msNs)).toBeGreaterThan(0)
    expect(makeAllAt(pacer, 100 * msNs)).toBe(100_000)
    expect(told()).toMatchObject({ dropped: 900_001, made: 100_000 })
    expect(pacer.taken).toBe(1_000_001)
  })

  it('never gives more than there are, when the rest is dropped', () => {
    const { pacer } = pacing(1_000_000, { late: { policy: 'drop', maxMs: 1 }, recordsMax: 5_000 })
    expect(makeAllAt(pacer, 100 * msNs)).toBe(0)
    expect(pacer.taken).toBe(5_000)
    expect(pacer.isOver).toBe(true)
  })
})

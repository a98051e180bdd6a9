// Shows the books of a canary partition: loss only where it is proven, late apart from lost, duplicates and order by sequence.
import { describe, expect, it } from 'vitest'
import { CanaryLedger } from '../../../agents/canary/ledger.ts'

const lateAfterMs = 5_000

/** Sends so many at 0 ms, acknowledged at offsets of the same number. */
function ledgerWith(acknowledged: number): CanaryLedger {
  const ledger = new CanaryLedger(lateAfterMs)
  for (let count = 0; count < acknowledged; count++) ledger.acknowledge(ledger.send(0), count)
  return ledger
}

describe('a canary record', () => {
  it('comes back: how long it took, and nothing is open any more', () => {
    const ledger = ledgerWith(1)
    expect(ledger.receive(0, 12)).toBe(12)
    ledger.passTo(1)
    expect(ledger.counts).toMatchObject({ sent: 1, acked: 1, received: 1, lost: 0, late: 0, duplicated: 0 })
  })

  it('comes back before the acknowledgement does', () => {
    const ledger = new CanaryLedger(lateAfterMs)
    const sequence = ledger.send(0)
    expect(ledger.receive(sequence, 3)).toBe(3)
    ledger.passTo(1)
    ledger.acknowledge(sequence, 0)
    expect(ledger.counts).toMatchObject({ acked: 1, received: 1, lost: 0 })
  })

  it('is lost when the reader has passed its offset without it, in whichever order that is heard', () => {
    const early = ledgerWith(3)
    early.receive(0, 1)
    early.receive(2, 1)
    early.passTo(3)
    expect(early.counts).toMatchObject({ received: 2, lost: 1 })

    const late = new CanaryLedger(lateAfterMs)
    const sequence = late.send(0)
    late.passTo(8)
    late.acknowledge(sequence, 7)
    expect(late.counts.lost).toBe(1)
  })

  it('is late, once, while the reader does not get on; and not lost when it comes', () => {
    const ledger = ledgerWith(1)
    ledger.age(lateAfterMs)
    expect([ledger.overdue, ledger.counts.late]).toEqual([0, 0])
    ledger.age(lateAfterMs + 1)
    ledger.age(lateAfterMs + 1_000)
    expect([ledger.overdue, ledger.counts.late]).toEqual([1, 1])
    ledger.receive(0, 60_000)
    ledger.passTo(1)
    expect([ledger.overdue, ledger.counts.late, ledger.counts.lost]).toEqual([0, 1, 0])
  })

  it('that comes late between two looks is late as well', () => {
    const ledger = ledgerWith(1)
    ledger.receive(0, lateAfterMs + 1)
    ledger.age(lateAfterMs + 2)
    expect(ledger.counts.late).toBe(1)
  })

  it('whose sending failed is owed by nobody: received when it comes, given up when it does not', () => {
    const ledger = new CanaryLedger(lateAfterMs)
    for (const sequence of [ledger.send(0), ledger.send(0)]) ledger.fail(sequence)
    expect(ledger.receive(1, 20_000)).toBe(20_000)
    ledger.passTo(100)
    ledger.age(600_001)
    expect(ledger.counts).toMatchObject({ sent: 2, acked: 0, received: 1, lost: 0, unresolved: 1 })
  })

  it('that comes twice is a duplicate, and one that comes after a later one is out of order', () => {
    const ledger = ledgerWith(3)
    for (const sequence of [0, 2, 2, 1]) ledger.receive(sequence, 1)
    expect(ledger.counts).toMatchObject({ received: 3, duplicated: 1, reordered: 1 })
  })

  it('nobody here has sent is nothing', () => {
    const ledger = ledgerWith(0)
    expect(ledger.receive(17, 1)).toBeUndefined()
    expect(ledger.counts).toMatchObject({ received: 0, duplicated: 0 })
  })
})

it('a topic that is made again takes what was open with it, and no offset of the old one counts', () => {
  const ledger = ledgerWith(3)
  ledger.abandon()
  ledger.passTo(100)
  expect(ledger.counts).toMatchObject({ lost: 0, unresolved: 3 })
})

it('a reader that is shut out for days does not fill the memory', () => {
  const ledger = ledgerWith(100_500)
  expect(ledger.counts.unresolved).toBeGreaterThanOrEqual(499)
})

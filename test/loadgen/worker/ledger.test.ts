// Shows that a ledger tells exactly what is missing, doubled and late, whatever comes in which order.
// Method: random histories against a count that keeps every sequence in a set.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ledger, type StreamAccount } from '../../../loadgen/worker/ledger.ts'

function ledgerOf(sequences: readonly number[], startsAtZero = true): StreamAccount {
  const ledger = new Ledger(undefined, () => startsAtZero)
  for (const sequence of sequences) ledger.take(7, 3, 0, sequence)
  return ledger.outcome.streams[0]!
}

/** The slow and certain way. */
function counted(sequences: readonly number[], first: number) {
  const seen = new Set<number>()
  let highest = first - 1
  const found = { received: 0, duplicated: 0, reordered: 0, early: 0 }
  for (const sequence of sequences) {
    if (sequence < first) found.early++
    else if (seen.has(sequence)) found.duplicated++
    else {
      found.received++
      if (sequence < highest) found.reordered++
      seen.add(sequence)
      highest = Math.max(highest, sequence)
    }
  }
  const missing: number[] = []
  for (let sequence = first; sequence <= highest; sequence++) if (!seen.has(sequence)) missing.push(sequence)
  return { ...found, missing, next: highest + 1 }
}

const listed = ({ gaps }: StreamAccount) =>
  gaps.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index))

const histories = fc.oneof(
  fc.array(fc.nat(40), { minLength: 1, maxLength: 80 }),
  // Mostly in order, with batches that are lost, repeated, or come late.
  fc
    .array(fc.tuple(fc.nat(6), fc.constantFrom('once', 'once', 'twice', 'never', 'late')), { minLength: 1 })
    .map(batches => {
      const sequences: number[] = []
      const late: number[] = []
      let next = 0
      for (const [size, fate] of batches) {
        const batch = Array.from({ length: size + 1 }, () => next++)
        if (fate !== 'never' && fate !== 'late') sequences.push(...batch)
        if (fate === 'twice') sequences.push(...batch)
        if (fate === 'late') late.push(...batch)
        else sequences.push(...late.splice(0))
      }
      return [...sequences, ...late]
    })
    .filter(sequences => sequences.length > 0),
)

/** Neighbours that follow each other, as one: the first of them and how many there are. */
function rowsOf(sequences: readonly number[]): [first: number, count: number][] {
  const rows: [first: number, count: number][] = []
  for (const sequence of sequences) {
    const last = rows.at(-1)
    if (last !== undefined && sequence === last[0] + last[1]) last[1]++
    else rows.push([sequence, 1])
  }
  return rows
}

describe('a ledger', () => {
  it('takes records in a row as it takes them one by one', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (sequences, startsAtZero) => {
        const ledger = new Ledger(undefined, () => startsAtZero)
        for (const [first, count] of rowsOf(sequences)) ledger.take(7, 3, 0, first, count)
        expect(ledger.outcome.streams[0]).toEqual(ledgerOf(sequences, startsAtZero))
      }),
    )
  })

  it('counts records in a row that it keeps no account of', () => {
    const ledger = new Ledger(7, () => true)
    expect(ledger.take(8, 3, 0, 0, 20)).toBe(false)
    expect(ledger.outcome.foreign).toBe(20)
  })

  it.each([true, false])('agrees with a set of everything (from the beginning: %s)', startsAtZero => {
    fc.assert(
      fc.property(histories, sequences => {
        const account = ledgerOf(sequences, startsAtZero)
        const { missing, ...expected } = counted(sequences, startsAtZero ? 0 : sequences[0]!)
        expect(account).toMatchObject({ ...expected, forgotten: 0 })
        expect(listed(account)).toEqual(missing)
      }),
      { numRuns: 500 },
    )
  })

  it('remembers a hundred thousand holes of a stream, and says how much it has forgotten beyond', () => {
    const holes = 100_003
    const account = ledgerOf(Array.from({ length: holes }, (_, index) => 1 + 2 * index))
    expect(account).toMatchObject({ received: holes, duplicated: 0, forgotten: 3 })
    expect(account.gaps.length).toBe(100_000)
    expect(account.gaps[0]).toEqual([6, 7])
  })

  it('keeps a limit on streams, and counts what it does not account for', () => {
    const ledger = new Ledger(undefined, () => true)
    for (let stream = 0; stream < 100_005; stream++) ledger.take(1, stream, 0, 0)
    const { streams, unaccounted } = ledger.outcome
    expect([streams.length, unaccounted]).toEqual([100_000, 5])
  })

  it('leaves other runs alone when it is for one', () => {
    const ledger = new Ledger(5, () => true)
    expect([ledger.take(5, 0, 0, 0), ledger.take(6, 0, 0, 0), ledger.take(5, 0, 0, 1)]).toEqual([true, false, true])
    expect(ledger.outcome).toMatchObject({ foreign: 1, streams: [{ run: 5, received: 2, next: 2 }] })
  })
})

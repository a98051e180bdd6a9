// Shows that what several consumers have seen of a stream is put together exactly: what nobody has seen is missing, what two
// have seen is a duplicate.
// Method: ledgers as they are, records dealt out to them at random, against counting by hand.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mergeAccounts } from '../../loadgen/merge-accounts.ts'
import { Ledger, type StreamAccount } from '../../loadgen/worker/ledger.ts'

const run = 7
const stream = 3

function seen(sequences: readonly number[], startsAtZero = true): readonly StreamAccount[] {
  const ledger = new Ledger(run, () => startsAtZero)
  for (const sequence of sequences) ledger.take(run, stream, 0, sequence)
  return ledger.outcome.streams
}

it('a partition that goes from one to another and back is whole', () => {
  const one = seen([0, 1, 2, 7, 8])
  const other = seen([3, 4, 5, 6], false)
  expect(mergeAccounts([...one, ...other])).toEqual([
    { run, stream, first: 0, next: 9, received: 9, duplicated: 0, reordered: 0, early: 0, gaps: [], forgotten: 0 },
  ])
})

it('streams of other runs and producers stay by themselves', () => {
  const ledger = new Ledger(undefined, () => true)
  ledger.take(1, 1, 0, 0)
  ledger.take(1, 2, 0, 0)
  ledger.take(2, 1, 0, 0)
  expect(mergeAccounts(ledger.outcome.streams)).toEqual(ledger.outcome.streams)
})

it('missing is what nobody has, duplicated what there is more than once', () => {
  const deals = fc.array(fc.tuple(fc.nat(30), fc.nat(3)), { minLength: 1, maxLength: 80 })
  fc.assert(
    fc.property(deals, dealt => {
      const accounts = [0, 1, 2, 3].flatMap(consumer =>
        seen(dealt.filter(([, to]) => to === consumer).map(([sequence]) => sequence)),
      )
      const merged = mergeAccounts(accounts)[0]!
      const distinct = new Set(dealt.map(([sequence]) => sequence))
      expect(merged.next).toBe(Math.max(...distinct) + 1)
      expect(merged.received).toBe(distinct.size)
      expect(merged.duplicated).toBe(dealt.length - distinct.size)
      const missing = merged.gaps.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index))
      expect(missing).toEqual(
        Array.from({ length: merged.next }, (_, each) => each).filter(each => !distinct.has(each)),
      )
    }),
  )
})

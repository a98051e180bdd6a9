// Shows what is said to be lost, doubled, in doubt and unread, from what producers made and consumers saw.
import { describe, expect, it } from 'vitest'
import { streamWord } from '../../loadgen/payload/stamp.ts'
import { accountingReasons, imbalanceText, reconcile } from '../../loadgen/reconcile.ts'
import type { Outcome, PartitionBook } from '../../loadgen/worker/contract.ts'
import { Ledger } from '../../loadgen/worker/ledger.ts'
import { upTo } from './stamps.ts'

const run = 0xabc
const none: Outcome = { books: [], ledgers: [], positions: {}, reachedEnd: true }

const book = (made: number, acked = made, unacknowledged: PartitionBook['unacknowledged'] = []) => {
  return { made, acked, unacknowledged }
}
const produced = (...books: PartitionBook[]): Outcome => ({ ...none, books })

/** Sequences seen by a consumer, by producer and partition. */
function saw(streams: Readonly<Record<string, readonly number[]>>, startsAtZero = true, ofRun = run): Outcome {
  const ledger = new Ledger(undefined, () => startsAtZero)
  for (const [name, sequences] of Object.entries(streams)) {
    const [producer = 0, partition = 0] = name.split('/').map(Number)
    for (const sequence of sequences) ledger.take(ofRun, streamWord(producer, partition), partition, sequence)
  }
  return { ...none, ledgers: [ledger.outcome] }
}

describe('the books of a roundtrip', () => {
  const balanced = { lost: 0, duplicated: 0, reordered: 0, unread: 0, exact: true, worst: [] }
  const cases = [
    {
      why: 'everything came, read by two consumers',
      producers: [produced(book(5), book(3)), produced(book(0), book(4))],
      consumers: [saw({ '0/0': upTo(5) }), saw({ '0/1': upTo(3), '1/1': upTo(4) })],
      found: { ...balanced, streams: 3, expected: 12, received: 12 },
    },
    {
      why: 'nothing was made',
      producers: [produced(book(0))],
      consumers: [saw({})],
      found: { ...balanced, streams: 0, expected: 0, received: 0 },
    },
    {
      why: 'a hole, the end and a whole partition are lost',
      producers: [produced(book(10), book(5))],
      consumers: [saw({ '0/0': [0, 1, 4, 5, 6] })],
      found: {
        expected: 15,
        received: 5,
        lost: 10,
        worst: [
          { producer: 0, partition: 0, expected: 10, received: 5, lost: 5, duplicated: 0, reordered: 0, firstLost: 2 },
          { producer: 0, partition: 1, expected: 5, received: 0, lost: 5, duplicated: 0, reordered: 0, firstLost: 0 },
        ],
      },
    },
    {
      why: 'a batch came twice, another late',
      producers: [produced(book(8))],
      consumers: [saw({ '0/0': [0, 1, 0, 1, 4, 5, 2, 3, 6, 7] })],
      found: { expected: 8, received: 8, lost: 0, duplicated: 2, reordered: 2 },
    },
    {
      why: 'what was never acknowledged is in doubt: some of it came, some of it did not',
      producers: [
        produced(
          book(10, 5, [
            [2, 4],
            [7, 10],
          ]),
        ),
      ],
      consumers: [saw({ '0/0': [0, 1, 2, 3, 4, 5, 6] })],
      found: { ...balanced, expected: 5, received: 7, unacknowledged: 5, unacknowledgedReceived: 2 },
    },
    {
      why: 'beside it what was acknowledged is still missed',
      producers: [produced(book(10, 7, [[7, 10]]))],
      consumers: [saw({ '0/0': [0, 1, 2, 5, 6] })],
      found: { expected: 7, received: 5, lost: 2, unacknowledged: 3, unacknowledgedReceived: 0 },
    },
  ]
  it.each(cases)('$why', ({ producers, consumers, found }) => {
    expect(reconcile({ run, producers, consumers, isReadToTheEnd: true })).toMatchObject(found)
  })

  it('where reading ended early, the rest is unread and not lost', () => {
    const producers = [produced(book(10, 8, [[8, 10]]))]
    const consumers = [saw({ '0/0': [0, 1, 3, 4] })]
    const found = reconcile({ run, producers, consumers, isReadToTheEnd: false })
    expect(found).toMatchObject({ expected: 8, received: 4, lost: 1, unread: 3, unacknowledgedReceived: 0 })
  })

  it('does not take the records of another run for its own', () => {
    const consumers = [saw({ '0/0': upTo(5) }), saw({ '0/0': upTo(9) }, true, 99)]
    expect(reconcile({ run, producers: [produced(book(5))], consumers, isReadToTheEnd: true })).toMatchObject({
      expected: 5,
      received: 5,
      duplicated: 0,
      runs: ['00000abc'],
    })
  })

  it('every record is in one place of the equation', () => {
    const producers = [
      produced(
        book(20, 14, [
          [9, 12],
          [17, 20],
        ]),
      ),
    ]
    const consumers = [saw({ '0/0': [0, 1, 2, 3, 5, 6, 9, 10, 13, 13] })]
    for (const isReadToTheEnd of [true, false]) {
      const found = reconcile({ run, producers, consumers, isReadToTheEnd })
      expect(found.received).toBe(found.expected - found.lost - found.unread + found.unacknowledgedReceived)
    }
  })
})

describe('the books of a consumer by itself', () => {
  it('begin with the first of each stream that it has seen, or at zero where the log does', () => {
    const seen = { '0/0': [4, 5, 7], '1/0': [2, 3] }
    const from = (startsAtZero: boolean) =>
      reconcile({ run: 1, consumers: [saw(seen, startsAtZero)], isReadToTheEnd: true })
    expect(from(false)).toMatchObject({ expectedFrom: 'sequences', expected: 6, received: 5, lost: 1, streams: 2 })
    expect(from(true)).toMatchObject({ expected: 12, received: 5, lost: 7 })
  })

  it('names the runs', () => {
    const consumers = [saw({ '0/0': [0] }), saw({ '0/0': [0] }, true, 5)]
    expect(reconcile({ run: 1, consumers, isReadToTheEnd: true }).runs).toEqual(['00000abc', '00000005'])
  })
})

describe('a sentence on the books', () => {
  it('says how much, and where to begin to look', () => {
    const consumers = [saw({ '0/0': [0, 1, 1, 3] })]
    const found = reconcile({ run, producers: [produced(book(5))], consumers, isReadToTheEnd: true })
    expect(imbalanceText(found)).toBe(
      'of 5 records 2 lost and 1 duplicated, most in partition 0 from producer 0 (first: sequence 2)',
    )
  })
})

describe('the books of transactions', () => {
  const transactional = (
    made: number,
    acked: number,
    aborted: readonly (readonly [number, number])[],
  ): PartitionBook => ({
    ...{ made, acked, unacknowledged: [] },
    transactions: { aborted, forgotten: 0, stored: made, markers: 1, uncertain: 0 },
  })
  const producers = [produced(transactional(10, 7, [[2, 5]]))]
  const reading = (consumers: Outcome[]) => reconcile({ run, producers, consumers, isReadToTheEnd: true })
  const readable = [0, 1, 5, 6, 7, 8, 9]

  it('expect nothing of what was aborted, and miss none of it', () => {
    const accounting = reading([saw({ '0/0': readable })])
    const found = { expected: 7, received: 7, lost: 0, duplicated: 0, aborted: 3, abortedReceived: 0, exact: true }
    expect(accounting).toMatchObject(found)
    expect(accountingReasons(accounting, true, true)).toEqual([])
  })

  it('tell what is lost beside it', () => {
    const accounting = reading([saw({ '0/0': readable.filter(sequence => sequence !== 6) })])
    expect(accounting).toMatchObject({ expected: 7, received: 6, lost: 1, worst: [{ firstLost: 6 }] })
  })

  it('tell aborted records that were read, which is an error only for who wants what is committed', () => {
    const accounting = reading([saw({ '0/0': upTo(10) })])
    expect(accounting).toMatchObject({ expected: 7, received: 7, lost: 0, aborted: 3, abortedReceived: 3 })
    expect(accountingReasons(accounting, true, false)).toEqual([])
    expect(accountingReasons(accounting, true, true)).toMatchObject([{ code: 'ABORTED_RECORDS_READ' }])
  })

  it('by sequences alone, what a reader has passed over is no hole', () => {
    const ledger = new Ledger(undefined, () => true)
    for (const sequence of readable) ledger.take(run, streamWord(0, 0), 0, sequence)
    const passedOver = new Ledger(undefined, () => true)
    for (const sequence of [3, 4]) passedOver.take(run, streamWord(0, 0), 0, sequence)
    const { streams } = passedOver.outcome
    // 0 to 2 of them were not there: 2 is a hole.
    const consumers = [
      { ...none, ledgers: [{ ...ledger.outcome, passedOver: streams.map(each => ({ ...each, first: 3, gaps: [] })) }] },
    ]
    expect(reconcile({ run, consumers, isReadToTheEnd: true })).toMatchObject({
      expected: 8,
      received: 7,
      lost: 1,
      aborted: 2,
    })
  })
})

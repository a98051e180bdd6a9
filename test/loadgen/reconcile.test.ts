// Shows what is said to be lost, doubled, in doubt and unread, from what producers made and consumers saw.
import { describe, expect, it } from 'vitest'
import { streamWord } from '../../loadgen/payload/stamp.ts'
import { imbalanceText, reconcile } from '../../loadgen/reconcile.ts'
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

// Shows that what a producing run writes down of itself is enough to balance its records in another process: what was read whole,
// what is lost, what was not read because reading began later or ended earlier, and what the books do not know of.
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../../../core/errors.ts'
import { type RunBooks, streamBooksOf } from '../../../loadgen/books/model.ts'
import { booksIn, readBooks } from '../../../loadgen/books/read.ts'
import { streamWord } from '../../../loadgen/payload/stamp.ts'
import { accountingReasons, reconcile } from '../../../loadgen/reconcile.ts'
import type { Outcome } from '../../../loadgen/worker/contract.ts'
import { Ledger } from '../../../loadgen/worker/ledger.ts'
import { produceResult } from '../report/result-fixture.ts'
import { upTo } from '../stamps.ts'

const run = 0xabc
const range = (from: number, to: number) => upTo(to).slice(from)

/** Two producers, partition 0 holds their records from offset 100 to 120, partition 1 from 0 to 10. */
const books: RunBooks = {
  run,
  streams: [
    { producer: 0, partition: 0, made: 10, acked: 10, unacknowledged: [] },
    { producer: 1, partition: 0, made: 12, acked: 10, unacknowledged: [[10, 12]] },
    { producer: 0, partition: 1, made: 10, acked: 10, unacknowledged: [] },
  ],
  offsets: new Map([
    [0, { from: 100, to: 120 }],
    [1, { from: 0, to: 10 }],
  ]),
  isIdempotent: true,
}

interface Reading {
  readonly seen: Readonly<Record<string, readonly number[]>>
  readonly starts?: Readonly<Record<number, number>>
  readonly positions?: Readonly<Record<number, number>>
  readonly ofRun?: number
}

function balance(
  { seen, starts = { 0: 0, 1: 0 }, positions = { 0: 120, 1: 10 }, ofRun = run }: Reading,
  ...more: RunBooks[]
) {
  const ledger = new Ledger(undefined, () => true)
  for (const [name, sequences] of Object.entries(seen)) {
    const [producer = 0, partition = 0] = name.split('/').map(Number)
    for (const sequence of sequences) ledger.take(ofRun, streamWord(producer, partition), partition, sequence)
  }
  const consumer: Outcome = { books: [], ledgers: [ledger.outcome], positions, reachedEnd: true }
  const startOffsets = new Map(Object.entries(starts).map(([partition, offset]) => [Number(partition), offset]))
  const found = reconcile({
    run: 1,
    books: [books, ...more],
    consumers: [consumer],
    startOffsets,
    isReadToTheEnd: true,
  })
  expect(found.received).toBe(found.expected - found.lost - found.unread + found.unacknowledgedReceived)
  return { ...found, codes: accountingReasons(found, true).map(({ code }) => code) }
}

const all = { '0/0': upTo(10), '1/0': upTo(10), '0/1': upTo(10) }

describe('the books of a producing run', () => {
  it.each([
    {
      why: 'balance when all was read once',
      reading: { seen: all },
      found: { expectedFrom: 'books', runs: ['00000abc'], streams: 3, expected: 30, received: 30, unacknowledged: 2 },
      codes: [],
    },
    {
      why: 'take what was never acknowledged as it comes',
      reading: { seen: { ...all, '1/0': upTo(12) } },
      found: { expected: 30, received: 32, unacknowledgedReceived: 2 },
      codes: [],
    },
    {
      why: 'find the last records of a stream missing, which sequences alone cannot',
      reading: { seen: { ...all, '0/0': upTo(7) } },
      found: { lost: 3, unread: 0, worst: [{ producer: 0, partition: 0, firstLost: 7 }] },
      codes: ['RECORDS_LOST'],
    },
    {
      why: 'find a whole stream missing',
      reading: { seen: { '0/0': upTo(10), '1/0': upTo(10) } },
      found: { expected: 30, received: 20, lost: 10 },
      codes: ['RECORDS_LOST'],
    },
    {
      why: 'find the first records missing, when reading began before them',
      reading: { seen: { ...all, '0/0': range(3, 10) }, starts: { 0: 100, 1: 0 } },
      found: { lost: 3, unread: 0 },
      codes: ['RECORDS_LOST'],
    },
    {
      why: 'cannot balance when reading began behind the first',
      reading: { seen: { ...all, '0/0': range(3, 10) }, starts: { 0: 101, 1: 0 } },
      found: { lost: 0, unread: 3 },
      codes: ['RECORDS_MISSING'],
    },
    {
      why: 'nor when it ended before the last',
      reading: { seen: { ...all, '0/0': upTo(6) }, positions: { 0: 119, 1: 10 } },
      found: { lost: 0, unread: 4 },
      codes: ['RECORDS_MISSING'],
    },
    {
      why: 'nor when a partition was not read at all',
      reading: { seen: { '0/0': upTo(10), '1/0': upTo(10) }, starts: { 0: 0 } },
      found: { lost: 0, unread: 10 },
      codes: ['RECORDS_MISSING'],
    },
    {
      why: 'tell what is lost within from what was not read at either end',
      reading: { seen: { ...all, '0/0': [2, 3, 5, 6] }, starts: { 0: 110, 1: 0 }, positions: { 0: 115, 1: 10 } },
      found: { lost: 1, unread: 2 + 3 },
      codes: ['RECORDS_LOST', 'RECORDS_MISSING'],
    },
    {
      why: 'find what came twice and what came late',
      reading: { seen: { ...all, '0/0': [0, 1, 2, 2, 4, 3, 5, 6, 7, 8, 9] } },
      found: { lost: 0, duplicated: 1, reordered: 1 },
      codes: ['RECORDS_DUPLICATED', 'RECORDS_REORDERED'],
    },
    {
      why: 'are not those of a run that went on after they were written',
      reading: { seen: { ...all, '0/0': upTo(15), '2/1': [0, 1, 3] } },
      found: { lost: 0, unbooked: 5 + 3, received: 30 },
      codes: ['BOOKS_MISMATCH'],
    },
    {
      why: 'are not those of another run',
      reading: { seen: all, ofRun: 7 },
      found: { foreign: 30, received: 0, lost: 30 },
      codes: ['RECORDS_LOST'],
    },
  ])('$why', ({ reading, found, codes }) => {
    const balanced = balance(reading as Reading)
    expect(balanced).toMatchObject(found)
    expect(balanced.codes).toEqual(codes)
  })

  it('are kept for each of several runs', () => {
    const other = { ...books, run: 5 }
    expect(balance({ seen: all }, other)).toMatchObject({
      expected: 60,
      received: 30,
      lost: 30,
      runs: ['00000abc', '00000005'],
    })
  })

  it('without offsets take reading from the beginning of the log to its end for the whole', () => {
    const { offsets: _, ...without } = books
    const seen = { '0/0': range(1, 9) }
    expect(balance({ seen, starts: { 0: 0, 1: 0 } }, { ...without, run: 5 }).unread).toBe(0)
    expect(balance({ seen, starts: { 0: 1, 1: 1 } }, { ...without, run: 5 }).unread).toBeGreaterThanOrEqual(30)
  })
})

describe('books in a file', () => {
  const topic = produceResult.environment.topic.name
  const written = {
    ...produceResult,
    settings: { produce: { idempotent: true } },
    produce: {
      ...produceResult.produce,
      stamp: { run: '0000beef', place: 'value', bytes: 32 },
      books: streamBooksOf([
        [{ made: 0, acked: 0, unacknowledged: [] }],
        [{ made: 3, acked: 2, unacknowledged: [[2, 3]] }],
      ]),
    },
    delivery: {
      ...{ confirmed: true, acked: 2, brokerDelta: 2 },
      partitions: [{ partition: 0, leader: 1, startOffset: 40, endOffset: 42, acked: 2 }],
    },
  }

  it('are those of the run that wrote it', () => {
    expect(booksIn(JSON.stringify(written), 'a.json', topic)).toEqual([
      {
        run: 0xbeef,
        streams: [{ producer: 1, partition: 0, made: 3, acked: 2, unacknowledged: [[2, 3]] }],
        offsets: new Map([[0, { from: 40, to: 42 }]]),
        isIdempotent: true,
      },
    ])
  })

  it('are those of every run of a set that wrote to the topic', () => {
    const elsewhere = { ...written, environment: { topic: { name: `${topic}-r2` } } }
    const set = { runs: [{ result: written }, { result: elsewhere }, { result: written }] }
    expect(booksIn(JSON.stringify(set), 'a.json', topic)).toHaveLength(2)
    expect(booksIn(JSON.stringify(set), 'a.json', `${topic}-r2`)).toHaveLength(1)
  })

  it.each([
    { why: 'no JSON', text: 'x', said: 'a.json: is not JSON' },
    { why: 'of a consumer', text: '{}', said: 'a.json: is not the result of a run that has produced stamped records' },
    { why: 'of another topic', text: JSON.stringify(written), ofTopic: 'other', said: "and 'other' is read" },
  ])('are refused: $why', ({ text, ofTopic = topic, said }) => {
    const error = caught(() => booksIn(text, 'a.json', ofTopic))
    expect(isMillraceError(error) && [error.code, error.message]).toEqual([
      'BOOKS_UNREADABLE',
      expect.stringContaining(said),
    ])
  })

  it('that are not there are told by their path', () => {
    const error = caught(() =>
      readBooks(['gone.json'], topic, () => {
        throw new Error('ENOENT: no such file')
      }),
    )
    expect(String(error)).toContain('gone.json: ENOENT')
  })
})

function caught(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it did not throw')
}

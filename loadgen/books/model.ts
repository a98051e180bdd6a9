// The books of a producing run, as its result carries them to whoever reads its records in another process: what it has made and
// what was acknowledged, by producer and partition, and where in the logs its records lie.
import { z } from 'zod'
import type { PartitionBook } from '../worker/contract.ts'

const count = z.number().int().nonnegative()

export const streamBook = z.object({
  producer: count,
  partition: count,
  made: count.describe('Their sequences are 0 to this, excluded.'),
  acked: count.describe('Acknowledged; in transactions: and committed.'),
  unacknowledged: z
    .array(z.tuple([count, count]))
    .describe('Sequences whose fate is not known, from and to (excluded); all others were acknowledged.'),
  aborted: z
    .array(z.tuple([count, count]))
    .optional()
    .describe('Sequences of aborted transactions, from and to (excluded): nobody is to read them with read_committed.'),
  abortedForgotten: count.optional().describe('Aborted records beyond these ranges, which were too many to keep.'),
})

export type StreamBook = z.infer<typeof streamBook>

/** Of one producing run. */
export interface RunBooks {
  readonly run: number
  readonly streams: readonly StreamBook[]
  /** Where in each partition its records lie: from and to (excluded); absent: the run could not ask the brokers. */
  readonly offsets?: ReadonlyMap<number, { readonly from: number; readonly to: number }>
  /** Whether the order of its records is promised. */
  readonly isIdempotent: boolean
}

/** Producers by place, their books by partition: those that have made nothing are left out. */
export const streamBooksOf = (producers: readonly (readonly PartitionBook[])[]): StreamBook[] =>
  producers.flatMap((books, producer) =>
    books.flatMap((book, partition) => (book.made === 0 ? [] : [streamBookOf(book, producer, partition)])),
  )

function streamBookOf(book: PartitionBook, producer: number, partition: number): StreamBook {
  const { made, acked, unacknowledged, transactions } = book
  const pairs = (ranges: PartitionBook['unacknowledged']) => ranges.map(([from, to]): [number, number] => [from, to])
  const { aborted = [], forgotten = 0 } = transactions ?? {}
  return {
    ...{ producer, partition, made, acked, unacknowledged: pairs(unacknowledged) },
    ...(transactions === undefined ? {} : { aborted: pairs(aborted) }),
    ...(forgotten === 0 ? {} : { abortedForgotten: forgotten }),
  }
}

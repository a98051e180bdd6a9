// The books of a producing run, as its result carries them to whoever reads its records in another process: what it has made and
// what was acknowledged, by producer and partition, and where in the logs its records lie.
import { z } from 'zod'
import type { PartitionBook } from '../worker/contract.ts'

const count = z.number().int().nonnegative()

export const streamBook = z.object({
  producer: count,
  partition: count,
  made: count.describe('Their sequences are 0 to this, excluded.'),
  acked: count,
  unacknowledged: z
    .array(z.tuple([count, count]))
    .describe('Sequences whose fate is not known, from and to (excluded); all others were acknowledged.'),
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
    books.flatMap(({ made, acked, unacknowledged }, partition) => {
      if (made === 0) return []
      return [
        {
          producer,
          partition,
          made,
          acked,
          unacknowledged: unacknowledged.map(([from, to]): [number, number] => [from, to]),
        },
      ]
    }),
  )

// Reads the books of producing runs from the results that they have written (--out), one run or a set of them.
import { z } from 'zod'
import { MillraceError } from '../../core/errors.ts'
import { type RunBooks, streamBook } from './model.ts'

const count = z.number().int().nonnegative()

const producing = z.object({
  environment: z.object({ topic: z.object({ name: z.string() }) }),
  settings: z.object({ produce: z.object({ idempotent: z.boolean() }) }),
  produce: z.object({
    stamp: z.object({ run: z.string().regex(/^[0-9a-f]{8}$/) }),
    books: z.array(streamBook),
  }),
  delivery: z
    .object({ partitions: z.array(z.object({ partition: count, startOffset: count, endOffset: count })) })
    .optional(),
})

type Producing = z.infer<typeof producing>

const set = z.object({ runs: z.array(z.object({ result: z.unknown() })) })

/** All of them. Throws BOOKS_UNREADABLE for the first that cannot be read. */
export function readBooks(paths: readonly string[], topic: string, readFile: (path: string) => Buffer): RunBooks[] {
  return paths.flatMap(path => {
    let text: string
    try {
      text = readFile(path).toString('utf8')
    } catch (error) {
      throw new MillraceError('BOOKS_UNREADABLE', `${path}: ${(error as Error).message}`, { cause: error })
    }
    return booksIn(text, path, topic)
  })
}

/** Throws BOOKS_UNREADABLE: not a result, not of a run that stamped its records, or of another topic. */
export function booksIn(text: string, path: string, topic: string): RunBooks[] {
  const unreadable = (problem: string) => new MillraceError('BOOKS_UNREADABLE', `${path}: ${problem}`)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw unreadable('is not JSON')
  }
  const asSet = set.safeParse(document)
  const results = asSet.success ? asSet.data.runs.map(({ result }) => result) : [document]
  const produced = results.map(result => {
    const parsed = producing.safeParse(result)
    if (parsed.success) return parsed.data
    throw unreadable('is not the result of a run that has produced stamped records')
  })
  // Runs of a set may each have had a topic of their own.
  const ofTopic = produced.filter(({ environment }) => environment.topic.name === topic)
  if (ofTopic.length > 0) return ofTopic.map(booksOf)
  throw unreadable(`is of topic '${produced[0]?.environment.topic.name}', and '${topic}' is read`)
}

function booksOf({ produce, settings, delivery }: Producing): RunBooks {
  return {
    run: Number.parseInt(produce.stamp.run, 16),
    streams: produce.books,
    isIdempotent: settings.produce.idempotent,
    ...(delivery === undefined
      ? {}
      : {
          offsets: new Map(
            delivery.partitions.map(({ partition, startOffset, endOffset }) => [
              partition,
              { from: startOffset, to: endOffset },
            ]),
          ),
        }),
  }
}

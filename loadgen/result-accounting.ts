// The part of a result that says what became of every record.
import { z } from 'zod'

const count = z.number().int().nonnegative()

const streamAccount = z.object({
  producer: count,
  partition: count,
  expected: count,
  received: count,
  lost: count,
  duplicated: count,
  reordered: count,
  firstLost: count.optional().describe('Sequence of the first record that is missing.'),
})

export const accounting = z
  .object({
    expectedFrom: z
      .enum(['producers', 'books', 'sequences'])
      .describe(
        "producers: what this run's own producers had acknowledged; books: what the results of producing runs say (--books); sequences: the producers are elsewhere, and between the first and the last sequence seen of each everything should have come.",
      ),
    runs: z.array(z.string()).describe('Runs that are accounted for, as in produce.stamp.run; ten at most.'),
    streams: count.describe('Pairs of producer and partition.'),
    expected: count.describe('Records that must have come, over the whole run, warm-up included.'),
    received: count.describe('Records that came, each counted once.'),
    lost: count.describe('Acknowledged (or followed by later ones) and not in what was read.'),
    duplicated: count.describe('Records beyond the first of the same sequence.'),
    reordered: count.describe('Records that came first after a later one of their producer and partition.'),
    unread: count.describe('Acknowledged, and behind where reading ended early: not known to be lost.'),
    unacknowledged: count.describe('Made and never acknowledged: they may be stored or not. Not among the expected.'),
    unacknowledgedReceived: count.describe('Of those, how many were read.'),
    aborted: count
      .optional()
      .describe(
        'Made in transactions that were aborted, and not among the expected. By sequences: those of them that were passed over. Absent: none.',
      ),
    abortedReceived: count.optional().describe('Of those, how many were read: with read_committed there must be none.'),
    unbooked: count.optional().describe('Read, of the run, and beyond what its books know of (--books).'),
    early: count.describe('Of sequences before the first that was seen, when reading began in the middle of the log.'),
    foreign: count.describe('Records with the stamp of another run.'),
    unstamped: count.describe('Records without a stamp.'),
    exact: z.boolean().describe('False: there were more holes or streams than are remembered.'),
    worst: z.array(streamAccount).describe('The streams in which something is wrong, the worst first; ten at most.'),
  })
  .describe('Every record by its sequence in producer and partition: see docs/accounting.md.')

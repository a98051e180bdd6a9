// The part of a result that says what consumers have made of what they read.
import { z } from 'zod'
import { count, latency, transactionsModel } from '../result-parts.ts'

export const processModel = z
  .object({
    forwardTopic: z.string().optional(),
    deadLetterTopic: z.string().optional(),
    forwarded: count.describe('Passed on; of this and the following only what was committed.'),
    deadLettered: count.describe('Could not be processed, and left to the dead letter queue.'),
    skipped: count.describe('Could not be processed, and there is no dead letter queue.'),
    failedTries: count.describe('Tries at processing that failed (--error-ratio), retries among them.'),
    forwardedPerSec: z.number().nonnegative().optional().describe('In the measured time.'),
    transactions: transactionsModel
      .optional()
      .describe('Absent: offsets were committed behind what was written, which is at least once.'),
    commitLatency: latency.optional().describe('Of commits without transactions.'),
    proof: z
      .object({
        expected: count.describe(
          'Records between where the group began and what it has committed, of those to be written.',
        ),
        written: count.describe('Of those, found in the topic where they belong, by read_committed.'),
        lost: count,
        duplicated: count.describe('Found more than once.'),
        unexpected: count.describe('Found, and not committed by the group: written again by whoever goes on.'),
      })
      .optional()
      .describe('Read back when the run was over, from the topic that was read and those that were written.'),
  })
  .describe('Of consumers that handle what they read (--forward-topic, --dead-letter-topic, --error-ratio).')

export type ProcessResult = z.infer<typeof processModel>

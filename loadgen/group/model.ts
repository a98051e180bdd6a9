// The part of a result that says how partitions changed hands between the members of the run's group.
import { z } from 'zod'

const count = z.number().int().nonnegative()

const rebalance = z.object({
  sec: z.number().describe('When the first partition was given up or left behind, seconds since the start of the run.'),
  seconds: z.number().nonnegative().describe('Until the last of its partitions was being fetched again.'),
  partitions: count,
  cause: z
    .enum(['join', 'leave', 'kill', 'lost', 'other'])
    .describe(
      'join, leave, kill: what the run did just before (--churn); lost: a member had been taken for dead; other: the coordinator, or another member.',
    ),
})

export const rebalancesModel = z
  .object({
    group: z.string(),
    protocol: z.enum(['classic', 'consumer']).describe('consumer: KIP-848.'),
    assignor: z.string().optional().describe("Absent: the broker's choice."),
    consumers: count,
    formedSeconds: z
      .number()
      .nonnegative()
      .describe('From the first member that joined to every partition having its owner, evenly; before the run.'),
    joined: count.describe('Members that came back in the run.'),
    left: count,
    killed: count,
    count: count.describe('Times in which at least one partition had no reader.'),
    seconds: z
      .object({ mean: z.number(), max: z.number(), total: z.number() })
      .optional()
      .describe('Of those times; absent: there were none.'),
    partitionPause: z
      .object({ count, p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() })
      .optional()
      .describe(
        'How long single partitions were not read: from being given up or left behind to the first answer to their new reader.',
      ),
    list: z.array(rebalance).describe('The first hundred.'),
    unfinished: count.describe('Partitions without a reader when the run ended.'),
    commits: count,
    commitsFailed: count.describe('Tried again with the next one; what was not committed is read again.'),
  })
  .describe('Members of a consumer group (--group-protocol): docs/consuming.md.')

export type Rebalances = z.infer<typeof rebalancesModel>

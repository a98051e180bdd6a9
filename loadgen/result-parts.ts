// Parts of a result that stand in more than one of its blocks.
import { z } from 'zod'

export const count = z.number().int().nonnegative()
const perSec = z.number().nonnegative().optional()

export const latency = z
  .object({
    count,
    meanMs: z.number(),
    minMs: z.number(),
    p50Ms: z.number(),
    p75Ms: z.number(),
    p90Ms: z.number(),
    p95Ms: z.number(),
    p99Ms: z.number(),
    p999Ms: z.number(),
    p9999Ms: z.number(),
    maxMs: z.number(),
    from: z
      .enum([
        'intended',
        'appended',
        'sent',
        'stamp',
        'stampSent',
        'createTime',
        'logAppendTime',
        'fetched',
        'commitAsked',
      ])
      .describe(
        'Where the clock starts: the intended time of the schedule (--rate), the moment the record was appended to its batch (flat out), the moment its batch was first handed to the connection (service time), the intended or the actual time in the stamp of the record, or its CreateTime (end to end), the time at which the broker appended its batch (end to end, on a topic with LogAppendTime), the moment the answer of a fetch was there (processing), the moment the commit of a transaction was asked for (commit).',
      ),
  })
  .describe('Latency of the measured time, every record counted.')

export const transactionsModel = z
  .object({
    committed: count,
    aborted: count.describe('On purpose (--abort-ratio).'),
    failed: count.describe('Aborted because of an error that lets the producer go on (KIP-890).'),
    recordsCommitted: count,
    recordsAborted: count.describe('With read_committed nobody is to read them.'),
    committedPerSec: perSec.describe(
      'This and the following: in the measured time. Absent from results of millrace 0.1.',
    ),
    abortedPerSec: perSec,
    failedPerSec: perSec,
    recordsCommittedPerSec: perSec,
    commitLatency: latency
      .optional()
      .describe('From asking for the commit, when all records are acknowledged, to the answer; of the measured time.'),
  })
  .describe('Of the whole run, warm-up included.')

const partitionAccount = z.object({
  partition: count,
  leader: z.number().int(),
  startOffset: count,
  endOffset: count,
  acked: count,
  markers: count.optional().describe('Of transactions: offsets in the log that are no records.'),
  uncertain: count
    .optional()
    .describe('Offsets that may be in the log as well: markers that were asked for again, batches without an answer.'),
})

export const deliveryModel = z.object({
  confirmed: z
    .boolean()
    .describe('End-offset growth equals acknowledged records (and markers of transactions) on every partition.'),
  acked: count,
  brokerDelta: z.number().int(),
  partitions: z.array(partitionAccount),
})

export type TransactionsResult = z.infer<typeof transactionsModel>

// What a result has over time: its windows, and the heat maps of its latencies.
import { z } from 'zod'
import { count } from './result-parts.ts'

export const window = z.object({
  sec: z.number().describe('End of the window, seconds since the start of the run (warm-up included).'),
  warmup: z.boolean(),
  seconds: z.number().describe('Length of the window.'),
  offered: count.optional().describe('Records that the schedule asked for in the window (--rate only).'),
  sent: count.optional().describe('Records that were made and handed on to be sent.'),
  produced: count.optional(),
  produceBytes: count.optional(),
  produceErrors: count.optional(),
  produceRetries: count.optional(),
  produceP50Ms: z.number().optional(),
  produceP99Ms: z.number().optional(),
  produceP999Ms: z.number().optional(),
  produceMaxMs: z.number().optional(),
  produceServiceP99Ms: z.number().optional(),
  produceLatenessP99Ms: z.number().optional().describe('With --rate only.'),
  produceLatenessMaxMs: z.number().optional(),
  consumed: count.optional(),
  consumeBytes: count.optional(),
  consumeLag: count.optional().describe('Offsets that the consumers had still to read at the end of the window.'),
  e2eP50Ms: z.number().optional(),
  e2eP99Ms: z.number().optional(),
  e2eP999Ms: z.number().optional(),
  e2eMaxMs: z.number().optional(),
  transactionsCommitted: count.optional().describe('This and the following: of runs in transactions only.'),
  transactionsAborted: count.optional().describe('On purpose (--abort-ratio).'),
  transactionsFailed: count.optional().describe('Aborted because of an error.'),
  recordsCommitted: count.optional(),
  recordsAborted: count.optional(),
  commitP50Ms: z.number().optional().describe('From asking for the commit to the answer.'),
  commitP99Ms: z.number().optional(),
  commitP999Ms: z.number().optional(),
  commitMaxMs: z.number().optional(),
  forwarded: count.optional().describe('This and the following: of consumers that handle what they read, committed.'),
  deadLettered: count.optional(),
  skipped: count.optional(),
  failedTries: count.optional(),
  cpuPercent: z.number().describe('Generator CPU, 100 = one core.'),
  stealPercent: z.number().optional().describe('CPU time that the hypervisor gave to others, share of the machine.'),
  rssBytes: count,
})

export const heatMap = z.object({
  secondsPerColumn: z.number(),
  columns: z.array(
    z.object({
      sec: z.number().describe('End of the column, seconds since the start of the run.'),
      from: count.describe(
        'Row of the first count. Row r holds latencies from 2^(r / 4) to 2^((r + 1) / 4) nanoseconds.',
      ),
      counts: z.array(count),
    }),
  ),
})

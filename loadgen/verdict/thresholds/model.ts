// What became of a threshold, as the result tells it.
import { z } from 'zod'

export const thresholdModel = z.object({
  metric: z.string().describe('With its tags, as response_time{worker:0}.'),
  expression: z.string(),
  method: z.string(),
  unit: z
    .string()
    .describe('Of value and limit: ms, records, bytes, share (0 to 1), ... ; of a rate of a counter, a second.'),
  limit: z.number().nullable().describe('Null: not a finite number.'),
  ok: z.boolean(),
  value: z
    .number()
    .nullable()
    .describe(
      'What was judged; of a threshold over a window the worst one, or the first that failed. Null: no samples.',
    ),
  samples: z.number().nonnegative(),
  windowSeconds: z.number().optional().describe('Every so many seconds had to hold.'),
  failedAtSec: z
    .number()
    .optional()
    .describe(
      'Seconds since the start of the measured time at which it was first seen to fail, of those that can fail before the end.',
    ),
  noSamples: z
    .enum(['pass', 'fail', 'zero'])
    .describe('What no samples would have meant; zero: a value of 0, as in k6.'),
  abortOnFail: z.boolean(),
  aborted: z.boolean().describe('It ended the run.'),
})

export type ThresholdResult = z.infer<typeof thresholdModel>

// The document of a set of runs (--repeat): every run as it is, and what they say together.
import { z } from 'zod'
import { resultModel } from '../result.ts'

/** Raised when a key changes meaning or goes; added keys leave it alone. The runs have the version of their own. */
export const setSchemaVersion = 1

const count = z.number().int().nonnegative()

const spread = z
  .object({
    count: count.describe('Runs that have this number.'),
    median: z.number(),
    min: z.number(),
    max: z.number(),
    q1: z.number(),
    q3: z.number(),
    iqr: z.number().describe('q3 - q1.'),
    confidence: z
      .object({
        of: z.enum(['median', 'geometric mean']),
        method: z.enum(['order statistics', 't on logarithms']),
        level: z
          .number()
          .describe('0.95: 95 of 100 such intervals hold the true value. Order statistics give at least 0.95.'),
        low: z.number(),
        high: z.number(),
      })
      .nullable()
      .describe(
        'Six runs and more: of the median, distribution-free. Two to five: of the geometric mean, log-normal. One: null.',
      ),
  })
  .describe('One number of each run; units are those of the result.')

const run = z.object({
  run: z.number().int().positive(),
  counted: z.boolean().describe('Part of the summary.'),
  result: resultModel,
})

export const setModel = z.object({
  kind: z.literal('millrace-set'),
  schemaVersion: z.literal(setSchemaVersion),
  verdict: z
    .enum(['ok', 'failed', 'interrupted'])
    .describe('failed: a run failed, or one could not begin. interrupted: stopped by a signal before the last run.'),
  reasons: z.array(z.object({ code: z.string(), message: z.string(), run: z.number().int().positive() })),
  asked: count.describe('--repeat'),
  counted: count.describe('Runs in the summary.'),
  over: z
    .enum(['valid', 'complete', 'none'])
    .describe(
      'What the summary is over: the valid runs; or, when none is valid, all that delivered everything; or nothing, when none did.',
    ),
  summary: z.record(z.string(), spread).describe('By path in the result, such as produce.latency.p99Ms.'),
  runs: z.array(run),
})

export type ResultSet = z.infer<typeof setModel>

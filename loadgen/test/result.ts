// The result of a test: one block for each scenario, and what k6 calls the summary over all of them.
import { z } from 'zod'
import { auditModel } from '../audit/model.ts'
import { deliveryModel, resultModel } from '../result.ts'
import { validityModel } from '../verdict/model.ts'
import { thresholdModel } from '../verdict/thresholds/model.ts'

/** Raised when a key changes meaning or goes; added keys leave it alone. */
export const testSchemaVersion = 1

const count = z.number().int().nonnegative()

export const summaryMetric = z.object({
  type: z.enum(['counter', 'gauge', 'rate', 'trend']),
  contains: z.enum(['default', 'time', 'data']).describe("k6's: time is milliseconds, data bytes."),
  values: z
    .record(z.string(), z.number())
    .describe('counter: count, rate; gauge: value, min, max; rate: rate, passes, fails; trend: as summaryTrendStats.'),
})

const scenarioResult = z.object({
  name: z.string(),
  executor: z.string(),
  lane: z.enum(['declarative', 'scripted']),
  role: z.enum(['produce', 'consume', 'roundtrip']).optional(),
  topic: z.string().optional(),
  startSeconds: z.number().describe('startTime: from the start of the test.'),
  tags: z.record(z.string(), z.string()),
  iterations: count.describe('Complete ones; without a function those are messages.'),
  dropped: count.describe('Iterations that were to be and were not begun.'),
  interrupted: count.describe('Begun, and not complete when the graceful stop was over.'),
  result: resultModel.optional().describe('Without a function: as of a bench run.'),
  validity: validityModel
    .optional()
    .describe('Of a function: may its numbers be quoted? Others have it in their result.'),
})

export const testResultModel = z.object({
  kind: z.literal('millrace-test'),
  schemaVersion: z.literal(testSchemaVersion),
  verdict: z.enum(['ok', 'failed', 'interrupted']),
  reasons: z.array(z.object({ code: z.string(), message: z.string(), scenario: z.string().optional() })),
  script: z.string().optional().describe('The file that was run.'),
  startedAt: z.string().describe('ISO 8601, UTC.'),
  durationSeconds: z.number(),
  tags: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), summaryMetric),
  summaryTimeUnit: z
    .enum(['s', 'ms', 'us'])
    .optional()
    .describe('Of times in the summary as text; values here are in milliseconds.'),
  checks: z.array(z.object({ name: z.string(), passes: count, fails: count })).optional(),
  thresholds: z.array(thresholdModel).optional(),
  delivery: z.record(z.string(), deliveryModel).describe('Of each topic that was written to.'),
  scenarios: z.array(scenarioResult),
  audit: auditModel
    .optional()
    .describe('What the validity of functions is judged from: their threads, and the machine, while scenarios ran.'),
})

export type TestResult = z.infer<typeof testResultModel>
export type ScenarioResult = z.infer<typeof scenarioResult>
export type SummaryMetric = z.infer<typeof summaryMetric>

// What a comparison of clients found: every run whole, and the figures of each client over its runs.
import { z } from 'zod'
import { resultModel } from '../result.ts'
import { testResultModel } from '../test/result.ts'

export const comparisonVersion = 1

const spread = z.object({ count: z.number(), median: z.number(), min: z.number(), max: z.number() })

const clientFigures = z.object({
  client: z.string(),
  version: z.string(),
  recordsPerSec: spread.describe('Acknowledged; in a consume run: read.'),
  ratio: z.number().describe('Median rate, over that of the first client.'),
  cpuUsPerRecord: spread.nullable().describe('User and system time of the whole process, microseconds a record.'),
  latencyP50Ms: spread
    .nullable()
    .describe('Produce: response; consume and roundtrip: end to end, where records are timed.'),
  latencyP99Ms: spread.nullable(),
  rssBytesMax: spread.describe('Resident memory of the process.'),
  failed: z.number().describe('Runs whose verdict is not ok: they are not in the figures.'),
  notValid: z.number().describe('Runs in the figures whose numbers were limited by the generator or disturbed.'),
  notHonoured: z.array(z.object({ setting: z.string(), why: z.string() })),
})

const comparedPart = z.object({
  scenario: z.string().optional().describe('Of a test: which of its scenarios.'),
  mode: z.enum(['produce', 'consume', 'roundtrip']),
  settings: z.record(z.string(), z.unknown()).describe('Equal for all runs: this was compared.'),
  clients: z.array(clientFigures),
})

export const comparisonModel = z.object({
  comparisonVersion: z.literal(comparisonVersion),
  script: z.string().optional().describe('The test that was run; absent: a bench run.'),
  rounds: z.number(),
  order: z.array(z.array(z.string())).describe('Of each round.'),
  balanced: z.boolean().describe('Every client stood at every place, and after every other, equally often.'),
  skipped: z.array(z.object({ client: z.string(), reason: z.string() })),
  parts: z.array(comparedPart).describe('One of a bench run; of a test one for each scenario.'),
  runs: z.array(z.object({ client: z.string(), round: z.number(), result: z.union([testResultModel, resultModel]) })),
})

export type Comparison = z.infer<typeof comparisonModel>
export type ComparedPart = z.infer<typeof comparedPart>
export type ClientFigures = z.infer<typeof clientFigures>

// What a comparison of clients found: every run whole, and the figures of each client over its runs.
import { z } from 'zod'
import { resultModel } from '../result.ts'

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

export const comparisonModel = z.object({
  comparisonVersion: z.literal(comparisonVersion),
  mode: z.enum(['produce', 'consume', 'roundtrip']),
  rounds: z.number(),
  order: z.array(z.array(z.string())).describe('Of each round.'),
  balanced: z.boolean().describe('Every client stood at every place, and after every other, equally often.'),
  settings: z.record(z.string(), z.unknown()).describe('Equal for all runs: this was compared.'),
  skipped: z.array(z.object({ client: z.string(), reason: z.string() })),
  clients: z.array(clientFigures),
  runs: z.array(z.object({ client: z.string(), round: z.number(), result: resultModel })),
})

export type Comparison = z.infer<typeof comparisonModel>
export type ClientFigures = z.infer<typeof clientFigures>

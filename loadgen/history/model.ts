// One entry of the history: the numbers of a result, and what they belong to. Entries are never changed.
import { z } from 'zod'

export const entrySchemaVersion = 1

export const entryModel = z.object({
  kind: z.literal('millrace-history-entry'),
  schemaVersion: z.literal(entrySchemaVersion),
  series: z.string().describe('What is compared over time: one scenario on one kind of machine.'),
  at: z.string().describe('ISO 8601, UTC: when the runs began.'),
  commit: z.string().optional(),
  branch: z.string().optional(),
  millrace: z.string(),
  machine: z.string().describe('CPU model and count: a change of it is a change of everything.'),
  runs: z.number().int().positive().describe('Runs that the numbers are medians of.'),
  numbers: z.record(z.string(), z.number()).describe('By name of the metric (docs/gate.md).'),
})

export type HistoryEntry = z.infer<typeof entryModel>

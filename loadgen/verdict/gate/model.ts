// What a gate has found: the verdict, each metric with its evidence, and the number of every run, so that it can be judged again.
import { z } from 'zod'

/** Raised when a key changes meaning or goes; added keys leave it alone. */
export const gateSchemaVersion = 1

const count = z.number().int().nonnegative()
const percent = z.number().describe('Per cent; +10 is ten more in a hundred.')

const spread = z.object({ count, median: z.number(), min: z.number(), max: z.number() })

export const metricVerdict = z.enum(['pass', 'regression', 'improvement', 'inconclusive'])

const gateMetric = z.object({
  name: z.string(),
  help: z.string(),
  unit: z.string(),
  better: z.enum(['higher', 'lower']),
  gated: z.boolean().describe('Decides. The others are reported.'),
  limitPercent: z.number().describe('Practical limit: a change for the worse that is smaller is let pass.'),
  verdict: metricVerdict.describe(
    'regression, improvement: significant (Holm), and the estimate lies beyond the limit. pass: the interval excludes a change for the worse beyond the limit. inconclusive: none of these.',
  ),
  base: spread,
  candidate: spread,
  changePercent: percent.describe('Candidate against base, Hodges-Lehmann, from logarithms of ratios.'),
  confidence: z
    .object({ level: z.number(), lowPercent: percent, highPercent: percent })
    .nullable()
    .describe('Of changePercent; null: too few runs for any interval of this level.'),
  pValue: z.number().describe('Two-sided, exact.'),
  pLimit: z.number().describe('What pValue was held against: alpha of this look, by Holm; reported metrics: alpha.'),
  noisePercent: z.number().describe('Standard deviation of one difference (paired) or of one run.'),
  detectablePercent: z
    .number()
    .nullable()
    .describe(
      'Minimum detectable effect: a change of so much would have been called one four times in five. Null: none.',
    ),
  toDecide: z.string().optional().describe('Inconclusive: what it would take.'),
  pairsToDecide: count.nullable().optional().describe('Null: more than can be asked for.'),
})

const gateRun = z.object({
  side: z.enum(['base', 'candidate']),
  pair: count.describe('From 1; unpaired: the number of the run on its side.'),
  label: z.string(),
  startedAt: z.string(),
  usable: z.boolean().describe('Counts as evidence.'),
  state: z.enum(['ok', 'disturbed', 'limited', 'failed', 'interrupted']),
  why: z.string().optional(),
  numbers: z.record(z.string(), z.number()),
})

const side = z.object({
  label: z.string(),
  about: z.record(z.string(), z.string()).describe('What it was started with, and what it said of itself.'),
})

export const gateModel = z.object({
  kind: z.literal('millrace-gate'),
  schemaVersion: z.literal(gateSchemaVersion),
  millrace: z.string(),
  startedAt: z.string().describe('ISO 8601, UTC; of the first run.'),
  verdict: z
    .enum(['pass', 'regression', 'improvement', 'inconclusive', 'invalid'])
    .describe('invalid: the runs were, so nothing can be said of the sides.'),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
  toDecide: z.string().optional().describe('Inconclusive or invalid: what it would take.'),
  base: side,
  candidate: side,
  plan: z.object({
    design: z.enum(['paired', 'unpaired']),
    test: z.string(),
    alpha: z.number().describe('Chance of any false finding, over all gated metrics and looks.'),
    power: z.number(),
    pairsAsked: count,
    sequential: z.boolean(),
    looks: z
      .array(z.object({ pairs: count, alpha: z.number().describe('Two-sided, of one metric alone, at this look.') }))
      .describe('Planned; one without --sequential.'),
  }),
  pairs: z.object({ made: count, usable: count, disturbed: count }),
  stoppedEarly: z.boolean(),
  errors: z.object({
    verdict: metricVerdict,
    base: count.describe('Runs that lost records or ended with an error.'),
    candidate: count,
    messages: z.array(z.string()),
  }),
  metrics: z.array(gateMetric),
  settingsThatDiffer: z.array(z.object({ setting: z.string(), base: z.string(), candidate: z.string() })),
  runs: z.array(gateRun),
})

export type GateOutcome = z.infer<typeof gateModel>
export type GateMetricOutcome = GateOutcome['metrics'][number]
export type GateRun = GateOutcome['runs'][number]
export type MetricVerdict = z.infer<typeof metricVerdict>
export type GateVerdict = GateOutcome['verdict']

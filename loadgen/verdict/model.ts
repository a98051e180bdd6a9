// The verdict on the numbers of a run, apart from the one on its records (`verdict` of the result): may they be quoted for
// what the run was asked to measure?
import { z } from 'zod'

export const validityModel = z.object({
  verdict: z
    .enum(['valid', 'generator-limited', 'broker-limited', 'disturbed'])
    .describe(
      'valid: the load was made as asked, and nothing outside the run interfered. generator-limited, broker-limited: less was delivered than the schedule asked for, and this side was why. disturbed: machine, clocks or brokers were not left alone.',
    ),
  limiter: z
    .enum(['schedule', 'broker', 'generator', 'unknown'])
    .describe(
      'What kept the throughput from being higher. Flat out this is the finding of the run; at a rate that was kept it is the schedule.',
    ),
  finding: z.string().describe('What the limiter is concluded from, in words with figures.'),
  reasons: z
    .array(
      z.object({
        code: z.string(),
        verdict: z.enum(['generator-limited', 'broker-limited', 'disturbed']).describe('What this reason alone means.'),
        message: z.string(),
        figures: z.record(z.string(), z.number()).describe('The numbers behind it, units in their names.'),
      }),
    )
    .describe('Why the verdict is not valid: all that was found, the one that decides first.'),
})

export type Validity = z.infer<typeof validityModel>
export type ValidityReason = Validity['reasons'][number]

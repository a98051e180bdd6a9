// The part of a result that says how the consumers fell behind on purpose, and how they caught up.
import { z } from 'zod'

const count = z.number().int().nonnegative()
const perSec = z.number().nonnegative()

const phase = z.object({
  seconds: z.number().nonnegative(),
  offeredPerSec: perSec.optional().describe('Records that the schedule asked for (--rate only).'),
  producedPerSec: perSec.optional().describe('Records acknowledged to the producers of this run.'),
  appendedPerSec: perSec.describe('Growth of the end offsets, whoever has produced.'),
  consumedPerSec: perSec.describe('Records that the consumers have read, those read again included.'),
  responseP50Ms: z.number().optional().describe('Response of the records acknowledged in this phase.'),
  responseP99Ms: z.number().optional(),
})

export const catchUpModel = z
  .object({
    how: z.enum(['pause', 'seek']),
    asked: z.string().describe('What --catch-up said.'),
    outcome: z
      .enum(['caught-up', 'not-caught-up', 'not-begun'])
      .describe(
        'caught-up: the lag is back at what it was before, within the measured time; not-caught-up: the measured time ended before; not-begun: it ended before the consumers went on.',
      ),
    pausedSeconds: z.number().nonnegative().optional().describe('pause: how long nothing was fetched.'),
    baselineLag: count.describe(
      'The most of the samples before, in offsets over all partitions; there are ten samples a second, and fifty while the backlog is drained.',
    ),
    backlog: count.describe('Lag in offsets when the drain began: when the consumers went on, or had been set back.'),
    leftLag: count.describe('Lag in offsets when the drain ended, or when the measured time did.'),
    drainSeconds: z
      .number()
      .nonnegative()
      .describe(
        'From the beginning of the drain to the first sample at which the lag is not above baselineLag; when it has not ended, to the end of the measured time.',
      ),
    drainedPerSec: z
      .number()
      .describe('Offsets by which the backlog shrank, per second of the drain: what was read less what was appended.'),
    before: phase.optional().describe('The measured time before.'),
    paused: phase.optional(),
    drain: phase.optional(),
    after: phase.optional().describe('The measured time after the drain.'),
    curve: z
      .array(z.object({ sec: z.number().describe('Seconds since the start of the run.'), lag: count }))
      .describe('Lag while the backlog was built and drained, a point a second and at each turn.'),
  })
  .describe('Consumers that fell behind on purpose (--catch-up): docs/consuming.md.')

export type CatchUpResult = z.infer<typeof catchUpModel>
export type CatchUpPhase = z.infer<typeof phase>

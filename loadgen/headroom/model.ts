// The part of a result that says how much of what this machine's generator can do a run has used.
import { z } from 'zod'

const count = z.number().int().nonnegative()
const perSec = z.number().nonnegative()

const headroomSide = z.object({
  usedPercent: z.number().describe('Rate of this run, 100 = the ceiling.'),
  ceilingRecordsPerSec: perSec.describe('What so many workers reach at this size, had they the CPUs for themselves.'),
  cpuUsPerRecord: z.number().describe('CPU time of a record by the calibration, microseconds.'),
  basis: z
    .enum(['measured', 'interpolated', 'extrapolated'])
    .describe('Whether size and workers were calibrated, lie between what was, or outside of it.'),
  recordBytes: z.number().describe('Mean of this run, keys and values.'),
  workers: count.describe('Threads of this side.'),
})

export const headroomModel = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('known'),
      usedPercent: z.number().describe('Of the measured ceiling; near 100 the run measured the generator.'),
      cpuUsedPercent: z
        .number()
        .describe('CPU that the generator took in this run, 100 = all that its workers can have.'),
      calibratedAt: z.string().describe('ISO 8601, UTC.'),
      differences: z.array(z.string()).describe('What this run did to records that the calibration did not do.'),
      produce: headroomSide.optional(),
      consume: headroomSide.optional(),
    }),
    z.object({ kind: z.literal('unknown'), reason: z.string() }),
  ])
  .describe('How much of the ceiling that millrace calibrate measured on this machine the run has used.')

export type Headroom = z.infer<typeof headroomModel>
export type HeadroomSide = z.infer<typeof headroomSide>

// What becomes of the result of a bench run.
import { optional, toggle } from '../flag.ts'
import { parseText } from '../parsers.ts'
import { all } from './shared.ts'

const output = { group: 'Output:', modes: all }

export const outputFlags = {
  out: optional({ ...output, placeholder: 'file', help: 'write the result there, as JSON', parse: parseText }),
  calibration: optional({
    ...output,
    placeholder: 'file',
    help: 'calibration of this machine, for the headroom of the run; none: without',
    parse: parseText,
    fallbackText: 'what millrace calibrate wrote last',
  }),
  hlog: optional({
    ...output,
    placeholder: 'file',
    help: 'write latencies of every window there, as an HdrHistogram interval log with tags',
    parse: parseText,
  }),
  percentiles: optional({
    ...output,
    placeholder: 'file',
    help: 'write percentile distributions for plotting: run.hgrm becomes run.response.hgrm, run.service.hgrm, ...',
    parse: parseText,
  }),
  json: toggle({ ...output, help: 'print the result as JSON instead of the summary' }),
  requireValid: toggle({
    ...output,
    help: 'fail (exit code 12) when the run was limited by the generator, by the broker, or disturbed',
  }),
  quiet: toggle({ ...output, help: 'no live output' }),
} as const

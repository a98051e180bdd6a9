// What becomes of the result of a bench run.

import { parseListen } from '../../../core/listen.ts'
import { formatNames, parseReports } from '../../report/targets.ts'
import { parseThreshold } from '../../verdict/thresholds/grammar.ts'
import { list, optional, toggle } from '../flag.ts'
import { parseText } from '../parsers.ts'
import { all } from './shared.ts'

const output = { group: 'Output:', modes: all }

export const outputFlags = {
  threshold: list({
    ...output,
    placeholder: 'metric: expression',
    help: "what must hold, as in k6: 'response_time: p(99)<50'; may end in ', over 30s' (in every 30 s), ', abort after 10s', ', no samples pass'; may be repeated; else exit code 99 (docs/thresholds.md)",
    parse: parseThreshold,
  }),
  out: optional({ ...output, placeholder: 'file', help: 'write the result there, as JSON', parse: parseText }),
  report: list({
    ...output,
    placeholder: 'format=file,...',
    help: `write reports: ${formatNames.join(', ')}, as html=out.html,junit=out.xml or out.html,out.md; a format alone, or - as file: to standard output, instead of the summary; may be repeated`,
    parse: parseReports,
  }),
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
  web: optional({
    ...output,
    placeholder: 'host:port',
    help: 'serve the report as a page that grows while the run goes on; without an address on 127.0.0.1:5665',
    parse: parseListen,
    bare: '127.0.0.1:5665',
  }),
  prometheus: optional({
    ...output,
    placeholder: 'host:port',
    help: 'serve the metrics of the run for Prometheus, as :9464 (loopback)',
    parse: parseListen,
  }),
  json: toggle({ ...output, help: 'print the result as JSON instead of the summary' }),
  requireValid: toggle({
    ...output,
    help: 'fail (exit code 12) when the run was limited by the generator, by the broker, or disturbed',
  }),
  quiet: toggle({ ...output, help: 'no live output' }),
} as const

// The flags of `millrace capture`.
import { parseDuration, parseWhole } from '../core/units.ts'
import { profileRecordsMax } from '../loadgen/payload/profile-text.ts'
import { bounded, parseStart, parseTopicName } from '../loadgen/scenario/parsers.ts'
import { clientFlags } from './client-flags.ts'
import { type FlagTable, type FlagValues, flag, parseText } from './flag-table.ts'

const what = 'What:'
const output = 'Output:'
const duration = bounded(parseDuration, 1, 86_400_000, 'between 1ms and 24h')
const count = parseWhole(1, profileRecordsMax)

export const captureFlags = {
  ...clientFlags,
  topic: flag(what, 'name', 'the topic to look at', parseTopicName),
  from: flag(what, 'start', 'latest (default), earliest, timestamp:T or offsets:0=10,1=20', parseStart),
  records: flag(what, 'number', 'until there are so many, up to 1000000 (default: 100000)', count),
  duration: flag(what, 'time', 'for so long, as 10s (default: 10s, and without end with --records)', duration),
  out: flag(output, 'file', 'the profile, as NDJSON', parseText),
} as const satisfies FlagTable

export type CaptureFlagValues = FlagValues<typeof captureFlags, 'property'>

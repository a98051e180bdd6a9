// The flags of `millrace lag`.
import { parseDuration } from '../core/units.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import { clientFlags } from './client-flags.ts'
import { type FlagTable, type FlagValues, flag, parseText } from './flag-table.ts'

const what = 'What:'
const output = 'Output:'
const interval = bounded(parseDuration, 500, 3_600_000, 'between 500ms and 1h')

export const lagFlags = {
  ...clientFlags,
  group: flag(
    what,
    'name',
    'this group, partition by partition; * stands for any text; may be repeated',
    parseText,
    true,
  ),
  'no-seconds': flag(what, undefined, 'offsets only: reads no records', parseText),
  watch: flag(output, 'time', 'again and again, as 2s, until Ctrl-C', interval),
  json: flag(output, undefined, 'one JSON document (with --watch: one a line)', parseText),
} as const satisfies FlagTable

export type LagSettings = FlagValues<typeof lagFlags, 'property' | 'group'>

// The flags of `millrace lag`.
import { parseDuration } from '../core/units.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import { clientFlags } from './client-flags.ts'
import { type FlagTable, flag, parseText } from './flag-table.ts'

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

type Key = keyof typeof lagFlags
type ValueOf<K extends Key> = Extract<ReturnType<(typeof lagFlags)[K]['parse']>, { value: unknown }>['value']
type RepeatableKey = 'property' | 'group'

export type LagSettings = { readonly [K in Exclude<Key, RepeatableKey>]?: ValueOf<K> } & {
  readonly [K in RepeatableKey]: readonly ValueOf<K>[]
}

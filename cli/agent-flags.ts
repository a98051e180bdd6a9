// The flags of `millrace agent`.
import { type Parsed, parseDuration, parseWhole } from '../core/units.ts'
import { bounded } from '../loadgen/scenario/parsers.ts'
import { clientFlags } from './client-flags.ts'
import { type FlagTable, flag, parseText } from './flag-table.ts'

const page = 'Page:'
const lag = 'Lag:'
const time = bounded(parseDuration, 1_000, 3_600_000, 'between 1s and 1h')

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export const agentFlags = {
  ...clientFlags,
  listen: flag(
    page,
    'host:port',
    'where /metrics is served; port 0: any free one (default: 127.0.0.1:9400)',
    parseListen,
  ),
  'cluster-name': flag(page, 'name', 'the label cluster (default: the first bootstrap address)', parseText),
  'lag-interval': flag(lag, 'time', 'from the beginning of one look to that of the next (default: 15s)', time),
  'lag-timeout': flag(lag, 'time', 'how long one request of a look may take (default: 10s)', time),
  group: flag(
    lag,
    'pattern',
    'groups to look at; * stands for any text; may be repeated (default: all)',
    parseText,
    true,
  ),
  'not-group': flag(lag, 'pattern', 'groups to leave out; may be repeated', parseText, true),
  'lag-rows-max': flag(
    lag,
    'N',
    'group partitions with series of their own, largest lag first (default: 100000)',
    parseWhole(0, 10_000_000),
  ),
} as const satisfies FlagTable

type Key = keyof typeof agentFlags
type ValueOf<K extends Key> = Extract<ReturnType<(typeof agentFlags)[K]['parse']>, { value: unknown }>['value']
type RepeatableKey = 'property' | 'group' | 'not-group'

export type AgentFlagValues = { readonly [K in Exclude<Key, RepeatableKey>]?: ValueOf<K> } & {
  readonly [K in RepeatableKey]: readonly ValueOf<K>[]
}

function parseListen(text: string): Parsed<ListenAddress> {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535)
    return { problem: `"${text}" is not an address: write host:port, as 127.0.0.1:9400` }
  return { value: { host: (match[1] ?? match[2]) || '127.0.0.1', port } }
}

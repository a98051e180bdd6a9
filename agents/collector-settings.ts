// The settings of all collectors: what a user has set, the defaults of each collector for the rest.
import type { Parsed } from '../core/units.ts'
import type { CollectorSettings } from './cluster-run.ts'
import type { CollectorKind } from './collector.ts'
import { collectorKinds } from './collectors/index.ts'
import { duration } from './setting-parsers.ts'

export const parseInterval = duration('1s', '24h')
export const parseTimeout = duration('100ms', '10m')

/** Of one collector; undefined: as it is by default. */
export interface CollectorOverrides {
  readonly isOn?: boolean | undefined
  readonly intervalMs?: number | undefined
  readonly timeoutMs?: number | undefined
  readonly values?: Readonly<Record<string, unknown>>
}

/** Those that are on. */
export function collectorSettings(overrides: Readonly<Record<string, CollectorOverrides>>): CollectorSettings[] {
  return collectorKinds.flatMap(kind => {
    const { isOn = kind.isOnByDefault, intervalMs, timeoutMs, values = {} } = overrides[kind.name] ?? {}
    if (!isOn) return []
    return [
      {
        name: kind.name,
        intervalMs: intervalMs ?? valueIn(parseInterval(kind.interval)),
        timeoutMs: timeoutMs ?? valueIn(parseTimeout(kind.timeout)),
        values: valuesOf(kind, values),
      },
    ]
  })
}

function valuesOf({ settings }: CollectorKind, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values = Object.entries(settings).map(([key, { fallback, parse, isList }]) => {
    const otherwise = isList ? [] : fallback === undefined ? undefined : valueIn(parse(fallback))
    return [key, given[key] ?? otherwise] as const
  })
  return Object.fromEntries(values)
}

/** Of a default, which is written in the code. */
function valueIn<T>(parsed: Parsed<T>): T {
  if ('value' in parsed) return parsed.value
  throw new TypeError(`a default is not valid: ${parsed.problem}`)
}

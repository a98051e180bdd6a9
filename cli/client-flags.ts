// The flags that say how to reach a cluster, for commands with a flag table, and the client settings that they make.
import { readFileSync } from 'node:fs'
import { type ConfigProblem, configError, isMillraceError } from '../core/errors.ts'
import { parseDuration } from '../core/units.ts'
import { bounded, parsePair } from '../loadgen/scenario/parsers.ts'
import { type PropertyFlag, readClientConfig } from '../wire/client-config.ts'
import type { ClientSettings } from '../wire/settings.ts'
import { type FlagTable, flag, parseText } from './flag-table.ts'
import type { Io } from './program.ts'

const connection = 'Connection:'
const timeout = bounded(parseDuration, 100, 600_000, 'between 100ms and 10m')

export const clientFlags = {
  bootstrap: flag(connection, 'host:port,...', 'brokers to start from', parseText),
  'command-config': flag(connection, 'file', "client.properties file, as Kafka's own tools take it", parseText),
  property: flag(connection, 'name=value', 'one client property; may be repeated', parsePair, true),
  'request-timeout': flag(connection, 'time', 'how long one request may take (default: 30s)', timeout),
} as const satisfies FlagTable

export interface ClientFlagValues {
  readonly bootstrap?: string
  readonly 'command-config'?: string
  readonly property: readonly { readonly name: string; readonly value: string }[]
  readonly 'request-timeout'?: number
}

/** The flags that stand for client properties. */
export function propertyFlags({ bootstrap, property, 'request-timeout': timeoutMs }: ClientFlagValues): PropertyFlag[] {
  const flags = property.map(({ name, value }) => ({ flag: `--property ${name}`, property: name, value }))
  if (bootstrap !== undefined) flags.push({ flag: '--bootstrap', property: 'bootstrap.servers', value: bootstrap })
  if (timeoutMs !== undefined)
    flags.push({ flag: '--request-timeout', property: 'request.timeout.ms', value: `${timeoutMs}ms` })
  return flags
}

/** Throws the problems of the command line and those of the client settings, all at once. */
export function clientSettingsOf(
  settings: ClientFlagValues,
  problems: readonly ConfigProblem[],
  env: Io['env'],
): ClientSettings {
  const filePath = settings['command-config']
  const flags = propertyFlags(settings)
  const found = [...problems]
  const readFile = (path: string) => readFileSync(path)
  try {
    const config = readClientConfig({ ...(filePath === undefined ? {} : { filePath }), env, flags, readFile })
    if (found.length === 0) return config.settings
  } catch (error) {
    if (!isMillraceError(error) || error.problems.length === 0 || found.length === 0) throw error
    found.push(...error.problems)
  }
  throw configError(found)
}

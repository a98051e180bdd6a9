// From what the user wrote to typed options: flags over environment over the hints of a client.properties file over
// defaults. Nothing is thrown here; what is wrong is collected with the place where it can be corrected.
import {
  ConfigReader,
  type Environment,
  envNameOf,
  layered,
  Setting,
  type Settings,
  settingFromFlag,
} from '../../core/config.ts'
import type { ConfigProblem } from '../../core/errors.ts'
import { type Parsed, parseBoolean } from '../../core/units.ts'
import type { BenchMode } from '../plan.ts'
import { benchFlags } from './bench-flags.ts'
import { type Flag, flagName, type ListFlag, type OptionsOf } from './flag.ts'

export type FlagKey = keyof typeof benchFlags
export type BenchOptions = OptionsOf<typeof benchFlags>

export interface GivenFlag {
  readonly key: FlagKey
  /** Empty for a switch; undefined when the value was left out. */
  readonly text: string | undefined
}

export interface OptionsInput {
  readonly mode: BenchMode
  /** In the order of the command line. */
  readonly flags: readonly GivenFlag[]
  readonly env: Environment
  /** Client properties that say how this user's clients produce and consume. */
  readonly hints: Settings
  /** What a test document says: over the hints, under environment and flags. A later setting of one name counts. */
  readonly settings?: readonly Setting[]
}

export interface ReadOptions {
  readonly options: BenchOptions
  /** Where each option that is not a default was written: `--rate`, `MILLRACE_RATE`, `client.properties:3 linger.ms`. */
  readonly paths: ReadonlyMap<FlagKey, string>
  readonly problems: readonly ConfigProblem[]
}

export const flagKeys = Object.keys(benchFlags) as FlagKey[]

export const flagPath = (key: FlagKey): string => `--${flagName(key)}`
export const envPath = (key: FlagKey): string => envNameOf(flagName(key))

export function readOptions({ mode, flags, env, hints, settings: written = [] }: OptionsInput): ReadOptions {
  const applicable = flagKeys.filter(key => benchFlags[key].modes.includes(mode))
  const settings = layered(
    applicable.flatMap(key => fromHints(key, hints)),
    written.filter(({ name }) => applicable.some(key => key === name)),
    applicable.flatMap(key => fromEnv(key, env)),
    flags.map(({ key, text = '' }) => settingFromFlag(key, flagPath(key), switchText(key, text))),
  )
  const reader = new ConfigReader(settings)
  for (const { key, text } of flags) if (text === undefined) reader.problem(flagPath(key), 'needs a value')
  const valueless = new Set(flags.filter(({ text }) => text === undefined).map(({ key }) => key))
  const options = Object.fromEntries(
    flagKeys.map(key => {
      if (valueless.has(key)) return [key, fallbackOf(benchFlags[key])]
      return [key, readOne(key, reader, flags)]
    }),
  )
  const paths = new Map([...settings].map(([key, { path }]) => [key as FlagKey, path]))
  return { options: options as BenchOptions, paths, problems: reader.problems }
}

function readOne(key: FlagKey, reader: ConfigReader, flags: readonly GivenFlag[]): unknown {
  const flag: Flag = benchFlags[key]
  if (flag.kind === 'switch') return reader.readOr(key, parseBoolean, false)
  if (flag.kind === 'list') return readList(key, flag, reader, flags)
  return reader.read(key, flag.parse) ?? fallbackOf(flag)
}

/** On the command line every occurrence is an element; in the environment every line. */
function readList(
  key: FlagKey,
  { parse }: ListFlag<unknown>,
  reader: ConfigReader,
  flags: readonly GivenFlag[],
): unknown[] {
  const setting = reader.setting(key)
  if (setting === undefined) return []
  const given = flags.filter(flag => flag.key === key).map(flag => flag.text ?? '')
  const texts = setting.source === 'flag' ? given : setting.text.split('\n').filter(text => text.trim() !== '')
  return texts.flatMap(text => {
    const parsed = parse(text)
    if ('value' in parsed) return [parsed.value]
    reader.problem(setting.path, parsed.problem)
    return []
  })
}

function fallbackOf(flag: Flag): unknown {
  if (flag.kind === 'switch') return false
  if (flag.kind === 'list') return []
  if (flag.fallback === undefined) return undefined
  const parsed: Parsed<unknown> = flag.parse(flag.fallback)
  return 'value' in parsed ? parsed.value : undefined
}

const switchText = (key: FlagKey, text: string): string => (benchFlags[key].kind === 'switch' ? 'true' : text)

function fromHints(key: FlagKey, hints: Settings): Setting[] {
  const flag: Flag = benchFlags[key]
  if (flag.kind === 'list' || flag.property === undefined) return []
  const hint = hints.get(flag.property.name)
  if (hint === undefined) return []
  const toText = 'toText' in flag.property ? flag.property.toText : undefined
  return [new Setting(key, 'file', hint.path, toText === undefined ? hint.text : toText(hint.text))]
}

function fromEnv(key: FlagKey, env: Environment): Setting[] {
  const text = env[envPath(key)]
  return text === undefined || text === '' ? [] : [new Setting(key, 'environment', envPath(key), text)]
}

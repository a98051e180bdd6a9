// Settings in layers: a file, then the environment, then flags; a later layer wins. Every value knows where it came from, so
// that a problem is reported at the place where the user can correct it, and all problems are reported at once.
//
// A value may be a password, so nothing here shows one: neither inspection, nor JSON, nor a message made here.
import { type ConfigProblem, configError } from './errors.ts'
import type { PropertyEntry } from './properties.ts'
import type { Parsed } from './units.ts'

export type SettingSource = 'file' | 'environment' | 'flag'

const rankOf: Readonly<Record<SettingSource, number>> = { file: 0, environment: 1, flag: 2 }

/** One value with its origin. The value is private to keep it out of logs: it is read on purpose, through `text`. */
export class Setting {
  readonly name: string
  readonly source: SettingSource
  /** For messages: `--sasl-username`, `MILLRACE_SASL_USERNAME`, `client.properties:3 sasl.username`. */
  readonly path: string
  readonly #text: string

  constructor(name: string, source: SettingSource, path: string, text: string) {
    this.name = name
    this.source = source
    this.path = path
    this.#text = text
  }

  get text(): string {
    return this.#text
  }

  /** Whether a setting of the same meaning under another name gives way to this one. */
  outranks(other: Setting): boolean {
    return rankOf[this.source] >= rankOf[other.source]
  }
}

export type Settings = ReadonlyMap<string, Setting>

export const settingFromFlag = (name: string, flag: string, text: string) => new Setting(name, 'flag', flag, text)

/** Of a file's entries; of several with one key the last counts. */
export function settingsFromFile(filePath: string, entries: readonly PropertyEntry[]): Setting[] {
  return entries.map(({ key, value, line }) => new Setting(key, 'file', `${filePath}:${line} ${key}`, value))
}

export type Environment = Readonly<Record<string, string | undefined>>

const envPrefix = 'MILLRACE_'

/** `sasl.username` is MILLRACE_SASL_USERNAME. */
export const envNameOf = (name: string) => envPrefix + name.toUpperCase().replaceAll(/[.-]/g, '_')

/** The named settings that the environment has. An empty variable counts as absent, as CI systems make them so. */
export function settingsFromEnv(env: Environment, names: Iterable<string>): Setting[] {
  return [...names].flatMap(name => {
    const variable = envNameOf(name)
    const text = env[variable]
    return text === undefined || text === '' ? [] : [new Setting(name, 'environment', variable, text)]
  })
}

/** Later layers win. */
export function layered(...layers: readonly (readonly Setting[])[]): Settings {
  return new Map(layers.flat().map(setting => [setting.name, setting]))
}

/** Takes settings out of their layers into typed values, and collects what is wrong instead of stopping at the first. */
export class ConfigReader {
  readonly #settings: Settings
  readonly #problems: ConfigProblem[] = []

  constructor(settings: Settings) {
    this.#settings = settings
  }

  get problems(): readonly ConfigProblem[] {
    return this.#problems
  }

  setting(name: string): Setting | undefined {
    return this.#settings.get(name)
  }

  /** The parsed value, or undefined when it is not set or (with a problem noted) not valid. */
  read<T>(name: string, parse: (text: string) => Parsed<T>): T | undefined {
    const setting = this.#settings.get(name)
    if (setting === undefined) return undefined
    const parsed = parse(setting.text)
    if ('value' in parsed) return parsed.value
    this.problem(setting.path, parsed.problem)
    return undefined
  }

  readOr<T>(name: string, parse: (text: string) => Parsed<T>, otherwise: T): T {
    return this.read(name, parse) ?? otherwise
  }

  problem(path: string, message: string): void {
    this.#problems.push({ path, message })
  }

  /** To be called once, when everything has been read. */
  throwIfInvalid(): void {
    if (this.#problems.length > 0) throw configError(this.#problems)
  }
}

/** The known name that a mistyped one most likely means: at most a third of its letters differ. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let distanceMin = Math.floor(name.length / 3) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < distanceMin) {
      distanceMin = distance
      nearest = candidate
    }
  }
  return nearest
}

/** Levenshtein: letters to insert, delete or change. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[to.length]!
}

// The settings of the agent from its file, the environment and flags, a later one winning; what is set for one cluster in the file
// counts more there than what is set for all. Everything that is wrong is told at once, each problem where it was written.
import type { Environment } from '../../core/config.ts'
import { type ConfigProblem, configError, isMillraceError } from '../../core/errors.ts'
import { type PropertyFlag, readClientConfig } from '../../wire/client-config.ts'
import type { ClientSettings } from '../../wire/settings.ts'
import type { ClusterSettings, CollectorSettings } from '../cluster-run.ts'
import type { ProfileName } from '../collector.ts'
import { collectorSettings } from '../collector-settings.ts'
import { collectorKinds } from '../collectors/index.ts'
import type { AgentSettings } from '../run.ts'
import type { ListenAddress } from '../setting-parsers.ts'
import { type FileCluster, type Given, type GivenByPath, readAgentFile } from './file.ts'
import { agentSettings, type PlacedSetting } from './settings.ts'

export interface AgentConfigInput {
  readonly file?: { readonly path: string; readonly text: string }
  readonly env: Environment
  /** By flag, `lag-interval`. */
  readonly flags: ReadonlyMap<string, readonly string[]>
  /** Of the one cluster that flags tell of; undefined: they tell of none. */
  readonly flagCluster: FlagCluster | undefined
  readonly readFile: (path: string) => Buffer
  /** What has been found wrong already. */
  readonly problems: readonly ConfigProblem[]
}

export interface FlagCluster {
  readonly name?: string
  readonly commandConfig?: string
  readonly properties: readonly PropertyFlag[]
}

export function readAgentConfig(input: AgentConfigInput): AgentSettings {
  const reader = new AgentConfigReader(input)
  const settings = reader.read()
  if (reader.problems.length > 0) throw configError(reader.problems)
  return settings
}

class AgentConfigReader {
  readonly problems: ConfigProblem[]
  readonly #input: AgentConfigInput
  readonly #fileSettings: GivenByPath
  readonly #fileClusters: readonly FileCluster[]
  readonly #fromOutside: GivenByPath

  constructor(input: AgentConfigInput) {
    const { file, problems } = input
    const read = file === undefined ? undefined : readAgentFile(file.path, file.text)
    this.problems = [...problems, ...(read?.problems ?? [])]
    this.#input = input
    this.#fileSettings = read?.settings ?? new Map()
    this.#fileClusters = read?.clusters ?? []
    this.#fromOutside = new Map([...this.#fromEnv(), ...this.#fromFlags()])
  }

  read(): AgentSettings {
    const values = this.#valuesOf([this.#fileSettings, this.#fromOutside], () => true)
    const profiles = (values.get('profiles') as ProfileName[] | undefined) ?? ['native']
    const webConfigPath = values.get('web-config') as string | undefined
    return {
      listen: values.get('listen') as ListenAddress,
      ...(webConfigPath === undefined ? {} : { webConfigPath }),
      clusters: this.#clusters([...new Set(profiles)]),
    }
  }

  *#fromFlags(): Generator<[string, Given]> {
    for (const { path, flag } of agentSettings) {
      const texts = this.#input.flags.get(flag)
      if (texts !== undefined) yield [path, { texts, origin: `--${flag}` }]
    }
  }

  *#fromEnv(): Generator<[string, Given]> {
    for (const { path, variable, isList } of agentSettings) {
      const text = this.#input.env[variable]
      if (text === undefined || text === '') continue
      const texts = isList ? text.split(';').map(each => each.trim()) : [text]
      yield [path, { texts, origin: variable }]
    }
  }

  /** Of the settings wanted, by path; of several layers the last that has one. */
  #valuesOf(layers: readonly GivenByPath[], isWanted: (setting: PlacedSetting) => boolean): Map<string, unknown> {
    const values = new Map<string, unknown>()
    for (const setting of agentSettings.filter(isWanted)) {
      const given = layers.findLast(layer => layer.has(setting.path))?.get(setting.path)
      const value = given === undefined ? this.#fallbackOf(setting) : this.#valueOf(setting, given)
      if (value !== undefined) values.set(setting.path, value)
    }
    return values
  }

  #fallbackOf({ fallback, isList, parse }: PlacedSetting): unknown {
    if (fallback === undefined) return isList ? [] : undefined
    const parsed = parse(fallback)
    if ('problem' in parsed) throw new TypeError(`a default is not valid: ${parsed.problem}`)
    return isList ? [parsed.value] : parsed.value
  }

  #valueOf({ isList, parse }: PlacedSetting, { texts, origin }: Given): unknown {
    const values = texts.flatMap(text => {
      const parsed = parse(text)
      if ('value' in parsed) return [parsed.value]
      this.#problem(origin, parsed.problem)
      return []
    })
    return isList ? values : values.at(-1)
  }

  // ---- clusters ----

  #clusters(profiles: readonly ProfileName[]): ClusterSettings[] {
    const { flagCluster } = this.#input
    const ofFile = this.#fileClusters
    if (ofFile.length > 1 && flagCluster !== undefined) {
      const flags = flagCluster.properties.map(({ flag }) => flag).join(', ') || '--cluster-name'
      this.#problem(flags, `cannot be set beside a file with ${ofFile.length} clusters: write it there`)
    }
    const clusters = ofFile.length === 0 ? [undefined] : ofFile
    const settings = clusters.flatMap(cluster => this.#cluster(cluster, clusters.length === 1) ?? [])
    this.#refuseTwins(settings.map(({ name }) => name))
    return settings.map(each => ({ ...each, profiles, isOnly: clusters.length === 1 }))
  }

  #cluster(ofFile: FileCluster | undefined, isOnly: boolean): Omit<ClusterSettings, 'profiles'> | undefined {
    const flagCluster = isOnly ? this.#input.flagCluster : undefined
    const ofCluster = ofFile?.settings ?? new Map()
    // Problems of what is set for all are told once, and not again for each cluster.
    const known = this.problems.length
    const values = this.#valuesOf([this.#fileSettings, ofCluster, this.#fromOutside], each => each.isPerCluster)
    const found = this.problems.splice(known)
    const told = new Set(this.problems.map(({ path, message }) => `${path} ${message}`))
    this.problems.push(...found.filter(({ path, message }) => !told.has(`${path} ${message}`)))
    const client = this.#client(ofFile, flagCluster, isOnly)
    if (client === undefined) return undefined
    const [first] = client.bootstrap
    const list = (path: string) => values.get(path) as readonly string[]
    return {
      name: flagCluster?.name ?? ofFile?.own.get('name')?.texts[0] ?? `${first?.host}:${first?.port}`,
      client,
      groups: { allow: list('groups.allow'), deny: list('groups.deny') },
      topics: { allow: list('topics.allow'), deny: list('topics.deny') },
      collectors: collectorsOf(values),
    }
  }

  #client(
    ofFile: FileCluster | undefined,
    ofFlags: FlagCluster | undefined,
    isOnly: boolean,
  ): ClientSettings | undefined {
    const own = (key: 'bootstrap' | 'request-timeout', property: string) => {
      const given = ofFile?.own.get(key)
      return given === undefined ? [] : [{ flag: given.origin, property, value: given.texts[0]! }]
    }
    const filePath = ofFlags?.commandConfig ?? ofFile?.own.get('command-config')?.texts[0]
    const properties = [...(ofFile?.properties ?? [])].map(([property, { texts, origin }]) => {
      return { flag: origin, property, value: texts[0]! }
    })
    const flags = [
      ...properties,
      ...own('bootstrap', 'bootstrap.servers'),
      ...own('request-timeout', 'request.timeout.ms'),
      ...(ofFlags?.properties ?? []),
    ]
    try {
      return readClientConfig({
        ...(filePath === undefined ? {} : { filePath }),
        // With several clusters nobody could say whose password a variable holds.
        env: isOnly ? this.#input.env : {},
        flags,
        readFile: this.#input.readFile,
      }).settings
    } catch (error) {
      if (!isMillraceError(error)) throw error
      const where = (path: string) =>
        ofFile !== undefined && path === '--bootstrap' ? `${ofFile.origin}.bootstrap` : path
      if (error.problems.length === 0) this.#problem(ofFile?.origin ?? '--property', error.message)
      for (const { path, message } of error.problems) this.#problem(where(path), message)
      return undefined
    }
  }

  #refuseTwins(names: readonly string[]): void {
    const twins = new Set(names.filter((name, index) => names.indexOf(name) !== index))
    for (const name of twins) {
      const origins = this.#fileClusters.map(({ origin }) => origin).join(', ')
      this.#problem(origins, `two clusters are called ${name}: give each a name of its own`)
    }
  }

  #problem(path: string, message: string): void {
    this.problems.push({ path, message })
  }
}

function collectorsOf(values: ReadonlyMap<string, unknown>): CollectorSettings[] {
  const overrides = collectorKinds.map(({ name, settings }) => {
    const at = (key: string) => values.get(`collectors.${name}.${key}`)
    const own = Object.fromEntries(Object.keys(settings).map(key => [key, at(key)]))
    const times = { intervalMs: at('interval') as number, timeoutMs: at('timeout') as number }
    return [name, { isOn: at('enabled') === true, ...times, values: own }] as const
  })
  return collectorSettings(Object.fromEntries(overrides))
}

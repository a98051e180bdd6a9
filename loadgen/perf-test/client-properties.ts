// What Kafka's perf tools are given as client properties: read by the names and rules of a Kafka client. A property that would
// change the load and cannot be honoured here is refused with the reason; one that changes nothing here is mentioned.
import { ConfigReader, type Environment, type Settings } from '../../core/config.ts'
import { type ConfigProblem, configError, isMillraceError } from '../../core/errors.ts'
import { type Parsed, parseWhole } from '../../core/units.ts'
import { type ClientConfig, type PropertyFlag, readClientConfig } from '../../wire/client-config.ts'
import { type ClientSettings, clientDefaults } from '../../wire/settings.ts'

export interface PropertiesInput {
  /** Of --command-config. */
  readonly filePath?: string | undefined
  /** `name=value`, as the flag called `pairsFlag` took them. They win over the file. */
  readonly pairs: readonly string[]
  readonly pairsFlag: string
  /** Of --bootstrap-server, which wins over both. */
  readonly bootstrap?: string | undefined
  readonly clientId: string
  readonly env: Environment
  readonly readFile: (path: string) => Buffer
}

export interface PropertyRules {
  /** The tool sets these itself, whatever the user says, as Kafka's does. */
  readonly overridden: readonly string[]
  /** Property to why it cannot be honoured. */
  readonly refused: Readonly<Record<string, string>>
  /** Of refused properties the value that asks for nothing but what is done here anyway. */
  readonly harmless?: Readonly<Record<string, string>>
  /** Properties that the tool reads. */
  readonly honoured: readonly string[]
}

export class PerfProperties {
  readonly #config: ClientConfig | undefined
  readonly #settings: Settings
  readonly #reader: ConfigReader
  readonly #rules: PropertyRules
  readonly #clientId: string
  readonly #early: readonly ConfigProblem[]

  constructor(input: PropertiesInput, rules: PropertyRules) {
    const { flags, problems } = flagsOf(input)
    const early = [...problems]
    this.#config = tryRead(input, flags, early)
    this.#early = early
    this.#settings = new Map([...(this.#config?.clientHints ?? []), ...(this.#config?.others ?? [])])
    this.#reader = new ConfigReader(this.#settings)
    this.#rules = rules
    this.#clientId = input.clientId
    for (const [name, { path, text }] of this.#settings) {
      if (rules.harmless?.[name] === text.trim()) continue
      const reason = Object.hasOwn(rules.refused, name) ? rules.refused[name] : undefined
      if (reason !== undefined) this.#reader.problem(path, reason)
    }
  }

  get problems(): readonly ConfigProblem[] {
    return [...this.#early, ...this.#reader.problems]
  }

  /** To be mentioned: valid properties of a Kafka client that change nothing here. */
  get notices(): string[] {
    const { honoured, overridden } = this.#rules
    const known = new Set([...honoured, ...overridden])
    const unused = [...(this.#config?.clientHints.keys() ?? []), ...(this.#config?.ignored ?? [])].filter(
      name => !known.has(name),
    )
    const replaced = overridden.filter(name => this.#settings.has(name))
    const unknown = this.#config?.unknown ?? []
    return [
      ...(unknown.length === 0 ? [] : [`no Kafka client knows these properties: ${unknown.join(', ')}`]),
      ...(unused.length === 0 ? [] : [`without effect here: ${unused.join(', ')}`]),
      ...(replaced.length === 0 ? [] : [`set by this command itself, as Kafka's does: ${replaced.join(', ')}`]),
    ]
  }

  has(name: string): boolean {
    return this.#settings.has(name)
  }

  read<T>(name: string, parse: (text: string) => Parsed<T>, otherwise: T): T {
    return this.#reader.readOr(name, parse, otherwise)
  }

  whole(name: string, min: number, max: number, otherwise: number): number {
    return this.read(name, parseWhole(min, max), otherwise)
  }

  problem(name: string, message: string): void {
    this.#reader.problem(this.#settings.get(name)?.path ?? name, message)
  }

  /** Throws all problems, those of others first. */
  client(problems: readonly ConfigProblem[]): ClientSettings {
    const found = [...problems, ...this.problems]
    if (found.length > 0) throw configError(found)
    const { settings } = this.#config!
    return settings.clientId === clientDefaults.clientId
      ? Object.freeze({ ...settings, clientId: this.#clientId })
      : settings
  }
}

function flagsOf({ pairs, pairsFlag, bootstrap }: PropertiesInput) {
  const flags: PropertyFlag[] = []
  const problems: ConfigProblem[] = []
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    // Not quoted: it may be a password.
    if (at < 1 || at === pair.length - 1)
      problems.push({ path: pairsFlag, message: 'Invalid property: it is not name=value' })
    else {
      const property = pair.slice(0, at).trim()
      flags.push({ flag: `${pairsFlag} ${property}`, property, value: pair.slice(at + 1) })
    }
  }
  if (bootstrap !== undefined)
    flags.push({ flag: '--bootstrap-server', property: 'bootstrap.servers', value: bootstrap })
  return { flags, problems }
}

function tryRead(
  input: PropertiesInput,
  flags: readonly PropertyFlag[],
  problems: ConfigProblem[],
): ClientConfig | undefined {
  const { filePath, env, readFile } = input
  try {
    return readClientConfig({ ...(filePath === undefined ? {} : { filePath }), env, flags, readFile, unknown: 'tell' })
  } catch (error) {
    if (!isMillraceError(error)) throw error
    const found = error.problems.length > 0 ? error.problems : [{ path: 'client settings', message: error.message }]
    const isWithoutAddress = found.some(({ path }) => path === '--bootstrap')
    problems.push(...found.map(problem => (problem.path === '--bootstrap' ? addressProblem(input) : problem)))
    // What else is wrong is to be told as well, and that takes an address.
    return isWithoutAddress && found.length === 1 ? tryRead(input, [...flags, anyAddress], []) : undefined
  }
}

const anyAddress: PropertyFlag = { flag: '--bootstrap-server', property: 'bootstrap.servers', value: 'localhost:9092' }

function addressProblem({ pairsFlag }: PropertiesInput): ConfigProblem {
  const message = `is required: host:port,... (or bootstrap.servers with ${pairsFlag} or --command-config)`
  return { path: '--bootstrap-server', message }
}

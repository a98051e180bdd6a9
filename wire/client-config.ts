// Client settings from what users already have: a Java-style properties file, MILLRACE_* variables and flags, in this
// order of strength, all by the names of Kafka's own client properties. What is wrong is reported all at once, each problem
// at the place where it was written, and no message, inspection or JSON of the result shows a secret.
import { inspect } from 'node:util'
import {
  ConfigReader,
  type Environment,
  layered,
  nearestName,
  Setting,
  type Settings,
  settingFromFlag,
  settingsFromEnv,
  settingsFromFile,
} from '../core/config.ts'
import { configError, errorKinds, MillraceError } from '../core/errors.ts'
import { parseProperties } from '../core/properties.ts'
import { type Parsed, parseDuration } from '../core/units.ts'
import { parseBootstrap } from './bootstrap.ts'
import { readSasl } from './client-config-sasl.ts'
import { type ConfigSource, readTls, strongest } from './client-config-tls.ts'
import { allNames, meaningOf, saslNames, tlsNames, understoodNames } from './client-properties.ts'
import { type ClientSettings, clientDefaults, type SaslSettings, type SecurityProtocol } from './settings.ts'

export interface ClientConfigInput {
  /** `--command-config`: path of a properties file. */
  readonly filePath?: string
  readonly env?: Environment
  /** Flags that stand for a client property. */
  readonly flags?: readonly PropertyFlag[]
  readonly readFile: (path: string) => Buffer
  /** `tell`: a name that no Kafka client knows is listed and left, as Java clients do; it is an error otherwise. */
  readonly unknown?: 'tell'
}

export interface PropertyFlag {
  /** As the user wrote it, `--bootstrap`; problems are reported under this name. */
  readonly flag: string
  readonly property: string
  readonly value: string
}

export interface ClientConfig {
  readonly settings: ClientSettings
  /** How this user's clients produce and consume (acks, linger.ms, ...), as defaults for a benchmark. */
  readonly clientHints: Settings
  /** Valid client properties that have no effect here, in the order of the file; to be mentioned once. */
  readonly ignored: readonly string[]
  /** Those of the ignored ones that are a client's own, with their values: a command may know what to make of one. */
  readonly others: Settings
  /** Names that no Kafka client knows, where those are only told. */
  readonly unknown: readonly string[]
}

export function readClientConfig(input: ClientConfigInput): ClientConfig {
  const settings = gather(input)
  const reader = new ConfigReader(settings)
  const source: ConfigSource = { reader, readFile: input.readFile, conversionHints: [] }
  const unknown = input.unknown === 'tell' ? unknownNames(settings) : []
  if (input.unknown !== 'tell') refuseUnknown(reader, settings)
  refuseProviders(reader)
  const clientSettings = readSettings(source)
  throwIfInvalid(source)
  const named = (meaning: string) => [...settings.values()].filter(setting => meaningOf(setting.name) === meaning)
  return {
    settings: withoutSecretsShown(clientSettings),
    clientHints: new Map(named('hint').map(setting => [setting.name, setting])),
    others: new Map(named('ignored').map(setting => [setting.name, setting])),
    unknown,
    ignored: [...named('ignored').map(setting => setting.name), ...unusedSecurity(settings, clientSettings)],
  }
}

function gather({ filePath, env = {}, flags = [], readFile }: ClientConfigInput): Settings {
  const fromFile = filePath === undefined ? [] : readPropertiesFile(filePath, readFile)
  const short = env.MILLRACE_BOOTSTRAP
  const alias = short ? [new Setting('bootstrap.servers', 'environment', 'MILLRACE_BOOTSTRAP', short)] : []
  const fromFlags = flags.map(({ flag, property, value }) => settingFromFlag(property, flag, value))
  return layered(fromFile, alias, settingsFromEnv(env, understoodNames), fromFlags)
}

function readPropertiesFile(path: string, readFile: (path: string) => Buffer): Setting[] {
  let text: string
  try {
    text = readFile(path).toString('utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw configError([{ path: '--command-config', message: `cannot read the file: ${why}` }], { cause: error })
  }
  const { entries, problems } = parseProperties(text)
  if (problems.length > 0)
    throw configError(problems.map(({ line, message }) => ({ path: `${path}:${line}`, message })))
  return settingsFromFile(path, entries)
}

function unknownNames(settings: Settings): string[] {
  const names = [...settings.keys()].filter(name => meaningOf(name) === 'unknown')
  // The rest of a value that lacks its backslash may look like a name, and be a secret.
  return names.map(name => (/^[a-z]+([._][a-z]+)+$/.test(name) ? name : '(a line that is no property)'))
}

function refuseUnknown(reader: ConfigReader, settings: Settings): void {
  for (const setting of settings.values()) {
    if (meaningOf(setting.name) !== 'unknown') continue
    const near = nearestName(setting.name, allNames)
    // A line of a key or a password whose line before lacks its backslash looks like a property, and must not be shown.
    const shown = near !== undefined || /^[a-z]+(\.[a-z]+)+$/.test(setting.name)
    const where = shown ? setting.path : setting.path.replace(setting.name, '').trimEnd()
    const advice = near === undefined ? '' : `; did you mean ${near}?`
    const problem = shown
      ? `is not a property of a Kafka client${advice}`
      : 'is not a property of a Kafka client (a value that goes on over several lines needs a \\ at the end of each but the last)'
    reader.problem(where, problem)
  }
}

function refuseProviders(reader: ConfigReader): void {
  const providers = reader.setting('config.providers')
  if (providers === undefined) return
  reader.problem(
    providers.path,
    'is not supported: write the values themselves, or give secrets as MILLRACE_* variables',
  )
}

function readSettings(source: ConfigSource): ClientSettings {
  const { reader } = source
  const securityProtocol = reader.readOr('security.protocol', parseProtocol, clientDefaults.securityProtocol)
  const bootstrapName = strongest(reader, ['bootstrap.servers', 'metadata.broker.list'])?.name
  const bootstrap = bootstrapName === undefined ? undefined : reader.read(bootstrapName, parseBootstrap)
  if (bootstrapName === undefined) {
    const places = 'MILLRACE_BOOTSTRAP, or bootstrap.servers in the file of --command-config'
    reader.problem('--bootstrap', `is required: host:port of one broker or more (or ${places})`)
  }
  const tls = usesTls(securityProtocol) ? readTls(source) : undefined
  const sasl = usesSasl(securityProtocol) ? readSasl(source, securityProtocol) : undefined
  return {
    bootstrap: bootstrap ?? [],
    clientId: reader.setting('client.id')?.text || clientDefaults.clientId,
    securityProtocol,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    ...readTimes(reader),
  }
}

function readTimes(reader: ConfigReader) {
  const positive = timeAtLeast(1)
  const reconnectBackoffMs = reader.readOr('reconnect.backoff.ms', timeAtLeast(0), clientDefaults.reconnectBackoffMs)
  const backoffMaxMs = reader.readOr('reconnect.backoff.max.ms', timeAtLeast(0), clientDefaults.reconnectBackoffMaxMs)
  return {
    connectTimeoutMs: reader.readOr('socket.connection.setup.timeout.ms', positive, clientDefaults.connectTimeoutMs),
    requestTimeoutMs: reader.readOr('request.timeout.ms', positive, clientDefaults.requestTimeoutMs),
    reconnectBackoffMs,
    // As in the Java client: a base above the maximum is the maximum.
    reconnectBackoffMaxMs: Math.max(reconnectBackoffMs, backoffMaxMs),
    retryBackoffMs: reader.readOr('retry.backoff.ms', timeAtLeast(0), clientDefaults.retryBackoffMs),
    metadataMaxAgeMs: reader.readOr('metadata.max.age.ms', positive, clientDefaults.metadataMaxAgeMs),
  }
}

/** setTimeout's own limit: 24.8 days. */
const timeMsMax = 2 ** 31 - 1

/** Milliseconds, as Kafka writes them, or a duration with its unit, as our flags take them. */
const timeAtLeast =
  (min: number) =>
  (text: string): Parsed<number> => {
    const plain = /^-?\d+$/.test(text.trim())
    const parsed = plain ? { value: Number(text) } : parseDuration(text)
    if ('problem' in parsed || (parsed.value >= min && parsed.value <= timeMsMax)) return parsed
    return { problem: `${text.trim()} must be between ${min} and ${timeMsMax} ms` }
  }

const protocols: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

function parseProtocol(text: string): Parsed<SecurityProtocol> {
  const found = protocols.find(protocol => protocol === text.trim().toUpperCase())
  return found === undefined ? { problem: `"${text}" is not one of ${protocols.join(', ')}` } : { value: found }
}

const usesTls = (protocol: SecurityProtocol) => protocol === 'SSL' || protocol === 'SASL_SSL'
const usesSasl = (protocol: SecurityProtocol) => protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'

/** Security settings that the protocol does not use: more often a forgotten security.protocol than a wish. */
function unusedSecurity(settings: Settings, { securityProtocol }: ClientSettings): string[] {
  const unused = [...(usesTls(securityProtocol) ? [] : tlsNames), ...(usesSasl(securityProtocol) ? [] : saslNames)]
  return unused.filter(name => settings.has(name))
}

function throwIfInvalid({ reader, conversionHints }: ConfigSource): void {
  if (conversionHints.length === 0) return reader.throwIfInvalid()
  const hint = conversionHints.join('\n')
  if (conversionHints.length < reader.problems.length) {
    throw configError(reader.problems, { hint: `${errorKinds.CONFIG_INVALID.hint}\n${hint}` })
  }
  const lines = reader.problems.map(({ path, message }) => `${path}: ${message}`)
  throw new MillraceError('STORE_FORMAT', lines.join('\n'), { hint })
}

const hidden = '(hidden)'

/** Freezes the settings and hides their secrets from inspection and JSON. Cloning for a worker keeps the plain data. */
function withoutSecretsShown(settings: ClientSettings): ClientSettings {
  const { tls, sasl } = settings
  if (tls !== undefined) showAs(tls, { ...tls, ...masked(tls, ['keyPem', 'keyPassphrase']) })
  if (sasl !== undefined) showAs(sasl, maskedSasl(sasl))
  for (const address of settings.bootstrap) Object.freeze(address)
  Object.freeze(settings.bootstrap)
  return Object.freeze(settings)
}

function maskedSasl(sasl: SaslSettings): object {
  if (sasl.mechanism !== 'OAUTHBEARER') return { ...sasl, password: hidden }
  const token = { ...sasl.token, ...masked(sasl.token, ['token', 'clientSecret']) }
  showAs(sasl.token, token)
  return { ...sasl, token }
}

const masked = (object: object, names: readonly string[]) =>
  Object.fromEntries(names.filter(name => Object.hasOwn(object, name)).map(name => [name, hidden]))

function showAs(object: object, shown: object): void {
  Object.defineProperty(object, 'toJSON', { value: () => shown })
  Object.defineProperty(object, inspect.custom, { value: () => shown })
  Object.freeze(object)
}

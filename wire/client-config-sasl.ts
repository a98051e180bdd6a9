// The SASL part of the client properties: credentials from a JAAS line, as the Java client has them, or from plain
// properties, as librdkafka has them. No message repeats a value: any of them may be a secret in the wrong place.
import type { ConfigReader, Setting } from '../core/config.ts'
import { type ConfigSource, readCertificates, strongest } from './client-config-tls.ts'
import { type JaasLogin, type LoginModule, parseJaas } from './jaas.ts'
import type { OauthTokenSource, SaslSettings } from './settings.ts'

const moduleOf: Readonly<Record<SaslSettings['mechanism'], LoginModule>> = {
  PLAIN: 'PlainLoginModule',
  'SCRAM-SHA-256': 'ScramLoginModule',
  'SCRAM-SHA-512': 'ScramLoginModule',
  OAUTHBEARER: 'OAuthBearerLoginModule',
}

const isMechanism = (name: string): name is SaslSettings['mechanism'] => Object.hasOwn(moduleOf, name)

export function readSasl(source: ConfigSource, securityProtocol: string): SaslSettings | undefined {
  const { reader } = source
  const mechanism = readMechanism(reader, securityProtocol)
  if (mechanism === undefined) return undefined
  const credentials = new Credentials(reader, mechanism)
  if (mechanism === 'OAUTHBEARER') return readOauth(source, credentials)

  const username = credentials.find('username', ['sasl.username'])
  const password = credentials.find('password', ['sasl.password'])
  if (username === undefined) credentials.missing('a user name', 'sasl.username', 'username')
  if (password === undefined) credentials.missing('a password', 'sasl.password', 'password')
  if (credentials.jaas?.options.get('tokenauth') === 'true') {
    reader.problem(credentials.path, 'asks for a delegation token (tokenauth), which is not supported here')
  }
  return username === undefined || password === undefined ? undefined : { mechanism, username, password }
}

function readMechanism(reader: ConfigReader, securityProtocol: string): SaslSettings['mechanism'] | undefined {
  const setting = strongest(reader, ['sasl.mechanism', 'sasl.mechanisms'])
  const known = Object.keys(moduleOf).join(', ')
  if (setting === undefined) {
    reader.problem('sasl.mechanism', `is required with security.protocol=${securityProtocol}: ${known}`)
    return undefined
  }
  const name = setting.text.trim().toUpperCase()
  if (isMechanism(name)) return name
  reader.problem(setting.path, `is not a mechanism that is supported here: ${known}`)
  return undefined
}

/** A credential may stand in the JAAS line or in a property of its own; the stronger layer wins, then the property. */
class Credentials {
  readonly jaas: JaasLogin | undefined
  readonly #reader: ConfigReader
  readonly #jaasSetting: Setting | undefined

  constructor(reader: ConfigReader, mechanism: SaslSettings['mechanism']) {
    this.#reader = reader
    this.#jaasSetting = reader.setting('sasl.jaas.config')
    this.jaas = reader.read('sasl.jaas.config', parseJaas)
    const wanted = moduleOf[mechanism]
    if (this.jaas !== undefined && this.jaas.module !== wanted) {
      reader.problem(this.path, `names ${this.jaas.module}, but sasl.mechanism is ${mechanism}, which needs ${wanted}`)
    }
  }

  /** Where to point when something is missing. */
  get path(): string {
    return this.#jaasSetting?.path ?? 'sasl.jaas.config'
  }

  find(option: string | undefined, properties: readonly string[]): string | undefined {
    const setting = strongest(this.#reader, properties)
    const fromJaas = option === undefined ? undefined : this.jaas?.options.get(option)
    if (setting === undefined) return fromJaas
    const jaasWins = fromJaas !== undefined && this.#jaasSetting !== undefined && !setting.outranks(this.#jaasSetting)
    return jaasWins ? fromJaas : setting.text
  }

  missing(what: string, property: string, option: string): void {
    // A JAAS line that cannot be read has been reported already; what it holds is not known.
    if (this.#jaasSetting !== undefined && this.jaas === undefined) return
    const module = this.jaas === undefined ? 'sasl.jaas.config' : 'the login module'
    this.#reader.problem(this.path, `needs ${what}: ${option}="..." in ${module}, or the property ${property}`)
  }
}

function readOauth(source: ConfigSource, credentials: Credentials): SaslSettings | undefined {
  const token = readTokenSource(source, credentials)
  if (token === undefined) return undefined
  const extensions = extensionsOf(credentials.jaas)
  return { mechanism: 'OAUTHBEARER', token, ...(extensions === undefined ? {} : { extensions }) }
}

function readTokenSource(source: ConfigSource, credentials: Credentials): OauthTokenSource | undefined {
  const { reader } = source
  const token = credentials.find(undefined, ['sasl.oauthbearer.token'])
  if (token !== undefined) return { kind: 'static', token }
  const endpoint = reader.setting('sasl.oauthbearer.token.endpoint.url')
  if (endpoint !== undefined) return readEndpoint(source, credentials, endpoint)
  if (credentials.jaas?.options.has('unsecuredLoginStringClaim_sub')) return readUnsecured(reader, credentials)
  credentials.missing(
    'a token',
    'sasl.oauthbearer.token.endpoint.url with a client id and secret',
    'unsecuredLoginStringClaim_sub',
  )
  return undefined
}

function readEndpoint(source: ConfigSource, credentials: Credentials, endpoint: Setting): OauthTokenSource | undefined {
  const { reader } = source
  const url = URL.parse(endpoint.text.trim())
  // As in the Java client: a file that something else keeps filled with a fresh token.
  if (url?.protocol === 'file:') return { kind: 'file', path: decodeURIComponent(url.pathname) }
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    reader.problem(endpoint.path, 'is not a URL that begins with https://, http:// or file://')
    return undefined
  }
  const clientId = credentials.find('clientId', [
    'sasl.oauthbearer.client.credentials.client.id',
    'sasl.oauthbearer.client.id',
  ])
  const clientSecret = credentials.find('clientSecret', [
    'sasl.oauthbearer.client.credentials.client.secret',
    'sasl.oauthbearer.client.secret',
  ])
  const scope = credentials.find('scope', ['sasl.oauthbearer.scope'])
  const ca = reader.setting('https.ca.location')
  const caPem = ca === undefined ? undefined : readCertificates(source, ca, 'truststore')
  if (clientId === undefined)
    credentials.missing('a client id', 'sasl.oauthbearer.client.credentials.client.id', 'clientId')
  if (clientSecret === undefined) {
    credentials.missing('a client secret', 'sasl.oauthbearer.client.credentials.client.secret', 'clientSecret')
  }
  if (clientId === undefined || clientSecret === undefined) return undefined
  return {
    kind: 'endpoint',
    url: url.href,
    clientId,
    clientSecret,
    ...(scope === undefined ? {} : { scope }),
    ...(caPem === undefined ? {} : { caPem }),
  }
}

const unsecuredLifetimeSecondsDefault = 3600

function readUnsecured(reader: ConfigReader, { jaas, path }: Credentials): OauthTokenSource {
  const text = jaas!.options.get('unsecuredLoginLifetimeSeconds') ?? String(unsecuredLifetimeSecondsDefault)
  const lifetimeSeconds = Number(text)
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < 1) {
    reader.problem(path, 'has unsecuredLoginLifetimeSeconds that is not a whole number of seconds')
  }
  return { kind: 'unsecured', subject: jaas!.options.get('unsecuredLoginStringClaim_sub')!, lifetimeSeconds }
}

/** KIP-342: `extension_<name>` for a token from an endpoint, `unsecuredLoginExtension_<name>` for an unsecured one. */
function extensionsOf(jaas: JaasLogin | undefined): Record<string, string> | undefined {
  const named = [...(jaas?.options ?? [])].flatMap(([option, value]) => {
    const name = /^(?:extension_|unsecuredLoginExtension_)([A-Za-z]+)$/.exec(option)?.[1]
    return name === undefined ? [] : [[name, value] as const]
  })
  return named.length === 0 ? undefined : Object.fromEntries(named)
}

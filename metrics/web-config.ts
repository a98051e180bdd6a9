// TLS and basic auth of the metrics page, in the web configuration file that Prometheus and its exporters share
// (prometheus/exporter-toolkit, docs/web-configuration.md). Paths in it are relative to it.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { nearestName } from '../core/config.ts'
import { type ConfigProblem, configError } from '../core/errors.ts'
import { parseYaml, type YamlNode } from '../core/yaml.ts'

export const clientAuthTypes = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const
export type ClientAuthType = (typeof clientAuthTypes)[number]

export interface WebTls {
  readonly cert: string
  readonly key: string
  readonly clientAuth: ClientAuthType
  readonly clientCa: string | undefined
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3'
  /** As OpenSSL names them; undefined: its defaults. */
  readonly ciphers: string | undefined
  readonly curves: string | undefined
}

export interface WebConfig {
  readonly tls: WebTls | undefined
  /** Name to bcrypt hash; none: everybody may enter. */
  readonly users: ReadonlyMap<string, string>
  readonly headers: Readonly<Record<string, string>>
  /** Files that were read: when one changes, all is read again. */
  readonly files: readonly string[]
}

export const openToAll: WebConfig = { tls: undefined, users: new Map(), headers: {}, files: [] }

const tlsKeys = [
  'cert_file',
  'cert',
  'key_file',
  'key',
  'client_auth_type',
  'client_ca_file',
  'client_ca',
  'min_version',
  'max_version',
  'cipher_suites',
  'curve_preferences',
  'prefer_server_cipher_suites',
]
const headerNames = [
  'Content-Security-Policy',
  'X-Frame-Options',
  'X-Content-Type-Options',
  'X-XSS-Protection',
  'Strict-Transport-Security',
]
const versions = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const
/** Go's names, which the format has, to OpenSSL's. TLS 1.3 has its own suites, which neither side can choose. */
const curves: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
}
const cipherPattern = /^TLS_(ECDHE_RSA|ECDHE_ECDSA|RSA)_WITH_(AES_\d+_GCM|AES_\d+_CBC|CHACHA20_POLY1305)(?:_(SHA\d*))?$/

/** Throws all problems at once, each with its line. */
export function readWebConfig(
  path: string,
  readFile: (path: string) => string = path => readFileSync(path, 'utf8'),
): WebConfig {
  return new WebConfigReader(path, readFile).read()
}

class WebConfigReader {
  readonly #path: string
  readonly #readFile: (path: string) => string
  readonly #problems: ConfigProblem[] = []
  readonly #files: string[]

  constructor(path: string, readFile: (path: string) => string) {
    this.#path = path
    this.#readFile = readFile
    this.#files = [path]
  }

  read(): WebConfig {
    const text = this.#fileText(this.#path, '--web-config')
    const { root, problems } = parseYaml(text ?? '')
    this.#problems.push(...problems.map(({ line, message }) => ({ path: `${this.#path}:${line}`, message })))
    const sections = this.#section(root, '', ['tls_server_config', 'http_server_config', 'basic_auth_users'])
    const tlsNode = sections.get('tls_server_config')
    const config: WebConfig = {
      tls: tlsNode === undefined ? undefined : this.#tls(tlsNode),
      users: this.#users(sections.get('basic_auth_users')),
      headers: this.#headers(sections.get('http_server_config')),
      files: this.#files,
    }
    if (this.#problems.length > 0) throw configError(this.#problems)
    return config
  }

  #tls(node: YamlNode): WebTls | undefined {
    const where = 'tls_server_config'
    const settings = this.#section(node, where, tlsKeys)
    const text = (key: string) => this.#scalar(settings.get(key), `${where}.${key}`)
    const pem = (key: string) => text(key) ?? this.#file(settings.get(`${key}_file`), `${where}.${key}_file`)
    const oneOf = <T extends string>(key: string, words: readonly T[], otherwise: T): T => {
      const given = text(key)
      const found = given === undefined ? otherwise : words.find(word => word === given)
      if (found === undefined) this.#problem(settings.get(key), `${where}.${key}`, `is not one of ${words.join(', ')}`)
      return found ?? otherwise
    }
    const list = (key: string, translate: (word: string) => string | undefined) =>
      this.#list(settings.get(key), `${where}.${key}`, translate)
    const clientAuth = oneOf('client_auth_type', clientAuthTypes, 'NoClientCert')
    const version = (key: string, otherwise: keyof typeof versions) =>
      versions[oneOf(key, Object.keys(versions) as (keyof typeof versions)[], otherwise)]
    const [cert, key, clientCa] = [pem('cert'), pem('key'), pem('client_ca')]
    for (const [name, value] of Object.entries({ cert_file: cert, key_file: key })) {
      if (value === undefined && !settings.has(name)) this.#problem(node, `${where}.${name}`, 'is required')
    }
    if (clientAuth.includes('Verify') && clientCa === undefined && !settings.has('client_ca_file'))
      this.#problem(node, `${where}.client_ca_file`, `is required with ${clientAuth}`)
    return {
      ...{ cert: cert ?? '', key: key ?? '', clientAuth, clientCa },
      minVersion: version('min_version', 'TLS12'),
      maxVersion: version('max_version', 'TLS13'),
      ciphers: list('cipher_suites', cipherOf),
      curves: list('curve_preferences', name => curves[name]),
    }
  }

  #users(node: YamlNode | undefined): Map<string, string> {
    const users = new Map<string, string>()
    if (node === undefined) return users
    for (const [name, value] of this.#section(node, 'basic_auth_users')) {
      const hash = this.#scalar(value, `basic_auth_users.${name}`) ?? ''
      // What is no hash may be the password itself: it is not shown.
      if (/^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash)) users.set(name, hash)
      else
        this.#problem(
          value,
          `basic_auth_users.${name}`,
          'is not a bcrypt hash: make one with htpasswd -nBC 10 "" or similar',
        )
    }
    return users
  }

  #headers(node: YamlNode | undefined): Record<string, string> {
    if (node === undefined) return {}
    // HTTP/1.1 is spoken either way: `http2` is taken, and is without effect.
    const headers = this.#section(node, 'http_server_config', ['http2', 'headers']).get('headers')
    if (headers === undefined) return {}
    const found = [...this.#section(headers, 'http_server_config.headers', headerNames)].map(([name, value]) => {
      return [name, this.#scalar(value, `http_server_config.headers.${name}`) ?? ''] as const
    })
    return Object.fromEntries(found)
  }

  // ---- the file ----

  #section(node: YamlNode, where: string, known?: readonly string[]): Map<string, YamlNode> {
    const found = new Map<string, YamlNode>()
    if (node.kind !== 'map') {
      if (node.kind !== 'empty') this.#problem(node, where, 'must hold settings, as key: value')
      return found
    }
    for (const { key, value, line } of node.entries) {
      const path = where === '' ? key : `${where}.${key}`
      if (known === undefined || known.includes(key)) found.set(key, value)
      else {
        const near = nearestName(key, known)
        const advice = near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`
        this.#problems.push({ path: `${this.#path}:${line} ${path}`, message: `is not a setting; ${advice}` })
      }
    }
    return found
  }

  #scalar(node: YamlNode | undefined, where: string): string | undefined {
    if (node === undefined || node.kind === 'scalar') return node?.text
    this.#problem(node, where, 'must be a single value')
    return undefined
  }

  #file(node: YamlNode | undefined, where: string): string | undefined {
    const path = this.#scalar(node, where)
    if (path === undefined) return undefined
    const absolute = resolve(dirname(this.#path), path)
    this.#files.push(absolute)
    return this.#fileText(absolute, `${this.#path}:${node!.line} ${where}`)
  }

  #fileText(path: string, origin: string): string | undefined {
    try {
      return this.#readFile(path)
    } catch (error) {
      this.#problems.push({
        path: origin,
        message: `cannot read ${path}: ${error instanceof Error ? error.message : error}`,
      })
      return undefined
    }
  }

  /** In OpenSSL's names, with colons. */
  #list(
    node: YamlNode | undefined,
    where: string,
    translate: (word: string) => string | undefined,
  ): string | undefined {
    if (node === undefined) return undefined
    if (node.kind !== 'list') this.#problem(node, where, 'must be a list')
    const items = node.kind === 'list' ? node.items : []
    const names = items.flatMap(item => {
      const word = this.#scalar(item, where) ?? ''
      const name = translate(word)
      if (name === undefined) this.#problem(item, where, `${word} is not known or not offered here`)
      return name ?? []
    })
    return names.length === 0 ? undefined : names.join(':')
  }

  #problem(node: YamlNode | undefined, where: string, message: string): void {
    this.#problems.push({ path: `${this.#path}:${node?.line ?? 1} ${where}`, message })
  }
}

/** TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is ECDHE-RSA-AES128-GCM-SHA256. */
function cipherOf(name: string): string | undefined {
  const match = cipherPattern.exec(name)
  if (match === null) return undefined
  const [, exchange, cipher, hash] = match
  const start = exchange === 'RSA' ? '' : `${exchange!.replace('_', '-')}-`
  if (cipher === 'CHACHA20_POLY1305') return `${start}CHACHA20-POLY1305`
  const [, bits, mode] = /^AES_(\d+)_(GCM|CBC)$/.exec(cipher!)!
  return `${start}AES${bits}${mode === 'GCM' ? '-GCM' : ''}-${hash}`
}

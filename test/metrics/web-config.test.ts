// Shows the web configuration of Prometheus exporters: what is read, what is refused with its line, passwords over HTTP that are right,
// wrong and of nobody, headers, and a file that changes while the page is served.

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashSync } from '@node-rs/bcrypt'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { isMillraceError } from '../../core/errors.ts'
import { Page } from '../../metrics/page.ts'
import { type MetricsServer, serveMetrics } from '../../metrics/server.ts'
import { readWebConfig } from '../../metrics/web-config.ts'
import { WebDoor } from '../../metrics/web-door.ts'
import { selfSigned } from '../wire/self-signed.ts'

const dir = mkdtempSync(join(tmpdir(), 'millrace-web-config-'))
afterAll(() => rmSync(dir, { recursive: true }))
const path = join(dir, 'web.yaml')
const hashOf = (password: string) => hashSync(password, 4)
const users = (entries: Readonly<Record<string, string>>) =>
  `basic_auth_users:\n${Object.entries(entries).map(([name, password]) => `  ${name}: ${hashOf(password)}\n`).join('')}` // biome-ignore format: one line

const servers: MetricsServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function serve(text: string): Promise<string> {
  writeFileSync(path, text)
  const server = await serveMetrics({
    ...{ host: '127.0.0.1', port: 0, webConfigPath: path, page: new Page() },
    freshText: async () => 'up 1\n',
    notReady: () => [],
    onNotice: () => {},
  })
  servers.push(server)
  return server.url
}

const credentials = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

const files = (text: string) => (name: string) => {
  if (name === 'web.yaml') return text
  if (name.endsWith('.pem')) return `pem of ${name.slice(name.lastIndexOf('/') + 1)}`
  throw new Error('ENOENT')
}

function problemsOf(text: string): string[] {
  try {
    readWebConfig('web.yaml', files(text))
    return []
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return error.problems.map(({ path: where, message }) => `${where}: ${message}`)
  }
}

describe('a web configuration file', () => {
  it('is read as Prometheus exporters read it', () => {
    const config = readWebConfig(
      'web.yaml',
      files(`
tls_server_config:
  cert_file: server.pem
  key_file: key.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_RSA_WITH_AES_256_CBC_SHA]
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: false
  headers: { Strict-Transport-Security: max-age=1 }
`),
    )
    expect(config.tls).toEqual({
      cert: 'pem of server.pem',
      key: 'pem of key.pem',
      clientAuth: 'RequireAndVerifyClientCert',
      clientCa: 'pem of ca.pem',
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:AES256-SHA',
      curves: 'X25519:P-256',
    })
    expect(config.headers).toEqual({ 'Strict-Transport-Security': 'max-age=1' })
  })

  it('tells all that is wrong at once, with its line, and no password that stands where a hash should', () => {
    const problems = problemsOf(`tls_server_config:
  cert_file: missing.crt
  client_auth_type: RequireAndVerifyClientCert
  min_version: TLS10
  cipher_suites: [TLS_NULL]
basic_auth_user: {}
basic_auth_users:
  alice: hunter2
`)
    expect(problems).toEqual([
      'web.yaml:6 basic_auth_user: is not a setting; did you mean basic_auth_users?',
      expect.stringMatching(/^web\.yaml:2 tls_server_config\.cert_file: cannot read .*missing\.crt: ENOENT/),
      expect.stringMatching(/^web\.yaml:2 tls_server_config\.key_file: is required/),
      expect.stringMatching(
        /^web\.yaml:2 tls_server_config\.client_ca_file: is required with RequireAndVerifyClientCert/,
      ),
      'web.yaml:4 tls_server_config.min_version: is not one of TLS12, TLS13',
      'web.yaml:5 tls_server_config.cipher_suites: TLS_NULL is not known or not offered here',
      expect.stringMatching(/^web\.yaml:8 basic_auth_users\.alice: is not a bcrypt hash/),
    ])
    expect(problems.join()).not.toContain('hunter2')
  })
})

describe('a page behind TLS', () => {
  it('is served to who trusts it; plain HTTP gets nothing; with client certificates required nobody without enters', async () => {
    const { certificatePem: certificate, keyPem: key } = selfSigned('localhost')
    writeFileSync(join(dir, 'server.crt'), certificate)
    writeFileSync(join(dir, 'server.key'), key)
    const tls = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n'
    const url = await serve(tls)
    expect(url).toMatch(/^https:/)
    expect(await secureStatus(url, certificate)).toBe(200)
    await expect(fetch(`${url.replace('https', 'http')}/metrics`)).rejects.toThrow()
    const strict = await serve(`${tls}  client_auth_type: RequireAnyClientCert\n`)
    expect(await secureStatus(strict, certificate)).toBe(403)
    const verified = await serve(`${tls}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: server.crt\n`)
    await expect(secureStatus(verified, certificate)).rejects.toThrow()
    expect(await secureStatus(verified, certificate, { cert: certificate, key })).toBe(200)
  })
})

function secureStatus(url: string, ca: string, own: object = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/metrics`, { ca, ...own, checkServerIdentity: () => undefined }, response => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    asked.on('error', reject).end()
  })
}

describe('a page behind basic auth', () => {
  it('lets in who is known, again and again, and nobody else', async () => {
    const url = await serve(`${users({ alice: 'right' })}http_server_config:\n  headers: { X-Frame-Options: deny }\n`)
    const status = async (headers: Record<string, string>, page = '/metrics') =>
      (await fetch(url + page, { headers })).status
    expect(await status(credentials('alice', 'right'))).toBe(200)
    expect(await status(credentials('alice', 'right'))).toBe(200)
    expect(await status(credentials('alice', 'wrong'))).toBe(401)
    expect(await status(credentials('bob', 'right'))).toBe(401)
    expect(await status({ authorization: 'Basic %%%' })).toBe(401)
    expect(await status({}, '/healthz')).toBe(401)
    const refused = await fetch(`${url}/metrics`)
    expect([refused.headers.get('www-authenticate'), refused.headers.get('x-frame-options')]).toEqual(['Basic', 'deny'])
    expect(await refused.text()).not.toContain('up 1')
  })

  it('a file that changes is taken over; one that is not valid is told and leaves all as it was', async () => {
    const notices: string[] = []
    writeFileSync(path, users({ alice: 'old' }))
    const door = new WebDoor(path, text => notices.push(text))
    const enters = async (password: string) =>
      (await door.refusal({ headers: credentials('alice', password) } as never)) === undefined
    expect(await enters('old')).toBe(true)
    const change = (text: string, secondsLater: number) => {
      writeFileSync(path, text)
      utimesSync(path, Date.now() / 1000, Date.now() / 1000 + secondsLater)
      door.lookAgain(() => {})
    }
    change(users({ alice: 'new' }), 10)
    expect([await enters('old'), await enters('new')]).toEqual([false, true])
    change('basic_auth_users: { alice: plain }', 20)
    expect([await enters('new'), notices.length]).toEqual([true, 1])
  })
})

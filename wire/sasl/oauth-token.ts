// Where an OAUTHBEARER token comes from: given, in a file that something else renews, asked of an authorization server, or
// made on the spot for test brokers.
import { readFile } from 'node:fs/promises'
import { MillraceError } from '../../core/errors.ts'
import type { OauthTokenSource } from '../settings.ts'
import { postForm } from './post-form.ts'

export interface TokenDeps {
  readonly signal: AbortSignal
  /** Seconds since the epoch. */
  readonly nowSec: () => number
}

export function fetchToken(source: OauthTokenSource, { signal, nowSec }: TokenDeps): Promise<string> {
  switch (source.kind) {
    case 'static':
      return Promise.resolve(source.token)
    case 'file':
      return readTokenFile(source.path, signal)
    case 'endpoint':
      return askEndpoint(source, signal)
    case 'unsecured':
      return Promise.resolve(unsecuredToken(source.subject, source.lifetimeSeconds, nowSec()))
  }
}

async function readTokenFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    // Reading cannot be called off while the file system itself is stuck (a pipe, a dead network mount).
    return (await Promise.race([readFile(path, 'utf8'), whenAborted(signal)])).trim()
  } catch (cause) {
    throw new MillraceError('AUTHENTICATION_FAILED', `the token file ${path} cannot be read`, { cause })
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** A JWT without a signature (RFC 7515 appendix A.5), with the claims that Kafka's unsecured validator wants. */
export function unsecuredToken(subject: string, lifetimeSeconds: number, nowSec: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { sub: subject, iat: nowSec, exp: nowSec + lifetimeSeconds }
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

type Endpoint = Extract<OauthTokenSource, { kind: 'endpoint' }>

/** OAuth 2.0 client credentials grant (RFC 6749 section 4.4). */
async function askEndpoint({ url, clientId, clientSecret, scope, caPem }: Endpoint, signal: AbortSignal) {
  const fields = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }
  // RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  const { status, body } = await postForm({ url, fields, headers: { authorization }, caPem, signal })
  const answer = readJson(body)
  if (status === 200 && typeof answer.access_token === 'string') return answer.access_token
  // The two fields of RFC 6749 section 5.2, and nothing else of a body that might echo what was sent.
  const reason = [answer.error, answer.error_description].filter(text => typeof text === 'string').join(': ')
  throw new MillraceError(
    'AUTHENTICATION_FAILED',
    `the token endpoint ${withoutSecrets(url)} gave no token: HTTP ${status}${reason === '' ? '' : `, ${reason}`}`,
    { hint: 'Check the endpoint, client id, client secret and scope.', retriable: status >= 500 },
  )
}

function readJson(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // A proxy's error page: the status says what there is to say.
  }
}

export function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

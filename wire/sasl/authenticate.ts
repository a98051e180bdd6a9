// SASL inside Kafka requests (KIP-43, KIP-152): SaslHandshake chooses the mechanism, each message of it then travels in a
// SaslAuthenticate. The same steps authenticate a running connection again (KIP-368).
import { configError, isMillraceError, MillraceError } from '../../core/errors.ts'
import { saslHandshake } from '../apis/17-sasl-handshake.ts'
import { saslAuthenticate } from '../apis/36-sasl-authenticate.ts'
import { kafkaCode, kafkaError } from '../error-codes.ts'
import type { Api, RequestOf, ResponseOf } from '../schema.ts'
import type { SaslSettings } from '../settings.ts'
import type { SaslMechanism } from './mechanism.ts'
import { fetchToken } from './oauth-token.ts'
import { oauthbearer } from './oauthbearer.ts'
import { plain } from './plain.ts'
import { scram } from './scram.ts'

export interface Authentication {
  /** `host:port`, for messages. */
  readonly peer: string
  readonly settings: SaslSettings | undefined
  readonly signal: AbortSignal
  readonly exchange: <A extends Api>(api: A, body: RequestOf<A>) => Promise<ResponseOf<A>>
}

export interface Session {
  /** After this long the broker wants to see it again; 0: never. */
  readonly lifetimeMs: number
}

export async function authenticate({ peer, settings, signal, exchange }: Authentication): Promise<Session> {
  if (settings === undefined) {
    throw configError([
      { path: 'sasl.mechanism', message: 'is needed with security.protocol SASL_PLAINTEXT or SASL_SSL' },
    ])
  }
  const mechanism = mechanismOf(settings, signal)
  await choose(peer, mechanism.name, exchange)
  let lifetimeMs = 0
  const send = async (message: Buffer) => {
    const answer = await exchange(saslAuthenticate, { authBytes: message })
    if (answer.errorCode !== kafkaCode.NONE) throw refusal(peer, mechanism.name, answer)
    lifetimeMs = answer.sessionLifetimeMs
    return answer.authBytes
  }
  await mechanism.converse(send).catch(error => {
    throw withPeer(peer, error)
  })
  return { lifetimeMs }
}

/** A mechanism knows no addresses; whoever reads its complaint has to. */
function withPeer(peer: string, error: unknown): unknown {
  if (!isMillraceError(error) || error.message.startsWith(peer)) return error
  const { code, message, hint, retriable, cause } = error
  return new MillraceError(code, `${peer}: ${message}`, { hint, retriable, cause })
}

function mechanismOf(settings: SaslSettings, signal: AbortSignal): SaslMechanism {
  switch (settings.mechanism) {
    case 'PLAIN':
      return plain(settings.username, settings.password)
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return scram(settings.mechanism, settings)
    case 'OAUTHBEARER': {
      const nowSec = () => Math.floor(Date.now() / 1000)
      const token = () => fetchToken(settings.token, { signal, nowSec })
      return oauthbearer({ extensions: settings.extensions ?? {}, token })
    }
  }
}

async function choose(peer: string, mechanism: string, exchange: Authentication['exchange']): Promise<void> {
  const { errorCode, mechanisms } = await exchange(saslHandshake, { mechanism })
  if (errorCode === kafkaCode.NONE) return
  if (errorCode === kafkaCode.UNSUPPORTED_SASL_MECHANISM) {
    const offered = mechanisms.length === 0 ? 'none' : mechanisms.join(', ')
    throw failed(`${peer} does not enable ${mechanism}; it offers: ${offered}`, errorCode, {
      hint: 'Set sasl.mechanism to one that the broker offers.',
    })
  }
  if (errorCode === kafkaCode.ILLEGAL_SASL_STATE) {
    throw failed(`${peer} is a listener without users, and was asked to authenticate one`, errorCode, {
      hint: 'Set security.protocol to PLAINTEXT or SSL, or take the port of the SASL listener.',
    })
  }
  throw kafkaError(errorCode, `${peer}: SaslHandshake`)
}

function refusal(peer: string, mechanism: string, answer: ResponseOf<typeof saslAuthenticate>): MillraceError {
  const { errorCode, errorMessage } = answer
  if (errorCode !== kafkaCode.SASL_AUTHENTICATION_FAILED) {
    return kafkaError(errorCode, `${peer}: SaslAuthenticate with ${mechanism}`, errorMessage)
  }
  return failed(`${peer} refused the user with ${mechanism}: ${errorMessage ?? 'without a reason'}`, errorCode)
}

function failed(message: string, code: number, options: { hint?: string } = {}): MillraceError {
  return new MillraceError('AUTHENTICATION_FAILED', message, { ...options, kafkaCode: code })
}

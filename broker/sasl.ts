// The server's side of SASL: PLAIN (RFC 4616) and SCRAM-SHA-256/512 (RFC 5802, RFC 7677), one conversation a connection.
// The handlers of SaslHandshake and SaslAuthenticate carry the tokens; here is what they say.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { MillraceError } from '../core/errors.ts'
import {
  type ScramKeys,
  type ScramMechanismName,
  scramHash,
  scramHmac,
  scramIterationsMin,
  scramKeys,
  xor,
} from '../wire/sasl/scram-keys.ts'
import type { ClusterState, SaslOptions } from './cluster.ts'
import type { ConnectionState } from './handler.ts'

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export type SaslMechanismName = (typeof saslMechanisms)[number]

/** Why the client is not who it says; told to it, and to nobody a password. */
export class SaslRefusal extends MillraceError {
  constructor(message: string) {
    super('AUTHENTICATION_FAILED', message)
  }
}

export interface SaslStep {
  readonly token: Buffer
  /** Set when the conversation is over and this is who it was with. */
  readonly user?: string
}

export interface SaslConversation {
  readonly mechanism: SaslMechanismName
  /** Rejects with a SaslRefusal. */
  step(token: Buffer): Promise<SaslStep>
}

/** The users of a cluster, and their SCRAM keys once somebody has asked for them. */
export class SaslServer {
  readonly mechanisms: readonly SaslMechanismName[]
  /** connections.max.reauth.ms: after so long a client has to authenticate again (KIP-368); 0: never. */
  readonly sessionLifetimeMs: number
  readonly #users: SaslOptions['users']
  readonly #credentials = new Map<string, Promise<ScramCredentials>>()

  constructor({ users, mechanisms, sessionLifetimeMs = 0 }: SaslOptions) {
    this.#users = users
    this.mechanisms = saslMechanisms.filter(name => mechanisms?.includes(name) ?? true)
    this.sessionLifetimeMs = sessionLifetimeMs
  }

  /** Undefined: this mechanism is not enabled. */
  begin(mechanism: string, nonce: string = randomBytes(18).toString('base64')): SaslConversation | undefined {
    const name = this.mechanisms.find(each => each === mechanism)
    if (name === undefined) return undefined
    if (name === 'PLAIN') return new PlainConversation(user => this.#passwordOf(user))
    return new ScramConversation(name, nonce, user => this.#credentialsOf(name, user))
  }

  #passwordOf(user: string): string | undefined {
    return Object.hasOwn(this.#users, user) ? this.#users[user] : undefined
  }

  #credentialsOf(mechanism: ScramMechanismName, user: string): Promise<ScramCredentials> | undefined {
    const password = this.#passwordOf(user)
    if (password === undefined) return undefined
    const key = `${mechanism} ${user}`
    const known = this.#credentials.get(key) ?? makeCredentials(mechanism, password)
    this.#credentials.set(key, known)
    return known
  }
}

/** One a cluster; undefined when its listeners have no users. */
export const makeSaslServer = ({ options }: ClusterState): SaslServer | undefined =>
  options.sasl === undefined ? undefined : new SaslServer(options.sasl)

class PlainConversation implements SaslConversation {
  readonly mechanism = 'PLAIN'
  readonly #passwordOf: (user: string) => string | undefined

  constructor(passwordOf: (user: string) => string | undefined) {
    this.#passwordOf = passwordOf
  }

  async step(token: Buffer): Promise<SaslStep> {
    const parts = token.toString().split('\0')
    if (parts.length !== 3) throw new SaslRefusal('Invalid SASL/PLAIN response: expected 3 tokens')
    const [authorizationId = '', user = '', password = ''] = parts
    const expected = this.#passwordOf(user)
    if (user === '' || expected === undefined || !sameText(password, expected)) {
      throw new SaslRefusal('Authentication failed: Invalid username or password')
    }
    if (authorizationId !== '' && authorizationId !== user) {
      throw new SaslRefusal(
        'Authentication failed: Client requested an authorization id that is different from username',
      )
    }
    return { token: Buffer.alloc(0), user }
  }
}

interface ScramCredentials extends Pick<ScramKeys, 'storedKey' | 'serverKey'> {
  readonly salt: Buffer
}

async function makeCredentials(mechanism: ScramMechanismName, password: string): Promise<ScramCredentials> {
  const salt = randomBytes(16)
  const { storedKey, serverKey } = await scramKeys(mechanism, password, salt, scramIterationsMin)
  return { salt, storedKey, serverKey }
}

interface ScramChallenge {
  readonly user: string
  readonly credentials: ScramCredentials
  readonly gs2Header: string
  /** What both sides sign, less the client's last message. */
  readonly messages: string
  readonly nonce: string
}

class ScramConversation implements SaslConversation {
  readonly mechanism: ScramMechanismName
  readonly #nonce: string
  readonly #credentialsOf: (user: string) => Promise<ScramCredentials> | undefined
  #challenge: ScramChallenge | undefined

  constructor(
    mechanism: ScramMechanismName,
    nonce: string,
    credentialsOf: (user: string) => Promise<ScramCredentials> | undefined,
  ) {
    this.mechanism = mechanism
    this.#nonce = nonce
    this.#credentialsOf = credentialsOf
  }

  step(token: Buffer): Promise<SaslStep> {
    const text = token.toString()
    return this.#challenge === undefined ? this.#first(text) : this.#final(text, this.#challenge)
  }

  /** RFC 5802 section 7: client-first-message. Channel binding is not offered, so "p=" is not accepted. */
  async #first(text: string): Promise<SaslStep> {
    const match = /^([ny],(?:a=([^,]*))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/.exec(text)
    if (match === null) throw new SaslRefusal(`Invalid ${this.mechanism} client first message`)
    const [, gs2Header = '', authorizationId, bare = '', name = '', clientNonce = ''] = match
    const user = unescaped(name)
    const credentials = await this.#credentialsOf(user)
    if (credentials === undefined) throw this.#invalidCredentials()
    if (authorizationId && unescaped(authorizationId) !== user) {
      throw new SaslRefusal(
        'Authentication failed: Client requested an authorization id that is different from username',
      )
    }
    const nonce = clientNonce + this.#nonce
    const answer = `r=${nonce},s=${credentials.salt.toString('base64')},i=${scramIterationsMin}`
    this.#challenge = { user, credentials, gs2Header, messages: `${bare},${answer}`, nonce }
    return { token: Buffer.from(answer) }
  }

  async #final(text: string, { user, credentials, gs2Header, messages, nonce }: ScramChallenge): Promise<SaslStep> {
    const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[^p].*)?),p=([A-Za-z0-9+/=]+)$/.exec(text)
    const [, withoutProof = '', binding = '', givenNonce = '', proofText = ''] = match ?? []
    // librdkafka before 2.2 puts its own nonce in front once more; Kafka looks at the end alone, and the proof covers all of it.
    const isOurNonce = givenNonce.endsWith(nonce)
    if (match === null || Buffer.from(binding, 'base64').toString() !== gs2Header || !isOurNonce) {
      throw new SaslRefusal(`Invalid ${this.mechanism} client final message`)
    }
    const authMessage = `${messages},${withoutProof}`
    const proof = Buffer.from(proofText, 'base64')
    const signature = scramHmac(this.mechanism, credentials.storedKey, authMessage)
    const isRight =
      proof.length === signature.length &&
      timingSafeEqual(scramHash(this.mechanism, xor(proof, signature)), credentials.storedKey)
    if (!isRight) throw this.#invalidCredentials()
    const serverSignature = scramHmac(this.mechanism, credentials.serverKey, authMessage)
    return { token: Buffer.from(`v=${serverSignature.toString('base64')}`), user }
  }

  #invalidCredentials(): SaslRefusal {
    return new SaslRefusal(
      `Authentication failed during authentication due to invalid credentials with SASL mechanism ${this.mechanism}`,
    )
  }
}

const unescaped = (name: string): string => name.replaceAll('=2C', ',').replaceAll('=3D', '=')

/** Hashed first, so that the time does not tell the length. */
const sameText = (one: string, other: string): boolean =>
  timingSafeEqual(scramHash('SCRAM-SHA-256', Buffer.from(one)), scramHash('SCRAM-SHA-256', Buffer.from(other)))

// ---- the connection ----

/** The conversation that SaslHandshake has begun on this connection. */
export const conversationOf = ({ sasl }: ConnectionState): SaslConversation | undefined =>
  sasl as SaslConversation | undefined

/** From now on the connection acts as this user. Refuses a change of user, as Kafka does (KIP-368). */
export function admit(connection: ConnectionState, user: string): void {
  const principal = `User:${user}`
  if (connection.principal !== undefined && connection.principal !== principal) {
    throw new SaslRefusal('Cannot change principals during re-authentication')
  }
  connection.principal = principal
}

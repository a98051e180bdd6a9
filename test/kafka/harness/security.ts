// How the client listener is protected, said three times from one description: the broker's properties, the SCRAM
// credentials that are written when the storage is formatted (KIP-900), and the properties of a client that may enter.
import { type ConfigProblem, configError } from '../../../core/errors.ts'
import type { Certificates } from './certificates.ts'

export type SecurityProtocol = 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL'
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

export const securityProtocols: readonly SecurityProtocol[] = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'SASL_SSL']
export const saslMechanisms: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']

export interface SecurityOptions {
  /** Of the client listener; the admin listener is PLAINTEXT on loopback, always. */
  readonly security?: SecurityProtocol
  /** Default: SCRAM-SHA-512. OAUTHBEARER takes unsecured tokens (alg none), as Kafka does without a validator. */
  readonly saslMechanisms?: readonly SaslMechanism[]
  /** Name to password. Default: one user, `millrace`. */
  readonly users?: Readonly<Record<string, string>>
  /** mTLS: clients must bring a certificate. Default: no. */
  readonly requireClientCertificate?: boolean
  /** Authorization on: a client may do only what an ACL says. The admin listener's ANONYMOUS is the super user. */
  readonly acls?: boolean
  /** KIP-368: a SASL client must authenticate again before this time is over. */
  readonly reauthMsMax?: number
}

export interface Security {
  readonly protocol: SecurityProtocol
  readonly mechanisms: readonly SaslMechanism[]
  readonly users: Readonly<Record<string, string>>
  readonly requireClientCertificate: boolean
  readonly acls: boolean
  readonly reauthMsMax: number | undefined
  readonly usesSasl: boolean
  readonly usesTls: boolean
}

export interface ClientIdentity {
  readonly mechanism?: SaslMechanism
  readonly user?: string
  readonly password?: string
}

export function resolveSecurity(options: SecurityOptions): Security {
  const protocol = options.security ?? 'PLAINTEXT'
  const security: Security = {
    protocol,
    mechanisms: options.saslMechanisms ?? ['SCRAM-SHA-512'],
    users: options.users ?? { millrace: 'millrace-secret' },
    requireClientCertificate: options.requireClientCertificate ?? false,
    acls: options.acls ?? false,
    reauthMsMax: options.reauthMsMax,
    usesSasl: protocol.startsWith('SASL_'),
    usesTls: protocol.endsWith('SSL'),
  }
  const problems = problemsOf(security)
  if (problems.length > 0) throw configError(problems)
  return security
}

function problemsOf(security: Security): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const authenticates = security.usesSasl || security.requireClientCertificate
  if (!securityProtocols.includes(security.protocol)) {
    problems.push({ path: 'security', message: `"${security.protocol}" is none of ${securityProtocols.join(', ')}` })
  }
  for (const mechanism of security.mechanisms.filter(each => !saslMechanisms.includes(each))) {
    problems.push({ path: 'saslMechanisms', message: `"${mechanism}" is none of ${saslMechanisms.join(', ')}` })
  }
  if (security.mechanisms.length === 0) problems.push({ path: 'saslMechanisms', message: 'name at least one' })
  if (security.requireClientCertificate && !security.usesTls) {
    problems.push({ path: 'requireClientCertificate', message: 'needs security SSL or SASL_SSL' })
  }
  if (security.acls && !authenticates) {
    problems.push({ path: 'acls', message: 'needs SASL or client certificates: an anonymous client is the super user' })
  }
  return problems
}

export function securityProperties(security: Security, certificates: Certificates | undefined): Record<string, string> {
  return {
    ...(security.usesSasl ? saslProperties(security) : {}),
    ...(certificates === undefined ? {} : tlsProperties(security, certificates)),
    ...(security.acls
      ? {
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': 'User:ANONYMOUS',
        }
      : {}),
  }
}

function saslProperties(security: Security): Record<string, string> {
  const properties: Record<string, string> = {
    'sasl.enabled.mechanisms': security.mechanisms.join(','),
    ...(security.reauthMsMax === undefined ? {} : { 'connections.max.reauth.ms': String(security.reauthMsMax) }),
  }
  for (const mechanism of security.mechanisms) {
    properties[`listener.name.client.${mechanism.toLowerCase()}.sasl.jaas.config`] = serverJaas(
      mechanism,
      security.users,
    )
  }
  return properties
}

function serverJaas(mechanism: SaslMechanism, users: Readonly<Record<string, string>>): string {
  const known = Object.entries(users).map(([name, password]) => ` user_${name}=${quoted(password)}`)
  if (mechanism === 'PLAIN') return `${loginModule(mechanism)} required${known.join('')};`
  // The server side of OAUTHBEARER must hold a token of its own even where it never connects to anyone.
  if (mechanism === 'OAUTHBEARER') return `${loginModule(mechanism)} required unsecuredLoginStringClaim_sub="broker";`
  return `${loginModule(mechanism)} required;`
}

function tlsProperties(security: Security, certificates: Certificates): Record<string, string> {
  const listener = 'listener.name.client'
  return {
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.location`]: certificates.brokerKeystore,
    [`${listener}.ssl.truststore.type`]: 'PEM',
    [`${listener}.ssl.truststore.location`]: certificates.ca,
    [`${listener}.ssl.client.auth`]: security.requireClientCertificate ? 'required' : 'none',
  }
}

/** What `kafka-storage format --add-scram` takes, one for each user and SCRAM mechanism. */
export function scramCredentials(security: Security): readonly string[] {
  if (!security.usesSasl) return []
  const scram = security.mechanisms.filter(mechanism => mechanism.startsWith('SCRAM-'))
  return scram.flatMap(mechanism =>
    Object.entries(security.users).map(([name, password]) => `${mechanism}=[name=${name},password=${password}]`),
  )
}

/** Java-style properties (PEM stores) of a client that may enter. */
export function clientSecurityProperties(
  security: Security,
  certificates: Certificates | undefined,
  identity: ClientIdentity = {},
): Record<string, string> {
  return {
    'security.protocol': security.protocol,
    ...(security.usesSasl ? clientSaslProperties(security, identity) : {}),
    ...(certificates === undefined ? {} : clientTlsProperties(security, certificates)),
  }
}

function clientSaslProperties(security: Security, identity: ClientIdentity): Record<string, string> {
  const mechanism = identity.mechanism ?? security.mechanisms[0]!
  const user = identity.user ?? Object.keys(security.users)[0] ?? ''
  const password = identity.password ?? security.users[user] ?? ''
  const credentials =
    mechanism === 'OAUTHBEARER'
      ? `unsecuredLoginStringClaim_sub=${quoted(user)}`
      : `username=${quoted(user)} password=${quoted(password)}`
  return { 'sasl.mechanism': mechanism, 'sasl.jaas.config': `${loginModule(mechanism)} required ${credentials};` }
}

function clientTlsProperties(security: Security, certificates: Certificates): Record<string, string> {
  const trust = { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': certificates.ca }
  if (!security.requireClientCertificate) return trust
  return { ...trust, 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': certificates.clientKeystore }
}

const quoted = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

function loginModule(mechanism: SaslMechanism): string {
  const name = { PLAIN: 'plain.Plain', OAUTHBEARER: 'oauthbearer.OAuthBearer' }[mechanism as string] ?? 'scram.Scram'
  return `org.apache.kafka.common.security.${name}LoginModule`
}

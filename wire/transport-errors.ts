// What a failing socket means for the user: unreachable, TLS trouble, or a port that is not what the settings say.
import { MillraceError } from '../core/errors.ts'
import type { HostPort } from './settings.ts'

export const nameOf = ({ host, port }: HostPort) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)

/** The connection never came to be. */
export function openingError(node: HostPort, isTls: boolean, cause: Error | undefined): MillraceError {
  const code = codeOf(cause)
  if (isTls && isTlsTrouble(code)) return tlsError(node, code, cause)
  if (isTls && (cause === undefined || (code === 'ECONNRESET' && !isConnectFailure(cause)))) {
    return new MillraceError('TLS_FAILED', `${nameOf(node)} closed the connection during the TLS handshake`, {
      cause,
      hint: 'A listener without TLS does that: check the port, or use security.protocol PLAINTEXT or SASL_PLAINTEXT. Otherwise the broker was just stopping.',
      retriable: true,
    })
  }
  return new MillraceError('BROKER_UNREACHABLE', `${nameOf(node)} ${unreachable(node, code, cause)}`, {
    cause,
    retriable: true,
  })
}

/** The connection was open and is not any more. */
export function closedError(node: HostPort, isTls: boolean, cause: Error | undefined): MillraceError {
  if (cause instanceof MillraceError) return cause
  const code = codeOf(cause)
  // With TLS 1.3 the server's verdict on a client certificate comes only after the handshake (RFC 8446 section 4.4.2).
  if (isTls && isTlsTrouble(code)) return tlsError(node, code, cause)
  const what = cause === undefined ? 'closed the connection' : `connection lost: ${code ?? cause.message}`
  return new MillraceError('CONNECTION_CLOSED', `${nameOf(node)} ${what}`, { cause, retriable: true })
}

/** The first bytes of something that is not a Kafka broker, or not on this kind of listener. */
export function notKafkaError(node: HostPort, bytes: Buffer): MillraceError {
  if (isTlsAlert(bytes)) {
    return new MillraceError('NOT_KAFKA', `${nameOf(node)} is a TLS listener, and was spoken to without TLS`, {
      hint: 'Set security.protocol to SSL, or to SASL_SSL when it has users.',
    })
  }
  return new MillraceError('NOT_KAFKA', `${nameOf(node)} is not a Kafka broker: ${shown(bytes)}`)
}

const codeOf = (error: Error | undefined) => (error as NodeJS.ErrnoException | undefined)?.code
const isConnectFailure = (error: Error) => (error as NodeJS.ErrnoException).syscall === 'connect'

function unreachable({ host }: HostPort, code: string | undefined, cause: Error | undefined): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused the connection: nothing listens there'
    case 'ENOTFOUND':
      return `cannot be reached: the name ${host} is not known to DNS`
    case 'EAI_AGAIN':
      return `cannot be reached: DNS did not answer for ${host}`
    case 'ETIMEDOUT':
      return 'did not answer: the connection timed out'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'cannot be reached: no route to it'
    default:
      return `cannot be reached: ${code ?? cause?.message ?? 'the connection was closed'}`
  }
}

// ---- TLS ----

/** OpenSSL's verdicts on a certificate have no common prefix (X509_V_ERR_... without it). */
const certificateCodes = /CERT|SIGNATURE|ISSUER|CRL|SELF_SIGNED|HOSTNAME_MISMATCH/
const isTlsTrouble = (code: string | undefined) =>
  code !== undefined && (/^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO)/.test(code) || certificateCodes.test(code))

const tlsTroubles: readonly (readonly [pattern: RegExp, what: string, hint?: string])[] = [
  [
    /ALTNAME_INVALID|HOSTNAME_MISMATCH/,
    'its certificate is for another host name',
    'Connect by a name that is in the certificate, or set ssl.endpoint.identification.algorithm to the empty string.',
  ],
  [
    /UNABLE_TO|SELF_SIGNED|ISSUER/,
    'its certificate was not signed by a trusted authority',
    "Set ssl.truststore.location (ssl.truststore.type=PEM) to the CA that signed the broker's certificate.",
  ],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired', 'Renew the certificate of the broker.'],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/,
    'it answered, but not in TLS',
    'The port is not a TLS listener: check it, or use security.protocol PLAINTEXT or SASL_PLAINTEXT.',
  ],
  [
    /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|HANDSHAKE_FAILURE)/,
    'it did not accept the client certificate, or wants one',
    'Set ssl.keystore.* to a certificate and key that the broker trusts (ssl.client.auth=required on its side).',
  ],
]

function tlsError(node: HostPort, code: string | undefined, cause: Error | undefined): MillraceError {
  const known = tlsTroubles.find(([pattern]) => pattern.test(code ?? ''))
  const what = known?.[1] ?? 'the TLS handshake failed'
  const hint = known?.[2]
  return new MillraceError('TLS_FAILED', `${nameOf(node)}: ${what} (${code ?? cause?.message})`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** OpenSSL could not even begin: broken PEM, or a key that belongs to another certificate. */
export function unusableCertificateError(node: HostPort, cause: Error): MillraceError {
  const reason = codeOf(cause) ?? cause.message
  const message = `${nameOf(node)}: the certificates or the key of the settings cannot be used (${reason})`
  return new MillraceError('TLS_FAILED', message, {
    cause,
    hint: 'Check ssl.truststore.* and ssl.keystore.*: PEM, the key must be the one of the certificate, and ssl.key.password must open it.',
  })
}

/** Record type alert (21), version 3.x (RFC 8446 section 5.1). */
const isTlsAlert = (bytes: Buffer) => bytes.length >= 2 && bytes[0] === 0x15 && bytes[1] === 0x03

function shown(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  if (text.startsWith('HTTP/')) return 'an HTTP server answered'
  const firstLine = /^[\x20-\x7e]+/.exec(text)?.[0] ?? ''
  return firstLine.length >= 4 ? `it said "${firstLine}"` : `it said 0x${bytes.subarray(0, 16).toString('hex')}`
}

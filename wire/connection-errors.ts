// Why a connection did not come to be or came to its end, as far as its own story tells: which step it had reached and
// what the broker had said until then.
import { MillraceError } from '../core/errors.ts'
import type { ClientSettings, HostPort } from './settings.ts'
import { usesSasl, usesTls } from './transport.ts'
import { nameOf } from './transport-errors.ts'

export type OpeningStep = 'TCP' | 'TLS' | 'ApiVersions' | 'SASL'

const missing = {
  TCP: 'no TCP connection',
  TLS: 'no end of the TLS handshake',
  ApiVersions: 'no answer to ApiVersions',
  SASL: 'no end of SASL authentication',
} as const satisfies Record<OpeningStep, string>

export function tooSlowError(node: HostPort, step: OpeningStep, timeoutMs: number): MillraceError {
  const message = `${nameOf(node)}: ${missing[step]} within ${timeoutMs} ms`
  return new MillraceError('BROKER_UNREACHABLE', message, { retriable: true })
}

export const calledOffError = (node: HostPort) =>
  new MillraceError('CONNECTION_CLOSED', `${nameOf(node)}: opening was called off`, { retriable: true })

export const closedHereError = (node: HostPort) =>
  new MillraceError('CONNECTION_CLOSED', `${nameOf(node)}: closed here`, { retriable: true })

export function closedBecauseError(node: HostPort, cause: MillraceError): MillraceError {
  const message = `${nameOf(node)}: closed, because ${cause.message}`
  return new MillraceError('CONNECTION_CLOSED', message, { retriable: true, cause, hint: cause.hint })
}

export interface Loss {
  readonly node: HostPort
  readonly settings: Pick<ClientSettings, 'securityProtocol'>
  /** What the transport knows. */
  readonly error: MillraceError
  readonly phase: 'opening' | 'open'
  /** Answers in this phase. */
  readonly answers: number
  readonly inFlight: number
  readonly isMidFrame: boolean
}

/** The stream ended. A plain end says more when one knows at which point it came. */
export function lossError({ node, settings, error, phase, answers, inFlight, isMidFrame }: Loss): MillraceError {
  if (error.code !== 'CONNECTION_CLOSED') return error
  if (isMidFrame) return withMore(error, 'in the middle of an answer')
  if (answers > 0) return error
  if (phase === 'opening') return usesTls(settings) ? certificateWanted(node, error) : tlsWanted(node, error)
  // A SASL listener answers ApiVersions to anybody, and closes at the first request of who has not authenticated.
  return inFlight > 0 && !usesSasl(settings) ? withMore(error, 'at the first request', userWanted) : error
}

const userWanted =
  'A listener that wants a user does that: set security.protocol to SASL_PLAINTEXT or SASL_SSL, and sasl.*. Otherwise the broker was just stopping.'

function withMore(cause: MillraceError, more: string, hint: string = cause.hint): MillraceError {
  return new MillraceError(cause.code, `${cause.message} ${more}`, { retriable: true, cause, hint })
}

function tlsWanted(node: HostPort, cause: MillraceError): MillraceError {
  return new MillraceError(
    'NOT_KAFKA',
    `${nameOf(node)} closed the connection without an answer to the first request`,
    {
      cause,
      hint: 'A TLS listener does that: set security.protocol to SSL or SASL_SSL. Otherwise check the port, or the broker was just stopping.',
      retriable: true,
    },
  )
}

function certificateWanted(node: HostPort, cause: MillraceError): MillraceError {
  return new MillraceError('TLS_FAILED', `${nameOf(node)} closed the connection right after the TLS handshake`, {
    cause,
    hint: 'A listener that wants a client certificate does that when there is none, or one that it does not trust: check ssl.keystore.*. Otherwise the broker was just stopping.',
    retriable: true,
  })
}

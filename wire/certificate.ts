// Which certificate a TLS listener shows now. A connection of its own, because an old connection remembers the certificate that
// it was opened with, and listeners change theirs while they run (KIP-226). Nothing is verified and nothing is sent: a
// certificate that has expired is just what is asked for.
import tls from 'node:tls'
import { MillraceError } from '../core/errors.ts'
import type { HostPort, TlsSettings } from './settings.ts'
import { tlsOptions } from './transport.ts'
import { nameOf, openingError } from './transport-errors.ts'

export interface ListenerCertificate {
  /** Common name, or the first of the names when there is none. */
  readonly subject: string
  /** Milliseconds since the epoch: the earliest end of the certificate and those that were sent with it. */
  readonly notAfterMs: number
}

/** Throws BROKER_UNREACHABLE, TLS_FAILED or REQUEST_TIMEOUT. */
export function readCertificate(
  node: HostPort,
  settings: TlsSettings | undefined,
  timeoutMs: number,
): Promise<ListenerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ ...node, ...tlsOptions(node, settings), rejectUnauthorized: false })
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new MillraceError('REQUEST_TIMEOUT', `${nameOf(node)}: no TLS handshake in time`, { retriable: true }))
    }, timeoutMs)
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      resolve(certificateOf(socket.getPeerCertificate(true)))
      socket.destroy()
    })
    // With a client certificate that the listener refuses, the error comes after the handshake: nobody waits for it then.
    socket.on('error', error => {
      clearTimeout(timer)
      socket.destroy()
      reject(openingError(node, true, error))
    })
  })
}

function certificateOf(shown: tls.DetailedPeerCertificate): ListenerCertificate {
  let notAfterMs = Number.POSITIVE_INFINITY
  // A root is its own issuer.
  const seen = new Set<string>()
  for (let each = shown; each?.fingerprint256 !== undefined; each = each.issuerCertificate) {
    if (seen.has(each.fingerprint256)) break
    seen.add(each.fingerprint256)
    notAfterMs = Math.min(notAfterMs, Date.parse(each.valid_to))
  }
  return { subject: [shown.subject?.CN].flat()[0] ?? shown.subjectaltname ?? '', notAfterMs }
}

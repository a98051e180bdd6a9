// A byte stream to a broker: TCP, or TLS over it. What can go wrong while it opens is told apart here, because "connection
// failed" sends a user looking in the wrong place.
import net from 'node:net'
import tls from 'node:tls'
import { MillraceError } from '../core/errors.ts'
import type { FrameAssembler } from './frame-assembler.ts'
import type { ClientSettings, HostPort, TlsSettings } from './settings.ts'
import { closedError, openingError, unusableCertificateError } from './transport-errors.ts'

/** A socket that cannot get rid of its last bytes is cut off after this long. */
const closeTimeoutMs = 1_000

export interface TransportOptions {
  readonly node: HostPort
  readonly settings: Pick<ClientSettings, 'securityProtocol' | 'tls'>
  readonly assembler: FrameAssembler
  /** Gives up opening; its reason becomes the error. */
  readonly signal: AbortSignal
  /** Once, after a successful opening: the stream has ended, by whatever side. */
  readonly onClosed: (error: MillraceError) => void
  readonly onOpening?: (step: 'TCP' | 'TLS') => void
}

export const usesTls = ({ securityProtocol }: Pick<ClientSettings, 'securityProtocol'>) =>
  securityProtocol.endsWith('SSL')
export const usesSasl = ({ securityProtocol }: Pick<ClientSettings, 'securityProtocol'>) =>
  securityProtocol.startsWith('SASL')

export class Transport {
  readonly #socket: net.Socket
  readonly #closed: Promise<void>
  readonly #writeDone = () => this.#wrote()
  #writesPending = 0
  #drainWaiters: (() => void)[] = []

  constructor(socket: net.Socket) {
    this.#socket = socket
    this.#closed = new Promise(resolve => socket.once('close', () => resolve()))
    this.#closed.then(() => this.#wakeDrained())
  }

  /** Written, but not yet taken by the kernel. */
  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  /** All chunks in one gathering write, none of them copied (TLS has to copy by its nature). */
  write(chunks: readonly Buffer[]): void {
    const socket = this.#socket
    const last = chunks.length - 1
    if (last < 0 || socket.destroyed) return
    this.#writesPending++
    socket.cork()
    for (let index = 0; index < last; index++) socket.write(chunks[index]!)
    socket.write(chunks[last]!, this.#writeDone)
    socket.uncork()
  }

  /** Resolves when the kernel has everything, or the stream is gone. */
  drained(): Promise<void> {
    if (this.#writesPending === 0 || this.#socket.destroyed) return Promise.resolve()
    return new Promise(resolve => this.#drainWaiters.push(resolve))
  }

  /** Sends what was written, then closes; bounded. */
  close(): Promise<void> {
    const cutOff = setTimeout(() => this.#socket.destroy(), closeTimeoutMs)
    this.#socket.destroySoon()
    return this.#closed.finally(() => clearTimeout(cutOff))
  }

  destroy(): Promise<void> {
    this.#socket.destroy()
    return this.#closed
  }

  #wrote(): void {
    this.#writesPending--
    if (this.#writesPending === 0) this.#wakeDrained()
  }

  #wakeDrained(): void {
    for (const wake of this.#drainWaiters.splice(0)) wake()
  }
}

export function openTransport(options: TransportOptions): Promise<Transport> {
  const { node, settings, signal } = options
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    let isOpen = false
    let failure: Error | undefined
    const socket = connect(options)
    const readyEvent = usesTls(settings) ? 'secureConnect' : 'connect'
    const abort = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', abort)
    socket.once(readyEvent, () => {
      isOpen = true
      signal.removeEventListener('abort', abort)
      resolve(new Transport(socket))
    })
    // Kept for the life of the socket: an 'error' event that nobody hears ends the process.
    socket.on('error', error => {
      failure ??= error
    })
    socket.once('close', () => {
      signal.removeEventListener('abort', abort)
      if (isOpen) options.onClosed(closedError(node, usesTls(settings), failure))
      else reject(failure instanceof MillraceError ? failure : openingError(node, usesTls(settings), failure))
    })
  })
}

function connect({ node, settings, assembler, onOpening }: TransportOptions): net.Socket {
  const options = {
    host: node.host,
    port: node.port,
    noDelay: true,
    keepAlive: true,
    // Node asks for memory before every read. With plain TCP the kernel then writes straight to where the bytes belong,
    // and its copy is the only one; TLS decrypts to there.
    onread: {
      buffer: () => assembler.space(),
      callback: (byteLength: number) => {
        guarded(socket, () => assembler.filled(byteLength))
        return true
      },
    },
  }
  onOpening?.('TCP')
  const socket: net.Socket = usesTls(settings) ? connectTls(node, settings.tls, options) : net.connect(options)
  if (usesTls(settings)) socket.once('connect', () => onOpening?.('TLS'))
  // Without a reader nothing would notice the end of the stream.
  return socket.resume()
}

function connectTls(
  node: HostPort,
  settings: TlsSettings | undefined,
  options: tls.ConnectionOptions & net.NetConnectOpts,
): net.Socket {
  try {
    return tls.connect({ ...options, ...tlsOptions(node, settings) })
  } catch (cause) {
    throw unusableCertificateError(node, cause as Error)
  }
}

export function tlsOptions({ host }: HostPort, settings: TlsSettings | undefined): tls.ConnectionOptions {
  // Server name indication is for names only (RFC 6066 section 3).
  const servername = net.isIP(host) === 0 ? host : ''
  return { servername, ...certificateOptions(settings) }
}

/** Whom to trust and what to show, in the form of Node's TLS options. */
export function certificateOptions(settings: TlsSettings | undefined): tls.ConnectionOptions {
  if (settings === undefined) return {}
  const { caPem, certificatePem, keyPem, keyPassphrase, verifyHostname } = settings
  return {
    ...(caPem === undefined ? {} : { ca: caPem }),
    ...(certificatePem === undefined ? {} : { cert: certificatePem }),
    ...(keyPem === undefined ? {} : { key: keyPem }),
    ...(keyPassphrase === undefined ? {} : { passphrase: keyPassphrase }),
    ...(verifyHostname ? {} : { checkServerIdentity: () => undefined }),
  }
}

/** What the bytes are refused with ends the connection; nothing may be thrown into the event loop. */
function guarded(socket: net.Socket, take: () => void): void {
  if (socket.destroyed) return
  try {
    take()
  } catch (error) {
    socket.destroy(error as Error)
  }
}

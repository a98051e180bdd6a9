// A listening socket of one broker, and its connections. When the broker is stopped its port and its connections close;
// when it is started again it listens on the same port.
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { MillraceError } from '../core/errors.ts'
import type { FramePool } from '../wire/frame-pool.ts'
import type { BrokerState, ClusterState, ListenerName } from './cluster.ts'
import type { Handler } from './handler.ts'
import { ServerConnection } from './server-connection.ts'

export interface TlsServerSettings {
  /** PEM, all of these. */
  readonly cert: string
  readonly key: string
  readonly ca?: string
  /** mTLS: a client must show a certificate of `ca`. */
  readonly isClientCertRequired?: boolean
}

export interface BrokerServerOptions {
  readonly cluster: ClusterState
  readonly broker: BrokerState
  readonly handlers: ReadonlyMap<number, Handler>
  readonly framePool: FramePool
  readonly listener: ListenerName
  /** 0: any free one. */
  readonly port: number
  /** The address to listen on; `broker.host` is the one that clients are told. */
  readonly listenHost: string
  readonly tls?: TlsServerSettings | undefined
  readonly isSaslRequired?: boolean
}

/** socket.request.max.bytes of Kafka. */
const requestBytesMax = 104_857_600
const connectionsMax = 4_096
/** connections.max.idle.ms of Kafka. */
const idleMsMax = 600_000
const backlog = 511

export class BrokerServer {
  readonly #options: BrokerServerOptions
  readonly #server: Server
  readonly #connections = new Set<ServerConnection>()

  constructor(options: BrokerServerOptions) {
    this.#options = options
    const accept = (socket: Socket) => this.#accept(socket)
    const { tls } = options
    this.#server =
      tls === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer(
            { cert: tls.cert, key: tls.key, ca: tls.ca, requestCert: tls.isClientCertRequired, noDelay: true },
            accept,
          )
    this.#server.maxConnections = connectionsMax
    // While it begins to listen, an error is the answer to `listen`.
    this.#server.on('error', error => {
      if (this.#server.listening) options.cluster.notice(`broker ${options.broker.id}: ${error.message}`)
    })
    // A failed handshake is the client's trouble; the listener goes on.
    this.#server.on('tlsClientError', error => options.cluster.notice(`TLS handshake failed: ${error.message}`))
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Resolves when clients can connect; the port is then in the broker's state. */
  listen(): Promise<void> {
    const { broker, listener, listenHost } = this.#options
    const port = broker.ports[listener] === 0 ? this.#options.port : broker.ports[listener]
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) => reject(listenError(listenHost, port, cause))
      this.#server.once('error', failed)
      this.#server.listen({ port, host: listenHost, backlog }, () => {
        this.#server.off('error', failed)
        const address = this.#server.address()
        if (address !== null && typeof address === 'object') broker.ports[listener] = address.port
        resolve()
      })
    })
  }

  /** Closes the port and every connection. */
  close(): Promise<void> {
    for (const connection of [...this.#connections]) connection.close()
    return new Promise(resolve => {
      if (this.#server.listening) this.#server.close(() => resolve())
      else resolve()
    })
  }

  /** Ends the connections of a client, or all; how many. */
  closeConnections(): number {
    const open = [...this.#connections]
    for (const connection of open) connection.close()
    return open.length
  }

  #accept(socket: Socket): void {
    const { cluster, broker, listener, handlers, framePool, tls, isSaslRequired = false } = this.#options
    socket.setTimeout(idleMsMax, () => socket.destroy())
    const connection = new ServerConnection(cluster.takeConnectionId(), socket, {
      cluster,
      brokerId: broker.id,
      listener,
      isTls: tls !== undefined,
      handlers,
      framePool,
      requestBytesMax,
      isSaslRequired,
      closed: ended => this.#connections.delete(ended),
    })
    this.#connections.add(connection)
  }
}

function listenError(host: string, port: number, cause: Error): MillraceError {
  return new MillraceError('BROKER_UNREACHABLE', `cannot listen on ${host}:${port}: ${cause.message}`, {
    cause,
    hint: 'Choose another --port, or stop what listens there.',
  })
}

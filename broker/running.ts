// A cluster that runs in this thread: its state, one server a broker, and the end of both.
import { FramePool } from '../wire/frame-pool.ts'
import { type BrokerState, type ClusterDeps, type ClusterOptions, ClusterState } from './cluster.ts'
import { handlerByKey } from './handlers/index.ts'
import { nullHandlers } from './null-mode.ts'
import { BrokerServer, type TlsServerSettings } from './server.ts'

export interface RunningOptions extends ClusterOptions {
  /** Of the first broker, the others on the ports after it; 0, and when left out: any free ones. */
  readonly port?: number
  /** Loopback when left out: this broker has no authorization, and clients may fill its memory. */
  readonly listenHost?: string
  readonly tls?: TlsServerSettings
  /**
   * A second listener on every broker, without TLS and users: of the first broker, the others on the ports after it; 0: any
   * free ones. None when left out.
   */
  readonly plainPort?: number
}

export interface BrokerAddress {
  readonly id: number
  readonly host: string
  readonly port: number
  /** Of the listener without TLS and users, where there is one. */
  readonly plainPort?: number
}

export class RunningCluster {
  readonly state: ClusterState
  /** By broker id: its listeners. */
  readonly #servers: ReadonlyMap<number, readonly BrokerServer[]>
  readonly #stopWatching: () => void
  /** Servers opening and closing: stopping and starting a broker follow each other in order. */
  #changes: Promise<void> = Promise.resolve()

  static async start(options: RunningOptions, deps: ClusterDeps = {}): Promise<RunningCluster> {
    const running = new RunningCluster(options, deps)
    try {
      for (const server of running.#allServers) await server.listen()
    } catch (error) {
      await running.close()
      throw error
    }
    running.state.keepRetention()
    return running
  }

  private constructor(options: RunningOptions, deps: ClusterDeps) {
    this.state = new ClusterState(options, deps)
    const handlers = this.state.isNull ? nullHandlers(handlerByKey) : handlerByKey
    this.state.served = [...handlers.values()].map(({ api }) => {
      return { apiKey: api.key, minVersion: api.versions[0], maxVersion: api.versions[1] }
    })
    const framePool = new FramePool()
    const brokers = [...this.state.brokers.values()]
    this.#servers = new Map(
      brokers.map((broker, index) => {
        const listenHost = options.listenHost ?? '127.0.0.1'
        const shared = { cluster: this.state, broker, handlers, framePool, listenHost }
        const portOf = (first: number | undefined) => (first ? first + index : 0)
        const isSaslRequired = options.sasl !== undefined
        const client = { listener: 'client', port: portOf(options.port), tls: options.tls, isSaslRequired } as const
        const plain = { listener: 'plain', port: portOf(options.plainPort) } as const
        const listeners = options.plainPort === undefined ? [client] : [client, plain]
        return [broker.id, listeners.map(listener => new BrokerServer({ ...shared, ...listener }))]
      }),
    )
    this.#stopWatching = this.state.watchBrokers(broker => this.#follow(broker))
  }

  get brokers(): BrokerAddress[] {
    return [...this.state.brokers.values()].map(({ id, host, ports }) => {
      return { id, host, port: ports.client, ...(ports.plain === 0 ? {} : { plainPort: ports.plain }) }
    })
  }

  get connections(): number {
    return this.#allServers.reduce((total, server) => total + server.connections, 0)
  }

  get #allServers(): BrokerServer[] {
    return [...this.#servers.values()].flat()
  }

  /** Resolves when every server has followed the last stop or start of its broker. */
  settled(): Promise<void> {
    return this.#changes
  }

  /** Breaks every connection, or those of one broker; how many there were. */
  closeConnections(brokerId?: number): number {
    const servers = brokerId === undefined ? this.#allServers : (this.#servers.get(brokerId) ?? [])
    return servers.reduce((total, server) => total + server.closeConnections(), 0)
  }

  async close(): Promise<void> {
    this.#stopWatching()
    this.state.close()
    await this.#changes
    await Promise.all(this.#allServers.map(server => server.close()))
  }

  #follow({ id, isAlive }: BrokerState): void {
    const servers = this.#servers.get(id)!
    const change = async () => {
      await Promise.all(servers.map(server => (isAlive ? server.listen() : server.close())))
    }
    this.#changes = this.#changes
      .then(change)
      .catch((error: Error) => this.state.notice(`broker ${id}: ${error.message}`))
  }
}

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
}

export class RunningCluster {
  readonly state: ClusterState
  readonly #servers: ReadonlyMap<number, BrokerServer>
  readonly #stopWatching: () => void
  /** Servers opening and closing: stopping and starting a broker follow each other in order. */
  #changes: Promise<void> = Promise.resolve()

  static async start(options: RunningOptions, deps: ClusterDeps = {}): Promise<RunningCluster> {
    const running = new RunningCluster(options, deps)
    try {
      for (const server of running.#servers.values()) await server.listen()
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
        const port = options.port ? options.port + index : 0
        const listenHost = options.listenHost ?? '127.0.0.1'
        const isSaslRequired = options.sasl !== undefined
        const server = { cluster: this.state, broker, handlers, framePool, port, listenHost, isSaslRequired }
        return [broker.id, new BrokerServer({ ...server, tls: options.tls })]
      }),
    )
    this.#stopWatching = this.state.watchBrokers(broker => this.#follow(broker))
  }

  get brokers(): { id: number; host: string; port: number }[] {
    return [...this.state.brokers.values()].map(({ id, host, port }) => ({ id, host, port }))
  }

  get connections(): number {
    return [...this.#servers.values()].reduce((total, server) => total + server.connections, 0)
  }

  /** Resolves when every server has followed the last stop or start of its broker. */
  settled(): Promise<void> {
    return this.#changes
  }

  /** Breaks every connection, or those of one broker; how many there were. */
  closeConnections(brokerId?: number): number {
    const servers = [...this.#servers].filter(([id]) => brokerId === undefined || id === brokerId)
    return servers.reduce((total, [, server]) => total + server.closeConnections(), 0)
  }

  async close(): Promise<void> {
    this.#stopWatching()
    this.state.close()
    await this.#changes
    await Promise.all([...this.#servers.values()].map(server => server.close()))
  }

  #follow({ id, isAlive }: BrokerState): void {
    const server = this.#servers.get(id)!
    const change = async () => {
      if (isAlive) await server.listen()
      else await server.close()
    }
    this.#changes = this.#changes
      .then(change)
      .catch((error: Error) => this.state.notice(`broker ${id}: ${error.message}`))
  }
}

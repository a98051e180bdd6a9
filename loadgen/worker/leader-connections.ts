// A consumer's connections, one to each leader, made anew when they are lost.
import type { Connection } from '../../wire/connection.ts'

/** What of a connection a consumer uses. */
export type FetchConnection = Pick<Connection, 'isOpen' | 'sendForFrame' | 'close'>

export class LeaderConnections {
  isClosed = false
  readonly #connect: (brokerId: number) => Promise<FetchConnection>
  readonly #open = new Map<number, FetchConnection>()

  constructor(connect: (brokerId: number) => Promise<FetchConnection>) {
    this.#connect = connect
  }

  async to(brokerId: number): Promise<FetchConnection> {
    const known = this.#open.get(brokerId)
    if (known?.isOpen) return known
    const connection = await this.#connect(brokerId)
    this.#open.set(brokerId, connection)
    // The run has ended meanwhile, and an open socket would keep its thread alive.
    if (this.isClosed) await connection.close()
    return connection
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all([...this.#open.values()].map(connection => connection.close()))
  }
}

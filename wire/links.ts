// The connections of a cluster, one per broker address: opened when first needed, opened again after a pause when lost.
// However many ask at once, one attempt is made (single flight), and all of them get its result.
import { MillraceError } from '../core/errors.ts'
import { backoffMs } from './backoff.ts'
import type { Connection, openConnection } from './connection.ts'
import type { RetryDeps } from './retry.ts'
import type { ClientSettings, HostPort } from './settings.ts'
import { nameOf } from './transport-errors.ts'

export interface LinksDeps extends RetryDeps {
  readonly open: (node: HostPort, signal: AbortSignal) => ReturnType<typeof openConnection>
}

interface Link {
  readonly node: HostPort
  current: Connection | undefined
  opening: Promise<Connection> | undefined
  /** In a row. */
  failures: number
  /** Not to be tried before. */
  notBeforeMs: number
}

export class Links {
  readonly #settings: ClientSettings
  readonly #deps: LinksDeps
  readonly #links = new Map<string, Link>()
  readonly #closing = new AbortController()

  constructor(settings: ClientSettings, deps: LinksDeps) {
    this.#settings = settings
    this.#deps = deps
  }

  async connection(node: HostPort): Promise<Connection> {
    if (this.#closing.signal.aborted) throw closedHere()
    const link = this.#linkTo(node)
    if (link.current?.isOpen) return link.current
    link.opening ??= this.#open(link).finally(() => {
      link.opening = undefined
    })
    return link.opening
  }

  /** For the choice of a broker when any will do: those that answer before those that failed. */
  rankOf(node: HostPort): number {
    const link = this.#links.get(nameOf(node))
    if (link?.current?.isOpen) return -1
    return link?.failures ?? 0
  }

  /** Lets go of brokers that have left the cluster. */
  keepOnly(nodes: readonly HostPort[]): void {
    const names = new Set(nodes.map(nameOf))
    for (const [name, link] of this.#links) {
      if (names.has(name) || link.opening !== undefined) continue
      this.#links.delete(name)
      void link.current?.close()
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(closedHere())
    const links = [...this.#links.values()]
    // An attempt that is under way is called off, and its error belongs to whoever waits for it.
    await Promise.all(links.map(link => link.opening?.catch(() => undefined)))
    await Promise.all(links.map(link => link.current?.close()))
  }

  #linkTo(node: HostPort): Link {
    const name = nameOf(node)
    const known = this.#links.get(name)
    if (known !== undefined) return known
    const link: Link = { node, current: undefined, opening: undefined, failures: 0, notBeforeMs: 0 }
    this.#links.set(name, link)
    return link
  }

  async #open(link: Link): Promise<Connection> {
    const waitMs = link.notBeforeMs - this.#deps.nowMs()
    if (waitMs > 0) await this.#deps.pause(waitMs)
    try {
      const connection = await this.#deps.open(link.node, this.#closing.signal)
      link.current = connection
      link.failures = 0
      void connection.closed.then(error => {
        if (error !== undefined) this.#failed(link)
      })
      return connection
    } catch (error) {
      this.#failed(link)
      throw error
    }
  }

  #failed(link: Link): void {
    const { reconnectBackoffMs: initialMs, reconnectBackoffMaxMs: maxMs } = this.#settings
    link.failures++
    link.notBeforeMs = this.#deps.nowMs() + backoffMs({ initialMs, maxMs }, link.failures, this.#deps.random)
  }
}

export function closedHere(): MillraceError {
  return new MillraceError('CONNECTION_CLOSED', 'the cluster client has been closed')
}

/** One error for many addresses: all failures are named, and a code that they share is kept. */
export function allFailed(failures: readonly MillraceError[]): MillraceError {
  const [first] = failures
  if (first === undefined) return new MillraceError('BROKER_UNREACHABLE', 'no broker address is known')
  if (failures.length === 1) return first
  const isSame = failures.every(({ code }) => code === first.code)
  const lines = failures.map(({ message }) => `  ${message}`)
  return new MillraceError(
    isSame ? first.code : 'BROKER_UNREACHABLE',
    [`none of ${failures.length} addresses gave a connection:`, ...lines].join('\n'),
    {
      ...(isSame ? { hint: first.hint } : {}),
      retriable: failures.some(({ retriable }) => retriable),
      cause: first,
    },
  )
}

// A connection to one broker: opened to the end (TCP, TLS, ApiVersions, SASL) before anybody gets it, then requests and
// their answers until it closes. It never reconnects; whoever holds it decides what comes after `closed`.
//
//   send ──> pipeline (waiting, in flight) ──> transport ──> broker ──> frame assembler ──> pipeline ──> the promise
import { type Clock, makeClock } from '../core/clock.ts'
import { MillraceError } from '../core/errors.ts'
import { ApiRanges, askApiVersions, type BrokerApis } from './api-ranges.ts'
import { apiVersions } from './apis/18-api-versions.ts'
import {
  calledOffError,
  closedBecauseError,
  closedHereError,
  lossError,
  type OpeningStep,
  tooSlowError,
} from './connection-errors.ts'
import { FrameAssembler, largeFrameBytes } from './frame-assembler.ts'
import { FramePool } from './frame-pool.ts'
import { Pipeline } from './pipeline.ts'
import { type Call, Requests } from './requests.ts'
import { authenticate } from './sasl/authenticate.ts'
import { SessionRenewal } from './sasl/renewal.ts'
import type { Api, RequestOf, ResponseOf } from './schema.ts'
import type { ClientSettings, HostPort } from './settings.ts'
import { openTransport, type Transport, usesSasl } from './transport.ts'
import { nameOf, notKafkaError } from './transport-errors.ts'

/** Requests that may wait for their turn; more means that the caller ignores `bufferedBytes` and `inFlightRequests`. */
const waitingRequestsMax = 4_096
/** Kafka's own default, and the most for an idempotent producer: brokers remember its last five batches (KIP-98). */
const inFlightMaxDefault = 5
/** ApiVersions and SASL answers are small: a larger claim is some other service's text read as a number. */
const openingFrameBytesMax = 1024 * 1024
/** fetch.max.bytes is a soft limit, 50 MiB by default; a batch may exceed it by its own size. */
const frameBytesMax = 256 * 1024 * 1024

export interface ConnectionDeps {
  readonly clock?: Clock
  /** In [0, 1): spreads re-authentications. */
  readonly random?: () => number
  readonly inFlightMax?: number
  /** Shared by the connections of one thread, or a pool of its own. */
  readonly framePool?: FramePool
  /** Gives up opening. */
  readonly signal?: AbortSignal
}

export interface SendOptions {
  /** From now until the answer is here, waiting for a turn included. */
  readonly timeoutMs?: number
  /** The newest version of the API that may be spoken, where a newer one would mean something else. */
  readonly versionMax?: number
}

/** An answer whose `records` are views of the frame it came in; they must not be read after `release`. */
export interface FramedResponse<Body> {
  readonly body: Body
  release(): void
}

export function openConnection(
  node: HostPort,
  settings: ClientSettings,
  deps: ConnectionDeps = {},
): Promise<Connection> {
  return Connection.open(node, settings, deps)
}

export class Connection {
  readonly node: HostPort
  readonly closed: Promise<MillraceError | undefined>
  readonly #settings: ClientSettings
  readonly #framePool: FramePool
  readonly #assembler: FrameAssembler
  readonly #pipeline: Pipeline
  readonly #requests: Requests
  readonly #renewal: SessionRenewal
  #transport!: Transport
  #brokerApis!: BrokerApis
  #ranges!: ApiRanges
  #state: 'opening' | 'open' | 'closed' = 'opening'
  #step: OpeningStep = 'TCP'
  #closedBy: MillraceError | undefined
  #resolveClosed!: (error: MillraceError | undefined) => void
  /** Answers read since the last step of opening; none means that the broker may be of another kind than expected. */
  #answers = 0

  /** Opens to the end, or fails with the reason; takes no longer than `connectTimeoutMs`. */
  static async open(node: HostPort, settings: ClientSettings, deps: ConnectionDeps): Promise<Connection> {
    const connection = new Connection(node, settings, deps)
    const giveUp = new AbortController()
    const abort = (reason: MillraceError) => {
      giveUp.abort(reason)
      connection.#fail(reason)
    }
    const onAbort = () => abort(calledOffError(node))
    const onTimeout = () => abort(tooSlowError(node, connection.#step, settings.connectTimeoutMs))
    const timer = setTimeout(onTimeout, settings.connectTimeoutMs)
    deps.signal?.addEventListener('abort', onAbort)
    if (deps.signal?.aborted) onAbort()
    try {
      await connection.#open(giveUp.signal)
      return connection
    } catch (error) {
      connection.#fail(error as MillraceError)
      // What ended the connection says more than the request that ended with it.
      throw connection.#closedBy
    } finally {
      clearTimeout(timer)
      deps.signal?.removeEventListener('abort', onAbort)
    }
  }

  private constructor(node: HostPort, settings: ClientSettings, deps: ConnectionDeps) {
    this.node = node
    this.#settings = settings
    const clock = deps.clock ?? makeClock()
    this.#framePool = deps.framePool ?? new FramePool()
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
    this.#assembler = new FrameAssembler({
      pool: this.#framePool,
      frameBytesMax: openingFrameBytesMax,
      onFrame: frame => this.#receive(frame),
      refuse: (claimedBytes, bytes) => this.#refuse(claimedBytes, bytes),
    })
    this.#pipeline = new Pipeline({
      peer: this.name,
      clock,
      inFlightMax: deps.inFlightMax ?? inFlightMaxDefault,
      waitingMax: waitingRequestsMax,
      write: chunks => this.#transport.write(chunks),
      onTimeout: error => this.#fail(closedBecauseError(node, error)),
    })
    this.#requests = new Requests({
      peer: this.name,
      clientId: settings.clientId,
      clock,
      pipeline: this.#pipeline,
    })
    this.#renewal = new SessionRenewal({
      random: deps.random ?? Math.random,
      hold: () => this.#pipeline.hold(),
      authenticate: () => this.#authenticate(AbortSignal.timeout(settings.requestTimeoutMs)),
      release: () => this.#pipeline.release(),
      failed: error => this.#fail(error as MillraceError),
    })
  }

  /** `host:port`, for messages. */
  get name(): string {
    return nameOf(this.node)
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** What the broker said about itself: API versions and feature levels. */
  get apiVersions(): BrokerApis {
    return this.#brokerApis
  }

  /** Written, but not yet taken by the kernel. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes
  }

  get inFlightRequests(): number {
    return this.#pipeline.inFlight
  }

  /** Behind the in-flight limit, or until re-authentication is done. */
  get waitingRequests(): number {
    return this.#pipeline.waiting
  }

  /** The highest version that both sides know; VERSION_UNSUPPORTED when there is none. */
  versionOf(api: Api): number {
    return this.#ranges.versionOf(api)
  }

  async send<A extends Api>(api: A, body: RequestOf<A>, options?: SendOptions): Promise<ResponseOf<A>> {
    return this.#requests.ask(this.#call(api, body, options), answer => answer)
  }

  /** For answers with records: nothing is copied, and `release` lets the next answer use the memory again. */
  async sendForFrame<A extends Api>(
    api: A,
    body: RequestOf<A>,
    options?: SendOptions,
  ): Promise<FramedResponse<ResponseOf<A>>> {
    return this.#requests.ask(this.#call(api, body, options), (answer, frame) => {
      return { body: answer, release: this.#releaseOnce(frame) }
    })
  }

  /** For produce with acks=0, which has no answer. What is sent must not change before `drained`. */
  sendOneWay<A extends Api>(api: A, body: RequestOf<A>): void {
    this.#requests.tell(this.#call(api, body))
  }

  /** Resolves when the kernel has taken everything written, or the connection is gone. */
  drained(): Promise<void> {
    return this.#transport.drained()
  }

  /** What was written still goes out; requests without an answer fail with CONNECTION_CLOSED. */
  async close(): Promise<void> {
    if (this.#state !== 'closed') this.#end(closedHereError(this.node))
    this.#resolveClosed(undefined)
    await this.#transport.close()
  }

  // ---- opening ----

  async #open(signal: AbortSignal): Promise<void> {
    this.#transport = await openTransport({
      node: this.node,
      settings: this.#settings,
      assembler: this.#assembler,
      signal,
      onClosed: error => this.#lost(error),
      onOpening: step => {
        this.#step = step
      },
    })
    this.#step = 'ApiVersions'
    this.#brokerApis = await askApiVersions(this.name, (version, body) => this.#exchange(apiVersions, version, body))
    this.#ranges = new ApiRanges(this.name, this.#brokerApis)
    this.#step = 'SASL'
    this.#renewal.schedule(await this.#authenticate(signal))
    if (this.#closedBy !== undefined) throw this.#closedBy
    this.#answers = 0
    this.#assembler.frameBytesMax = frameBytesMax
    this.#state = 'open'
  }

  /** Resolves to the lifetime of the session in milliseconds, 0 for no end. */
  async #authenticate(signal: AbortSignal): Promise<number> {
    if (!usesSasl(this.#settings)) return 0
    const exchange = <A extends Api>(api: A, body: RequestOf<A>) => this.#exchange(api, this.versionOf(api), body)
    const { lifetimeMs } = await authenticate({ peer: this.name, settings: this.#settings.sasl, signal, exchange })
    return lifetimeMs
  }

  /** Opening and authentication: ahead of everything that waits. */
  #exchange<A extends Api>(api: A, version: number, body: RequestOf<A>): Promise<ResponseOf<A>> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy)
    return this.#requests.askFirst({ api, version, body, timeoutMs: this.#settings.requestTimeoutMs })
  }

  // ---- requests ----

  #call<A extends Api>(api: A, body: RequestOf<A>, options?: SendOptions): Call<A> {
    this.#assertOpen()
    const timeoutMs = options?.timeoutMs ?? this.#settings.requestTimeoutMs
    const version = Math.min(this.versionOf(api), options?.versionMax ?? api.versions[1])
    return { api, version, body, timeoutMs }
  }

  #assertOpen(): void {
    if (this.#state === 'open') return
    const cause = this.#closedBy
    throw new MillraceError('CONNECTION_CLOSED', `${this.name}: the connection is closed`, { retriable: true, cause })
  }

  #releaseOnce(frame: Buffer): () => void {
    let isHeld = frame.length >= largeFrameBytes
    return () => {
      if (isHeld) this.#framePool.give(frame)
      isHeld = false
    }
  }

  // ---- what comes in, and the end ----

  #receive(frame: Buffer): void {
    if (this.#state === 'closed') return
    try {
      this.#pipeline.accept(frame)
      this.#answers++
    } catch (error) {
      this.#fail(this.#isStranger ? notKafkaError(this.node, frame.subarray(0, 64)) : (error as MillraceError))
    }
  }

  /** Nothing that it said so far was Kafka. */
  get #isStranger(): boolean {
    return this.#state === 'opening' && this.#answers === 0
  }

  #refuse(claimedBytes: number, bytes: Buffer): MillraceError {
    if (this.#isStranger) return notKafkaError(this.node, bytes)
    return new MillraceError('FRAME_CORRUPT', `${this.name}: a frame of ${claimedBytes} bytes was announced`)
  }

  #lost(error: MillraceError): void {
    this.#fail(
      lossError({
        node: this.node,
        settings: this.#settings,
        error,
        phase: this.#state === 'open' ? 'open' : 'opening',
        answers: this.#answers,
        inFlight: this.#pipeline.inFlight,
        isMidFrame: !this.#assembler.isAtBoundary,
      }),
    )
  }

  #fail(error: MillraceError): void {
    if (this.#state === 'closed') return
    this.#end(error)
    this.#resolveClosed(error)
    this.#transport?.destroy()
  }

  #end(error: MillraceError): void {
    this.#state = 'closed'
    this.#closedBy = error
    this.#renewal.stop()
    this.#pipeline.fail(error)
  }
}

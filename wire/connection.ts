// A connection to one broker: opened to the end (TCP, TLS, ApiVersions, SASL) before anybody gets it, then requests and
// their answers until it closes. It never reconnects; whoever holds it decides what comes after `closed`.
//
//   send ──> pipeline (waiting, in flight) ──> transport ──> broker ──> frame assembler ──> pipeline ──> the promise
import { type Clock, makeClock } from '../core/clock.ts'
import { isMillraceError, MillraceError } from '../core/errors.ts'
import { ApiRanges, askApiVersions, type BrokerApis } from './api-ranges.ts'
import { apiVersions } from './apis/18-api-versions.ts'
import { decodeResponse, encodeRequest } from './frame.ts'
import { FrameAssembler, largeFrameBytes } from './frame-assembler.ts'
import { FramePool } from './frame-pool.ts'
import { Pipeline } from './pipeline.ts'
import { authenticate } from './sasl/authenticate.ts'
import type { Api, RequestOf, ResponseOf } from './schema.ts'
import type { ClientSettings, HostPort, SaslSettings } from './settings.ts'
import { openTransport, type Transport, usesSasl, usesTls } from './transport.ts'
import { nameOf, notKafkaError, silentlyClosedError } from './transport-errors.ts'

/** Requests that may wait for their turn; more means that the caller ignores `bufferedBytes` and `inFlightRequests`. */
const waitingRequestsMax = 4_096
/** Kafka's own default, and the most for an idempotent producer: brokers remember its last five batches (KIP-98). */
const inFlightMaxDefault = 5
/** ApiVersions and SASL answers are small: a larger claim is some other service's text read as a number. */
const openingFrameBytesMax = 1024 * 1024
/** fetch.max.bytes is a soft limit, 50 MiB by default; a batch may exceed it by its own size. */
const frameBytesMax = 256 * 1024 * 1024
/** The longest delay that timers take; authenticating earlier than asked does no harm. */
const timerDelayMaxMs = 0x7fff_ffff

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
}

/** An answer whose `records` are views of the frame it came in; they must not be read after `release`. */
export interface FramedResponse<Body> {
  readonly body: Body
  release(): void
}

type OpeningStep = 'TCP' | 'TLS' | 'ApiVersions' | 'SASL'

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
  readonly #clock: Clock
  readonly #random: () => number
  readonly #framePool: FramePool
  readonly #assembler: FrameAssembler
  readonly #pipeline: Pipeline
  #transport!: Transport
  #brokerApis!: BrokerApis
  #ranges!: ApiRanges
  #state: 'opening' | 'open' | 'closed' = 'opening'
  #step: OpeningStep = 'TCP'
  #closedBy: MillraceError | undefined
  #resolveClosed!: (error: MillraceError | undefined) => void
  #correlationId = 0
  /** Answers read since the last step of opening; none means that the broker may be of another kind than expected. */
  #answers = 0
  #sessionTimer: NodeJS.Timeout | undefined

  /** Opens to the end, or fails with the reason; takes no longer than `connectTimeoutMs`. */
  static async open(node: HostPort, settings: ClientSettings, deps: ConnectionDeps): Promise<Connection> {
    const connection = new Connection(node, settings, deps)
    const giveUp = new AbortController()
    const abort = (reason: MillraceError) => {
      giveUp.abort(reason)
      connection.#fail(reason)
    }
    const onAbort = () => abort(new MillraceError('CONNECTION_CLOSED', `${connection.name}: opening was called off`))
    const timer = setTimeout(() => abort(connection.#tooSlow()), settings.connectTimeoutMs)
    deps.signal?.addEventListener('abort', onAbort)
    if (deps.signal?.aborted) onAbort()
    try {
      await connection.#open(giveUp.signal)
      return connection
    } catch (error) {
      connection.#fail(error as MillraceError)
      throw error
    } finally {
      clearTimeout(timer)
      deps.signal?.removeEventListener('abort', onAbort)
    }
  }

  private constructor(node: HostPort, settings: ClientSettings, deps: ConnectionDeps) {
    this.node = node
    this.#settings = settings
    this.#clock = deps.clock ?? makeClock()
    this.#random = deps.random ?? Math.random
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
      clock: this.#clock,
      inFlightMax: deps.inFlightMax ?? inFlightMaxDefault,
      waitingMax: waitingRequestsMax,
      write: chunks => this.#transport.write(chunks),
      onTimeout: error => this.#fail(this.#closedBecause(error)),
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

  send<A extends Api>(api: A, body: RequestOf<A>, options?: SendOptions): Promise<ResponseOf<A>> {
    return this.#request(api, body, options, answer => answer)
  }

  /** For answers with records: nothing is copied, and `release` lets the next answer use the memory again. */
  sendForFrame<A extends Api>(
    api: A,
    body: RequestOf<A>,
    options?: SendOptions,
  ): Promise<FramedResponse<ResponseOf<A>>> {
    return this.#request(api, body, options, (answer, frame) => ({ body: answer, release: this.#releaseOnce(frame) }))
  }

  /** For produce with acks=0, which has no answer. What is sent must not change before `drained`. */
  sendOneWay<A extends Api>(api: A, body: RequestOf<A>): void {
    this.#assertOpen()
    const version = this.versionOf(api)
    const correlationId = this.#nextCorrelationId()
    let refused: MillraceError | undefined
    this.#pipeline.submit({
      label: labelOf(api, correlationId),
      correlationId,
      chunks: encodeRequest(api, version, correlationId, this.#settings.clientId, body),
      deadlineNs: this.#deadlineNs(this.#settings.requestTimeoutMs),
      answered: undefined,
      failed: error => {
        refused = error
      },
    })
    if (refused !== undefined) throw refused
  }

  /** Resolves when the kernel has taken everything written, or the connection is gone. */
  drained(): Promise<void> {
    return this.#transport.drained()
  }

  /** What was written still goes out; requests without an answer fail with CONNECTION_CLOSED. */
  async close(): Promise<void> {
    if (this.#state !== 'closed') this.#end(new MillraceError('CONNECTION_CLOSED', `${this.name}: closed here`, again))
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
    await this.#authenticate(signal)
    this.#answers = 0
    this.#assembler.frameBytesMax = frameBytesMax
    this.#state = 'open'
  }

  #tooSlow(): MillraceError {
    const { connectTimeoutMs } = this.#settings
    const what = { TCP: 'a TCP connection', TLS: 'the TLS handshake', ApiVersions: 'an answer to ApiVersions' }
    const missing = this.#step === 'SASL' ? 'the end of SASL authentication' : what[this.#step]
    return new MillraceError('BROKER_UNREACHABLE', `${this.name}: no ${missing} within ${connectTimeoutMs} ms`, again)
  }

  // ---- authentication, at first and again before the session ends (KIP-368) ----

  get #sasl(): SaslSettings | undefined {
    return usesSasl(this.#settings) ? this.#settings.sasl : undefined
  }

  async #authenticate(signal: AbortSignal): Promise<void> {
    if (this.#sasl === undefined) return
    const { lifetimeMs } = await authenticate({
      peer: this.name,
      settings: this.#sasl,
      signal,
      exchange: (api, body) => this.#exchange(api, this.versionOf(api), body),
    })
    if (lifetimeMs > 0) this.#authenticateAgainIn(lifetimeMs * (0.85 + 0.1 * this.#random()))
  }

  #authenticateAgainIn(delayMs: number): void {
    this.#sessionTimer = setTimeout(() => void this.#authenticateAgain(), Math.min(delayMs, timerDelayMaxMs))
  }

  async #authenticateAgain(): Promise<void> {
    // A broker that sees another request between the steps of authentication closes the connection.
    await this.#pipeline.hold()
    if (this.#state === 'closed') return
    try {
      await this.#authenticate(AbortSignal.timeout(this.#settings.requestTimeoutMs))
      this.#pipeline.release()
    } catch (error) {
      this.#fail(error as MillraceError)
    }
  }

  // ---- requests ----

  #request<A extends Api, Result>(
    api: A,
    body: RequestOf<A>,
    options: SendOptions | undefined,
    take: (answer: ResponseOf<A>, frame: Buffer) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#assertOpen()
      const request = this.#pending(api, this.versionOf(api), body, (answer, frame) => resolve(take(answer, frame)))
      const timeoutMs = options?.timeoutMs ?? this.#settings.requestTimeoutMs
      this.#pipeline.submit({ ...request, deadlineNs: this.#deadlineNs(timeoutMs), failed: reject })
    })
  }

  /** Opening and authentication: ahead of everything that waits. */
  #exchange<A extends Api>(api: A, version: number, body: RequestOf<A>): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      if (this.#closedBy !== undefined) throw this.#closedBy
      const request = this.#pending(api, version, body, resolve)
      const deadlineNs = this.#deadlineNs(this.#settings.requestTimeoutMs)
      this.#pipeline.submitFirst({ ...request, deadlineNs, failed: reject })
    })
  }

  #pending<A extends Api>(
    api: A,
    version: number,
    body: RequestOf<A>,
    onAnswer: (answer: ResponseOf<A>, frame: Buffer) => void,
  ) {
    const correlationId = this.#nextCorrelationId()
    return {
      label: labelOf(api, correlationId),
      correlationId,
      chunks: encodeRequest(api, version, correlationId, this.#settings.clientId, body),
      answered: (frame: Buffer) => onAnswer(this.#decode(api, version, frame), frame),
    }
  }

  #decode<A extends Api>(api: A, version: number, frame: Buffer): ResponseOf<A> {
    try {
      return decodeResponse(api, version, frame).body
    } catch (cause) {
      if (!isMillraceError(cause)) throw cause
      throw new MillraceError(cause.code, `${this.name}: ${api.name} version ${version}: ${cause.message}`, { cause })
    }
  }

  #nextCorrelationId(): number {
    this.#correlationId = (this.#correlationId + 1) & 0x7fff_ffff
    return this.#correlationId
  }

  #deadlineNs(timeoutMs: number): number {
    return this.#clock.nowNs() + timeoutMs * 1e6
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
    if (this.#isStranger) this.#fail(silentlyClosedError(this.node, usesTls(this.#settings), error))
    else this.#fail(this.#isTurnedAway(error) ? turnedAway(error) : error)
  }

  /** A SASL listener answers ApiVersions to anybody, and closes at the first request of who has not authenticated. */
  #isTurnedAway({ code }: MillraceError): boolean {
    const isFirstRequest = this.#state === 'open' && this.#answers === 0 && this.#pipeline.inFlight > 0
    return code === 'CONNECTION_CLOSED' && isFirstRequest && !usesSasl(this.#settings)
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
    clearTimeout(this.#sessionTimer)
    this.#pipeline.fail(error)
  }

  #closedBecause(cause: MillraceError): MillraceError {
    return new MillraceError('CONNECTION_CLOSED', `${this.name}: closed, because ${cause.message}`, { ...again, cause })
  }

  #assertOpen(): void {
    if (this.#state === 'open') return
    const cause = this.#closedBy
    throw new MillraceError('CONNECTION_CLOSED', `${this.name}: the connection is closed`, { ...again, cause })
  }
}

const again = { retriable: true }

const labelOf = ({ name }: Api, correlationId: number) => `${name} (${correlationId})`

function turnedAway(cause: MillraceError): MillraceError {
  return new MillraceError('CONNECTION_CLOSED', `${cause.message} at the first request`, {
    retriable: true,
    cause,
    hint: 'A listener that wants a user does that: set security.protocol to SASL_PLAINTEXT or SASL_SSL, and sasl.*. Otherwise the broker was just stopping.',
  })
}

// One client's connection: frames in, one request at a time through its handler, answers out in the same order.
//
// Whatever a client sends, nothing is thrown out of here: a frame that cannot be read ends the connection, as Kafka does it,
// and so does a bug in a handler, which is told as a notice. A client that does not read its answers is not read from.
import type { Socket } from 'node:net'
import { isMillraceError } from '../core/errors.ts'
import { apiByKey } from '../wire/apis/index.ts'
import { decodeRequestHeader, encodeResponse, type RequestHeader } from '../wire/frame.ts'
import { FrameAssembler, largeFrameBytes } from '../wire/frame-assembler.ts'
import type { FramePool } from '../wire/frame-pool.ts'
import type { Api } from '../wire/schema.ts'
import type { ClusterState, ListenerName } from './cluster.ts'
import type { ConnectionState, Handler, Outcome, RequestContext } from './handler.ts'

export interface ConnectionDeps {
  readonly cluster: ClusterState
  readonly brokerId: number
  readonly listener: ListenerName
  readonly isTls: boolean
  readonly handlers: ReadonlyMap<number, Handler>
  readonly framePool: FramePool
  readonly requestBytesMax: number
  readonly isSaslRequired: boolean
  readonly closed: (connection: ServerConnection) => void
}

/** Requests read ahead of the one being handled, and answers not taken by the client: more, and reading stops. */
const queuedRequestsMax = 64
const queuedBytesMax = 4 * 1024 * 1024
const unsentBytesMax = 16 * 1024 * 1024

const produceKey = 0
const apiVersionsKey = 18
/** SaslHandshake, ApiVersions, SaslAuthenticate: what may be asked before who is asking is known. */
const allowedUnauthenticated: ReadonlySet<number> = new Set([17, apiVersionsKey, 36])

export class ServerConnection {
  readonly state: ConnectionState
  readonly #socket: Socket
  readonly #deps: ConnectionDeps
  readonly #assembler: FrameAssembler
  readonly #ending = new AbortController()
  readonly #queue: Buffer[] = []
  #queuedBytes = 0
  #isBusy = false
  #isClosed = false

  constructor(id: number, socket: Socket, deps: ConnectionDeps) {
    this.#socket = socket
    this.#deps = deps
    this.state = {
      id,
      clientHost: socket.remoteAddress ?? '',
      isTls: deps.isTls,
      listener: deps.listener,
      signal: this.#ending.signal,
      principal: deps.isSaslRequired ? undefined : 'User:ANONYMOUS',
      sasl: undefined,
      bareToken: undefined,
    }
    this.#assembler = new FrameAssembler({
      pool: deps.framePool,
      frameBytesMax: deps.requestBytesMax,
      onFrame: frame => this.#enqueue(frame),
      refuse: claimedBytes => new RangeError(`a request of ${claimedBytes} bytes`),
    })
    socket.on('data', bytes => this.#receive(bytes))
    socket.on('drain', () => this.#work())
    socket.on('error', () => this.close())
    socket.on('close', () => this.close())
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#queue.length = 0
    this.#socket.destroy()
    this.#ending.abort()
    this.#deps.closed(this)
  }

  // ---- in ----

  #receive(bytes: Buffer): void {
    // Answers to the requests of one read leave in one system call.
    this.#socket.cork()
    try {
      this.#assembler.push(bytes)
      this.#work()
    } catch {
      // Not the size of any request: whoever this is does not speak Kafka.
      this.close()
    } finally {
      this.#socket.uncork()
    }
  }

  #enqueue(frame: Buffer): void {
    if (this.#isClosed) return
    this.#queue.push(frame)
    this.#queuedBytes += frame.length
    this.#work()
  }

  /** Handles what is queued until it is empty, a handler has to wait, or the client does not read. */
  #work(): void {
    while (this.#queue.length > 0 && this.#mayServe) {
      const frame = this.#queue.shift()!
      this.#queuedBytes -= frame.length
      this.#serve(frame)
    }
    if (this.#isClosed) return
    const isFull = this.#queue.length >= queuedRequestsMax || this.#queuedBytes >= queuedBytesMax
    if (isFull && !this.#socket.isPaused()) this.#socket.pause()
    else if (!isFull && this.#socket.isPaused()) this.#socket.resume()
  }

  get #mayServe(): boolean {
    const isChoked = this.#socket.writableLength >= unsentBytesMax
    return !this.#isBusy && !this.#isClosed && !isChoked && !this.#socket.writableEnded
  }

  #serve(frame: Buffer): void {
    try {
      const pending = this.#answer(frame)
      if (pending === undefined) return this.#done(frame)
      this.#isBusy = true
      pending.then(
        () => {
          this.#isBusy = false
          this.#done(frame)
          this.#work()
        },
        error => this.#failed(error),
      )
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The log has its own copy of what it stored, so a large produce frame can serve again. */
  #done(frame: Buffer): void {
    if (frame.length >= largeFrameBytes && frame.readInt16BE(0) === produceKey) this.#deps.framePool.give(frame)
  }

  #failed(error: unknown): void {
    if (!isMillraceError(error) && !this.#isClosed) {
      const trace = error instanceof Error ? error.stack : String(error)
      this.#deps.cluster.notice(`broker ${this.#deps.brokerId}: a request failed: ${trace}`)
    }
    this.close()
  }

  // ---- one request ----

  /** undefined: answered already. */
  #answer(frame: Buffer): Promise<void> | undefined {
    const { bareToken } = this.state
    if (bareToken !== undefined) return this.#answerToken(bareToken, frame)
    const header = decodeRequestHeader(frame)
    const handler = this.#deps.handlers.get(header.apiKey)
    const api = handler && apiByKey.get(header.apiKey)
    if (handler === undefined || api === undefined || !this.#isAllowed(header.apiKey)) return this.#refuse()
    const { apiVersion } = header
    const isKnownVersion = apiVersion >= api.versions[0] && apiVersion <= api.versions[1]
    if (!isKnownVersion && api.key !== apiVersionsKey) return this.#refuse()
    // An ApiVersions request of an unknown version is not even read: the answer is made for it (KIP-511).
    const body: unknown = isKnownVersion ? decodeBody(api, header) : {}
    return this.#handle(handler, header, body)
  }

  #isAllowed(apiKey: number): boolean {
    return this.state.principal !== undefined || allowedUnauthenticated.has(apiKey)
  }

  #refuse(): undefined {
    this.close()
  }

  #handle(handler: Handler, header: RequestHeader, body: unknown): Promise<void> | undefined {
    const context = this.#contextOf(header)
    const run = () => handler.handle(context, body as Parameters<typeof handler.handle>[1])
    const { interceptor } = this.#deps.cluster
    const intercepted = interceptor?.intercept(context, handler.api, body, async () => run())
    if (intercepted !== undefined) return intercepted.then(outcome => this.#conclude(handler.api, header, outcome))
    const answer = run()
    if (answer instanceof Promise) return answer.then(made => this.#send(handler.api, header, made))
    this.#send(handler.api, header, answer)
    return undefined
  }

  #contextOf({ apiVersion, clientId }: RequestHeader): RequestContext {
    const { cluster, brokerId } = this.#deps
    const { state } = this
    return {
      cluster,
      brokerId,
      clientId,
      principal: state.principal ?? '',
      version: apiVersion,
      connectionId: state.id,
      clientHost: state.clientHost,
      connection: state,
    }
  }

  async #answerToken(bareToken: NonNullable<ConnectionState['bareToken']>, frame: Buffer): Promise<void> {
    const token = await bareToken(frame)
    const size = Buffer.alloc(4)
    size.writeInt32BE(token.length)
    this.#write([size, token])
  }

  // ---- out ----

  #conclude(api: Api, header: RequestHeader, outcome: Outcome): void {
    if (outcome.kind === 'close') return this.close()
    const { body, rewrite, closeAfter } = outcome
    if (body !== undefined) {
      const chunks = encodeAnswer(api, header, body)
      this.#write(rewrite === undefined ? chunks : [rewrite(Buffer.concat(chunks))])
    }
    if (closeAfter) this.#socket.end()
  }

  #send(api: Api, header: RequestHeader, body: unknown): void {
    if (body !== undefined) this.#write(encodeAnswer(api, header, body))
  }

  #write(chunks: Buffer[]): void {
    if (this.#isClosed || this.#socket.writableEnded) return
    this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    this.#socket.uncork()
  }
}

/** Bytes left over are ignored, as Kafka does: librdkafka sends some with each Metadata request for all topics. */
const decodeBody = (api: Api, { reader, apiVersion }: RequestHeader): unknown => api.decodeRequest(reader, apiVersion)

function encodeAnswer(api: Api, { apiVersion, correlationId }: RequestHeader, body: unknown): Buffer[] {
  const version = api.key === apiVersionsKey && apiVersion > api.versions[1] ? 0 : apiVersion
  return encodeResponse(api, version, correlationId, body as Parameters<typeof encodeResponse<Api>>[3])
}

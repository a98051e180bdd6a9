// A broker for tests of connections: it speaks real frames, and each test says what it answers. What a broker would do by
// itself (ApiVersions) it does unless the test takes that over.
import { once } from 'node:events'
import net from 'node:net'
import { apiVersions } from '../../wire/apis/18-api-versions.ts'
import { apiByKey, apis } from '../../wire/apis/index.ts'
import { decodeRequestHeader, encodeResponse, type ResponseBodyOf } from '../../wire/frame.ts'
import { FrameAssembler } from '../../wire/frame-assembler.ts'
import { FramePool } from '../../wire/frame-pool.ts'
import type { Api } from '../../wire/schema.ts'
import type { HostPort } from '../../wire/settings.ts'

export interface ReceivedRequest {
  readonly name: string
  readonly version: number
  readonly correlationId: number
  readonly body: unknown
  readonly socket: net.Socket
  /** Answers in the version that was asked, or another. */
  answer<A extends Api>(api: A, body: ResponseBodyOf<A>, version?: number): void
}

export interface ScriptedBroker extends AsyncDisposable {
  readonly node: HostPort
  /** All that came, ApiVersions included. */
  readonly requests: readonly ReceivedRequest[]
  readonly names: readonly string[]
  /** Resolves when so many requests have come in all. */
  received(count: number): Promise<ReceivedRequest>
}

export type Script = (request: ReceivedRequest) => void

export const answerApiVersions: Script = request =>
  request.answer(apiVersions, {
    errorCode: 0,
    apiKeys: apis.map(({ key, versions }) => ({ apiKey: key, minVersion: versions[0], maxVersion: versions[1] })),
  })

/** `script` sees every request except ApiVersions, or all when `ownApiVersions`. */
export async function scriptedBroker(script: Script, { ownApiVersions = false } = {}): Promise<ScriptedBroker> {
  const requests: ReceivedRequest[] = []
  const waiting: { count: number; resolve: (request: ReceivedRequest) => void }[] = []
  const { node, close } = await listen(socket => {
    onFrames(socket, frame => {
      const request = readRequest(frame, socket)
      requests.push(request)
      if (request.name === 'ApiVersions' && !ownApiVersions) answerApiVersions(request)
      else script(request)
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve(requests[count - 1]!)
    })
  })
  return {
    node,
    requests,
    get names() {
      return requests.map(({ name }) => name)
    },
    received: count =>
      requests.length >= count
        ? Promise.resolve(requests[count - 1]!)
        : new Promise(resolve => waiting.push({ count, resolve })),
    [Symbol.asyncDispose]: close,
  }
}

/** Any service on a port of 127.0.0.1. */
export async function listen(onSocket: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    // Clients of these tests leave as they like.
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  const { port } = server.address() as net.AddressInfo
  return { node: { host: '127.0.0.1', port }, close, [Symbol.asyncDispose]: close }
}

function onFrames(socket: net.Socket, onFrame: (frame: Buffer) => void): void {
  const refuse = (claimedBytes: number) => new RangeError(`a request of ${claimedBytes} bytes`)
  const assembler = new FrameAssembler({ pool: new FramePool(), onFrame, refuse, frameBytesMax: 64 * 1024 * 1024 })
  socket.on('data', chunk => assembler.push(chunk))
}

function readRequest(frame: Buffer, socket: net.Socket): ReceivedRequest {
  const { apiKey, apiVersion, correlationId, reader } = decodeRequestHeader(frame)
  const api = apiByKey.get(apiKey)
  if (api === undefined) throw new RangeError(`API key ${apiKey}`)
  return {
    name: api.name,
    version: apiVersion,
    correlationId,
    body: api.decodeRequest(reader, apiVersion),
    socket,
    answer: (answered, body, version = apiVersion) => {
      for (const chunk of encodeResponse(answered, version, correlationId, body)) socket.write(chunk)
    },
  }
}

// The HTTP side: /metrics, /healthz, /readyz and what else a caller serves. It answers from what is there at the moment and
// never waits for a cluster.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { MillraceError } from '../core/errors.ts'
import { contentTypes, type Dialect, dialectOf } from './exposition.ts'
import type { Page, Piece } from './page.ts'
import { WebDoor } from './web-door.ts'

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface PageSettings {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** TLS and basic auth, in the format of Prometheus exporters. */
  readonly webConfigPath?: string | undefined
  readonly page: Page
  /** Lines that are made at a scrape, with their heads: of the process itself. */
  readonly freshText: (dialect: Dialect) => Promise<string>
  /** Why it is not ready, one line each; none when it is. */
  readonly notReady: () => readonly string[]
  /** Further paths. */
  readonly pages?: Readonly<Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>>
  readonly onNotice: (text: string) => void
}

export interface MetricsServer {
  readonly url: string
  close(): Promise<void>
}

const plain = (status: number, body: string): Answer => ({ status, contentType: 'text/plain; charset=utf-8', body })

export const json = (value: unknown): Answer => ({
  status: 200,
  contentType: 'application/json',
  body: `${JSON.stringify(value)}\n`,
})

export async function serveMetrics(settings: PageSettings): Promise<MetricsServer> {
  const door = new WebDoor(settings.webConfigPath, settings.onNotice)
  const { tlsOptions } = door
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    void respond(request, response, settings, door)
  const server = tlsOptions === undefined ? createServer(onRequest) : createTlsServer(tlsOptions, onRequest)
  // A scraper that goes away in the middle is no event here, nor one whose TLS does not fit.
  server.on('clientError', (_, socket) => socket.destroy())
  await listen(server, settings)
  door.watch(options => (server as TlsServer).setSecureContext(options))
  const { port } = server.address() as { port: number }
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return {
    url: `${tlsOptions === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: () => {
      door.close()
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function listen(server: Server, { host, port }: PageSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `cannot listen on ${host}:${port}: ${cause.code ?? cause.message}`
      const hint = 'Choose another address with --listen; another process may have this one.'
      reject(new MillraceError('OUTPUT_FAILED', message, { cause, hint }))
    })
    server.listen(port, host, resolve)
  })
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  settings: PageSettings,
  door: WebDoor,
): Promise<void> {
  try {
    for (const [name, value] of Object.entries(door.headers)) response.setHeader(name, value)
    const refused = await door.refusal(request)
    if (refused !== undefined) return send(request, response, plain(refused.status, 'not allowed\n'), refused.headers)
    const path = new URL(request.url ?? '/', 'http://agent').pathname
    if (path === '/metrics' && isRead(request)) await sendMetrics(request, response, settings)
    else send(request, response, await answerTo(request, settings))
  } catch (error) {
    if (response.headersSent) response.destroy()
    else send(request, response, plain(500, `${error instanceof Error ? error.message : String(error)}\n`))
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body }: Answer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const isRead = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD'

async function sendMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  { page, freshText }: PageSettings,
): Promise<void> {
  const dialect = dialectOf(request.headers.accept)
  const fresh = await freshText(dialect)
  response.setHeader('content-type', contentTypes[dialect])
  response.setHeader('vary', 'accept, accept-encoding')
  if (acceptsGzip(request.headers['accept-encoding'])) {
    const pieces = page.gzip(dialect, fresh)
    response.setHeader('content-encoding', 'gzip')
    const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
    await sendBody(request, response, bytes, () => pipeline(Readable.from(pieces), response))
  } else {
    const { bytes, pieces } = page.plain(dialect, fresh)
    await sendBody(request, response, bytes, () => sendPieces(response, pieces))
  }
}

/** With its length in front, so that it goes out as it is. */
async function sendBody(
  { method }: IncomingMessage,
  response: ServerResponse,
  bytes: number,
  body: () => Promise<void>,
): Promise<void> {
  response.setHeader('content-length', bytes)
  if (method === 'HEAD') response.end()
  else await body()
}

/** No faster than they are taken, and others have their turn between them. A scraper that goes away ends it. */
async function sendPieces(response: ServerResponse, pieces: Iterable<Piece>): Promise<void> {
  for (const { text, release } of pieces) {
    if (response.destroyed) return
    const isTaken = response.write(text, error => error || release())
    if (!isTaken) await taken(response)
    await turn()
  }
  response.end()
}

/** Or will never be. */
function taken(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

/** `gzip;q=0` is a no. */
const acceptsGzip = (header: string | string[] | undefined): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(header ?? ''))

async function answerTo(request: IncomingMessage, settings: PageSettings): Promise<Answer> {
  if (!isRead(request)) return plain(405, 'GET or HEAD only\n')
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent')
  if (pathname === '/healthz') return plain(200, 'ok\n')
  if (pathname === '/readyz') {
    const reasons = settings.notReady()
    return reasons.length === 0 ? plain(200, 'ready\n') : plain(503, `${reasons.join('\n')}\n`)
  }
  const page = Object.hasOwn(settings.pages ?? {}, pathname) ? settings.pages![pathname] : undefined
  if (page !== undefined) return page(searchParams)
  const paths = ['/metrics', '/healthz', '/readyz', ...Object.keys(settings.pages ?? {})]
  return plain(404, `not found; there are: ${paths.join(' ')}\n`)
}

// The HTTP side: /metrics, /healthz, /readyz and what else a caller serves. It answers from what is there at the moment and
// never waits for a cluster.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { MillraceError } from '../core/errors.ts'
import { contentTypes, type Dialect, dialectOf } from './exposition.ts'

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface PageSettings {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly metricsText: (dialect: Dialect) => Promise<string>
  /** Why it is not ready, one line each; none when it is. */
  readonly notReady: () => readonly string[]
  /** Further paths. */
  readonly pages?: Readonly<Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>>
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
  const server = createServer((request, response) => void respond(request, response, settings))
  // A scraper that goes away in the middle is no event here.
  server.on('clientError', (_, socket) => socket.destroy())
  await listen(server, settings)
  const { port } = server.address() as { port: number }
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return {
    url: `http://${host}:${port}`,
    close: () => {
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

async function respond(request: IncomingMessage, response: ServerResponse, settings: PageSettings): Promise<void> {
  let answer: Answer
  try {
    answer = await answerTo(request, settings)
  } catch (error) {
    answer = plain(500, `${error instanceof Error ? error.message : String(error)}\n`)
  }
  const { status, contentType, body } = answer
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answerTo({ method, url, headers }: IncomingMessage, settings: PageSettings): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'GET or HEAD only\n')
  const { pathname, searchParams } = new URL(url ?? '/', 'http://agent')
  if (pathname === '/metrics') {
    const dialect = dialectOf(headers.accept)
    return { status: 200, contentType: contentTypes[dialect], body: await settings.metricsText(dialect) }
  }
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

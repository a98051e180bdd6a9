// The boards without Grafana: a page for each, drawn from live data of a Prometheus, whose query interface is handed through.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { MillraceError } from '../../core/errors.ts'
import { boardNames, readBoard } from './files.ts'
import type { PageData, PreviewBoard } from './model.ts'

export interface PreviewOptions {
  /** Of Prometheus, as http://localhost:9090; what comes behind its host is kept, as of a proxy. */
  readonly prometheus: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly scrapeSec?: number
}

export interface Preview {
  readonly url: string
  close(): Promise<void>
}

/** Questions and nothing else: no administration of Prometheus is to be reached through this page. */
const questions = /^\/api\/v1\/(query|query_range|series|label\/[a-zA-Z_]\w*\/values)$/
const answerTimeoutMs = 30_000
const scrapeSecDefault = 15
const asset = (name: string) => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8')

/** Rejects with PROMETHEUS_UNREACHABLE where nothing answers, and with OUTPUT_FAILED where the address cannot be had. */
export async function servePreview({
  prometheus,
  listen,
  scrapeSec = scrapeSecDefault,
}: PreviewOptions): Promise<Preview> {
  const source = sourceOf(prometheus)
  await mustAnswer(source)
  const boards = new Map(boardNames().map(name => [name, readBoard(name)]))
  const menu = [...boards].map(([name, { title }]) => ({ name, title }))
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => reply(response, 502, 'text/plain', `${error.message}\n`))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://preview')
    if (request.method !== 'GET') return reply(response, 405, 'text/plain', 'GET alone\n')
    if (questions.test(pathname)) return await handThrough(source, `${pathname}${search}`, response)
    if (pathname === '/') {
      response.writeHead(302, { location: '/d/millrace-cluster-overview' }).end()
      return
    }
    const board = boards.get(/^\/d\/millrace-([\w-]+)/.exec(pathname)?.[1] ?? '')
    if (board === undefined) return reply(response, 404, 'text/plain', 'no such board\n')
    reply(response, 200, 'text/html; charset=utf-8', page(board, { board, boards: menu, scrapeSec }))
  }

  await listening(server, listen)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : listen.port
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Source {
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
}

/** Credentials of the address go into the header: fetch refuses them, and nobody shall read them in an error. */
function sourceOf(address: string): Source {
  const url = new URL(address)
  const { username, password } = url
  url.username = url.password = ''
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return { base: url.href.replace(/\/+$/, ''), headers: username === '' ? {} : { authorization: `Basic ${basic}` } }
}

const ask = ({ base, headers }: Source, path: string): Promise<Response> =>
  fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(answerTimeoutMs) })

async function mustAnswer(source: Source): Promise<void> {
  try {
    const response = await ask(source, '/api/v1/query?query=1')
    if (response.ok) return
    throw new Error(`it answered ${response.status}`)
  } catch (cause) {
    throw new MillraceError('PROMETHEUS_UNREACHABLE', `no Prometheus answers at ${source.base}: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

/** fetch says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message
}

async function handThrough(source: Source, path: string, response: ServerResponse): Promise<void> {
  const answered = await ask(source, path)
  reply(response, answered.status, 'application/json', await answered.text())
}

function reply(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  response.end(text)
}

function listening(server: Server, { host, port }: PreviewOptions['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `cannot listen on ${host}:${port}: ${cause.code ?? cause.message}`
      const hint = 'Choose another address with --listen; another process may have this one.'
      reject(new MillraceError('OUTPUT_FAILED', message, { cause, hint }))
    })
    server.listen(port, host, () => resolve())
  })
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

function page({ title, description }: PreviewBoard, data: PageData): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>${escaped(title)}</title><style>${asset('page.css')}</style></head>
<body><header><h1>${escaped(title)}</h1><p>${escaped(description)}</p><div id="controls"></div></header><main id="grid"></main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${asset('page.js')}</script></body></html>
`
}

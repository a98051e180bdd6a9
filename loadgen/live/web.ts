// `--web`: the report page while the run goes on. The page is the same as the one that is written to a file; it is served with what is
// known, and server-sent events let it grow: a second each second, what moves ten times a second, and at the end the result.
// Nothing is worked out while nobody looks.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { MillraceError } from '../../core/errors.ts'
import type { HostPort } from '../../wire/settings.ts'
import type { RunView, Tick } from '../progress.ts'
import { htmlPage } from '../report/html/html.ts'
import {
  type PageEvents,
  type PageModel,
  type PageRun,
  type PageSecond,
  pageModel,
  testPageModel,
} from '../report/html/model.ts'
import { pageTest, testOfPage } from '../report/html/test-page.ts'
import type { Result } from '../result.ts'
import type { TestResult } from '../test/result.ts'

/** Each costs a connection and a copy of every event. */
const clientsMax = 64
/** A client that is this far behind has gone to sleep: it is let go and comes again by itself. */
const behindBytesMax = 4 * 1024 * 1024
const eventsPath = '/events'

export interface LiveWeb {
  readonly url: string
  /** A run begins; of a set the one before is over. */
  begin(label: string): void
  /** `label`: of a test, which of its scenarios. */
  onView(view: RunView, label?: string): void
  onTick(tick: Tick, label?: string): void
  /** The test as a whole, as it stands. */
  onState(state: () => TestResult): void
  finish(result: Result): void
  finishTest(test: TestResult): void
  /** When clients have what was sent to them. */
  close(): Promise<void>
}

interface Shown {
  readonly label: string
  /** By label, in the order in which they have begun. */
  readonly views: Map<string, RunView>
  state: (() => TestResult) | undefined
  /** When it is over. */
  model: PageModel | undefined
}

const shownAs = (label: string): Shown => ({ label, views: new Map(), state: undefined, model: undefined })

export async function serveLive({ host, port }: HostPort): Promise<LiveWeb> {
  const clients = new Set<ServerResponse>()
  let shown = shownAs('run')
  const server = createServer((request, response) => answer(request, response, { clients, shown: () => shown }))
  server.on('clientError', (_, socket) => socket.destroy())
  await listen(server, host, port)
  const send = <Name extends keyof PageEvents>(name: Name, data: () => PageEvents[Name]) => {
    if (clients.size === 0) return
    const text = eventText(name, data())
    for (const client of clients) write(client, text)
  }
  const end = (model: PageModel) => {
    shown.model = model
    send('final', () => model)
  }
  return {
    url: urlOf(server, host),
    begin(label) {
      const isNext = shown.model !== undefined
      shown = shownAs(label)
      if (isNext) send('next', () => ({}))
    },
    onView(view, label = shown.label) {
      shown.views.set(label, view)
      send('second', () => secondOf(label, view, -1))
    },
    onTick: (tick, label = shown.label) => send('tick', () => ({ label, tick })),
    onState(state) {
      shown.state = state
      send('test', () => pageTest(state()))
    },
    finish: result => end(pageModel([{ label: shown.label, result }])),
    finishTest: test => end(testPageModel(test)),
    close: () => close(server, clients),
  }
}

function close(server: Server, clients: ReadonlySet<ServerResponse>): Promise<void> {
  return new Promise(resolve => {
    // Who listens has all of it when its stream has ended; connections without a request are of no use to anybody.
    server.close(() => resolve())
    for (const client of clients) client.end()
    server.closeIdleConnections()
  })
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `cannot listen on ${host}:${port}: ${cause.code ?? cause.message}`
      const hint = 'Choose another address with --web; another process may have this one.'
      reject(new MillraceError('OUTPUT_FAILED', message, { cause, hint }))
    })
    server.listen(port, host, resolve)
  })
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as { port: number }
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`
}

const eventText = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

function write(client: ServerResponse, text: string): void {
  if (client.writableLength > behindBytesMax) client.destroy()
  else client.write(text)
}

/** From this window on; negative: so many from the end. */
function secondOf(label: string, view: RunView, from: number): PageSecond {
  const { windows, heatMaps: _, ...result } = view.result()
  const windowsFrom = from < 0 ? Math.max(0, windows.length + from) : from
  const grown = { windowsFrom, windows: windows.slice(windowsFrom), heatMaps: view.heatMaps(), curves: view.curves() }
  return { label, result, ...grown }
}

interface Serving {
  readonly clients: Set<ServerResponse>
  shown(): Shown
}

function answer({ method, url }: IncomingMessage, response: ServerResponse, serving: Serving): void {
  const { pathname } = new URL(url ?? '/', 'http://run')
  if (method !== 'GET' && method !== 'HEAD') return text(response, 405, 'GET or HEAD only\n')
  if (pathname === '/') return page(response, serving.shown())
  if (pathname === eventsPath) return events(response, serving)
  if (pathname === '/result.json') return resultJson(response, serving.shown())
  return text(response, 404, `not found; there are: / ${eventsPath} /result.json\n`)
}

function text(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
}

/** Before the first second there is nothing to draw: the browser comes again. */
const waiting = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="1"><title>millrace</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><meta name="color-scheme" content="light dark">
<p style="font: 16px system-ui, sans-serif; margin: 3em">The run is about to begin.</p>
`

function page(response: ServerResponse, shown: Shown): void {
  const html = 'text/html; charset=utf-8'
  if (shown.model !== undefined) return text(response, 200, htmlPage(shown.model), html)
  if (shown.views.size === 0 && shown.state === undefined) return text(response, 200, waiting, html)
  return text(response, 200, htmlPage({ ...growing(shown), live: { events: eventsPath } }), html)
}

function growing({ views, state }: Shown): PageModel {
  const runs = [...views].map(
    ([label, view]): PageRun => ({
      label,
      result: { ...view.result(), heatMaps: view.heatMaps() },
      curves: view.curves(),
    }),
  )
  return { kind: 'millrace-page', version: 1, runs, ...(state !== undefined && { test: pageTest(state()) }) }
}

function events(response: ServerResponse, { clients, shown }: Serving): void {
  if (clients.size >= clientsMax) return text(response, 503, `at most ${clientsMax} pages at a time\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  // Whoever listens knows that it does, before there is anything to hear.
  response.flushHeaders()
  const { views, state, model } = shown()
  // Seconds that went by between the page and its events would be missing.
  if (model !== undefined) response.write(eventText('final', model))
  else {
    for (const [label, view] of views) response.write(eventText('second', secondOf(label, view, 0)))
    if (state !== undefined) response.write(eventText('test', pageTest(state())))
  }
  clients.add(response)
  response.on('close', () => clients.delete(response))
}

function resultJson(response: ServerResponse, shown: Shown): void {
  const model = shown.model ?? growing(shown)
  const result = testOfPage(model) ?? model.runs[0]?.result
  if (result === undefined) return text(response, 503, 'the run is about to begin\n')
  return text(response, 200, JSON.stringify(result), 'application/json')
}

// The control endpoint: what is to go wrong, and what has happened, for scripts and other languages. HTTP and JSON on
// loopback. It has no users: whoever reaches the port may use it, so it is off unless asked for, and browsers are refused.
//
//   GET    /stats                  memory, connections, topics, partitions
//   GET    /faults                 POST /faults {"rule": "stall:api=Produce,for=2s"} or a fault as an object
//   DELETE /faults                 DELETE /faults/f1
//   POST   /leaders                {"topic": "t", "partition": 0, "broker": 2}      (without broker: the next in sync)
//   POST   /isr                    {"topic": "t", "partition": 0, "out": 2}         (without out: all back in)
//   POST   /brokers/2/stop         POST /brokers/2/start
//   POST   /connections/close      {"broker": 2}                                    (without broker: all)
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConfigProblem, configError, isMillraceError, MillraceError } from '../core/errors.ts'
import { parseFault, readFault } from './faults/read-fault.ts'
import type { EmbeddedCluster } from './start.ts'

const bodyBytesMax = 64 * 1024
const requestMsMax = 10_000
const host = '127.0.0.1'

export interface ControlServer {
  readonly url: string
  close(): Promise<void>
}

/** Port 0: any free one. */
export async function startControl(cluster: Pick<EmbeddedCluster, 'run'>, port: number): Promise<ControlServer> {
  const server = createServer({ requestTimeout: requestMsMax }, (request, response) => {
    answer(cluster, request).then(({ status, body }) => {
      const text = body === undefined ? '' : `${JSON.stringify(body, null, 2)}\n`
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(text)
    })
  })
  await listen(server, port)
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${host}:${bound}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const hint = 'Choose another --control-port, or 0 for any free one.'
      reject(
        new MillraceError('BROKER_UNREACHABLE', `cannot listen on ${host}:${port}: ${cause.message}`, { cause, hint }),
      )
    })
    server.listen(port, host, resolve)
  })
}

interface Answer {
  readonly status: number
  readonly body?: unknown
}

async function answer(cluster: Pick<EmbeddedCluster, 'run'>, request: IncomingMessage): Promise<Answer> {
  try {
    // A page in a browser on this machine could reach loopback too; it always says where it comes from.
    if (request.headers.origin !== undefined) return refusal(403, 'FORBIDDEN', 'not for browsers')
    const route = routeOf(request)
    if (typeof route === 'number') return refusal(route, 'NOT_FOUND', `no ${request.method} ${request.url} here`)
    const body = request.method === 'POST' ? await readBody(request) : {}
    return await route(cluster, body)
  } catch (error) {
    if (!isMillraceError(error)) return refusal(500, 'INTERNAL', error instanceof Error ? error.message : String(error))
    const status = error.code === 'TOPIC_UNKNOWN' ? 404 : error.code === 'CONFIG_INVALID' ? 400 : 500
    return { status, body: { error: { code: error.code, message: error.message, hint: error.hint } } }
  }
}

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
})

type Body = Readonly<Record<string, unknown>>
type Route = (cluster: Pick<EmbeddedCluster, 'run'>, body: Body) => Promise<Answer>

/** The way to take, or the status: 404 not here, 405 not like this. */
function routeOf({ method = '', url = '' }: IncomingMessage): Route | number {
  const parts = (url.split('?')[0] ?? '').split('/').slice(1)
  const [first = '', second, third] = parts
  const routes = first === 'brokers' ? brokerRoutes(second, third) : fixedRoutes(first, second, parts.length)
  if (routes === undefined) return 404
  return routes[method] ?? 405
}

function fixedRoutes(first: string, second: string | undefined, depth: number): Record<string, Route> | undefined {
  if (first === 'faults' && second !== undefined && depth === 2) return { DELETE: removeFault(second) }
  if (first === 'connections' && second === 'close' && depth === 2) return { POST: closeConnections }
  if (depth > 1) return undefined
  switch (first) {
    case 'stats':
      return { GET: async ({ run }) => ({ status: 200, body: await run('stats') }) }
    case 'faults':
      return { GET: listFaults, POST: addFault, DELETE: clearFaults }
    case 'leaders':
      return { POST: moveLeader }
    case 'isr':
      return { POST: changeIsr }
    default:
      return undefined
  }
}

function brokerRoutes(id: string | undefined, action: string | undefined): Record<string, Route> | undefined {
  if (id === undefined || !/^\d{1,9}$/.test(id) || (action !== 'stop' && action !== 'start')) return undefined
  const name = action === 'stop' ? 'stopBroker' : 'startBroker'
  const route: Route = async ({ run }) => {
    await run(name, Number(id))
    return { status: 204 }
  }
  return { POST: route }
}

// ---- faults ----

const listFaults: Route = async ({ run }) => ({ status: 200, body: await run('listFaults') })

const addFault: Route = async ({ run }, body) => {
  const fault = typeof body.rule === 'string' ? parseFault(body.rule, 'rule') : readFault(body)
  return { status: 201, body: await run('addFault', fault) }
}

const clearFaults: Route = async ({ run }) => {
  await run('clearFaults')
  return { status: 204 }
}

const removeFault =
  (id: string): Route =>
  async ({ run }) =>
    (await run('removeFault', id)) ? { status: 204 } : refusal(404, 'NOT_FOUND', `there is no fault ${id}`)

// ---- the cluster ----

const moveLeader: Route = async ({ run }, body) => {
  const fields = new BodyReader(body)
  const { topic, partition } = fields.partition()
  const broker = fields.optionalWhole('broker')
  fields.throwIfInvalid()
  const moved = await run('moveLeader', topic, partition, broker)
  return moved ? { status: 200, body: { moved } } : refusal(409, 'CONFLICT', 'no broker in sync can take it over')
}

const changeIsr: Route = async ({ run }, body) => {
  const fields = new BodyReader(body)
  const { topic, partition } = fields.partition()
  const out = fields.optionalWhole('out')
  fields.throwIfInvalid()
  if (out === undefined) {
    await run('restoreIsr', topic, partition)
    return { status: 204 }
  }
  const shrunk = await run('shrinkIsr', topic, partition, out)
  return shrunk
    ? { status: 200, body: { shrunk } }
    : refusal(409, 'CONFLICT', `broker ${out} is not in sync, or the last`)
}

const closeConnections: Route = async ({ run }, body) => {
  const fields = new BodyReader(body)
  const broker = fields.optionalWhole('broker')
  fields.throwIfInvalid()
  return { status: 200, body: { closed: await run('closeConnections', broker) } }
}

// ---- bodies ----

async function readBody(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = []
  let byteLength = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    byteLength += part.length
    if (byteLength > bodyBytesMax) throw problem(`is more than ${bodyBytesMax} bytes`)
    parts.push(part)
  }
  if (byteLength === 0) return {}
  const value = parsedJson(Buffer.concat(parts).toString())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw problem('must be a JSON object')
  return value as Body
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw problem(`is no JSON: ${(error as Error).message}`)
  }
}

const problem = (message: string) =>
  configError([{ path: 'body', message }], { hint: 'docs/broker.md shows examples.' })

/** Takes fields out of a body and collects what is wrong with them. */
class BodyReader {
  readonly #body: Body
  readonly #problems: ConfigProblem[] = []

  constructor(body: Body) {
    this.#body = body
  }

  partition(): { topic: string; partition: number } {
    const { topic } = this.#body
    if (typeof topic !== 'string') this.#problems.push({ path: 'topic', message: 'must be the name of a topic' })
    const partition = this.optionalWhole('partition')
    if (partition === undefined) this.#problems.push({ path: 'partition', message: 'must be a partition of the topic' })
    return { topic: String(topic), partition: partition ?? -1 }
  }

  optionalWhole(name: string): number | undefined {
    const value = this.#body[name]
    if (value === undefined) return undefined
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    this.#problems.push({ path: name, message: 'must be a whole number from 0' })
    return undefined
  }

  throwIfInvalid(): void {
    if (this.#problems.length > 0) throw configError(this.#problems, { hint: 'docs/broker.md shows examples.' })
  }
}

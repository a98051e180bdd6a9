// Shows what is told of Kafka Connect: states, tasks, restarts that were seen, and a cluster that does not answer, by its name.
// Method: an HTTP server that answers as a Connect worker does; test/kafka/agents-connect.test.ts asks a real one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectCollector } from '../../../agents/collectors/connect.ts'
import { parseConnectTarget } from '../../../agents/source/connect.ts'
import type { Cluster } from '../../../wire/cluster.ts'
import { looker } from '../look.ts'

interface Task {
  readonly state: string
  readonly worker: string
}

let server: Server
let url: string
let status = 200
let seenAuthorization: string | undefined
let tasks: readonly Task[] = []
let connectorState = 'RUNNING'

beforeEach(async () => {
  status = 200
  connectorState = 'RUNNING'
  tasks = [{ state: 'RUNNING', worker: 'a' }]
  server = createServer((request, response) => {
    seenAuthorization = request.headers.authorization
    response.statusCode = status
    const body = request.url === '/' ? { version: '4.3.1', commit: 'x', kafka_cluster_id: 'id' } : connectors()
    response.end(JSON.stringify(body))
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterEach(() => new Promise(done => server.close(done)))

const connectors = () => ({
  orders: {
    status: {
      name: 'orders',
      connector: { state: connectorState, worker_id: 'a' },
      tasks: tasks.map(({ state, worker }, id) => ({ id, state, worker_id: worker })),
      type: 'sink',
    },
    info: { name: 'orders', config: { 'connector.class': 'org.example.JdbcSink', password: 'secret' }, tasks: [] },
  },
})

// It asks no broker.
const noCluster = undefined as unknown as Cluster
const start = (more: Readonly<Record<string, unknown>> = {}, name = 'prod') =>
  looker(connectCollector, noCluster, { values: { url: [{ name, urls: [url] }], ...more } })

describe('the connect collector', () => {
  it('tells connectors and tasks, with their states, and nothing of their settings', async () => {
    tasks = [
      { state: 'RUNNING', worker: 'a' },
      { state: 'FAILED', worker: 'b' },
    ]
    const { lines, value, gaps } = await start()()
    const connector = 'cluster="c",connect="prod",connector="orders"'
    expect(gaps).toEqual([])
    expect(value('connect_up{cluster="c",connect="prod"}')).toBe(1)
    expect(value('connect_info{cluster="c",connect="prod",version="4.3.1"}')).toBe(1)
    expect(value(`connect_connector_info{${connector},type="sink",class="JdbcSink"}`)).toBe(1)
    expect(value(`connect_connector_state{${connector},state="running"}`)).toBe(1)
    expect(value(`connect_connector_tasks{${connector}}`)).toBe(2)
    expect(value(`connect_task_state{${connector},task="1",state="failed"}`)).toBe(1)
    expect(value(`connect_task_state{${connector},task="1",state="running"}`)).toBe(0)
    expect(lines.join()).not.toContain('secret')
  })

  it('a state of a newer worker is told as it is', async () => {
    connectorState = 'HIBERNATING'
    const { value } = await start()()
    expect(value('connect_connector_state{cluster="c",connect="prod",connector="orders",state="hibernating"}')).toBe(1)
  })

  it('counts a task that runs again, or elsewhere; not one that starts for the first time', async () => {
    const look = start()
    const seen: (number | undefined)[] = []
    for (const now of [
      { state: 'UNASSIGNED', worker: 'a' },
      { state: 'RUNNING', worker: 'a' },
      { state: 'FAILED', worker: 'a' },
      { state: 'RUNNING', worker: 'a' },
      { state: 'RUNNING', worker: 'b' },
      { state: 'RUNNING', worker: 'b' },
    ]) {
      tasks = [now]
      const { value } = await look()
      seen.push(value('connect_task_restarts_total{cluster="c",connect="prod",connector="orders",task="0"}'))
    }
    expect(seen).toEqual([0, 0, 0, 1, 2, 2])
  })

  it.each([
    { what: 'refuses', status: 401, reason: 'authorization' },
    { what: 'is busy with a rebalance', status: 409, reason: 'refused' },
  ])('a worker that $what is down, with a reason', async ({ status: answered, reason }) => {
    status = answered
    const { value, gaps } = await start()()
    expect(value('connect_up{cluster="c",connect="prod"}')).toBe(0)
    expect(gaps).toMatchObject([{ about: 'connect', name: 'prod', reason }])
  })

  it('asks the next worker when one is gone, and tells when all are', async () => {
    const gone = 'http://127.0.0.1:1/'
    const urls = (list: readonly string[]) => ({ url: [{ name: 'prod', urls: list }] })
    expect((await start(urls([gone, url]))()).value('connect_up{cluster="c",connect="prod"}')).toBe(1)
    const { value, gaps } = await start(urls([gone]))()
    expect(value('connect_up{cluster="c",connect="prod"}')).toBe(0)
    expect(gaps).toMatchObject([{ about: 'connect', reason: 'broker_unreachable' }])
  })

  it('authenticates with the password that the file holds now', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-connect-'))
    const file = join(folder, 'password')
    const look = start({ user: 'me', 'password-file': file })
    expect((await look()).gaps).toMatchObject([{ reason: 'authorization' }])
    await writeFile(file, 'geheim\n')
    await look()
    expect(seenAuthorization).toBe(`Basic ${Buffer.from('me:geheim').toString('base64')}`)
    await rm(folder, { recursive: true })
  })
})

describe('an address', () => {
  it.each([
    {
      text: 'prod=http://w1:8083,http://w2:8083',
      value: { name: 'prod', urls: ['http://w1:8083/', 'http://w2:8083/'] },
    },
    { text: 'https://w1', value: { name: 'w1', urls: ['https://w1/'] } },
  ])('$text', ({ text, value }) => {
    expect(parseConnectTarget(text)).toEqual({ value })
  })

  it.each(['w1:8083', 'ftp://w1', 'http://user:word@w1', 'prod=', ''])('%s is refused', text => {
    expect(parseConnectTarget(text)).toHaveProperty('problem')
  })
})

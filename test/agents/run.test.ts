// Shows a running agent over HTTP: its page in both dialects, readiness, a cluster that comes late, and a broker that dies while the
// page goes on. Method: the agent against the embedded broker, as a scraper sees it.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Agent, type AgentSettings, collectorSettings, everything, startAgent } from '../../agents/index.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { commitOffsets, createTopic } from '../../wire/admin.ts'
import { Cluster } from '../../wire/cluster.ts'
import { settingsOf } from '../kafka/settings.ts'
import { append } from './writing.ts'

const waiting = { timeout: 20_000, interval: 20 }
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startEmbedded(options: Parameters<typeof startBroker>[0] = {}): Promise<EmbeddedCluster> {
  const brokers = await startBroker(options)
  closers.push(() => brokers.close())
  return brokers
}

async function start(bootstrap: string): Promise<Agent> {
  const often = { intervalMs: 50, timeoutMs: 2_000 }
  const collectors = collectorSettings({ lag: often, brokers: often, topics: often })
  const client = settingsOf(bootstrap, { requestTimeoutMs: 2_000, connectTimeoutMs: 1_000 })
  const listen = { host: '127.0.0.1', port: 0 }
  const cluster = {
    name: 'one',
    client,
    groups: everything,
    topics: everything,
    collectors,
    profiles: ['native'],
  } as const
  const settings: AgentSettings = { clusters: [cluster], listen }
  const agent = await startAgent(settings, () => {})
  closers.push(() => agent.close())
  return agent
}

const get = async (url: string, accept = 'text/plain') => {
  const response = await fetch(url, { headers: { accept } })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

async function fill(bootstrap: string): Promise<void> {
  const cluster = await Cluster.connect(settingsOf(bootstrap))
  await createTopic(cluster, { name: 'orders', partitions: 2, replicationFactor: 1 })
  await append(
    cluster,
    'orders',
    0,
    [1, 2, 3].map(() => Date.now()),
  )
  await commitOffsets(cluster, 'billing', 'orders', new Map([[0, 1]]))
  await cluster.close()
}

const lagLine = 'millrace_consumer_group_lag_offsets{cluster="one",group="billing"} 2'

describe('the agent', () => {
  it('serves lag, its own health and that of its process, in both dialects', async () => {
    const { bootstrap } = await startEmbedded()
    await fill(bootstrap)
    const { url } = await start(bootstrap)
    await vi.waitFor(async () => expect((await get(`${url}/readyz`)).status).toBe(200), waiting)
    const plain = await get(`${url}/metrics`)
    expect(plain.type).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const line of [lagLine, 'process_cpu_seconds_total ', 'millrace_agent_info{version='])
      expect(plain.text).toContain(line)
    const open = await get(`${url}/metrics`, 'application/openmetrics-text;version=1.0.0')
    expect(open.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(open.text.match(/# EOF/g)).toHaveLength(1)
    expect(open.text.endsWith('# EOF\n')).toBe(true)
    expect((await get(`${url}/healthz`)).text).toBe('ok\n')
    expect((await get(`${url}/nothing`)).status).toBe(404)
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
  })

  it('answers while its cluster cannot be reached, says what is missing, and finds the cluster when it comes', async () => {
    const first = await startEmbedded()
    const [, port] = first.bootstrap.split(':')
    await first.close()
    closers.length = 0
    const { url } = await start(`127.0.0.1:${port}`)
    expect(await get(`${url}/readyz`)).toMatchObject({
      status: 503,
      text: expect.stringMatching(/^one: not connected\none: lag has not looked yet\n/),
    })
    expect((await get(`${url}/metrics`)).status).toBe(200)
    const { bootstrap } = await startEmbedded({ port: Number(port) })
    await fill(bootstrap)
    await vi.waitFor(async () => expect((await get(`${url}/metrics`)).text).toContain(lagLine), waiting)
  })

  it('goes on when the cluster dies: the last data, and that it is old', async () => {
    const brokers = await startEmbedded()
    await fill(brokers.bootstrap)
    const { url } = await start(brokers.bootstrap)
    await vi.waitFor(async () => expect((await get(`${url}/metrics`)).text).toContain(lagLine), waiting)
    await brokers.run('stopBroker', 1)
    await vi.waitFor(async () => {
      const { text } = await get(`${url}/metrics`)
      expect(text).toContain('millrace_collector_success{cluster="one",collector="lag"} 0')
      expect(text).toContain(lagLine)
    }, waiting)
    await brokers.run('startBroker', 1)
    await vi.waitFor(async () => {
      expect((await get(`${url}/metrics`)).text).toContain(
        'millrace_collector_success{cluster="one",collector="lag"} 1',
      )
    }, waiting)
  })
})

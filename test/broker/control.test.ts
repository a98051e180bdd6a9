// Shows the control endpoint from outside: everything it can be asked, and what it says to what it does not understand.
// Method: real HTTP to a cluster of three in a thread of its own.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ControlServer, startControl } from '../../broker/control.ts'
import { parseFault } from '../../broker/faults/read-fault.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { faultsOfEveryKind } from './faults/every-kind.ts'

let cluster: EmbeddedCluster
let control: ControlServer

beforeAll(async () => {
  cluster = await startBroker({ brokers: 3 })
  await cluster.run('createTopic', { name: 't', partitions: 3, replicationFactor: 3 })
  control = await startControl(cluster, 0)
})
beforeEach(() => cluster.faults.clear())
afterAll(async () => {
  await control.close()
  await cluster.close()
})

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(control.url + path, { method, headers, ...(body === undefined ? {} : { body: text }) })
  const answer = await response.text()
  return { status: response.status, body: (answer === '' ? undefined : JSON.parse(answer)) as unknown }
}

describe('the control endpoint', () => {
  it('is on loopback', () => {
    expect(control.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('faults: by rule and as an object, listed, removed one by one and together', async () => {
    const rule = await ask('POST', '/faults', { rule: 'stall:api=Produce,for=2s,after=1h' })
    expect(rule).toMatchObject({ status: 201, body: { state: 'waiting', fault: { forMs: 2000 } } })
    const object = await ask('POST', '/faults', { match: { topic: 't' }, effect: { kind: 'delay', ms: 5 } })
    expect(object).toMatchObject({ status: 201, body: { state: 'active' } })
    const [first, second] = [rule, object].map(({ body }) => (body as { id: string }).id)
    expect((await ask('GET', '/faults')).body).toMatchObject([{ id: first }, { id: second }])
    expect((await ask('DELETE', `/faults/${first}`)).status).toBe(204)
    expect((await ask('DELETE', `/faults/${first}`)).status).toBe(404)
    expect((await ask('DELETE', '/faults')).status).toBe(204)
    expect((await ask('GET', '/faults')).body).toEqual([])
  })

  it.each(faultsOfEveryKind)('takes $rule, as text and as an object, and so does code', async ({ rule, fault }) => {
    const answers = [await ask('POST', '/faults', { rule }), await ask('POST', '/faults', fault)]
    await cluster.faults.add(parseFault(rule))
    await cluster.faults.add(fault)
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    const listed = (await ask('GET', '/faults')).body as { fault: unknown; state: string }[]
    expect(listed).toHaveLength(4)
    for (const each of listed) expect(each).toMatchObject({ state: 'waiting', fault })
  })

  it('leaders, ISR, brokers, connections and numbers', async () => {
    expect((await ask('GET', '/stats')).body).toMatchObject({ topics: 1, partitions: 3, underReplicated: 0 })
    expect(await ask('POST', '/leaders', { topic: 't', partition: 0 })).toMatchObject({ status: 200 })
    expect(await ask('POST', '/isr', { topic: 't', partition: 0, out: 3 })).toMatchObject({ status: 200 })
    expect((await ask('GET', '/stats')).body).toMatchObject({ underReplicated: 1 })
    expect(await ask('POST', '/leaders', { topic: 't', partition: 0, broker: 3 })).toMatchObject({ status: 409 })
    expect(await ask('POST', '/isr', { topic: 't', partition: 0, out: 3 })).toMatchObject({ status: 409 })
    expect(await ask('POST', '/isr', { topic: 't', partition: 0 })).toMatchObject({ status: 204 })
    expect(await ask('POST', '/brokers/2/stop')).toMatchObject({ status: 204 })
    expect((await ask('GET', '/stats')).body).toMatchObject({ underReplicated: 3 })
    expect(await ask('POST', '/brokers/2/start')).toMatchObject({ status: 204 })
    expect((await ask('GET', '/stats')).body).toMatchObject({ underReplicated: 0, offline: 0 })
    expect(await ask('POST', '/connections/close')).toEqual({ status: 200, body: { closed: 0 } })
  })

  const wrong = [
    { method: 'GET', path: '/', status: 404 },
    { method: 'GET', path: '/fault', status: 404 },
    { method: 'GET', path: '/stats/more', status: 404 },
    { method: 'POST', path: '/brokers/x/stop', status: 404 },
    { method: 'POST', path: '/brokers/1/burn', status: 404 },
    { method: 'PUT', path: '/faults', status: 405 },
    { method: 'GET', path: '/brokers/1/stop', status: 405 },
    { method: 'POST', path: '/faults', body: '{', status: 400, says: 'is no JSON' },
    { method: 'POST', path: '/faults', body: '[]', status: 400, says: 'must be a JSON object' },
    { method: 'POST', path: '/faults', body: {}, status: 400, says: 'must be an object with an effect' },
    { method: 'POST', path: '/faults', body: { rule: 'burn' }, status: 400, says: 'is no fault' },
    { method: 'POST', path: '/faults', body: 'x'.repeat(70_000), status: 400, says: 'is more than' },
    { method: 'POST', path: '/leaders', body: { partition: -1 }, status: 400, says: 'topic: must be the name' },
    { method: 'POST', path: '/leaders', body: { topic: 'no', partition: 0 }, status: 404, says: 'no partition 0' },
    { method: 'POST', path: '/isr', body: { topic: 't', partition: 0, out: 9 }, status: 400, says: 'no broker 9' },
    { method: 'POST', path: '/brokers/9/stop', status: 400, says: 'no broker 9' },
  ]
  it.each(wrong)('$method $path $body: $status', async ({ method, path, body, status, says }) => {
    const answer = await ask(method, path, body)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.body)).toContain(says ?? 'here')
  })

  it('refuses a page in a browser', async () => {
    const answer = await ask('POST', '/faults', { rule: 'stall' }, { origin: 'http://evil.example' })
    expect(answer.status).toBe(403)
    expect((await ask('GET', '/faults')).body).toEqual([])
  })

  it('says so when its port is taken', async () => {
    const port = Number(new URL(control.url).port)
    await expect(startControl(cluster, port)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })
})

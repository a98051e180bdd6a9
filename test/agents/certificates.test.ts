// Shows the ends of TLS certificates on the page: of the brokers' own listener and of one that the agent is told of; renewed ones
// are seen, and a listener that does not speak TLS is a gap with its address.
import { createServer } from 'node:net'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokersCollector } from '../../agents/collectors/brokers.ts'
import { parseAddress } from '../../agents/source/certificates.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { Cluster } from '../../wire/cluster.ts'
import { clientDefaults } from '../../wire/settings.ts'
import { selfSigned } from '../wire/self-signed.ts'
import { looker } from './look.ts'

const ofBroker = selfSigned('millrace')
let brokers: EmbeddedCluster
let cluster: Cluster
beforeAll(async () => {
  const pair = { cert: ofBroker.certificatePem, key: ofBroker.keyPem }
  brokers = await startBroker({ inThread: true, tls: pair })
  const trust = { caPem: ofBroker.certificatePem, verifyHostname: false }
  cluster = await Cluster.connect({
    ...clientDefaults,
    bootstrap: brokers.brokers,
    securityProtocol: 'SSL',
    tls: trust,
  })
})
afterAll(async () => {
  await cluster?.close()
  await brokers?.close()
})

const sampleOf = (address: string, subject: string) =>
  `listener_certificate_expiry_timestamp_seconds{cluster="c",address="${address}",subject="${subject}"}`

async function listening<S extends import('node:net').Server>(server: S): Promise<{ host: string; port: number }> {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return { host: '127.0.0.1', port: (server.address() as { port: number }).port }
}

describe('certificates', () => {
  it('of the brokers as they are reached: the end, as the certificate says it', async () => {
    const { value, gaps } = await looker(brokersCollector, cluster)()
    expect(gaps).toEqual([])
    expect(value(sampleOf(brokers.bootstrap, 'millrace'))).toBe(Date.parse('2049-12-31T23:59:59Z') / 1000)
  })

  it('of another listener, and a new one once it is looked at again', async () => {
    let shown = selfSigned('first')
    const server = tls.createServer({ cert: shown.certificatePem, key: shown.keyPem })
    const address = await listening(server)
    let nowMs = 0
    const values = { 'certificate-of': [address], 'certificate-interval': 60_000 }
    const look = looker(brokersCollector, cluster, { values, nowMs: () => nowMs })
    const name = `${address.host}:${address.port}`
    expect((await look()).value(sampleOf(name, 'first'))).toBeGreaterThan(Date.now() / 1000)
    shown = selfSigned('second')
    server.setSecureContext({ cert: shown.certificatePem, key: shown.keyPem })
    expect((await look()).value(sampleOf(name, 'first'))).toBeDefined()
    nowMs = 60_000
    const { value } = await look()
    expect([value(sampleOf(name, 'first')), value(sampleOf(name, 'second'))]).toEqual([undefined, expect.any(Number)])
    await new Promise(done => server.close(done))
  })

  it('a listener that is none is a gap, and the brokers are told all the same', async () => {
    const server = createServer(socket => socket.resume().end('SSH-2.0-no\r\n'))
    const address = await listening(server)
    const { value, gaps } = await looker(brokersCollector, cluster, { values: { 'certificate-of': [address] } })()
    expect(gaps).toMatchObject([{ about: 'broker', name: `127.0.0.1:${address.port}` }])
    expect(value('broker_up{cluster="c",broker="1"}')).toBe(1)
    await new Promise(done => server.close(done))
  })
})

it.each([
  { text: 'broker-1:9093', value: { host: 'broker-1', port: 9093 } },
  { text: '[::1]:9093', value: { host: '::1', port: 9093 } },
])('the address $text', ({ text, value }) => {
  expect(parseAddress(text)).toEqual({ value })
})

it.each(['broker-1', 'broker-1:', ':9093', 'broker-1:99999', 'https://broker-1:9093'])('%s is no address', text => {
  expect(parseAddress(text)).toHaveProperty('problem')
})

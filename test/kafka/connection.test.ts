// Shows that connections to both brokers open under every security protocol and mechanism, that authentication is renewed
// under load, that records cross TLS unharmed, and that each way of getting the settings wrong is told apart.
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { MillraceError } from '../../core/errors.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { createTopics } from '../../wire/apis/19-create-topics.ts'
import { type Connection, type ConnectionDeps, openConnection } from '../../wire/connection.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'
import { decodeBatches } from '../../wire/record-batch/decode.ts'
import type { ClientSettings, HostPort, SaslSettings, TlsSettings } from '../../wire/settings.ts'
import { describeBrokers } from './brokers/describe-brokers.ts'
import type { BrokerTarget, ClusterOptions, TestCluster } from './brokers/target.ts'
import { kafkaVersionOldest } from './harness/index.ts'
import { hostPorts, settingsOf } from './settings.ts'

const [username, password] = ['millrace', 'millrace-secret']
type PasswordMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

const user = (mechanism: PasswordMechanism, secret = password): Partial<ClientSettings> => ({
  securityProtocol: 'SASL_PLAINTEXT',
  sasl: { mechanism, username, password: secret },
})

function connect(bootstrap: string, more: Partial<ClientSettings> = {}, deps: ConnectionDeps = {}) {
  return openConnection(hostPorts(bootstrap)[0]!, settingsOf(bootstrap, more), deps)
}

/** Opens, asks something, closes. */
async function visit(bootstrap: string, more?: Partial<ClientSettings>): Promise<string | null> {
  const connection = await connect(bootstrap, more)
  const { clusterId, brokers } = await connection.send(metadata, { topics: [] })
  expect(brokers.length).toBe(1)
  await connection.close()
  return clusterId
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('should have failed'),
    error => error as MillraceError,
  )

/** A cluster for all tests of one suite. */
function clusterOf(broker: BrokerTarget, options: ClusterOptions): () => TestCluster {
  let kafka: TestCluster
  beforeAll(async () => {
    kafka = await broker.start(options)
  })
  afterAll(() => kafka?.stop())
  return () => kafka
}

describeBrokers('PLAINTEXT and SASL_PLAINTEXT', broker => {
  const lifetimeMs = 4_000
  const kafka = clusterOf(broker, {
    security: 'SASL_PLAINTEXT',
    saslMechanisms: ['PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER', 'SCRAM-SHA-512'],
    reauthMsMax: lifetimeMs,
  })
  const withToken = (token: Extract<SaslSettings, { mechanism: 'OAUTHBEARER' }>['token']): Partial<ClientSettings> => ({
    securityProtocol: 'SASL_PLAINTEXT',
    sasl: { mechanism: 'OAUTHBEARER', token },
  })

  it('opens without security, by address and by name', async () => {
    const { adminBootstrap } = kafka()
    const clusterId = await visit(adminBootstrap)
    expect(clusterId).toMatch(/^[\w-]{22}$/)
    expect(await visit(adminBootstrap.replace('127.0.0.1', 'localhost'))).toBe(clusterId)
  })

  it('negotiates the versions and hears of the feature levels', async () => {
    const connection = await connect(kafka().adminBootstrap)
    expect(connection.versionOf(metadata)).toBe(metadata.versions[1])
    expect(connection.apiVersions.finalizedFeatures.map(feature => feature.name)).toContain('metadata.version')
    await connection.close()
  })

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('lets a user in with %s', async mechanism => {
    await visit(kafka().bootstrap, user(mechanism))
  })

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    'does not with a wrong password and %s',
    async mechanism => {
      const error = await failureOf(connect(kafka().bootstrap, user(mechanism, 'wrong-secret')))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
      expect(error.message).toMatch(
        new RegExp(`^${kafka().bootstrap} refused the user with ${mechanism}: .*invalid`, 'i'),
      )
      expect(error.message).not.toContain('wrong-secret')
    },
  )

  broker.needs('oauthBearer', () => {
    it('lets a bearer of a token in, and not with a token that has ended', async () => {
      await visit(kafka().bootstrap, withToken({ kind: 'unsecured', subject: 'alice', lifetimeSeconds: 60 }))
      const ended = withToken({ kind: 'unsecured', subject: 'alice', lifetimeSeconds: -60 })
      const error = await failureOf(connect(kafka().bootstrap, ended))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
      expect(error.message).toBe(`${kafka().bootstrap}: OAUTHBEARER: the broker refused the token: invalid_token`)
    })
  })

  // Side by side, because it takes time; and each renewal as early as it can come, because the machine may be busy then.
  it.concurrent('renews a session with SCRAM-SHA-512 while requests flow', () => expectRenewal(user('SCRAM-SHA-512')))
  broker.needs('oauthBearer', () => {
    it.concurrent('renews a session with OAUTHBEARER while requests flow', () =>
      expectRenewal(withToken({ kind: 'unsecured', subject: 'alice', lifetimeSeconds: 3_600 })))
  })

  async function expectRenewal(settings: Partial<ClientSettings>): Promise<void> {
    const connection = await connect(kafka().bootstrap, settings, { inFlightMax: 3, random: () => 0 })
    const endMs = Date.now() + 2.5 * lifetimeMs
    let answers = 0
    let waitedForRenewal = 0
    const ask = async () => {
      while (Date.now() < endMs) {
        const answer = connection.send(metadata, { topics: [] })
        // Three askers fit into the in-flight limit: only a renewal makes one of them wait.
        if (connection.waitingRequests > 0) waitedForRenewal++
        expect((await answer).brokers.length).toBe(1)
        answers++
      }
    }
    await Promise.all([ask(), ask(), ask()])
    expect(answers).toBeGreaterThan(100)
    expect(waitedForRenewal).toBeGreaterThanOrEqual(2)
    expect(connection.isOpen).toBe(true)
    await connection.close()
  }

  it('says so when a listener that wants a user gets none', async () => {
    const error = await failureOf(visit(kafka().bootstrap))
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
    expect(error.hint).toContain('SASL_PLAINTEXT')
  })

  it('says so when a listener without users gets one', async () => {
    const error = await failureOf(connect(kafka().adminBootstrap, user('PLAIN')))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
    expect(error.hint).toContain('PLAINTEXT or SSL')
  })

  it('says so when a listener without TLS is spoken to in TLS', async () => {
    const error = await failureOf(connect(kafka().adminBootstrap, { securityProtocol: 'SSL' }))
    expect(error).toMatchObject({ code: 'TLS_FAILED' })
    expect(error.hint).toContain('PLAINTEXT')
  })
})

describeBrokers('SASL_SSL', broker => {
  const kafka = clusterOf(broker, { security: 'SASL_SSL', saslMechanisms: ['SCRAM-SHA-512'] })
  const settings = (): Partial<ClientSettings> => ({
    ...user('SCRAM-SHA-512'),
    securityProtocol: 'SASL_SSL',
    tls: { caPem: readFileSync(kafka().certificates!.ca, 'utf8'), verifyHostname: true },
  })

  it('lets a user in', async () => {
    await visit(kafka().bootstrap, settings())
  })

  it('names the mechanisms that the broker offers', async () => {
    const plain = { mechanism: 'PLAIN', username, password } as const
    const error = await failureOf(connect(kafka().bootstrap, { ...settings(), sasl: plain }))
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
    expect(error.message).toBe(`${kafka().bootstrap} does not enable PLAIN; it offers: SCRAM-SHA-512`)
  })

  it('carries records there and back unharmed', async () => {
    const connection = await connect(kafka().bootstrap, settings())
    const topicId = await createTopic(connection, 'tls')
    const value = Buffer.from(Uint8Array.from({ length: 900_000 }, (_, at) => (at * at) >> 5))
    const records = buildBatch({ records: [{ key: null, value, timestampMs: 1_700_000_000_000 }] })
    const topicData = [{ name: 'tls', topicId, partitionData: [{ index: 0, records }] }]
    // A leader that has just been elected may not know of it yet.
    await vi.waitFor(
      async () => {
        const produced = await connection.send(produce, { acks: -1, timeoutMs: 9_000, topicData })
        expect(produced.responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
      },
      { timeout: 60_000, interval: 200 },
    )

    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 2_000_000 }]
    const topics = [{ topic: 'tls', topicId, partitions }]
    const fetched = await connection.sendForFrame(fetch, { maxWaitMs: 5_000, minBytes: 1, topics })
    const [batch] = [...decodeBatches(fetched.body.responses[0]!.partitions[0]!.records ?? Buffer.alloc(0))]
    expect(batch?.records[0]?.value?.equals(value)).toBe(true)
    fetched.release()
    await connection.close()
  })
})

async function createTopic(connection: Connection, name: string): Promise<string> {
  const { topics } = await connection.send(createTopics, { topics: [{ name, numPartitions: 1, replicationFactor: 1 }] })
  expect(topics[0]!.errorCode).toBe(0)
  return topics[0]!.topicId
}

describeBrokers('SSL with client certificates', broker => {
  const kafka = clusterOf(broker, { security: 'SSL', requireClientCertificate: true })
  const pem = (path: string) => readFileSync(path, 'utf8')
  const tlsOf = (changed: Partial<TlsSettings> = {}): Partial<ClientSettings> => {
    const { ca, clientCertificate, clientKey } = kafka().certificates!
    const keyPair = { certificatePem: pem(clientCertificate), keyPem: pem(clientKey) }
    return { securityProtocol: 'SSL', tls: { caPem: pem(ca), ...keyPair, verifyHostname: true, ...changed } }
  }

  it('lets the bearer of a certificate in, by address and by name', async () => {
    await visit(kafka().bootstrap, tlsOf())
    await visit(kafka().bootstrap.replace('127.0.0.1', 'localhost'), tlsOf())
  })

  it('wants a certificate', async () => {
    const tls = { caPem: pem(kafka().certificates!.ca), verifyHostname: true }
    const error = await failureOf(connect(kafka().bootstrap, { securityProtocol: 'SSL', tls }))
    expect(error).toMatchObject({ code: 'TLS_FAILED' })
    expect(error.hint).toContain('ssl.keystore')
  })

  it('is refused when another authority signed its certificate', async () => {
    const error = await failureOf(connect(kafka().bootstrap, tlsOf({ caPem: pem(kafka().certificates!.otherCa) })))
    expect(error).toMatchObject({ code: 'TLS_FAILED', retriable: false })
    expect(error.message).toContain(`${kafka().bootstrap}: its certificate was not signed by a trusted authority`)
    expect(error.hint).toContain('ssl.truststore')
  })

  it('is refused under a name that is not in its certificate, unless names do not matter', async () => {
    await using detour = await forward('127.0.0.2', hostPorts(kafka().bootstrap)[0]!)
    const error = await failureOf(connect(detour.address, tlsOf()))
    expect(error).toMatchObject({ code: 'TLS_FAILED', retriable: false })
    expect(error.message).toContain(`${detour.address}: its certificate is for another host name`)
    await visit(detour.address, tlsOf({ verifyHostname: false }))
  })

  it('says so when it is spoken to without TLS', async () => {
    const error = await failureOf(connect(kafka().bootstrap))
    expect(error).toMatchObject({ code: 'NOT_KAFKA' })
    expect(error.hint).toContain('SSL')
  })
})

/** The same broker under another address. */
async function forward(host: string, to: HostPort): Promise<AsyncDisposable & { readonly address: string }> {
  const server = net.createServer(socket => {
    const onward = net.connect(to)
    socket.pipe(onward).pipe(socket)
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const { port } = server.address() as net.AddressInfo
  return { address: `${host}:${port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

describeBrokers(
  'passwords',
  broker => {
    const kafka = clusterOf(broker, {
      security: 'SASL_PLAINTEXT',
      saslMechanisms: ['PLAIN', 'SCRAM-SHA-512'],
    })

    it('opens without security', async () => {
      await visit(kafka().adminBootstrap)
    })

    it.each(['PLAIN', 'SCRAM-SHA-512'] as const)('lets a user in with %s', async mechanism => {
      await visit(kafka().bootstrap, user(mechanism))
    })

    it('does not with a wrong password', async () => {
      const error = await failureOf(connect(kafka().bootstrap, user('SCRAM-SHA-512', 'wrong-secret')))
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
    })
  },
  { versions: [kafkaVersionOldest] },
)

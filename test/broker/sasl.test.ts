// Shows that clients authenticate with the embedded broker, and that those who are wrong are told so and get no further:
// PLAIN and SCRAM, with and without TLS, from kafkajs and from our own connection, and the tokens one by one.
// Method: real sockets for the clients; for the tokens the messages of RFC 5802, made by hand.
import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SaslServer } from '../../broker/sasl.ts'
import { type EmbeddedCluster, startBroker } from '../../broker/start.ts'
import { isMillraceError } from '../../core/errors.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { findCoordinator } from '../../wire/apis/10-find-coordinator.ts'
import { saslHandshake } from '../../wire/apis/17-sasl-handshake.ts'
import { saslAuthenticate } from '../../wire/apis/36-sasl-authenticate.ts'
import { describeCluster } from '../../wire/apis/60-describe-cluster.ts'
import { openConnection } from '../../wire/connection.ts'
import { decodeResponse, encodeRequest } from '../../wire/frame.ts'
import { scramHmac, scramKeys, xor } from '../../wire/sasl/scram-keys.ts'
import { type ClientSettings, clientDefaults, type SecurityProtocol } from '../../wire/settings.ts'
import { Kafka, logLevel } from '../kafkajs.ts'
import { selfSigned } from '../wire/self-signed.ts'

const users = { alice: 'secret', 'b,o=b': 'pässword' }
const certificate = selfSigned('millrace')
const tls = { cert: certificate.certificatePem, key: certificate.keyPem }

let plain: EmbeddedCluster
let secure: EmbeddedCluster
let tlsOnly: EmbeddedCluster
let renewing: EmbeddedCluster

beforeAll(async () => {
  const inThread = true
  plain = await startBroker({ inThread, sasl: { users } })
  secure = await startBroker({ inThread, sasl: { users, mechanisms: ['SCRAM-SHA-512'] }, tls })
  tlsOnly = await startBroker({ inThread, tls })
  renewing = await startBroker({ inThread, sasl: { users, sessionLifetimeMs: 400 } })
})
afterAll(() => Promise.all([plain, secure, tlsOnly, renewing].map(cluster => cluster.close())))

type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

function settings(cluster: EmbeddedCluster, securityProtocol: SecurityProtocol, sasl?: ClientSettings['sasl']) {
  const trust = { caPem: certificate.certificatePem, verifyHostname: false }
  const base = { ...clientDefaults, bootstrap: cluster.brokers, securityProtocol, tls: trust }
  return sasl === undefined ? base : { ...base, sasl }
}

/** Connects and asks something; what it ends with. */
async function outcome(cluster: EmbeddedCluster, given: ClientSettings): Promise<string> {
  try {
    const connection = await openConnection(cluster.brokers[0]!, given)
    const { brokers } = await connection.send(metadata, { topics: [] })
    await connection.close()
    return `${brokers.length} broker`
  } catch (error) {
    if (isMillraceError(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

describe('our own connection', () => {
  it.each(mechanisms)('%s: the right password', async mechanism => {
    for (const [username, password] of Object.entries(users)) {
      const given = settings(plain, 'SASL_PLAINTEXT', { mechanism, username, password })
      expect(await outcome(plain, given)).toBe('1 broker')
    }
  })

  it.each(mechanisms)('%s: a wrong password, a user that is not known', async mechanism => {
    for (const [username, password] of [
      ['alice', 'wrong'],
      ['alice', ''],
      ['mallory', 'secret'],
      ['toString', 'secret'],
    ] as const) {
      const given = settings(plain, 'SASL_PLAINTEXT', { mechanism, username, password })
      const end = await outcome(plain, given)
      expect(end).toMatch(/^AUTHENTICATION_FAILED/)
      expect(end).not.toContain(password === '' ? 'secret' : password)
    }
  })

  it('SCRAM over TLS; a mechanism that is not enabled', async () => {
    const user = { username: 'alice', password: 'secret' }
    const right = settings(secure, 'SASL_SSL', { mechanism: 'SCRAM-SHA-512', ...user })
    expect(await outcome(secure, right)).toBe('1 broker')
    const other = settings(secure, 'SASL_SSL', { mechanism: 'PLAIN', ...user })
    expect(await outcome(secure, other)).toMatch(/does not enable PLAIN; it offers: SCRAM-SHA-512/)
  })

  it('without SASL where it is asked for, with SASL where nobody asks', async () => {
    expect(await outcome(plain, settings(plain, 'PLAINTEXT'))).toMatch(/CONNECTION_CLOSED/)
    const sasl = { mechanism: 'PLAIN', username: 'alice', password: 'secret' } as const
    expect(await outcome(tlsOnly, settings(tlsOnly, 'SASL_SSL', sasl))).toMatch(/listener without users/)
  })

  it('TLS; plaintext to a TLS listener', async () => {
    expect(await outcome(tlsOnly, settings(tlsOnly, 'SSL'))).toBe('1 broker')
    expect(await outcome(tlsOnly, { ...settings(tlsOnly, 'PLAINTEXT'), connectTimeoutMs: 2000 })).not.toBe('1 broker')
  })

  it('a session with an end is renewed, and works on after it (KIP-368)', async () => {
    const sasl = { mechanism: 'PLAIN', username: 'alice', password: 'secret' } as const
    const connection = await openConnection(renewing.brokers[0]!, settings(renewing, 'SASL_PLAINTEXT', sasl))
    const endMs = performance.now() + 900
    while (performance.now() < endMs) {
      expect((await connection.send(metadata, { topics: [] })).brokers).toHaveLength(1)
    }
    await connection.close()
  })

  it('a listener without users beside it lets anybody in, tells its own addresses, and knows no SASL', async () => {
    const cluster = await startBroker({ inThread: true, brokers: 2, sasl: { users }, tls, plainPort: 0 })
    const addresses = cluster.brokers.map(({ host, plainPort }) => `${host}:${plainPort}`)
    expect(cluster.plainBootstrap).toBe(addresses.join(','))
    const { host, plainPort } = cluster.brokers[1]!
    const connection = await openConnection({ host, port: plainPort! }, settings(cluster, 'PLAINTEXT'))
    const { brokers } = await connection.send(metadata, { topics: [] })
    expect(brokers.map(each => `${each.host}:${each.port}`)).toEqual(addresses)
    const described = await connection.send(describeCluster, {})
    expect(described.brokers.map(each => `${each.host}:${each.port}`)).toEqual(addresses)
    const { coordinators } = await connection.send(findCoordinator, { key: 'g', coordinatorKeys: ['g'] })
    expect(addresses).toContain(`${coordinators[0]!.host}:${coordinators[0]!.port}`)
    expect((await connection.send(saslHandshake, { mechanism: 'PLAIN' })).errorCode).toBe(34)
    await connection.close()
    expect(
      await outcome(
        cluster,
        settings(cluster, 'SASL_SSL', { mechanism: 'PLAIN', username: 'alice', password: 'secret' }),
      ),
    ).toBe('2 broker')
    await cluster.close()
  })

  it('requests other than those of authentication close a connection that is nobody’s', async () => {
    const connection = await openConnection(plain.brokers[0]!, {
      ...settings(plain, 'PLAINTEXT'),
    })
    await expect(connection.send(metadata, { topics: [] })).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  it('the end of a session that is not renewed closes the connection at its next request', async () => {
    const connection = await openConnection(renewing.brokers[0]!, settings(renewing, 'PLAINTEXT'))
    await connection.send(saslHandshake, { mechanism: 'PLAIN' })
    const answer = await connection.send(saslAuthenticate, { authBytes: Buffer.from('\0alice\0secret') })
    expect([answer.errorCode, answer.sessionLifetimeMs]).toEqual([0, 400])
    expect((await connection.send(metadata, { topics: [] })).brokers).toHaveLength(1)
    const asking = async () => {
      for (;;) await connection.send(metadata, { topics: [] })
    }
    await expect(asking()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  it('authentication without a handshake, and as another user, is refused', async () => {
    const connection = await openConnection(plain.brokers[0]!, settings(plain, 'PLAINTEXT'))
    const say = (token: string) => connection.send(saslAuthenticate, { authBytes: Buffer.from(token) })
    expect((await say('\0alice\0secret')).errorCode).toBe(34)
    await connection.send(saslHandshake, { mechanism: 'PLAIN' })
    expect((await say('\0alice\0secret')).errorCode).toBe(0)
    await connection.send(saslHandshake, { mechanism: 'PLAIN' })
    const changed = await say('\0b,o=b\0pässword')
    expect([changed.errorCode, changed.errorMessage]).toEqual([58, 'Cannot change principals during re-authentication'])
    await connection.close()
  })
})

describe('clients from before KIP-152, whose tokens come bare after SaslHandshake v0', () => {
  const sized = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const handshake = Buffer.concat(encodeRequest(saslHandshake, 0, 1, null, { mechanism: 'PLAIN' }))
  const asking = Buffer.concat(encodeRequest(metadata, 0, 2, null, { topics: [] }))

  /** Sends all and reads to the end or for so many frames. */
  async function framesOf(messages: readonly Buffer[], count: number): Promise<Buffer[]> {
    const socket = createConnection(plain.brokers[0]!)
    const frames: Buffer[] = []
    let rest: Buffer = Buffer.alloc(0)
    socket.write(Buffer.concat(messages))
    for await (const chunk of socket) {
      rest = Buffer.concat([rest, chunk as Buffer])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        frames.push(rest.subarray(4, 4 + rest.readInt32BE(0)))
        rest = rest.subarray(4 + rest.readInt32BE(0))
      }
      if (frames.length === count) break
    }
    return frames
  }

  it('the right one, and then requests', async () => {
    const [, token, answer] = await framesOf([handshake, sized(Buffer.from('\0alice\0secret')), asking], 3)
    expect(token?.length).toBe(0)
    expect(decodeResponse(metadata, 0, answer!).body.brokers).toHaveLength(1)
  })

  it('a wrong one closes the connection', async () => {
    expect(await framesOf([handshake, sized(Buffer.from('\0alice\0wrong')), asking], 3)).toHaveLength(1)
  })
})

describe('kafkajs', () => {
  const kafka = (cluster: EmbeddedCluster, mechanism: Mechanism | undefined, password = 'secret', isTls = false) =>
    new Kafka({
      brokers: [cluster.bootstrap],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ...(isTls ? { ssl: { ca: [certificate.certificatePem], checkServerIdentity: () => undefined } } : {}),
      ...(mechanism === undefined
        ? {}
        : { sasl: { mechanism: mechanism.toLowerCase() as 'plain', username: 'alice', password } }),
    })

  async function roundTrip(client: Kafka): Promise<string[]> {
    const producer = client.producer()
    await producer.connect()
    await producer.send({ topic: 't', messages: [{ value: 'hello' }] })
    await producer.disconnect()
    const admin = client.admin()
    await admin.connect()
    const topics = await admin.listTopics()
    await admin.disconnect()
    return topics
  }

  it.each(mechanisms)('%s', async mechanism => {
    expect(await roundTrip(kafka(plain, mechanism))).toEqual(['t'])
    await expect(roundTrip(kafka(plain, mechanism, 'wrong'))).rejects.toThrow(/authentication failed|invalid/i)
  })

  it('SCRAM-SHA-512 over TLS, and TLS alone', async () => {
    expect(await roundTrip(kafka(secure, 'SCRAM-SHA-512', 'secret', true))).toEqual(['t'])
    expect(await roundTrip(kafka(tlsOnly, undefined, '', true))).toEqual(['t'])
  })
})

describe('the tokens', () => {
  const begin = (mechanism: Mechanism) => new SaslServer({ users }).begin(mechanism, 'server')!
  const say = (mechanism: Mechanism, ...tokens: string[]) => {
    const conversation = begin(mechanism)
    return tokens.reduce<Promise<{ token: Buffer; user?: string }>>(
      (before, token) => before.then(() => conversation.step(Buffer.from(token))),
      Promise.resolve({ token: Buffer.alloc(0) }),
    )
  }

  const refused: [Mechanism, string][] = [
    ['PLAIN', ''],
    ['PLAIN', 'alice\0secret'],
    ['PLAIN', '\0\0'],
    ['PLAIN', '\0alice\0secret\0'],
    ['PLAIN', 'bob\0alice\0secret'],
    ['SCRAM-SHA-256', ''],
    ['SCRAM-SHA-256', 'n=alice,r=abc'],
    ['SCRAM-SHA-256', 'p=tls-unique,,n=alice,r=abc'],
    ['SCRAM-SHA-256', 'n,,n=alice,r='],
    ['SCRAM-SHA-256', 'n,a=bob,n=alice,r=abc'],
    ['SCRAM-SHA-256', 'n,,n=nobody,r=abc'],
  ]
  it.each(refused)('%s refuses %j', async (mechanism, token) => {
    await expect(say(mechanism, token)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  })

  it('PLAIN takes an authorization id that is the user', async () => {
    expect(await say('PLAIN', 'alice\0alice\0secret')).toMatchObject({ user: 'alice' })
  })

  /** The client's last message, right but for what is changed. */
  async function finalMessage(change: { binding?: string; nonce?: string; proof?: (proof: Buffer) => Buffer } = {}) {
    const conversation = begin('SCRAM-SHA-256')
    const challenge = String((await conversation.step(Buffer.from('n,,n=alice,r=client'))).token)
    const [, salt = ''] = /s=([^,]+)/.exec(challenge)!
    const keys = await scramKeys('SCRAM-SHA-256', 'secret', Buffer.from(salt, 'base64'), 4096)
    const bare = `c=${change.binding ?? 'biws'},r=${change.nonce ?? 'clientserver'}`
    const message = `n=alice,r=client,${challenge},${bare}`
    const proof = xor(keys.clientKey, scramHmac('SCRAM-SHA-256', keys.storedKey, message))
    const text = `${bare},p=${(change.proof?.(proof) ?? proof).toString('base64')}`
    const signature = scramHmac('SCRAM-SHA-256', keys.serverKey, message).toString('base64')
    return { conversation, text, signature }
  }

  it('SCRAM: the server proves in turn that it knows the password', async () => {
    const { conversation, text, signature } = await finalMessage()
    const { token, user } = await conversation.step(Buffer.from(text))
    expect([String(token), user]).toEqual([`v=${signature}`, 'alice'])
  })

  it('SCRAM: the nonce of librdkafka before 2.2, whose own part comes twice', async () => {
    const { conversation, text } = await finalMessage({ nonce: 'clientclientserver' })
    expect(await conversation.step(Buffer.from(text))).toMatchObject({ user: 'alice' })
  })

  const wrongFinals = [
    { why: 'another proof', change: { proof: (proof: Buffer) => Buffer.from(proof.map(byte => byte ^ 1)) } },
    { why: 'a short proof', change: { proof: (proof: Buffer) => proof.subarray(1) } },
    { why: 'another nonce', change: { nonce: 'clientother' } },
    { why: 'another header', change: { binding: Buffer.from('y,,').toString('base64') } },
  ]
  it.each(wrongFinals)('SCRAM refuses $why', async ({ change }) => {
    const { conversation, text } = await finalMessage(change)
    await expect(conversation.step(Buffer.from(text))).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  })
})

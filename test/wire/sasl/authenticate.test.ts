// Shows SASL on a connection: who may enter and who not and why, and authentication again while requests flow (KIP-368).
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { MillraceError } from '../../../core/errors.ts'
import { produce } from '../../../wire/apis/00-produce.ts'
import { metadata } from '../../../wire/apis/03-metadata.ts'
import { saslHandshake } from '../../../wire/apis/17-sasl-handshake.ts'
import { saslAuthenticate } from '../../../wire/apis/36-sasl-authenticate.ts'
import { openConnection } from '../../../wire/connection.ts'
import { type ClientSettings, clientDefaults } from '../../../wire/settings.ts'
import { type ReceivedRequest, type Script, scriptedBroker } from '../scripted-broker.ts'

const settings: ClientSettings = {
  ...clientDefaults,
  bootstrap: [],
  securityProtocol: 'SASL_PLAINTEXT',
  sasl: { mechanism: 'PLAIN', username: 'bench', password: 'top-secret' },
}

const [authenticationFailed, unsupportedMechanism, illegalState] = [58, 33, 34]

const welcome = (request: ReceivedRequest, sessionLifetimeMs: number) => {
  if (request.name === 'SaslHandshake') request.answer(saslHandshake, { errorCode: 0, mechanisms: ['PLAIN'] })
  if (request.name === 'SaslAuthenticate') {
    const authBytes = Buffer.alloc(0)
    request.answer(saslAuthenticate, { errorCode: 0, errorMessage: null, authBytes, sessionLifetimeMs })
  }
}

const answerMetadata = (request: ReceivedRequest) =>
  request.answer(metadata, { brokers: [], clusterId: 'c', topics: [] })

const refuse = (request: ReceivedRequest, errorMessage: string | null) =>
  request.answer(saslAuthenticate, { errorCode: authenticationFailed, errorMessage, authBytes: Buffer.alloc(0) })

describe('authentication', () => {
  const failureWith = async (script: Script, changed: Partial<ClientSettings> = {}) => {
    await using broker = await scriptedBroker(script)
    const error = await openConnection(broker.node, { ...settings, ...changed }).then(
      () => expect.unreachable('should have failed'),
      reason => reason as MillraceError,
    )
    expect(error.message).not.toContain('top-secret')
    return { error, peer: `127.0.0.1:${broker.node.port}` }
  }

  it('comes before anything else', async () => {
    await using broker = await scriptedBroker(request => welcome(request, 0))
    const connection = await openConnection(broker.node, settings)
    expect(broker.names).toEqual(['ApiVersions', 'SaslHandshake', 'SaslAuthenticate'])
    expect(broker.requests[1]!.body).toEqual({ mechanism: 'PLAIN' })
    expect(broker.requests[2]!.body).toEqual({ authBytes: Buffer.from('\0bench\0top-secret') })
    await connection.close()
  })

  it('that is refused says what the broker says', async () => {
    const { error, peer } = await failureWith(request => {
      if (request.name === 'SaslAuthenticate') refuse(request, 'Authentication failed: Invalid username or password')
      else welcome(request, 0)
    })
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false, kafkaCode: authenticationFailed })
    expect(error.message).toBe(
      `${peer} refused the user with PLAIN: Authentication failed: Invalid username or password`,
    )
  })

  it('by a mechanism that is not enabled says which are', async () => {
    const { error, peer } = await failureWith(request =>
      request.answer(saslHandshake, { errorCode: unsupportedMechanism, mechanisms: ['SCRAM-SHA-512', 'GSSAPI'] }),
    )
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
    expect(error.message).toBe(`${peer} does not enable PLAIN; it offers: SCRAM-SHA-512, GSSAPI`)
  })

  it('at a listener without users says so', async () => {
    const { error } = await failureWith(request =>
      request.answer(saslHandshake, { errorCode: illegalState, mechanisms: [] }),
    )
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
    expect(error.hint).toContain('PLAINTEXT or SSL')
  })

  it('that the broker cuts off may be tried again', async () => {
    const { error } = await failureWith(request => request.socket.end())
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
  })

  it('names the broker when the mechanism itself finds fault', async () => {
    const sasl = { mechanism: 'SCRAM-SHA-256', username: 'bench', password: 'top-secret' } as const
    const { error, peer } = await failureWith(request => welcome(request, 0), { sasl })
    expect(error.message).toBe(`${peer}: SCRAM: the challenge does not follow RFC 5802`)
  })

  it('without credentials is a matter of the configuration', async () => {
    const { sasl: _, ...without } = settings
    await using broker = await scriptedBroker(() => undefined)
    await expect(openConnection(broker.node, without)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('authentication again', () => {
  const lifetimeMs = 600_000
  const ask = { topics: [] }

  afterEach(() => vi.useRealTimers())

  /** A connection whose session is about to end, with one request in flight that the broker holds back. */
  async function nearTheEnd(script: Script) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const broker = await scriptedBroker(script)
    const connection = await openConnection(broker.node, settings, { random: () => 0, inFlightMax: 2 })
    const inFlight = connection.send(metadata, ask)
    return { broker, connection, inFlight, held: await broker.received(4) }
  }

  it('lets requests in flight finish, holds new ones back, and goes on', async () => {
    let sessions = 0
    const { broker, connection, inFlight, held } = await nearTheEnd(request => {
      if (request.name === 'SaslAuthenticate') sessions++
      if (request.name === 'Metadata' && sessions > 1) answerMetadata(request)
      else welcome(request, lifetimeMs)
    })
    vi.advanceTimersByTime(lifetimeMs * 0.85 - 1)
    const early = connection.send(metadata, ask)
    expect([connection.inFlightRequests, connection.waitingRequests]).toEqual([2, 0])
    vi.advanceTimersByTime(1)
    const late = connection.send(metadata, ask)
    connection.sendOneWay(produce, { acks: 0, timeoutMs: 1, topicData: [] })
    expect([connection.inFlightRequests, connection.waitingRequests]).toEqual([2, 2])

    answerMetadata(held)
    await inFlight
    answerMetadata(await broker.received(5))
    await early
    await late
    await broker.received(9)
    const again = ['SaslHandshake', 'SaslAuthenticate']
    expect(broker.names.slice(1)).toEqual([...again, 'Metadata', 'Metadata', ...again, 'Metadata', 'Produce'])

    vi.advanceTimersByTime(lifetimeMs * 0.85)
    expect((await broker.received(11)).name).toBe('SaslAuthenticate')
    await connection.close()
    await broker[Symbol.asyncDispose]()
  })

  it('that is refused ends the connection with what the broker says', async () => {
    let sessions = 0
    const { broker, connection, inFlight, held } = await nearTheEnd(request => {
      if (request.name === 'SaslAuthenticate' && ++sessions > 1) refuse(request, 'user is gone')
      else welcome(request, lifetimeMs)
    })
    vi.advanceTimersByTime(lifetimeMs)
    const waiting = connection.send(metadata, ask).catch(error => error)
    answerMetadata(held)
    await inFlight
    const error = await connection.closed
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false })
    expect(error?.message).toContain('user is gone')
    expect(await waiting).toBe(error)
    await broker[Symbol.asyncDispose]()
  })

  it('does not happen on a connection that was closed meanwhile', async () => {
    const { broker, connection, inFlight } = await nearTheEnd(request => welcome(request, lifetimeMs))
    vi.advanceTimersByTime(lifetimeMs)
    const failure = inFlight.catch(error => error)
    await connection.close()
    expect(await failure).toMatchObject({ code: 'CONNECTION_CLOSED' })
    vi.advanceTimersByTime(lifetimeMs)
    expect(broker.names.length).toBe(4)
    await broker[Symbol.asyncDispose]()
  })
})

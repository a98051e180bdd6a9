// Shows that whatever sits at the other end of an address, opening a connection ends soon, with an error that says what
// it met, and with nothing left open. And that brokers of any age are spoken to in a version that they know.
import fs from 'node:fs'
import http from 'node:http'
import type net from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { MillraceError } from '../../core/errors.ts'
import { softwareVersion } from '../../wire/api-ranges.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { apiVersions } from '../../wire/apis/18-api-versions.ts'
import { openConnection } from '../../wire/connection.ts'
import { type ClientSettings, clientDefaults, type HostPort, type SecurityProtocol } from '../../wire/settings.ts'
import { listen, scriptedBroker } from './scripted-broker.ts'

const settingsOf = (securityProtocol: SecurityProtocol = 'PLAINTEXT'): ClientSettings => ({
  ...clientDefaults,
  bootstrap: [],
  securityProtocol,
})

const failureAt = (node: HostPort, securityProtocol?: SecurityProtocol) =>
  openConnection(node, settingsOf(securityProtocol)).then(
    () => expect.unreachable('should have failed'),
    error => error as MillraceError,
  )

afterEach(() => vi.useRealTimers())

describe('an address that gives no connection', () => {
  it('because nothing listens there', async () => {
    const { node, close } = await listen(() => undefined)
    await close()
    const error = await failureAt(node)
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true, cause: { code: 'ECONNREFUSED' } })
    expect(error.message).toBe(`127.0.0.1:${node.port} refused the connection: nothing listens there`)
  })

  it('because DNS does not know the name', async () => {
    const error = await failureAt({ host: 'no-such-host.invalid', port: 9092 })
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true })
    expect(error.message).toContain('no-such-host.invalid:9092 cannot be reached')
  })

  it.each([
    { securityProtocol: 'PLAINTEXT' as const, says: 'no answer to ApiVersions within 10000 ms' },
    { securityProtocol: 'SSL' as const, says: 'no end of the TLS handshake within 10000 ms' },
  ])('because it accepts and says nothing ($securityProtocol)', async ({ securityProtocol, says }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const heard = Promise.withResolvers<net.Socket>()
    await using service = await listen(socket => socket.once('data', () => heard.resolve(socket)))
    const failure = failureAt(service.node, securityProtocol)
    const socket = await heard.promise
    const closed = new Promise(resolve => socket.once('close', resolve))
    vi.advanceTimersByTime(10_000)
    const error = await failure
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true })
    expect(error.message).toBe(`127.0.0.1:${service.node.port}: ${says}`)
    await closed
  })

  it('because the caller has lost interest', async () => {
    await using service = await listen(() => undefined)
    const interest = new AbortController()
    const opening = openConnection(service.node, settingsOf(), { signal: interest.signal })
    interest.abort()
    await expect(opening).rejects.toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
    const late = openConnection(service.node, settingsOf(), { signal: interest.signal })
    await expect(late).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })
})

describe('a service that is not Kafka', () => {
  it('an HTTP server', async () => {
    const server = http.createServer((_, response) => response.end('hello'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const error = await failureAt({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port })
    server.close()
    expect(error).toMatchObject({ code: 'NOT_KAFKA', retriable: false })
    expect(error.message).toContain('is not a Kafka broker: an HTTP server answered')
  })

  const tlsAlert = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50])
  const services = [
    { what: 'SSH', bytes: Buffer.from('SSH-2.0-OpenSSH_9.7\r\n'), says: 'it said "SSH-2.0-OpenSSH_9.7"' },
    { what: 'bytes', bytes: Buffer.from([0xff, 0, 1, 2, 3]), says: 'it said 0xff00010203' },
    { what: 'TLS', bytes: tlsAlert, says: 'is a TLS listener, and was spoken to without TLS' },
    { what: 'an echo of sorts', bytes: Buffer.from([0, 0, 0, 6, 0, 0, 0, 9, 0, 0]), says: 'is not a Kafka broker' },
    { what: 'half an answer', bytes: Buffer.from([0, 0, 0, 6, 0, 0, 0, 1, 0, 0]), says: 'is not a Kafka broker' },
  ]
  it.each(services)('$what, at once when spoken to', async ({ bytes, says }) => {
    await using service = await listen(socket => socket.once('data', () => socket.write(bytes)))
    const error = await failureAt(service.node)
    expect(error).toMatchObject({ code: 'NOT_KAFKA', retriable: false })
    expect(error.message).toContain(says)
  })

  it('one that speaks first', async () => {
    await using service = await listen(socket => socket.write('220 mail.example.org ESMTP\r\n'))
    expect(await failureAt(service.node)).toMatchObject({ code: 'NOT_KAFKA' })
  })

  it('one that hangs up', async () => {
    await using service = await listen(socket => socket.once('data', () => socket.end()))
    const error = await failureAt(service.node)
    expect(error).toMatchObject({ code: 'NOT_KAFKA', retriable: true })
    expect(error.hint).toContain('security.protocol')
  })

  it('one without TLS, spoken to in TLS', async () => {
    await using service = await listen(socket =>
      socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    )
    const error = await failureAt(service.node, 'SSL')
    expect(error).toMatchObject({ code: 'TLS_FAILED', retriable: false })
    expect(error.message).toContain('it answered, but not in TLS')
  })

  it('one that hangs up on TLS', async () => {
    await using service = await listen(socket => socket.once('data', () => socket.end()))
    const error = await failureAt(service.node, 'SSL')
    expect(error).toMatchObject({ code: 'TLS_FAILED', retriable: true })
    expect(error.message).toContain('closed the connection during the TLS handshake')
  })
})

it('certificates that cannot be used are an error like any other', async () => {
  const tls = { certificatePem: 'nonsense', keyPem: 'nonsense', verifyHostname: true }
  const opening = openConnection({ host: '127.0.0.1', port: 1 }, { ...settingsOf('SSL'), tls })
  await expect(opening).rejects.toMatchObject({ code: 'TLS_FAILED', retriable: false, cause: expect.anything() })
})

describe('ApiVersions', () => {
  const unsupportedVersion = 35
  const serve = (apiKey: number, minVersion: number, maxVersion: number) => ({ apiKey, minVersion, maxVersion })

  it('names the software, in the newest version', async () => {
    await using broker = await scriptedBroker(() => undefined)
    const connection = await openConnection(broker.node, settingsOf())
    await connection.close()
    expect(broker.requests[0]).toMatchObject({
      version: apiVersions.versions[1],
      body: { clientSoftwareName: 'millrace', clientSoftwareVersion: softwareVersion },
    })
    const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string }
    expect(softwareVersion).toBe(version)
  })

  it.each([
    { why: 'to the version that the broker names', apiKeys: [serve(18, 0, 3)], second: 3 },
    { why: 'to version 0 when it names none', apiKeys: [], second: 0 },
  ])('falls back $why (KIP-511)', async ({ apiKeys, second }) => {
    const oldBroker = [serve(metadata.key, 0, 2)]
    await using broker = await scriptedBroker(
      request => {
        if (request.version > second) request.answer(apiVersions, { errorCode: unsupportedVersion, apiKeys }, 0)
        else request.answer(apiVersions, { errorCode: 0, apiKeys: oldBroker })
      },
      { ownApiVersions: true },
    )
    const connection = await openConnection(broker.node, settingsOf())
    expect(broker.requests.map(request => request.version)).toEqual([apiVersions.versions[1], second])
    expect(connection.versionOf(metadata)).toBe(2)
    await connection.close()
  })

  it('without a common version is an error that names both ranges', async () => {
    await using broker = await scriptedBroker(
      request => request.answer(apiVersions, { errorCode: 0, apiKeys: [serve(metadata.key, 90, 99)] }),
      { ownApiVersions: true },
    )
    const connection = await openConnection(broker.node, settingsOf())
    const failure = await connection.send(metadata, { topics: [] }).catch(error => error as MillraceError)
    expect(failure).toMatchObject({ code: 'VERSION_UNSUPPORTED' })
    expect((failure as MillraceError).message).toContain(
      'Metadata has the broker versions 90 to 99, millrace versions 0 to',
    )
    expect(() => connection.versionOf(apiVersions)).toThrow('does not serve ApiVersions')
    expect(connection.isOpen).toBe(true)
    await connection.close()
  })

  it('with an error ends the opening', async () => {
    await using broker = await scriptedBroker(request => request.answer(apiVersions, { errorCode: 42, apiKeys: [] }), {
      ownApiVersions: true,
    })
    const error = await failureAt(broker.node)
    expect(error).toMatchObject({ code: 'REQUEST_REFUSED', kafkaCode: 42 })
    expect(error.message).toContain(`127.0.0.1:${broker.node.port}: ApiVersions`)
  })
})

describe('a listener that wants a user', () => {
  it('hangs up at the first request, which is said', async () => {
    await using broker = await scriptedBroker(request => request.socket.end())
    const connection = await openConnection(broker.node, settingsOf())
    const failure = await connection.send(metadata, { topics: [] }).catch(error => error as MillraceError)
    expect(failure).toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
    expect((failure as MillraceError).hint).toContain('SASL_PLAINTEXT')
  })
})

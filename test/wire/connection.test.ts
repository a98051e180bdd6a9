// Shows what an open connection promises: typed answers in order, the in-flight limit, back-pressure that can be seen,
// deadlines, and a clean end with a reason for every way in which the other side can misbehave.
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { MillraceError } from '../../core/errors.ts'
import { produce } from '../../wire/apis/00-produce.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { type ConnectionDeps, openConnection } from '../../wire/connection.ts'
import { FramePool } from '../../wire/frame-pool.ts'
import { type ClientSettings, clientDefaults, type HostPort } from '../../wire/settings.ts'
import { type ReceivedRequest, type ScriptedBroker, scriptedBroker } from './scripted-broker.ts'

const settings: ClientSettings = { ...clientDefaults, bootstrap: [], clientId: 'test' }

const connect = (node: HostPort, deps: ConnectionDeps = {}) => openConnection(node, settings, deps)

/** The error that the promise ends with; a promise that resolves fails the test. */
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('should have failed'),
    error => error as MillraceError,
  )

const ask = (topic: string) => ({ topics: [{ name: topic }] })
const topicOf = (request: ReceivedRequest) => (request.body as { topics: { name: string }[] }).topics[0]!.name

/** An answer that says which request it is for. */
const answerMetadata = (request: ReceivedRequest) =>
  request.answer(metadata, { brokers: [], clusterId: `for ${topicOf(request)}`, topics: [] })

const silent = () => undefined
const topicsSeen = (broker: ScriptedBroker) => broker.requests.slice(1).map(topicOf)

afterEach(() => vi.useRealTimers())

describe('requests', () => {
  it('are answered, in the highest version that both sides know', async () => {
    await using broker = await scriptedBroker(answerMetadata)
    const connection = await connect(broker.node)
    expect(connection.versionOf(metadata)).toBe(metadata.versions[1])
    expect((await connection.send(metadata, ask('a'))).clusterId).toBe('for a')
    expect(connection.apiVersions.apiKeys.length).toBeGreaterThan(10)
    await connection.close()
  })

  it('wait in order behind the in-flight limit', async () => {
    const held: ReceivedRequest[] = []
    await using broker = await scriptedBroker(request => held.push(request))
    const connection = await connect(broker.node, { inFlightMax: 2 })
    const answers = ['a', 'b', 'c', 'd'].map(topic => connection.send(metadata, ask(topic)))
    await broker.received(3)
    expect(topicsSeen(broker)).toEqual(['a', 'b'])
    expect([connection.inFlightRequests, connection.waitingRequests]).toEqual([2, 2])

    answerMetadata(held[0]!)
    await broker.received(4)
    expect(topicsSeen(broker)).toEqual(['a', 'b', 'c'])
    answerMetadata(held[1]!)
    await broker.received(5)
    answerMetadata(held[2]!)
    answerMetadata(held[3]!)
    expect((await Promise.all(answers)).map(answer => answer.clusterId)).toEqual(
      ['a', 'b', 'c', 'd'].map(t => `for ${t}`),
    )
    expect([connection.inFlightRequests, connection.waitingRequests]).toEqual([0, 0])
    await connection.close()
  })

  it('are refused when far too many wait', async () => {
    await using broker = await scriptedBroker(silent)
    const connection = await connect(broker.node, { inFlightMax: 1 })
    const sent = Array.from({ length: 4_097 }, () => connection.send(metadata, ask('a')).catch(error => error))
    expect(await failureOf(connection.send(metadata, ask('one more')))).toMatchObject({
      code: 'QUEUE_FULL',
      retriable: true,
    })
    await connection.close()
    expect((await Promise.all(sent)).every(error => error.code === 'CONNECTION_CLOSED')).toBe(true)
  })

  it('without an answer do not count as in flight, and leave in order', async () => {
    await using broker = await scriptedBroker(request => request.name === 'Metadata' && answerMetadata(request))
    const connection = await connect(broker.node, { inFlightMax: 1 })
    const batch = Buffer.alloc(300_000, 7)
    const topicData = [{ name: 't', partitionData: [{ index: 0, records: batch }] }]
    connection.sendOneWay(produce, { acks: 0, timeoutMs: 1, topicData })
    expect(connection.inFlightRequests).toBe(0)
    await connection.send(metadata, ask('a'))
    expect(broker.names).toEqual(['ApiVersions', 'Produce', 'Metadata'])
    const body = broker.requests[1]!.body as { topicData: { partitionData: { records: Buffer }[] }[] }
    expect(body.topicData[0]!.partitionData[0]!.records.equals(batch)).toBe(true)
    await connection.close()
  })

  it('show what the kernel has not taken, and when it has', async () => {
    await using broker = await scriptedBroker(request => request.socket.pause())
    const connection = await connect(broker.node)
    connection.sendOneWay(produce, { acks: 0, timeoutMs: 1, topicData: [] })
    const { socket } = await broker.received(2)
    const records = Buffer.alloc(20_000_000)
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    connection.sendOneWay(produce, { acks: 0, timeoutMs: 1, topicData })
    expect(connection.bufferedBytes).toBeGreaterThan(1_000_000)
    const drained = connection.drained()
    socket.resume()
    await drained
    expect(connection.bufferedBytes).toBe(0)
    await connection.close()
  })

  it('give large answers as views, whose memory serves again after release', async () => {
    const records = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, at) => at * 7))
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 0, abortedTransactions: null, records }
    await using broker = await scriptedBroker(request => {
      request.answer(fetch, { throttleTimeMs: 0, responses: [{ partitions: [partition] }] })
    })
    const framePool = new FramePool()
    const connection = await connect(broker.node, { framePool })
    const body = { maxWaitMs: 0, minBytes: 0, topics: [] }
    const first = await connection.sendForFrame(fetch, body)
    const seen = first.body.responses[0]!.partitions[0]!.records
    expect(Buffer.from(seen ?? []).equals(records)).toBe(true)
    expect(framePool.freeBytes).toBe(0)
    first.release()
    const keptBytes = framePool.freeBytes
    expect(keptBytes).toBeGreaterThan(200_000)
    first.release()
    expect(framePool.freeBytes).toBe(keptBytes)

    const second = await connection.sendForFrame(fetch, body)
    expect(second.body.responses[0]!.partitions[0]!.records?.buffer).toBe(seen?.buffer)
    await connection.close()
  })
})

describe('deadlines', () => {
  /** Time that stands still until the test moves it. */
  function controlledTime() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let nowMs = 0
    return {
      clock: { nowNs: () => nowMs * 1e6, wallUsAt: () => 0 },
      pass: (ms: number) => {
        nowMs += ms
        vi.advanceTimersByTime(ms)
      },
    }
  }

  it('end a request that nobody answers, and the connection with it', async () => {
    const { clock, pass } = controlledTime()
    await using broker = await scriptedBroker(silent)
    const connection = await connect(broker.node, { clock })
    const slow = failureOf(connection.send(metadata, ask('slow'), { timeoutMs: 100 }))
    const other = failureOf(connection.send(metadata, ask('other')))
    pass(99)
    expect(connection.isOpen).toBe(true)
    pass(1)
    expect(await slow).toMatchObject({ code: 'REQUEST_TIMEOUT', retriable: true })
    expect((await slow).message).toContain(`127.0.0.1:${broker.node.port}: Metadata`)
    expect(await other).toMatchObject({
      code: 'CONNECTION_CLOSED',
      retriable: true,
      cause: { code: 'REQUEST_TIMEOUT' },
    })
    expect(await connection.closed).toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(connection.isOpen).toBe(false)
  })

  it('end a request that was never sent, and leave the connection alone', async () => {
    const { clock, pass } = controlledTime()
    const held: ReceivedRequest[] = []
    await using broker = await scriptedBroker(request => held.push(request))
    const connection = await connect(broker.node, { clock, inFlightMax: 1 })
    const first = connection.send(metadata, ask('first'), { timeoutMs: 1_000 })
    const waiting = failureOf(connection.send(metadata, ask('waiting'), { timeoutMs: 10 }))
    pass(10)
    expect(await waiting).toMatchObject({ code: 'REQUEST_TIMEOUT' })
    await broker.received(2)
    answerMetadata(held[0]!)
    expect((await first).clusterId).toBe('for first')
    expect(topicsSeen(broker)).toEqual(['first'])
    await connection.close()
  })

  it('still watch the later of two requests', async () => {
    const { clock, pass } = controlledTime()
    await using broker = await scriptedBroker(request => topicOf(request) === 'quick' && answerMetadata(request))
    const connection = await connect(broker.node, { clock })
    await connection.send(metadata, ask('quick'), { timeoutMs: 50 })
    const later = failureOf(connection.send(metadata, ask('later'), { timeoutMs: 200 }))
    pass(50)
    pass(150)
    expect(await later).toMatchObject({ code: 'REQUEST_TIMEOUT' })
  })
})

describe('the end', () => {
  it('by close: what waits for an answer fails, and can be tried again', async () => {
    await using broker = await scriptedBroker(silent)
    const connection = await connect(broker.node)
    const pending = failureOf(connection.send(metadata, ask('a')))
    await broker.received(2)
    await connection.close()
    expect(await pending).toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
    expect(await connection.closed).toBeUndefined()
    expect(await failureOf(connection.send(metadata, ask('b')))).toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(() => connection.sendOneWay(metadata, ask('b'))).toThrow('the connection is closed')
    await connection.drained()
    await connection.close()
  })

  it('by close: what was written without an answer still arrives', async () => {
    await using broker = await scriptedBroker(silent)
    const connection = await connect(broker.node)
    const records = Buffer.alloc(8_000_000)
    connection.sendOneWay(produce, {
      acks: 0,
      timeoutMs: 1,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    })
    await connection.close()
    expect((await broker.received(2)).name).toBe('Produce')
  })

  it('by the broker', async () => {
    await using broker = await scriptedBroker(request => {
      if (topicOf(request) === 'fine') answerMetadata(request)
      else request.socket.end()
    })
    const connection = await connect(broker.node)
    await connection.send(metadata, ask('fine'))
    const error = await failureOf(connection.send(metadata, ask('go away')))
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
    expect(error.message).toBe(`127.0.0.1:${broker.node.port} closed the connection`)
    expect(await connection.closed).toBe(error)
  })

  it('by a reset', async () => {
    await using broker = await scriptedBroker(request => request.socket.resetAndDestroy())
    const connection = await connect(broker.node)
    const error = await failureOf(connection.send(metadata, ask('a')))
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true, cause: expect.anything() })
  })

  it('in the middle of an answer', async () => {
    await using broker = await scriptedBroker(request => {
      request.socket.end(Buffer.from([0, 0x10, 0, 0, 0, 0, 0, request.correlationId, 1, 2, 3]))
    })
    const connection = await connect(broker.node)
    const error = await failureOf(connection.send(metadata, ask('a')))
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
    expect(error.message).toContain('in the middle of an answer')
  })

  const nonsense = [
    {
      why: 'an answer to nothing',
      bytes: [0, 0, 0, 4, 0, 0, 0, 99],
      says: 'correlation id 99, but Metadata (2) was next',
    },
    { why: 'an answer without content', bytes: [0, 0, 0, 4, 0, 0, 0, 2], says: 'Metadata version 13: damaged message' },
    { why: 'an impossible size', bytes: [0x7f, 0, 0, 0], says: 'a frame of 2130706432 bytes was announced' },
  ]
  it.each(nonsense)('by nonsense: $why', async ({ bytes, says }) => {
    await using broker = await scriptedBroker(request => request.socket.write(Buffer.from(bytes)))
    const connection = await connect(broker.node)
    const [first, second] = [
      failureOf(connection.send(metadata, ask('a'))),
      failureOf(connection.send(metadata, ask('b'))),
    ]
    expect(await first).toMatchObject({ code: 'FRAME_CORRUPT' })
    expect((await first).message).toContain(`127.0.0.1:${broker.node.port}: `)
    expect((await first).message).toContain(says)
    expect(await second).toMatchObject({ code: 'FRAME_CORRUPT' })
    expect(await connection.closed).toBe(await second)
  })

  it('by an answer that was not asked for', async () => {
    await using broker = await scriptedBroker(request => {
      answerMetadata(request)
      answerMetadata(request)
    })
    const connection = await connect(broker.node)
    await connection.send(metadata, ask('a'))
    expect(await connection.closed).toMatchObject({ code: 'FRAME_CORRUPT' })
  })
})

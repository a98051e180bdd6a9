// Shows what a connection to the embedded broker promises: requests are answered in the order they came, one after the other;
// whatever is not Kafka ends it; a client that does not read is not read from; and a stopped broker is not there.
import { afterEach, describe, expect, it } from 'vitest'
import { RunningCluster, type RunningOptions } from '../../broker/running.ts'
import { isProblem } from '../../broker/topics.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { apiVersions } from '../../wire/apis/18-api-versions.ts'
import { kafkaCode } from '../../wire/error-codes.ts'
import { correlationIdOf, decodeResponse, encodeRequest } from '../../wire/frame.ts'
import { BatchHeader } from '../../wire/record-batch/scan.ts'
import { batchOf } from './ask.ts'
import { RawClient } from './raw-client.ts'

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

async function start(options: RunningOptions = {}) {
  const notices: string[] = []
  const running = await RunningCluster.start(options, { onNotice: line => notices.push(line) })
  opened.push(running)
  return { running, state: running.state, port: running.brokers[0]!.port, notices }
}

async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.open(port)
  opened.push(client)
  return client
}

const askMetadata = (correlationId: number) => encodeRequest(metadata, 12, correlationId, 'test', { topics: [] })

const fetchOf = (correlationId: number, maxWaitMs: number, fetchOffset = 0) => {
  const topics = [{ topic: 'a', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 50_000_000 }] }]
  return encodeRequest(fetch, 12, correlationId, 'test', { maxWaitMs, minBytes: 1, topics })
}

/** A topic of one partition that holds so many batches of this size. */
function fill({ state }: RunningCluster, batches: number, bytes: number) {
  const topic = state.topics.create({ name: 'a', partitions: 1, configs: new Map([['max.message.bytes', '10000000']]) })
  if (isProblem(topic)) throw new Error(topic.message)
  const header = new BatchHeader()
  header.read(batchOf(['x'.repeat(bytes)]), 0)
  for (let index = 0; index < batches; index++) topic.partitions[0]!.append(header)
  return topic.partitions[0]!
}

describe('requests of a connection', () => {
  it('are answered in order, also behind one that waits', async () => {
    const { running, port } = await start()
    const partition = fill(running, 0, 1)
    const client = await connect(port)
    client.send(...fetchOf(1, 30_000), ...askMetadata(2), ...askMetadata(3))
    const other = await connect(port)
    other.send(...askMetadata(9))
    expect(correlationIdOf((await other.next())!)).toBe(9)
    const header = new BatchHeader()
    header.read(batchOf(['v']), 0)
    partition.append(header)
    const ids = [await client.next(), await client.next(), await client.next()].map(frame => correlationIdOf(frame!))
    expect(ids).toEqual([1, 2, 3])
  })

  it('come out of any cutting of the stream', async () => {
    const { port } = await start()
    const client = await connect(port)
    const bytes = Buffer.concat([...askMetadata(1), ...askMetadata(2), ...askMetadata(3)])
    for (const byte of bytes) client.send(Buffer.from([byte]))
    const ids = [await client.next(), await client.next(), await client.next()].map(frame => correlationIdOf(frame!))
    expect(ids).toEqual([1, 2, 3])
  })

  it('a thousand at once are all answered', async () => {
    const { port } = await start()
    const client = await connect(port)
    client.send(...Array.from({ length: 1_000 }, (_, index) => Buffer.concat(askMetadata(index))))
    for (let index = 0; index < 1_000; index++) expect(correlationIdOf((await client.next())!)).toBe(index)
  })

  it('are not taken while the client does not read its answers, and go on when it does', async () => {
    const { running, port } = await start()
    fill(running, 8, 1_000_000)
    const client = await connect(port)
    client.pauseReading()
    const count = 40
    for (let index = 0; index < count; index++) client.send(...fetchOf(index, 0))
    // Another connection's answer says that the broker had time to do what it would do.
    const other = await connect(port)
    for (let index = 0; index < 20; index++) {
      other.send(...fetchOf(index, 0))
      await other.next()
    }
    client.resumeReading()
    for (let index = 0; index < count; index++) expect(correlationIdOf((await client.next())!)).toBe(index)
  })
})

describe('ApiVersions', () => {
  it('is answered in version 0 when the asked version is not known (KIP-511)', async () => {
    const { port } = await start()
    const client = await connect(port)
    const request = Buffer.concat(encodeRequest(apiVersions, 3, 5, 'test', { clientSoftwareName: 'x' }))
    request.writeInt16BE(99, 6)
    client.send(request)
    const { correlationId, body } = decodeResponse(apiVersions, 0, (await client.next())!)
    expect([correlationId, body.errorCode]).toEqual([5, kafkaCode.UNSUPPORTED_VERSION])
    expect(body.apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 5 }])
  })

  it('lists what the table of handlers serves', async () => {
    const { port } = await start()
    const client = await connect(port)
    client.send(...encodeRequest(apiVersions, 4, 1, 'test', { clientSoftwareName: 'x', clientSoftwareVersion: '1' }))
    const { body } = decodeResponse(apiVersions, 4, (await client.next())!)
    expect(body.errorCode).toBe(kafkaCode.NONE)
    expect(body.apiKeys).toContainEqual({ apiKey: 1, minVersion: 4, maxVersion: 18 })
    expect(body.finalizedFeatures.map(feature => feature.name)).toContain('transaction.version')
    expect(body.supportedFeatures).toContainEqual({ name: 'group.version', minVersion: 0, maxVersion: 1 })
  })

  it('names no feature level below 1 to clients that give up at one (KAFKA-17011)', async () => {
    const { port } = await start()
    const client = await connect(port)
    client.send(...encodeRequest(apiVersions, 3, 1, 'test', { clientSoftwareName: 'x', clientSoftwareVersion: '1' }))
    const { supportedFeatures } = decodeResponse(apiVersions, 3, (await client.next())!).body
    expect(supportedFeatures).toHaveLength(4)
    expect(supportedFeatures.filter(({ minVersion }) => minVersion < 1)).toEqual([])
  })
})

describe('bytes behind a request', () => {
  it('are ignored, as librdkafka needs it for Metadata of all topics (v9 and later)', async () => {
    const { port, state } = await start()
    state.topics.create({ name: 'there' })
    const client = await connect(port)
    const request = Buffer.concat([...encodeRequest(metadata, 13, 7, 'rdkafka', { topics: null }), Buffer.alloc(3)])
    request.writeInt32BE(request.length - 4, 0)
    client.send(request)
    const { correlationId, body } = decodeResponse(metadata, 13, (await client.next())!)
    expect([correlationId, body.topics.map(({ name }) => name)]).toEqual([7, ['there']])
  })
})

describe('a connection ends', () => {
  const cases: { why: string; bytes: () => Buffer[] }[] = [
    { why: 'at an API that nobody knows', bytes: () => [Buffer.from('0000000a0fff000000000001ffff', 'hex')] },
    {
      why: 'at a version that is not served',
      bytes: () => {
        const request = Buffer.concat(askMetadata(1))
        request.writeInt16BE(77, 6)
        return [request]
      },
    },
    { why: 'at a size that cannot be true', bytes: () => [Buffer.from('GET / HTTP/1.1\r\n\r\n')] },
    { why: 'at a negative size', bytes: () => [Buffer.from('ffffffff00000000', 'hex')] },
    {
      why: 'at a request that stops in the middle of itself',
      bytes: () => {
        const request = Buffer.concat(askMetadata(1)).subarray(0, -1)
        request.writeInt32BE(request.length - 4, 0)
        return [request]
      },
    },
  ]

  it.each(cases)('$why, and the broker goes on', async ({ bytes }) => {
    const { port, notices } = await start()
    const client = await connect(port)
    client.send(...bytes())
    expect(await client.next()).toBeUndefined()
    const other = await connect(port)
    other.send(...askMetadata(2))
    expect(correlationIdOf((await other.next())!)).toBe(2)
    expect(notices).toEqual([])
  })

  it('with its broker, which listens on the same port when it is started again', async () => {
    const { running, state } = await start({ brokers: 2 })
    const [first, second] = running.brokers
    const client = await connect(first!.port)
    client.send(...askMetadata(1))
    await client.next()
    state.stopBroker(first!.id)
    await running.settled()
    expect(await client.next()).toBeUndefined()
    await expect(RawClient.open(first!.port)).rejects.toThrow('ECONNREFUSED')
    const other = await connect(second!.port)
    other.send(...askMetadata(2))
    expect(correlationIdOf((await other.next())!)).toBe(2)
    state.startBroker(first!.id)
    await running.settled()
    const again = await connect(first!.port)
    again.send(...askMetadata(3))
    expect(correlationIdOf((await again.next())!)).toBe(3)
  })

  it('with its broker, as often as it is stopped: no restart leaves a listener behind', async () => {
    const warnings: string[] = []
    const warned = ({ name }: Error) => warnings.push(name)
    process.on('warning', warned)
    opened.push({ close: () => process.off('warning', warned) })
    const { running, state } = await start({ brokers: 2 })
    for (let restart = 0; restart < 12; restart++) {
      state.stopBroker(2)
      await running.settled()
      state.startBroker(2)
      await running.settled()
    }
    // Warnings come in a later turn of the event loop.
    await new Promise(resolve => setImmediate(resolve))
    expect(warnings).toEqual([])
  })

  it('when a handler has a bug, which is told as a notice', async () => {
    const { state, port, notices } = await start()
    state.interceptor = {
      intercept: () => Promise.reject(new Error('a bug')),
    }
    const client = await connect(port)
    client.send(...askMetadata(1))
    expect(await client.next()).toBeUndefined()
    expect(notices).toEqual([expect.stringContaining('a bug')])
  })
})

describe('listening', () => {
  it('on a port that is taken fails with the reason', async () => {
    const { port } = await start()
    await expect(RunningCluster.start({ port })).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })
})

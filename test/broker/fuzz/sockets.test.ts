// Shows the same as in-process.test.ts over real sockets, against a broker in a thread of its own, as users run it: whatever
// comes in, in whatever pieces, the connection ends when its client ends it, others are served all the while, and the
// thread, its memory and its list of connections are what they were.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedCluster, startBroker } from '../../../broker/start.ts'
import { makeRandom, type Random } from '../../../core/random.ts'
import { metadata } from '../../../wire/apis/03-metadata.ts'
import { correlationIdOf } from '../../../wire/frame.ts'
import { RawClient } from '../raw-client.ts'
import { cut, mutated } from './mutations.ts'
import { anyRequests, encoded, soundRequests } from './requests.ts'
import { fuzzFrames, fuzzSeed, rerun } from './settings.ts'

/** A socket costs more than a call. */
const frames = fuzzFrames / 10
const framesPerConnection = 20
const connectionsAtOnce = 10
const memoryBytesMax = 32 * 1024 * 1024
const growthBytesMax = 256 * 1024 * 1024

/** Sends the pieces and ends; resolves when the broker has ended it too. */
function sendAndEnd(port: number, pieces: readonly Buffer[]): Promise<void> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
      for (const piece of pieces) socket.write(piece)
      socket.end()
    })
    socket.on('data', () => {})
    // What is written to a connection that the broker has ended.
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}

let cluster: EmbeddedCluster
const notices: string[] = []
beforeAll(async () => {
  const configs = { 'auto.create.topics.enable': 'false' }
  cluster = await startBroker({ memoryBytesMax, configs, onNotice: line => notices.push(line) })
})
afterAll(() => cluster.close())

const topic = { name: 'a', partitions: 2 }

async function isServed(port: number, correlationId: number): Promise<void> {
  const client = await RawClient.open(port)
  client.send(encoded(metadata, 12, { topics: null }, correlationId))
  const answer = await client.next()
  expect(answer && correlationIdOf(answer), rerun).toBe(correlationId)
  client.close()
}

describe('fuzzing over sockets', () => {
  it(`survives ${frames.toLocaleString('en')} frames`, { timeout: 120_000 + fuzzFrames }, async () => {
    const random = makeRandom(fuzzSeed, 1)
    const requests = [soundRequests(), anyRequests(fuzzSeed)]
    const { port } = cluster.brokers[0]!
    const next = (): Buffer[] => cut(bytesOf(requests, random), random)
    let bytesEarly = 0
    for (let sent = 0; sent < frames; sent += connectionsAtOnce * framesPerConnection) {
      await cluster.run('createTopic', topic).catch(() => undefined)
      const all = Array.from({ length: connectionsAtOnce }, () => sendAndEnd(port, next()))
      await isServed(port, sent)
      await Promise.all(all)
      expect(
        notices.filter(line => line.includes('a request failed')),
        `after ${sent} frames; ${rerun}`,
      ).toEqual([])
      if (bytesEarly === 0 && sent >= frames / 10) bytesEarly = process.memoryUsage().rss
    }
    const { memoryUsedBytes, connections } = await cluster.run('stats')
    expect(memoryUsedBytes).toBeLessThanOrEqual(memoryBytesMax)
    expect(connections).toBeLessThanOrEqual(1)
    expect(process.memoryUsage().rss - bytesEarly, rerun).toBeLessThan(growthBytesMax)
  })
})

function bytesOf(requests: readonly { readonly frame: Buffer }[][], random: Random): Buffer {
  const some = Array.from({ length: framesPerConnection }, () => {
    const from = requests[random.below(requests.length)]!
    return mutated(from[random.below(from.length)]!.frame, random).frame
  })
  return Buffer.concat(some)
}

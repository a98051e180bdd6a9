// Shows that no bytes a client may send bring the broker down: every frame ends in an answer, in a wait that the end of the
// connection ends too, or in the end of the connection; never in an exception, a hang, or memory without bound.
// Method: requests of every API in every version, and well-formed ones that reach deep, mutated with a fixed seed. They go
// into a connection over a socket that is none, on fake time. MILLRACE_FUZZ_FRAMES sets how many.

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { handlerByKey } from '../../broker/handlers/index.ts'
import { ServerConnection } from '../../broker/server-connection.ts'
import { makeRandom, type Random } from '../../core/random.ts'
import { metadata } from '../../wire/apis/03-metadata.ts'
import { apiByKey } from '../../wire/apis/index.ts'
import { encodeRequest } from '../../wire/frame.ts'
import { FramePool } from '../../wire/frame-pool.ts'
import type { Api, RequestOf } from '../../wire/schema.ts'
import { requestOf, versionsOf } from '../wire/arbitrary.ts'
import { batchOf, makeBench } from './ask.ts'
import { settled } from './groups/fake-time.ts'

const frames = Number(process.env.MILLRACE_FUZZ_FRAMES ?? 100_000)
const framesPerConnection = 20
const seed = 20_260
const memoryBytesMax = 32 * 1024 * 1024

const encoded = <A extends Api>(api: A, version: number, body: RequestOf<A>) =>
  Buffer.concat(encodeRequest(api, version, 7, 'fuzz', body))

/** Three requests of every API in every version that is served, made from its description. */
const anyRequests = [...handlerByKey.keys()]
  .map(key => apiByKey.get(key)!)
  .flatMap(api =>
    versionsOf(api).flatMap(version =>
      fc.sample(requestOf(api, version), { numRuns: 3, seed }).map(body => encoded(api, version, body)),
    ),
  )

/** Requests that a handler goes all the way with. */
function soundRequests(): Buffer[] {
  const body = (key: number) => sound[key]
  return [...handlerByKey.keys()]
    .filter(key => body(key) !== undefined)
    .flatMap(key => {
      const api = apiByKey.get(key)!
      return versionsOf(api).map(version => encoded(api, version, body(key)!))
    })
}

const partitions = [
  { partitionIndex: 0, offset: -1, timestamp: -1, partition: 0, currentLeaderEpoch: 0, leaderEpoch: 0 },
]
const records = batchOf(['a', 'b', 'c'])
const transaction = batchOf(['t'], { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true })

const sound: Readonly<Record<number, Record<string, unknown>>> = {
  0: {
    acks: -1,
    timeoutMs: 100,
    topicData: [
      { name: 'a', partitionData: [{ index: 0, records }] },
      { name: 'a', partitionData: [{ index: 1, records: transaction }] },
    ],
  },
  1: {
    maxWaitMs: 1_000,
    minBytes: 1,
    sessionEpoch: 0,
    topics: [{ topic: 'a', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }] }],
  },
  2: { topics: [{ name: 'a', partitions }] },
  3: { topics: [{ name: 'a' }] },
  8: {
    groupId: 'g',
    topics: [{ name: 'a', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
  },
  9: { groupId: 'g', topics: null, groups: [{ groupId: 'g', memberId: null, topics: null }] },
  10: { key: 'g', coordinatorKeys: ['g', 't'] },
  11: {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 1_000,
    memberId: '',
    groupInstanceId: 'i',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('0000', 'hex') }],
  },
  12: { groupId: 'g', generationId: 1, memberId: 'm' },
  13: { groupId: 'g', memberId: 'm', members: [{ memberId: '', groupInstanceId: 'i' }] },
  14: { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] },
  15: { groups: ['g'] },
  16: {},
  18: { clientSoftwareName: 'fuzz', clientSoftwareVersion: '1' },
  19: { topics: [{ name: 'b', numPartitions: 2, replicationFactor: 1 }] },
  20: { topics: [{ name: 'b' }], topicNames: ['b'], timeoutMs: 1 },
  21: { topics: [{ name: 'a', partitions }], timeoutMs: 1 },
  22: { transactionalId: 't', transactionTimeoutMs: 1_000 },
  23: { topics: [{ topic: 'a', partitions }] },
  26: { transactionalId: 't', producerId: 0, producerEpoch: 0, committed: true },
  32: { resources: [{ resourceType: 2, resourceName: 'a', configurationKeys: null }] },
  35: { topics: null },
  37: { topics: [{ name: 'a', count: 3, assignments: null }], timeoutMs: 1, validateOnly: true },
  44: {
    resources: [
      { resourceType: 2, resourceName: 'a', configs: [{ name: 'retention.bytes', configOperation: 0, value: '1000' }] },
    ],
    validateOnly: false,
  },
  68: {
    groupId: 'g2',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 1_000,
    subscribedTopicNames: ['a'],
    topicPartitions: [],
  },
}

// ---- mutation ----

const edges = [0, 1, -1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, -0x8000_0000]

const mutations: readonly ((frame: Buffer, random: Random) => Buffer)[] = [
  frame => frame,
  (frame, random) => {
    for (let left = 1 + random.below(6); left > 0; left--) frame[4 + random.below(frame.length - 4)] = random.below(256)
    return frame
  },
  (frame, random) => frame.subarray(0, 4 + random.below(frame.length - 3)),
  (frame, random) => {
    if (frame.length < 12) return frame
    frame.writeInt32BE(edges[random.below(edges.length)]! | 0, 4 + random.below(frame.length - 8))
    return frame
  },
  (frame, random) => {
    const at = 4 + random.below(frame.length - 4)
    return Buffer.concat([frame.subarray(0, at), Buffer.from([random.below(256)]), frame.subarray(at)])
  },
  (frame, random) => {
    const from = 4 + random.below(frame.length - 4)
    frame.copyWithin(4 + random.below(frame.length - 4), from, from + random.below(32))
    return frame
  },
  (frame, random) => {
    frame.writeInt16BE(random.below(80), 4)
    return frame
  },
  (frame, random) => {
    frame.writeInt16BE(random.below(16), 6)
    return frame
  },
]

/** Mostly with a size that is right, so that what is inside gets read. */
function mutated(original: Buffer, random: Random): Buffer {
  let frame: Buffer = Buffer.from(original)
  for (let left = random.below(3); left > 0; left--) {
    if (frame.length > 8) frame = mutations[random.below(mutations.length)]!(frame, random)
  }
  frame.writeInt32BE(frame.length - 4, 0)
  if (random.below(50) === 0) frame.writeInt32BE(edges[random.below(edges.length)]! | 0, 0)
  return frame
}

// ---- the connection ----

/** Takes what is written at once; bytes come in by `receive`. */
class NoSocket extends Duplex {
  answers = 0

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.answers++
    done()
  }

  override _writev(_chunks: unknown, done: () => void): void {
    this.answers++
    done()
  }

  receive(bytes: Buffer): void {
    this.emit('data', bytes)
  }
}

describe('fuzzing', () => {
  it(`survives ${frames.toLocaleString('en')} frames`, { timeout: 60_000 + frames / 2 }, async () => {
    const bench = makeBench({ memoryBytesMax, configs: { 'auto.create.topics.enable': 'false' } })
    const { state, time, notices } = bench
    state.topics.create({ name: 'a', partitions: 2 })
    const sounds = soundRequests()
    const pick = () => (random.below(3) === 0 ? anyRequests : sounds)
    const random = makeRandom(seed)
    const pool = new FramePool()
    const counts = { sent: 0, answered: 0, closed: 0 }
    const open = () => {
      const socket = new NoSocket()
      let isClosed = false
      const closed = () => {
        isClosed = true
      }
      const deps = { cluster: state, brokerId: 1, handlers: handlerByKey, framePool: pool, closed }
      const listening = {
        listener: 'client',
        isTls: false,
        isSaslRequired: false,
        requestBytesMax: 1024 * 1024,
      } as const
      const connection = new ServerConnection(1, socket as unknown as Socket, { ...deps, ...listening })
      return { socket, connection, isClosed: () => isClosed }
    }
    while (counts.sent < frames) {
      const { socket, connection, isClosed } = open()
      for (let left = framesPerConnection; left > 0 && !isClosed(); left--) {
        const from = pick()
        socket.receive(mutated(from[random.below(from.length)]!, random))
        counts.sent++
      }
      await settled()
      counts.answered += socket.answers
      if (isClosed()) counts.closed++
      connection.close()
      if (state.topics.byName('a') === undefined) state.topics.create({ name: 'a', partitions: 2 })
      if (counts.sent % 1_000 < framesPerConnection) await time.advance(10_000)
    }
    // A bug would have been told as a notice; a memory limit that is reached is told too, and is none.
    expect(notices.filter(line => line.includes('a request failed'))).toEqual([])
    expect(state.memory.usedBytes).toBeLessThanOrEqual(memoryBytesMax)
    expect(counts.answered).toBeGreaterThan(frames / 20)
    expect(counts.closed).toBeGreaterThan(frames / 200)

    const { socket } = open()
    socket.receive(encoded(metadata, 12, { topics: null }))
    expect(socket.answers).toBe(1)
  })
})

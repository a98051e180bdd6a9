// Shows that no bytes a client may send bring the broker down: every frame ends in an answer, in a wait that time or the end
// of the connection ends, or in the end of the connection; never in an exception, a hang, or memory without bound.
// Method: requests of every API in every version, and well-formed ones that reach deep, mutated with a seed. They go into a
// connection over a socket that is none, on fake time. `npm run fuzz` sends a million; over real sockets: sockets.test.ts.
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { handlerByKey } from '../../../broker/handlers/index.ts'
import { ServerConnection } from '../../../broker/server-connection.ts'
import { makeRandom } from '../../../core/random.ts'
import { metadata } from '../../../wire/apis/03-metadata.ts'
import { FramePool } from '../../../wire/frame-pool.ts'
import { type Bench, makeBench } from '../ask.ts'
import { settled } from '../groups/fake-time.ts'
import { type MutationKind, mutated, mutationKinds } from './mutations.ts'
import { anyRequests, encoded, type FuzzRequest, soundRequests } from './requests.ts'
import { fuzzFrames, fuzzSeed, rerun } from './settings.ts'

const framesPerConnection = 20
const memoryBytesMax = 32 * 1024 * 1024
/** What state may grow by between a tenth of the frames and all of them, logs included. */
const heapGrowthBytesMax = 64 * 1024 * 1024
/** Every hundredth connection stays open to the end, to see that it is not stuck. */
const keptOneIn = 100
/** The longest wait that a request can ask for is an int32 of milliseconds. */
const longestWaitMs = 2 ** 31

/** Takes what is written at once; bytes come in by `receive`. */
class NoSocket extends Duplex {
  answers = 0
  written: Buffer = Buffer.alloc(0)

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.answers++
    this.written = chunk
    done()
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.answers++
    this.written = Buffer.concat(chunks.map(({ chunk }) => chunk))
    done()
  }

  receive(bytes: Buffer): void {
    this.emit('data', bytes)
  }
}

interface Open {
  readonly socket: NoSocket
  readonly connection: ServerConnection
  readonly isClosed: () => boolean
  /** It never lied about a size, so that what it sends next is read as a frame. */
  isFramed: boolean
}

const framePool = new FramePool()

function open({ state }: Bench, isSaslRequired: boolean): Open {
  const socket = new NoSocket()
  let isClosed = false
  const closed = () => {
    isClosed = true
  }
  const deps = { cluster: state, brokerId: 1, handlers: handlerByKey, framePool, closed }
  const listening = { listener: 'client', isTls: false, isSaslRequired, requestBytesMax: 1024 * 1024 } as const
  const connection = new ServerConnection(1, socket as unknown as Socket, { ...deps, ...listening })
  return { socket, connection, isClosed: () => isClosed, isFramed: true }
}

function makeFuzzBench(): Bench {
  const sasl = { users: { user: 'password' } }
  const bench = makeBench({ memoryBytesMax, sasl, configs: { 'auto.create.topics.enable': 'false' } })
  bench.state.topics.create({ name: 'a', partitions: 2 })
  return bench
}

setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('what the fuzz starts from', () => {
  it('is a request of every API in every version that is served, and each is answered as it stands', async () => {
    const bench = makeFuzzBench()
    const { time } = bench
    const unanswered: string[] = []
    for (const { api, version, frame } of soundRequests()) {
      const { socket, connection, isClosed } = open(bench, api.name.startsWith('Sasl'))
      if (api.name === 'SaslAuthenticate') {
        const handshake = soundRequests().find(each => each.api.name === 'SaslHandshake' && each.version === 1)!
        socket.receive(handshake.frame)
        await settled()
        socket.answers = 0
      }
      socket.receive(frame)
      await time.advance(1_000)
      if (socket.answers !== 1 || isClosed()) unanswered.push(`${api.name} v${version}`)
      connection.close()
      await time.advance(60_000)
      if (bench.state.topics.byName('a') === undefined) bench.state.topics.create({ name: 'a', partitions: 2 })
    }
    expect(unanswered).toEqual([])
    expect(bench.notices).toEqual([])
  })
})

describe('fuzzing', () => {
  it(`survives ${fuzzFrames.toLocaleString('en')} frames`, { timeout: 120_000 + fuzzFrames / 2 }, async () => {
    const bench = makeFuzzBench()
    const { state, time, notices } = bench
    const random = makeRandom(fuzzSeed)
    const pools: readonly FuzzRequest[][] = [soundRequests(), soundRequests(), anyRequests(fuzzSeed)]
    const counts = { sent: 0, answered: 0, closed: 0 }
    const kinds = new Map<MutationKind, number>()
    const kept: Open[] = []
    let connections = 0
    let heapEarlyBytes = 0
    while (counts.sent < fuzzFrames) {
      const opened = open(bench, random.below(10) === 0)
      for (let left = framesPerConnection; left > 0 && !opened.isClosed(); left--) {
        const from = pools[random.below(pools.length)]!
        const sent = mutated(from[random.below(from.length)]!.frame, random)
        for (const kind of sent.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        if (sent.kinds.includes('size')) opened.isFramed = false
        opened.socket.receive(sent.frame)
        counts.sent++
      }
      await settled()
      expect(failures(notices), `after ${counts.sent} frames; ${rerun}`).toEqual([])
      counts.answered += opened.socket.answers
      if (opened.isClosed()) counts.closed++
      else if (opened.isFramed && connections++ % keptOneIn === 0) kept.push(opened)
      else opened.connection.close()
      if (state.topics.byName('a') === undefined) state.topics.create({ name: 'a', partitions: 2 })
      if (counts.sent % 1_000 < framesPerConnection) await time.advance(10_000)
      if (heapEarlyBytes === 0 && counts.sent >= fuzzFrames / 10) heapEarlyBytes = heapBytes()
    }
    expect(state.memory.usedBytes).toBeLessThanOrEqual(memoryBytesMax)
    expect(heapBytes() - heapEarlyBytes, rerun).toBeLessThan(heapGrowthBytesMax)
    expect(counts.answered).toBeGreaterThan(fuzzFrames / 20)
    expect(counts.closed).toBeGreaterThan(fuzzFrames / 200)
    expect([...kinds.keys()].sort()).toEqual([...mutationKinds].sort())

    expect(await stuckAmong(kept, bench), rerun).toEqual([])
    const { socket } = open(bench, false)
    socket.receive(encoded(metadata, 12, { topics: null }))
    expect(socket.answers).toBe(1)
  })
})

/** A bug would have been told as a notice; a memory limit that is reached is told too, and is none. */
const failures = (notices: readonly string[]) => notices.filter(line => line.includes('a request failed'))

/** Those that neither end nor answer one more request, however long one waits. */
async function stuckAmong(kept: readonly Open[], { time, notices }: Bench): Promise<number[]> {
  expect(kept.length).toBeGreaterThan(0)
  const mark = Buffer.from('5afe5afe', 'hex')
  for (const { socket } of kept) socket.receive(encoded(metadata, 12, { topics: [] }, mark.readInt32BE()))
  const isDone = ({ isClosed, socket }: Open) => isClosed() || socket.written.includes(mark)
  for (let left = 2 * framesPerConnection; left > 0 && !kept.every(isDone); left--) await time.advance(longestWaitMs)
  expect(failures(notices)).toEqual([])
  return kept.flatMap((each, index) => (isDone(each) ? [] : [index]))
}

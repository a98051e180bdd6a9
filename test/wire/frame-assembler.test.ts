// Shows that however a stream is cut, the same frames come out; that large frames are written in place; and that a size
// that cannot be true is refused at once. The last test is about the socket: Node must honour our memory at every read.
import { once } from 'node:events'
import net from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameAssembler, largeFrameBytes } from '../../wire/frame-assembler.ts'
import { FramePool } from '../../wire/frame-pool.ts'

const sizeBytes = 4

function assemblerOf(onFrame: (frame: Buffer) => void, frameBytesMax = 1024 * 1024) {
  const refuse = (claimedBytes: number, bytes: Buffer) => new RangeError(`${claimedBytes}: ${bytes.toString('latin1')}`)
  return new FrameAssembler({ pool: new FramePool(), onFrame, refuse, frameBytesMax })
}

/** Recognisable content: a frame read from the wrong place cannot pass. */
const contentOf = (byteLength: number, seed: number) =>
  Buffer.from(Uint8Array.from({ length: byteLength }, (_, at) => at * 31 + seed * 17 + (at >> 8)))

function streamOf(frames: readonly Buffer[]): Buffer {
  const sized = (frame: Buffer) => [Buffer.from([0, 0, 0, 0]), frame]
  return Buffer.concat(
    frames.flatMap(frame => {
      const [size, content] = sized(frame)
      size!.writeInt32BE(frame.length)
      return [size!, content!]
    }),
  )
}

const around = (byteLength: number) => fc.integer({ min: byteLength - 6, max: byteLength + 6 })
const frameLength = fc.oneof(
  fc.integer({ min: 4, max: 200 }),
  around(largeFrameBytes / 2),
  around(largeFrameBytes),
  around(2 * largeFrameBytes),
  fc.constant(300_000),
)
const chunkLength = fc.oneof(
  fc.integer({ min: 1, max: 7 }).map(length => length * 997),
  fc.integer({ min: 10_000, max: 400_000 }),
)

/** Writes the stream in pieces of these lengths, over and over. */
function feed(assembler: FrameAssembler, stream: Buffer, lengths: readonly number[]): void {
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const length = lengths[turn % lengths.length]!
    assembler.push(stream.subarray(at, at + length))
    at += length
  }
}

describe('FrameAssembler', () => {
  it('gives the same frames for any cutting of the stream', () => {
    const cuts = fc.array(chunkLength, { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(frameLength, { minLength: 1, maxLength: 8 }), cuts, (frameLengths, chunkLengths) => {
        const sent = frameLengths.map(contentOf)
        const received: Buffer[] = []
        const assembler = assemblerOf(frame => received.push(frame))
        feed(assembler, streamOf(sent), chunkLengths)
        expect(received.length).toBe(sent.length)
        expect(received.every((frame, index) => frame.equals(sent[index]!))).toBe(true)
        expect(assembler.isAtBoundary).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('takes a stream byte by byte', () => {
    const sent = [contentOf(4, 1), contentOf(largeFrameBytes, 2), contentOf(5, 3)]
    const received: Buffer[] = []
    feed(
      assemblerOf(frame => received.push(frame)),
      streamOf(sent),
      [1],
    )
    expect(received.map(frame => frame.length)).toEqual([4, largeFrameBytes, 5])
    expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true)
  })

  it('offers the very memory of a large frame once its size is known', () => {
    const received: Buffer[] = []
    const assembler = assemblerOf(frame => received.push(frame))
    const stream = streamOf([contentOf(500_000, 1)])
    assembler.push(stream.subarray(0, sizeBytes + 10))
    const space = assembler.space()
    expect(space.length).toBe(500_000 - 10)
    stream.copy(space, 0, sizeBytes + 10)
    assembler.filled(space.length)
    expect(received[0]!.buffer).toBe(space.buffer)
    expect(received[0]!.equals(contentOf(500_000, 1))).toBe(true)
  })

  it('lets no frame change when later bytes arrive', () => {
    const received: Buffer[] = []
    const assembler = assemblerOf(frame => received.push(frame))
    assembler.push(streamOf([contentOf(100, 1)]))
    assembler.push(streamOf([contentOf(100, 2)]))
    expect(received[0]!.equals(contentOf(100, 1))).toBe(true)
  })

  it('knows whether a frame is unfinished', () => {
    const assembler = assemblerOf(() => undefined)
    const stream = streamOf([contentOf(200_000, 1)])
    expect(assembler.isAtBoundary).toBe(true)
    assembler.push(stream.subarray(0, 2))
    expect(assembler.isAtBoundary).toBe(false)
    assembler.push(stream.subarray(2, 100_000))
    expect(assembler.isAtBoundary).toBe(false)
    assembler.push(stream.subarray(100_000))
    expect(assembler.isAtBoundary).toBe(true)
  })

  it.each([
    { why: 'negative', bytes: Buffer.from([0xff, 0xff, 0xff, 0xff]), claimed: '-1' },
    { why: 'too small for a correlation id', bytes: Buffer.from([0, 0, 0, 3]), claimed: '3' },
    { why: 'above the limit', bytes: Buffer.from([0, 0x10, 0, 1]), claimed: '1048577' },
    { why: 'text of another protocol', bytes: Buffer.from('HTTP/1.1 400 Bad Request'), claimed: 'HTTP/1.1 400' },
  ])('refuses a size that is $why', ({ bytes, claimed }) => {
    const assembler = assemblerOf(() => expect.unreachable())
    expect(() => assembler.push(bytes)).toThrow(claimed)
  })

  it('is written by the kernel in place, at every read', async () => {
    // 3 MB arrive in many reads, so memory that was asked for only once would be overwritten again and again.
    const sent = [contentOf(50, 1), contentOf(3_000_000, 2), contentOf(70_000, 3), contentOf(9, 4)]
    const received: Buffer[] = []
    const assembler = assemblerOf(frame => received.push(frame), 4_000_000)
    const server = net.createServer(socket => socket.end(streamOf(sent))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const reads: number[] = []
    const client = net.connect({
      port: (server.address() as net.AddressInfo).port,
      host: '127.0.0.1',
      onread: {
        buffer: () => assembler.space(),
        callback: byteLength => {
          reads.push(byteLength)
          assembler.filled(byteLength)
          return true
        },
      },
    })
    await once(client.resume(), 'close')
    server.close()
    expect(received.map(frame => frame.length)).toEqual(sent.map(frame => frame.length))
    expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true)
    expect(reads.length).toBeGreaterThan(3)
  })
})

// A client that sends whatever bytes a test wants, and says what came back: frames, or the end of the connection.
import { connect, type Socket } from 'node:net'
import { FrameAssembler } from '../../wire/frame-assembler.ts'
import { FramePool } from '../../wire/frame-pool.ts'

export class RawClient {
  readonly #socket: Socket
  readonly #frames: Buffer[] = []
  #wake: (() => void) | undefined
  #isClosed = false

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new RawClient(socket)))
    })
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    const assembler = new FrameAssembler({
      pool: new FramePool(),
      frameBytesMax: 64 * 1024 * 1024,
      onFrame: frame => this.#frames.push(frame),
      refuse: claimedBytes => new RangeError(`an answer of ${claimedBytes} bytes`),
    })
    socket.on('data', bytes => {
      assembler.push(bytes)
      this.#wake?.()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake?.()
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  send(...chunks: Buffer[]): void {
    this.#socket.write(Buffer.concat(chunks))
  }

  pauseReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  /** The next answer without its size; undefined when the connection ends before. */
  async next(): Promise<Buffer | undefined> {
    while (this.#frames.length === 0 && !this.#isClosed) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#frames.shift()
  }

  close(): void {
    this.#socket.destroy()
  }
}

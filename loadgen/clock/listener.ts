// Answers what other runs ask of this run's clock (--clock-listen), for as long as the run lasts.
import { createSocket, type Socket } from 'node:dgram'
import { MillraceError } from '../../core/errors.ts'
import type { HostPort } from '../../wire/settings.ts'
import type { RunIdentity } from '../payload/stamp.ts'
import { decodeQuestion, encodeAnswer } from './frames.ts'

export interface ListenerSettings {
  readonly identity: RunIdentity
  readonly anchorUs: number
  /** Microseconds since the epoch, by the clock that stamps records. */
  readonly nowUs: () => number
}

export class ClockListener {
  readonly #socket: Socket

  /** Rejects when the address cannot be listened on. */
  static async open(at: HostPort, settings: ListenerSettings): Promise<ClockListener> {
    const socket = createSocket(at.host.includes(':') ? 'udp6' : 'udp4')
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.once('error', reject)
    socket.bind(at.port, at.host, resolve)
    try {
      await promise
    } catch (error) {
      socket.close()
      const message = `cannot listen on ${at.host}:${at.port} (UDP, --clock-listen): ${(error as Error).message}`
      throw new MillraceError('CLOCK_UNREACHABLE', message, { cause: error })
    }
    return new ClockListener(socket, settings)
  }

  private constructor(socket: Socket, { identity, anchorUs, nowUs }: ListenerSettings) {
    this.#socket = socket
    // An answer that cannot be sent is one that the other side asks for again.
    socket.removeAllListeners('error').on('error', () => {})
    socket.on('message', (frame, { port, address }) => {
      const heardUs = nowUs()
      const question = decodeQuestion(frame)
      if (question === undefined) return
      socket.send(encodeAnswer({ ...question, ...identity, heardUs, answeredUs: nowUs(), anchorUs }), port, address)
    })
    socket.unref()
  }

  get port(): number {
    return this.#socket.address().port
  }

  close(): void {
    this.#socket.close()
  }
}

// Whether anybody listens at an address: a TCP connection, and not a byte.
import net from 'node:net'
import type { HostPort } from './settings.ts'

const timeoutMs = 5_000

export const isListening = ({ host, port }: HostPort): Promise<boolean> =>
  new Promise(done => {
    const socket = net.connect({ host, port, timeout: timeoutMs })
    const end = (isThere: boolean) => {
      socket.destroy()
      done(isThere)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })

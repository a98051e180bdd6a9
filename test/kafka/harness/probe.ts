// Asks a broker which brokers it knows, in a dozen bytes and without any client: a harness that leans on the code under
// test could not say which of the two is broken.
import { createConnection } from 'node:net'
import { loopback } from './properties.ts'

const probeTimeoutMs = 2_000

// Metadata v1 (https://kafka.apache.org/protocol#The_Messages_Metadata): an empty topic array asks for brokers only.
const request = Buffer.from([
  ...[0, 0, 0, 14], // size
  ...[0, 3, 0, 1], // api key 3, version 1
  ...[0, 0, 0, 1], // correlation id
  ...[0xff, 0xff], // client id: null
  ...[0, 0, 0, 0], // topics: none
])

/** Ids of the brokers in the metadata that the broker on this PLAINTEXT port answers with; undefined: no answer yet. */
export function probeBrokerIds(port: number): Promise<readonly number[] | undefined> {
  return new Promise(resolve => {
    const socket = createConnection({ host: loopback, port })
    let received = Buffer.alloc(0)
    const finish = (ids?: readonly number[]) => {
      socket.destroy()
      resolve(ids)
    }
    socket.setTimeout(probeTimeoutMs, () => finish())
    socket.once('error', () => finish())
    socket.once('close', () => finish())
    socket.once('connect', () => socket.write(request))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) finish(decodeBrokerIds(received))
    })
  })
}

function decodeBrokerIds(frame: Buffer): readonly number[] {
  const ids: number[] = []
  let at = 8 // after size and correlation id
  const count = frame.readInt32BE(at)
  at += 4
  for (let index = 0; index < count; index++) {
    ids.push(frame.readInt32BE(at))
    at += 4 + 2 + frame.readInt16BE(at + 4) // id, host
    at += 4 // port
    at += 2 + Math.max(frame.readInt16BE(at), 0) // rack, -1 when null
  }
  return ids
}

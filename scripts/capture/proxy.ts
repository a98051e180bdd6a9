// A TCP proxy that listens to Kafka being spoken: it passes every byte on and keeps each request with its response.
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Frames without their size. */
export interface Exchange {
  readonly apiKey: number
  readonly apiVersion: number
  readonly request: Buffer
  readonly response: Buffer
}

export interface ProxyRoute {
  readonly listenHost: string
  readonly targetHost: string
  readonly port: number
}

export interface RecordingProxy {
  close(): Promise<void>
}

export async function startRecordingProxy(
  { listenHost, targetHost, port }: ProxyRoute,
  onExchange: (exchange: Exchange) => void,
): Promise<RecordingProxy> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const broker = connect(port, targetHost)
    for (const socket of [client, broker]) sockets.add(socket)
    record(client, broker, onExchange)
    passOn(client, broker)
    passOn(broker, client)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, listenHost, resolve)
  })
  return { close: () => closeAll(server, sockets) }
}

/** One side's end is the other's; how it ended does not matter to what was recorded before. */
function passOn(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}

function record(client: Socket, broker: Socket, onExchange: (exchange: Exchange) => void): void {
  const waiting = new Map<number, Buffer>()
  client.on(
    'data',
    splitter(request => waiting.set(request.readInt32BE(4), request)),
  )
  broker.on(
    'data',
    splitter(response => {
      const request = waiting.get(response.readInt32BE(0))
      if (request === undefined) return
      waiting.delete(response.readInt32BE(0))
      onExchange({ apiKey: request.readInt16BE(0), apiVersion: request.readInt16BE(2), request, response })
    }),
  )
}

function splitter(onFrame: (frame: Buffer) => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return data => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      onFrame(rest.subarray(4, end))
      rest = rest.subarray(end)
    }
  }
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  await new Promise(resolve => server.close(resolve))
}

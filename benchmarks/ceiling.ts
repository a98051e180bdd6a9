// The broker's ceiling: replays produce requests that were encoded once, over bare sockets. Nothing is done for a record,
// and for a request only this: count the answer, look at its error codes, send the same bytes again. A request holds as
// many full batches as fit into it, of the same bytes each; when that is fewer than there are partitions, a few requests
// take turns, so that every partition gets its share.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { produce } from '../wire/apis/00-produce.ts'
import { parseBootstrap } from '../wire/bootstrap.ts'
import { Cluster } from '../wire/cluster.ts'
import { decodeResponse, encodeRequest } from '../wire/frame.ts'
import { buildBatch } from '../wire/record-batch/build.ts'
import { headerBytes } from '../wire/record-batch/constants.ts'
import { type ClientSettings, clientDefaults, type HostPort } from '../wire/settings.ts'
import { report } from './contestants/payload.ts'

const ackTimeoutMs = 30_000
const sizeBytes = 4

const options = Object.fromEntries(
  [
    ...['bootstrap', 'topic', 'partitions', 'seconds', 'warmup', 'record-size', 'acks'],
    ...['batch-bytes', 'request-bytes', 'in-flight', 'connections'],
  ].map(name => [name, { type: 'string' as const }]),
)
const values = parseArgs({ options }).values as Record<string, string>
const number = (name: string): number => Number(values[name])

/** As many records as millrace's batches hold: full, by the same limit. */
function fullBatch(recordBytes: number, batchBytesMax: number): { batch: Buffer; records: number } {
  const timestampMs = Date.now()
  const make = (count: number) =>
    buildBatch({
      records: Array.from({ length: count }, () => ({ key: null, value: randomBytes(recordBytes), timestampMs })),
    })
  const probe = 200
  const bytesPerRecord = (make(probe).length - headerBytes) / probe
  let records = Math.ceil((batchBytesMax - headerBytes) / bytesPerRecord)
  let batch = make(records)
  while (batch.length > batchBytesMax && records > 1) batch = make(--records)
  return { batch, records }
}

interface Replay {
  readonly node: HostPort
  readonly requests: readonly Buffer[]
  readonly version: number
  readonly recordsPerRequest: number
}

async function prepare(bootstrap: readonly HostPort[]): Promise<Replay> {
  const settings: ClientSettings = { ...clientDefaults, bootstrap }
  const cluster = await Cluster.connect(settings)
  const topic = await cluster.topic(values.topic!)
  const leader = topic.partitions[0]!.leader
  if (topic.partitions.some(partition => partition.leader !== leader)) throw new Error('partitions on several brokers')
  const connection = await cluster.connection(leader)
  const { batch, records } = fullBatch(number('record-size'), number('batch-bytes'))
  const partitions = number('partitions')
  const batchesPerRequest = Math.max(1, Math.min(partitions, Math.floor(number('request-bytes') / batch.length)))
  const version = connection.versionOf(produce)
  const requests = Array.from({ length: partitions }, (_, first) => {
    const partitionData = Array.from({ length: batchesPerRequest }, (_, step) => {
      return { index: (first * batchesPerRequest + step) % partitions, records: batch }
    })
    const topicData = [{ name: topic.name, topicId: topic.id, partitionData }]
    const body = { transactionalId: null, acks: values.acks === 'all' ? -1 : 1, timeoutMs: ackTimeoutMs, topicData }
    return Buffer.concat(encodeRequest(produce, version, 1, 'ceiling', body))
  })
  const replay = { node: connection.node, requests, version, recordsPerRequest: records * batchesPerRequest }
  await cluster.close()
  return replay
}

/** Calls `onAnswer` for each answer's frame. */
function onFrames(socket: Socket, onAnswer: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= sizeBytes) {
      const end = sizeBytes + rest.readInt32BE(0)
      if (rest.length < end) return
      onAnswer(rest.subarray(sizeBytes, end))
      rest = rest.subarray(end)
    }
  })
}

const { recordsPerRequest, ...replay } = await prepare(bootstrapOf(values.bootstrap!))
const seconds = number('seconds')
const measureFromMs = performance.now() + number('warmup') * 1000
const endMs = measureFromMs + seconds * 1000
let [requests, totalRequests] = [0, 0]

function bootstrapOf(text: string): readonly HostPort[] {
  const parsed = parseBootstrap(text)
  if ('problem' in parsed) throw new Error(`--bootstrap ${parsed.problem}`)
  return parsed.value
}

function assertStored(frame: Buffer): void {
  const { body } = decodeResponse(produce, replay.version, frame)
  const failed = body.responses.flatMap(topic => topic.partitionResponses).find(({ errorCode }) => errorCode !== 0)
  if (failed !== undefined) throw new Error(`partition ${failed.index} answered with error ${failed.errorCode}`)
}

function replayOver(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let inFlight = 0
    let turn = 0
    const send = () => {
      socket.write(replay.requests[turn++ % replay.requests.length]!)
      inFlight++
    }
    socket.setNoDelay(true)
    socket.once('error', reject)
    onFrames(socket, frame => {
      assertStored(frame)
      const nowMs = performance.now()
      inFlight--
      totalRequests++
      if (nowMs >= measureFromMs && nowMs <= endMs) requests++
      if (nowMs < endMs) return send()
      if (inFlight === 0) socket.end(resolve)
    })
    for (let count = number('in-flight'); count > 0; count--) send()
  })
}

const sockets = Array.from({ length: number('connections') }, () => connect(replay.node.port, replay.node.host))
await Promise.all(sockets.map(replayOver))
report({
  records: requests * recordsPerRequest,
  seconds,
  totalRecords: totalRequests * recordsPerRequest,
  errors: 0,
})

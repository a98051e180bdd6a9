// DATA PLANE: nothing per byte, neither on the way in nor on the way out; one offset per batch.
//
// The yardstick: produce requests are acknowledged after a look at the batch header alone, and every fetch is served at once
// from one synthetic batch, over and over, whatever its offset. What a client measures against it is the client. End offsets
// count what was produced, so that a run's books balance.
import { produce } from '../wire/apis/00-produce.ts'
import { fetch } from '../wire/apis/01-fetch.ts'
import { listOffsets, offsetAt } from '../wire/apis/02-list-offsets.ts'
import { kafkaCode } from '../wire/error-codes.ts'
import { buildBatch } from '../wire/record-batch/build.ts'
import { at, headerBytes } from '../wire/record-batch/constants.ts'
import type { ClusterState } from './cluster.ts'
import { type Handler, handlerOf } from './handler.ts'
import type { Partition } from './partition.ts'
import { findTopic, unknownTopicCode } from './topic-refs.ts'

const batchBytes = 64 * 1024
const offsetBytes = at.batchLength
const recordBytesDefault = 100
/** What a consumer is told is still ahead of it, always. */
const recordsAhead = 1_000_000_000

const makePosition = (_partition: Partition) => ({ endOffset: 0 })

interface Template {
  readonly batch: Buffer
  readonly records: number
}

/** One batch of records of the asked size, as large as producers make them. */
function makeTemplate(cluster: ClusterState): Template {
  const value = Buffer.alloc(cluster.options.nullRecordBytes ?? recordBytesDefault, 'x')
  const records = Math.max(1, Math.floor((batchBytes - headerBytes) / (value.length + 12)))
  const record = { key: null, value, timestampMs: cluster.nowMs }
  return { records, batch: buildBatch({ records: new Array(records).fill(record), leaderEpoch: 0 }) }
}

const produceNothing = handlerOf(produce, ({ cluster }, { acks, topicData }) => {
  const responses = topicData.map(({ name, topicId, partitionData }) => {
    const topic = findTopic(cluster, name, topicId)
    const partitionResponses = partitionData.map(({ index, records }) => {
      const position = topic?.partitions[index]?.part(makePosition)
      if (position === undefined) return { index, errorCode: unknownTopicCode(topicId), baseOffset: -1 }
      if (records.length < headerBytes) return { index, errorCode: kafkaCode.CORRUPT_MESSAGE, baseOffset: -1 }
      const baseOffset = position.endOffset
      position.endOffset += Math.max(0, records.readInt32BE(at.recordsCount))
      return { index, errorCode: kafkaCode.NONE, baseOffset, logStartOffset: 0 }
    })
    return { name, topicId, partitionResponses }
  })
  return acks === 0 ? undefined : { responses, throttleTimeMs: 0 }
})

const fetchAnything = handlerOf(fetch, ({ cluster }, request) => {
  const template = cluster.part(makeTemplate)
  let left = request.maxBytes
  const responses = request.topics.map(({ topic: name, topicId, partitions }) => {
    const topic = findTopic(cluster, name, topicId)
    const served = partitions.map(({ partition, fetchOffset, partitionMaxBytes }) => {
      const unknown = { partitionIndex: partition, errorCode: unknownTopicCode(topicId), highWatermark: -1 }
      if (topic?.partitions[partition] === undefined) return { ...unknown, abortedTransactions: null, records: nothing }
      const records = synthesize(template, fetchOffset, Math.min(left, partitionMaxBytes))
      left -= (records.length / 2) * template.batch.length
      const highWatermark = fetchOffset + recordsAhead
      const offsets = { highWatermark, lastStableOffset: highWatermark, logStartOffset: 0 }
      const abortedTransactions = request.isolationLevel === 1 ? [] : null
      return { partitionIndex: partition, errorCode: kafkaCode.NONE, ...offsets, abortedTransactions, records }
    })
    return { topic: name, topicId, partitions: served }
  })
  return { throttleTimeMs: 0, errorCode: kafkaCode.NONE, sessionId: 0, responses }
})

const nothing = Buffer.alloc(0)

/**
 * The batch as often as there is room for, each time with the offsets that follow. The offset comes first in a batch and
 * outside its checksum, so each has a few bytes of its own and all share the rest.
 */
function synthesize({ batch, records }: Template, fetchOffset: number, bytesMax: number): Buffer[] {
  const count = Math.max(bytesMax > 0 ? 1 : 0, Math.floor(bytesMax / batch.length))
  const rest = batch.subarray(offsetBytes)
  const offsets = Buffer.allocUnsafe(count * offsetBytes)
  const pieces: Buffer[] = []
  for (let index = 0; index < count; index++) {
    const position = index * offsetBytes
    const baseOffset = fetchOffset + index * records
    offsets.writeInt32BE(Math.floor(baseOffset / 0x1_0000_0000), position)
    offsets.writeUInt32BE(baseOffset >>> 0, position + 4)
    pieces.push(offsets.subarray(position, position + offsetBytes), rest)
  }
  return pieces
}

const listEnds = handlerOf(listOffsets, ({ cluster }, { topics }) => {
  const answered = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, timestamp }) => {
      const position = cluster.partition(name, partitionIndex)?.part(makePosition)
      if (position === undefined) return { partitionIndex, errorCode: kafkaCode.UNKNOWN_TOPIC_OR_PARTITION }
      const offset = timestamp === offsetAt.latest ? position.endOffset : 0
      return { partitionIndex, errorCode: kafkaCode.NONE, offset, leaderEpoch: 0 }
    }),
  }))
  return { throttleTimeMs: 0, topics: answered }
})

/** The handlers of null mode: these three instead of the real ones. */
export function nullHandlers(handlers: ReadonlyMap<number, Handler>): ReadonlyMap<number, Handler> {
  const instead: readonly Handler[] = [produceNothing, fetchAnything, listEnds]
  return new Map([...handlers, ...instead.map(handler => [handler.api.key, handler] as const)])
}

// What lies in the embedded broker's logs after somebody else's client wrote to it: a look past the client's own word.
import type { ClusterState } from '../../../broker/cluster.ts'
import { type CodecName, codecById } from '../../../wire/compression.ts'
import { BatchHeader } from '../../../wire/record-batch/scan.ts'

export interface StoredBatch {
  readonly codec: CodecName
  readonly records: number
  readonly producerId: number
  readonly isTransactional: boolean
  readonly isControl: boolean
}

/** The batches of a topic, partition by partition. */
export function storedBatches(state: ClusterState, topic: string): StoredBatch[] {
  return (state.topics.byName(topic)?.partitions ?? []).flatMap(({ log }) => {
    const found: StoredBatch[] = []
    for (let offset = log.startOffset; offset < log.endOffset; ) {
      const { bytes, endOffset } = log.read(offset, log.endOffset, Number.MAX_SAFE_INTEGER, true)
      found.push(...batchesIn(bytes))
      offset = endOffset
    }
    return found
  })
}

/** Of the batches that clients wrote, by name. */
export function storedCodecs(state: ClusterState, topic: string): CodecName[] {
  const data = storedBatches(state, topic).filter(({ isControl }) => !isControl)
  return [...new Set(data.map(({ codec }) => codec))].sort()
}

function batchesIn(bytes: Buffer): StoredBatch[] {
  const found: StoredBatch[] = []
  const header = new BatchHeader()
  for (let position = 0; position < bytes.length; position += header.byteLength) {
    header.read(bytes, position)
    const { producerId, isTransactional, isControl } = header
    const codec = codecById(header.codecId).name
    found.push({ codec, records: header.recordsCount, producerId, isTransactional, isControl })
  }
  return found
}

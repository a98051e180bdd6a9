// Reads a topic back the slow and certain way, to judge what a bench run has left in it: fetched over wire/, every batch's
// checksum verified, every record decoded by wire/record-batch/decode.ts, which no bench run uses.
import { listOffsets } from '../../../wire/admin.ts'
import { fetch } from '../../../wire/apis/01-fetch.ts'
import type { Cluster } from '../../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../../wire/error-codes.ts'
import { type Batch, type BatchRecord, decodeBatches } from '../../../wire/record-batch/decode.ts'

const fetchBytes = 4 * 1024 * 1024

/** Every data batch of every partition, in offset order; control batches are passed over. */
export async function* readBatches(
  cluster: Cluster,
  topic: string,
): AsyncGenerator<{ partition: number; batch: Batch }> {
  const { id, partitions } = await cluster.topic(topic, { allowCached: false })
  const ends = await listOffsets(cluster, topic, 'all', 'latest')
  const starts = await listOffsets(cluster, topic, 'all', 'earliest')
  for (const partition of partitions.map(({ index }) => index).sort((a, b) => a - b)) {
    const end = ends.get(partition)!.offset
    let offset = starts.get(partition)!.offset
    while (offset < end) {
      for (const batch of await readAt(cluster, topic, id, partition, offset)) {
        offset = batch.lastOffset + 1
        if (!batch.control) yield { partition, batch }
      }
    }
  }
}

async function readAt(cluster: Cluster, topic: string, topicId: string, partition: number, offset: number) {
  const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: fetchBytes }]
  const body = {
    maxWaitMs: 1_000,
    minBytes: 1,
    topics: [{ topic, topicId, partitions }],
    forgottenTopicsData: [],
    rackId: '',
    sessionId: 0,
  }
  const answer = await cluster.sendWithRetry({ leader: { topic, partition } }, fetch, body, {
    check: ({ responses }) => {
      const code = responses[0]!.partitions[0]!.errorCode
      if (code !== kafkaCode.NONE) throw kafkaError(code, `topic ${topic} partition ${partition}`)
    },
  })
  const batches = [...decodeBatches(answer.responses[0]!.partitions[0]!.records!)]
  if (batches.length === 0) throw new Error(`topic ${topic} partition ${partition}: nothing at offset ${offset}`)
  return batches
}

export interface ReadRecord extends BatchRecord {
  readonly partition: number
}

/** For topics of some ten thousand records: all of them at once. */
export async function readRecords(cluster: Cluster, topic: string): Promise<ReadRecord[]> {
  const all: ReadRecord[] = []
  for await (const { partition, batch } of readBatches(cluster, topic)) {
    for (const record of batch.records) all.push({ partition, ...record })
  }
  return all
}

/** How many records each partition has. */
export function countByPartition(records: readonly ReadRecord[], partitions: number): number[] {
  const counts = new Array<number>(partitions).fill(0)
  for (const { partition } of records) counts[partition]!++
  return counts
}

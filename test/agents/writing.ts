// Puts records of known times into a topic, for suites that ask about them afterwards.
import { produce } from '../../wire/apis/00-produce.ts'
import { deleteRecords } from '../../wire/apis/21-delete-records.ts'
import type { Cluster } from '../../wire/cluster.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { buildBatch } from '../../wire/record-batch/build.ts'

/** One batch a record, each with its own time. */
export async function append(
  cluster: Cluster,
  topic: string,
  partition: number,
  timestampsMs: readonly number[],
): Promise<void> {
  for (const timestampMs of timestampsMs) await appendBatch(cluster, topic, partition, [timestampMs])
}

/** One batch of records, each with its own time, all with this key. */
export async function appendBatch(
  cluster: Cluster,
  topic: string,
  partition: number,
  timestampsMs: readonly number[],
  key: string | null = null,
): Promise<void> {
  const { id: topicId } = await cluster.retry(() => cluster.topic(topic))
  const keyBytes = key === null ? null : Buffer.from(key)
  const written = timestampsMs.map(timestampMs => ({ key: keyBytes, value: Buffer.from('record'), timestampMs }))
  const partitionData = [{ index: partition, records: buildBatch({ records: written }) }]
  const topicData = [{ name: topic, topicId, partitionData }]
  const body = { transactionalId: null, acks: -1, timeoutMs: 9_000, topicData }
  await cluster.sendWithRetry({ leader: { topic, partition } }, produce, body, {
    check: ({ responses }) => {
      const code = responses[0]!.partitionResponses[0]!.errorCode
      if (code !== kafkaCode.NONE) throw kafkaError(code, `${topic}-${partition}`)
    },
  })
}

/** As retention would: the log starts at this offset from now on. */
export async function deleteBefore(cluster: Cluster, topic: string, partition: number, offset: number): Promise<void> {
  const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }]
  const answer = await cluster.send({ leader: { topic, partition } }, deleteRecords, { topics, timeoutMs: 9_000 })
  const code = answer.topics[0]!.partitions[0]!.errorCode
  if (code !== kafkaCode.NONE) throw kafkaError(code, `${topic}-${partition}`)
}

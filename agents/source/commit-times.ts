// When the record at an offset was written: the exact answer to "how many seconds behind", at the price of reading one batch
// a partition. No request tells the time of an offset, so the batch is fetched, as few bytes as the broker will send (a whole
// batch at least), and the record is looked up in it.
import { isMillraceError } from '../../core/errors.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import type { ClusterSnapshot } from '../../wire/cluster-metadata.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { BatchHeader, RecordCursor } from '../../wire/record-batch/scan.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten } from './groups.ts'
import type { AskedCluster } from './one-look.ts'
import { nameOfPartition, type TopicPartition } from './partition-ends.ts'

/**
 * A broker sends one whole batch at least, however large, but only for the first partition of a request: so one a request. Room for
 * some control batches of 78 bytes each, so that a few markers at the end of a log are seen as that.
 */
const partitionMaxBytes = 1_024
/** Requests to a broker at the same time. */
const askedAtOnce = 8

export interface OffsetQuestion extends TopicPartition {
  /** Of the first record that has not been read. It is in the log: not before its start, and before its end. */
  readonly offset: number
}

export interface TimesRequest {
  readonly questions: readonly OffsetQuestion[]
  readonly metadata: Pick<ClusterSnapshot, 'topics'>
  readonly timeoutMs: number
}

export interface OffsetAnswer extends OffsetQuestion {
  /** CreateTime, or LogAppendTime where the topic has that; milliseconds since the epoch. Undefined: control batches only. */
  readonly timestampMs: number | undefined
  /** Of that record, or of another one in its batch: offsets before may be compacted away, or markers. */
  readonly recordOffset: number | undefined
  /** The broker stamped it when it came (LogAppendTime). */
  readonly isAppendTime: boolean
  /** Nothing but control batches, which have no records, lies between the offset and this one; undefined: there is a record. */
  readonly markersUntil: number | undefined
}

/** Questions that several groups share are asked once. */
export async function readRecordTimes(cluster: AskedCluster, request: TimesRequest): Promise<Found<OffsetAnswer[]>> {
  const found: OffsetAnswer[] = []
  const gaps: Gap[] = []
  const { topics } = request.metadata
  const distinct = new Map(request.questions.map(each => [`${nameOfPartition(each)} ${each.offset}`, each]))
  const byLeader = Map.groupBy(distinct.values(), ({ topic, partition }) => {
    return topics.get(topic)?.partitions[partition]?.leader ?? -1
  })
  byLeader.delete(-1)
  const askOne = async (leader: number, question: OffsetQuestion) => {
    try {
      const read = await readAt(cluster, leader, question, request)
      if (read !== undefined) found.push({ ...question, ...read })
    } catch (error) {
      if (!isMillraceError(error)) throw error
      gaps.push(gapOf('partition', nameOfPartition(question), forgotten(cluster, error)))
    }
  }
  await Promise.all(
    [...byLeader].map(async ([leader, questions]) => {
      for (let from = 0; from < questions.length; from += askedAtOnce) {
        await Promise.all(questions.slice(from, from + askedAtOnce).map(question => askOne(leader, question)))
      }
    }),
  )
  return { found, gaps }
}

type Read = Omit<OffsetAnswer, keyof OffsetQuestion>

async function readAt(
  cluster: AskedCluster,
  leader: number,
  { topic, partition, offset }: OffsetQuestion,
  { metadata, timeoutMs }: TimesRequest,
): Promise<Read | undefined> {
  const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes }]
  const topics = [{ topic, topicId: metadata.topics.get(topic)!.id, partitions }]
  const body = { maxWaitMs: 0, minBytes: 0, sessionId: 0, topics, forgottenTopicsData: [], rackId: '' }
  const answer = await cluster.send({ broker: leader }, fetch, body, { timeoutMs })
  const found = answer.responses[0]?.partitions[0]
  const errorCode = answer.errorCode || (found?.errorCode ?? kafkaCode.NONE)
  if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, nameOfPartition({ topic, partition }))
  return firstRecord(found?.records ?? null, offset)
}

/** At or after the offset; undefined when nothing came that says anything of it. */
function firstRecord(records: Buffer | null, offset: number): Read | undefined {
  if (records === null) return undefined
  const header = new BatchHeader()
  let markersUntil: number | undefined
  for (let at = 0; header.read(records, at); at += header.byteLength) {
    if (header.lastOffset < offset) continue
    if (header.isControl) markersUntil = header.lastOffset + 1
    if (header.isControl || header.recordsCount === 0) continue
    const timestampMs = timeInBatch(header, offset)
    if (timestampMs === undefined) continue
    const recordOffset = Math.max(offset, header.baseOffset)
    return { timestampMs, recordOffset, isAppendTime: header.isLogAppendTime, markersUntil: undefined }
  }
  if (markersUntil === undefined) return undefined
  return { timestampMs: undefined, recordOffset: undefined, isAppendTime: false, markersUntil }
}

/** Of its first record at or after the offset. */
function timeInBatch(header: BatchHeader, offset: number): number | undefined {
  if (header.isLogAppendTime) return header.maxTimestampMs
  const cursor = new RecordCursor()
  cursor.start(header.records(), header.recordsCount)
  while (cursor.next()) {
    if (header.baseOffset + cursor.offsetDelta >= offset) return header.baseTimestampMs + cursor.timestampDeltaMs
  }
  return undefined
}

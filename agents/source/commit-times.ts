// When the record at an offset was written: the exact answer to "how many seconds behind", at the price of reading one batch
// a partition. No request tells the time of an offset, so the batch is fetched, as few bytes as the broker will send (a whole
// batch at least), and the record is looked up in it.
import { isMillraceError } from '../../core/errors.ts'
import { fetch } from '../../wire/apis/01-fetch.ts'
import type { Cluster } from '../../wire/cluster.ts'
import type { ClusterSnapshot } from '../../wire/cluster-metadata.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { BatchHeader, RecordCursor } from '../../wire/record-batch/scan.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten } from './groups.ts'
import { nameOfPartition, type TopicPartition } from './partition-ends.ts'

/** The broker sends at least one whole batch, however large; this keeps it from sending a second one. */
const partitionMaxBytes = 1
const partitionsPerRequest = 50

export interface OffsetQuestion extends TopicPartition {
  /** Of the first record that has not been read. It is in the log: not before its start, and before its end. */
  readonly offset: number
}

export interface TimesRequest {
  readonly questions: readonly OffsetQuestion[]
  readonly metadata: Pick<ClusterSnapshot, 'topics'>
  readonly timeoutMs: number
}

export interface RecordTime extends OffsetQuestion {
  /** CreateTime, or LogAppendTime where the topic has that; milliseconds since the epoch. */
  readonly timestampMs: number
}

/** Questions that several groups share are asked once. Control batches have no records: the next batch answers for them. */
export async function readRecordTimes(cluster: Cluster, request: TimesRequest): Promise<Found<RecordTime[]>> {
  const found: RecordTime[] = []
  const gaps: Gap[] = []
  const { topics } = request.metadata
  const distinct = new Map(request.questions.map(each => [`${nameOfPartition(each)} ${each.offset}`, each]))
  const byLeader = Map.groupBy(distinct.values(), ({ topic, partition }) => {
    return topics.get(topic)?.partitions[partition]?.leader ?? -1
  })
  byLeader.delete(-1)
  await Promise.all(
    [...byLeader].map(async ([leader, questions]) => {
      for (const piece of piecesOf(questions)) {
        try {
          await readPiece(cluster, leader, piece, request, found, gaps)
        } catch (error) {
          if (!isMillraceError(error)) throw error
          forgotten(cluster, error)
          gaps.push(...piece.map(question => gapOf('partition', nameOfPartition(question), error)))
        }
      }
    }),
  )
  return { found, gaps }
}

/** A request names each partition once, so several offsets of one go into requests of their own. */
function piecesOf(questions: readonly OffsetQuestion[]): OffsetQuestion[][] {
  const pieces: OffsetQuestion[][] = []
  const nextPiece = new Map<string, number>()
  for (const question of questions) {
    const name = nameOfPartition(question)
    let piece = nextPiece.get(name) ?? 0
    while ((pieces[piece]?.length ?? 0) >= partitionsPerRequest) piece++
    nextPiece.set(name, piece + 1)
    pieces[piece] ??= []
    pieces[piece]!.push(question)
  }
  return pieces
}

async function readPiece(
  cluster: Cluster,
  leader: number,
  piece: readonly OffsetQuestion[],
  { metadata, timeoutMs }: TimesRequest,
  found: RecordTime[],
  gaps: Gap[],
): Promise<void> {
  const topics = [...Map.groupBy(piece, ({ topic }) => topic)].map(([topic, questions]) => ({
    topic,
    topicId: metadata.topics.get(topic)!.id,
    partitions: questions.map(({ partition, offset }) => ({ partition, fetchOffset: offset, partitionMaxBytes })),
  }))
  const names = new Map(topics.map(({ topic, topicId }) => [topicId, topic]))
  const body = { maxWaitMs: 0, minBytes: 0, sessionId: 0, topics, forgottenTopicsData: [], rackId: '' }
  const answer = await cluster.send({ broker: leader }, fetch, body, { timeoutMs })
  for (const { topic, topicId, partitions } of answer.responses) {
    for (const { partitionIndex, errorCode, records } of partitions) {
      const name = topic || names.get(topicId)
      const question = piece.find(each => each.topic === name && each.partition === partitionIndex)
      if (question === undefined) continue
      const about = nameOfPartition(question)
      if (errorCode !== kafkaCode.NONE) {
        gaps.push(gapOf('partition', about, forgotten(cluster, kafkaError(errorCode, about))))
        continue
      }
      const timestampMs = timestampAt(records, question.offset)
      if (timestampMs !== undefined) found.push({ ...question, timestampMs })
    }
  }
}

/** Of the first record at or after the offset; undefined when the batches that came hold none. */
function timestampAt(records: Buffer | null, offset: number): number | undefined {
  if (records === null) return undefined
  const header = new BatchHeader()
  for (let at = 0; header.read(records, at); at += header.byteLength) {
    if (header.isControl || header.lastOffset < offset || header.recordsCount === 0) continue
    if (header.isLogAppendTime) return header.maxTimestampMs
    const cursor = new RecordCursor()
    cursor.start(header.records(), header.recordsCount)
    while (cursor.next()) {
      if (header.baseOffset + cursor.offsetDelta >= offset) return header.baseTimestampMs + cursor.timestampDeltaMs
    }
  }
  return undefined
}

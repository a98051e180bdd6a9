// Offsets: where the log of a partition begins and ends, and where a group has got to.
import { listOffsets as listOffsetsApi, offsetAt } from '../apis/02-list-offsets.ts'
import { offsetCommit } from '../apis/08-offset-commit.ts'
import { offsetFetch } from '../apis/09-offset-fetch.ts'
import type { Cluster } from '../cluster.ts'
import { kafkaCode, kafkaError, kafkaErrorKind } from '../error-codes.ts'

/** `timestampMs`: the first record at or after it. */
export type OffsetPosition = 'earliest' | 'latest' | { readonly timestampMs: number }
/** With `read_committed`, `latest` is the last stable offset: the end of what transactions leave visible. */
export type Isolation = 'read_uncommitted' | 'read_committed'

export interface PartitionOffset {
  /** -1: no record is that young. */
  readonly offset: number
  /** Of that record; -1 when the broker does not say, as for `earliest` and `latest`. */
  readonly timestampMs: number
  readonly leaderEpoch: number
}

export async function listOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[] | 'all',
  position: OffsetPosition,
  isolation: Isolation = 'read_uncommitted',
): Promise<Map<number, PartitionOffset>> {
  const question = { topic, timestamp: timestampOf(position), isolationLevel: isolation === 'read_committed' ? 1 : 0 }
  const found = new Map<number, PartitionOffset>()
  return cluster.retry(async leftMs => {
    const missing = await partitionsByLeader(cluster, topic, partitions, found)
    const timeoutMs = Math.min(leftMs, cluster.settings.requestTimeoutMs)
    const asked = [...missing].map(([leader, group]) => askLeader(cluster, leader, group, question, timeoutMs, found))
    // All leaders are heard before one's failure counts, so that the next try asks only for what is still missing.
    const failed = (await Promise.allSettled(asked)).find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return new Map([...found].sort(([a], [b]) => a - b))
  })
}

function timestampOf(position: OffsetPosition): number {
  return typeof position === 'string' ? offsetAt[position] : position.timestampMs
}

async function partitionsByLeader(
  cluster: Cluster,
  topic: string,
  wanted: readonly number[] | 'all',
  found: ReadonlyMap<number, unknown>,
): Promise<Map<number, number[]>> {
  const known = (await cluster.topic(topic)).partitions
  const indexes = wanted === 'all' ? known.map(({ index }) => index) : wanted
  const missing = indexes.filter(index => !found.has(index))
  return Map.groupBy(missing, index => {
    const where = `partition ${index} of topic ${topic}`
    const leader = known.find(partition => partition.index === index)?.leader
    if (leader === undefined) throw kafkaError(kafkaCode.UNKNOWN_TOPIC_OR_PARTITION, where)
    if (leader < 0) throw kafkaError(kafkaCode.LEADER_NOT_AVAILABLE, where)
    return leader
  })
}

interface Question {
  readonly topic: string
  readonly timestamp: number
  readonly isolationLevel: number
}

/** Puts what the leader knows into `found`; the first partition that it refuses is the error. */
async function askLeader(
  cluster: Cluster,
  leader: number,
  partitions: readonly number[],
  { topic, timestamp, isolationLevel }: Question,
  timeoutMs: number,
  found: Map<number, PartitionOffset>,
): Promise<void> {
  const asked = partitions.map(partitionIndex => ({ partitionIndex, timestamp }))
  const body = { isolationLevel, topics: [{ name: topic, partitions: asked }], timeoutMs }
  const answer = await cluster.send({ broker: leader }, listOffsetsApi, body, { timeoutMs })
  const answers = answer.topics.flatMap(each => each.partitions)
  for (const { errorCode, partitionIndex, offset, timestamp: timestampMs, leaderEpoch } of answers) {
    if (errorCode === kafkaCode.NONE) found.set(partitionIndex, { offset, timestampMs, leaderEpoch })
  }
  throwFirst(answers, partitionIndex => `offsets of partition ${partitionIndex} of topic ${topic}`)
}

/** The error of the first partition that has one; a final error before one that another try may cure. */
function throwFirst(
  answers: readonly { readonly partitionIndex: number; readonly errorCode: number }[],
  where: (partitionIndex: number) => string,
): void {
  const failed = answers.filter(({ errorCode }) => errorCode !== kafkaCode.NONE)
  const worst = failed.find(({ errorCode }) => !kafkaErrorKind(errorCode).retriable) ?? failed[0]
  if (worst !== undefined) throw kafkaError(worst.errorCode, where(worst.partitionIndex))
}

// ---- groups ----

export interface CommittedOffset {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string | null
}

/**
 * Of the partitions that the group has committed; the others are not in the map. The broker is asked for stable offsets
 * (KIP-447), as consumers ask: without that, a coordinator that has just taken over answers from before its log's high
 * watermark has caught up, and a commit seems not to be there.
 */
export async function fetchCommittedOffsets(
  cluster: Cluster,
  groupId: string,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, CommittedOffset>> {
  const { id: topicId } = await cluster.retry(() => cluster.topic(topic))
  const topics = [{ name: topic, topicId, partitionIndexes: partitions }]
  const target = { coordinator: 'group', key: groupId } as const
  const answer = await cluster.sendWithRetry(
    target,
    offsetFetch,
    { groupId, topics, groups: [{ groupId, topics }], requireStable: true },
    {
      check: found => throwGroupError(found, groupId, topic),
    },
  )
  const { topics: answered } = answer.groups[0] ?? answer
  const committed = answered.flatMap(each => each.partitions).filter(({ committedOffset }) => committedOffset >= 0)
  return new Map(
    committed.map(({ partitionIndex, committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata }) => [
      partitionIndex,
      { offset, leaderEpoch, metadata },
    ]),
  )
}

interface GroupAnswer {
  readonly errorCode: number
  readonly topics: readonly {
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
  }[]
}

function throwGroupError(answer: GroupAnswer & { groups: readonly GroupAnswer[] }, groupId: string, topic: string) {
  const { errorCode, topics } = answer.groups[0] ?? answer
  if (errorCode !== kafkaCode.NONE) throw kafkaError(errorCode, `offsets of group ${groupId}`)
  throwFirst(
    topics.flatMap(each => each.partitions),
    index => `offsets of group ${groupId}, partition ${index} of topic ${topic}`,
  )
}

/** As a consumer without a group protocol does it: no generation, no member. A group with members refuses that. */
export async function commitOffsets(
  cluster: Cluster,
  groupId: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  const { id: topicId } = await cluster.retry(() => cluster.topic(topic))
  const partitions = [...offsets].map(([partitionIndex, committedOffset]) => ({
    partitionIndex,
    committedOffset,
    committedMetadata: '',
  }))
  const body = { groupId, topics: [{ name: topic, topicId, partitions }] }
  await cluster.sendWithRetry({ coordinator: 'group', key: groupId }, offsetCommit, body, {
    check: ({ topics }) =>
      throwFirst(
        topics.flatMap(each => each.partitions),
        index => `commit of group ${groupId}, partition ${index} of topic ${topic}`,
      ),
  })
}

// DATA PLANE: at most 0.1 us a record over the whole broker; here one look-up and one view a partition.
//
// Reads what a fetch asked for, partition by partition, within the byte limits of KIP-74: the first batch comes however
// large it is, so that a consumer always gets on.
import { kafkaCode } from '../wire/error-codes.ts'
import type { ClusterState } from './cluster.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import type { Partition } from './partition.ts'
import { findTopic, leaderOf, unknownTopicCode } from './topic-refs.ts'

export interface FetchLimits {
  readonly cluster: ClusterState
  readonly brokerId: number
  readonly isReadCommitted: boolean
  readonly bytesMax: number
}

export interface FetchedPartition {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly currentLeader?: { readonly leaderId: number; readonly leaderEpoch: number }
  readonly abortedTransactions: { readonly producerId: number; readonly firstOffset: number }[] | null
  readonly records: Buffer
}

const nothing = Buffer.alloc(0)

/** In the order asked for. */
export function readAll(limits: FetchLimits, wanted: readonly FetchPartition[]): FetchedPartition[] {
  let left = limits.bytesMax
  let isFirst = true
  return wanted.map(each => {
    const fetched = readOne(limits, each, left, isFirst)
    left = Math.max(0, left - fetched.records.length)
    if (fetched.records.length > 0) isFirst = false
    return fetched
  })
}

export function partitionOf({ cluster }: FetchLimits, { topic, topicId, partition }: FetchPartition) {
  return findTopic(cluster, topic, topicId)?.partitions[partition]
}

/** How far a reader may read. */
export const readEndOf = ({ isReadCommitted }: FetchLimits, { log }: Partition): number =>
  isReadCommitted ? log.lastStableOffset : log.highWatermark

/** NONE, or why this partition cannot be read here and now. */
export function codeOf(limits: FetchLimits, partition: Partition | undefined, wanted: FetchPartition): number {
  if (partition === undefined) return unknownTopicCode(wanted.topicId)
  const code = partition.leadershipCode(limits.brokerId, wanted.currentLeaderEpoch)
  if (code !== kafkaCode.NONE) return code
  const { startOffset, endOffset } = partition.log
  const isInRange = wanted.fetchOffset >= startOffset && wanted.fetchOffset <= endOffset
  return isInRange ? kafkaCode.NONE : kafkaCode.OFFSET_OUT_OF_RANGE
}

function readOne(limits: FetchLimits, wanted: FetchPartition, left: number, isFirst: boolean): FetchedPartition {
  const partition = partitionOf(limits, wanted)
  const errorCode = codeOf(limits, partition, wanted)
  if (partition === undefined || errorCode !== kafkaCode.NONE) return failed(wanted, errorCode, partition)
  const { log } = partition
  const end = readEndOf(limits, partition)
  const { bytes, endOffset } = log.read(wanted.fetchOffset, end, Math.min(left, wanted.partitionMaxBytes), isFirst)
  const aborted = limits.isReadCommitted && bytes.length > 0 ? log.abortedIn(wanted.fetchOffset, endOffset) : []
  return {
    partitionIndex: wanted.partition,
    errorCode,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.startOffset,
    abortedTransactions: limits.isReadCommitted ? aborted : null,
    records: bytes,
  }
}

function failed({ partition }: FetchPartition, errorCode: number, known: Partition | undefined): FetchedPartition {
  const isElsewhere = errorCode === kafkaCode.NOT_LEADER_OR_FOLLOWER || errorCode === kafkaCode.FENCED_LEADER_EPOCH
  return {
    partitionIndex: partition,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    ...(isElsewhere && known !== undefined ? { currentLeader: leaderOf(known) } : {}),
    abortedTransactions: null,
    records: nothing,
  }
}

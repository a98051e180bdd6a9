// Where the logs of partitions begin and end: three questions to each leader (log start, last stable offset, high watermark),
// each for all of its partitions at once. The high watermark is asked for last, so that no order of events makes the stable
// offset pass it.
import { isMillraceError, type MillraceError } from '../../core/errors.ts'
import { listOffsets, offsetAt } from '../../wire/apis/02-list-offsets.ts'
import type { ClusterSnapshot } from '../../wire/cluster-metadata.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import type { PartitionEnds } from '../evaluate/offset-lag.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten } from './groups.ts'
import type { AskedCluster } from './one-look.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Topic to partition to ends; only what all three questions were answered for. */
export type EndsByTopic = ReadonlyMap<string, ReadonlyMap<number, PartitionEnds>>

export interface EndsRequest {
  readonly partitions: readonly TopicPartition[]
  readonly metadata: Pick<ClusterSnapshot, 'topics'>
  readonly timeoutMs: number
}

const questions = [
  { end: 'logStart', timestamp: offsetAt.earliest, isolationLevel: 0 },
  { end: 'lastStable', timestamp: offsetAt.latest, isolationLevel: 1 },
  { end: 'highWatermark', timestamp: offsetAt.latest, isolationLevel: 0 },
] as const

export async function readPartitionEnds(cluster: AskedCluster, request: EndsRequest): Promise<Found<EndsByTopic>> {
  const found = new Map<string, Map<number, PartitionEnds>>()
  const gaps: Gap[] = []
  const leaders = leadersOf(request, gaps)
  await Promise.all(
    [...leaders].map(async ([leader, partitions]) => {
      try {
        await askLeader(cluster, leader, partitions, request.timeoutMs, found, gaps)
      } catch (error) {
        if (!isMillraceError(error)) throw error
        forgotten(cluster, error)
        for (const partition of partitions) gaps.push(gapOf('partition', nameOfPartition(partition), error))
      }
    }),
  )
  return { found, gaps }
}

export const nameOfPartition = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`

function leadersOf({ partitions, metadata }: EndsRequest, gaps: Gap[]): Map<number, TopicPartition[]> {
  const leaders = new Map<number, TopicPartition[]>()
  for (const partition of partitions) {
    const leader = metadata.topics.get(partition.topic)?.partitions[partition.partition]?.leader
    if (leader === undefined || leader < 0) {
      const code = leader === undefined ? kafkaCode.UNKNOWN_TOPIC_OR_PARTITION : kafkaCode.LEADER_NOT_AVAILABLE
      gaps.push(gapOf('partition', nameOfPartition(partition), kafkaError(code, nameOfPartition(partition))))
    } else if (leaders.has(leader)) leaders.get(leader)!.push(partition)
    else leaders.set(leader, [partition])
  }
  return leaders
}

type Answered = Record<keyof PartitionEnds, number>

const notAnswered = (): Answered => ({ logStart: Number.NaN, lastStable: Number.NaN, highWatermark: Number.NaN })

async function askLeader(
  cluster: AskedCluster,
  leader: number,
  partitions: readonly TopicPartition[],
  timeoutMs: number,
  found: Map<string, Map<number, PartitionEnds>>,
  gaps: Gap[],
): Promise<void> {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
  const ends = new Map<string, Map<number, Answered>>()
  const failures = new Map<string, MillraceError>()
  for (const { end, timestamp, isolationLevel } of questions) {
    const topics = [...byTopic].map(([name, asked]) => ({
      name,
      partitions: asked.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
    }))
    const answer = await cluster.send(
      { broker: leader },
      listOffsets,
      { isolationLevel, topics, timeoutMs },
      { timeoutMs },
    )
    for (const { name: topic, partitions: answers } of answer.topics) {
      const ofTopic = ends.get(topic) ?? new Map<number, Answered>()
      ends.set(topic, ofTopic)
      for (const { partitionIndex: partition, errorCode, offset } of answers) {
        const known = ofTopic.get(partition) ?? notAnswered()
        ofTopic.set(partition, known)
        if (errorCode === kafkaCode.NONE) known[end] = offset
        else {
          const name = nameOfPartition({ topic, partition })
          failures.set(name, forgotten(cluster, kafkaError(errorCode, name)))
        }
      }
    }
  }
  for (const [name, error] of failures) gaps.push(gapOf('partition', name, error))
  for (const { topic, partition } of partitions) {
    const known = ends.get(topic)?.get(partition)
    if (known === undefined || Number.isNaN(known.logStart + known.lastStable + known.highWatermark)) continue
    found.set(topic, (found.get(topic) ?? new Map<number, PartitionEnds>()).set(partition, known))
  }
}

// How far share groups (KIP-932) are: where the records that are not yet done with begin, and the lag as the broker counts it
// (KIP-1226, Kafka 4.2): records in flight and done with out of order make it another number than the end minus that start.
import { isMillraceError } from '../../core/errors.ts'
import { describeShareGroupOffsets } from '../../wire/apis/90-describe-share-group-offsets.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import { type Gap, gapOf } from '../gap.ts'
import type { GroupCommits } from './commits.ts'
import { type Found, forgotten, type GroupListing } from './groups.ts'
import type { AskedCluster } from './one-look.ts'

const groupsPerRequest = 200

export interface ShareOffsets {
  /** Start offsets. */
  readonly starts: GroupCommits
  /** Topic to partition to lag; only what the broker knows. */
  readonly lags: GroupCommits
}

export async function readShareOffsets(
  cluster: AskedCluster,
  groups: readonly GroupListing[],
  timeoutMs: number,
): Promise<Found<Map<string, ShareOffsets>>> {
  const found = new Map<string, ShareOffsets>()
  const gaps: Gap[] = []
  await Promise.all(
    [...Map.groupBy(groups, ({ coordinator }) => coordinator)].map(async ([broker, same]) => {
      for (let from = 0; from < same.length; from += groupsPerRequest) {
        const piece = same.slice(from, from + groupsPerRequest)
        try {
          const body = { groups: piece.map(({ groupId }) => ({ groupId, topics: null })) }
          const answer = await cluster.send({ broker }, describeShareGroupOffsets, body, { timeoutMs })
          for (const { groupId, errorCode, errorMessage, topics } of answer.groups) {
            if (errorCode === kafkaCode.NONE) found.set(groupId, offsetsOf(topics))
            else gaps.push(gapOf('group', groupId, kafkaError(errorCode, `offsets of group ${groupId}`, errorMessage)))
          }
        } catch (error) {
          if (!isMillraceError(error)) throw error
          forgotten(cluster, error)
          gaps.push(...piece.map(({ groupId }) => gapOf('group', groupId, error)))
        }
      }
    }),
  )
  return { found, gaps }
}

interface AnsweredTopic {
  readonly topicName: string
  readonly partitions: readonly { partitionIndex: number; startOffset: number; lag: number; errorCode: number }[]
}

function offsetsOf(topics: readonly AnsweredTopic[]): ShareOffsets {
  const numbers = (number: (partition: AnsweredTopic['partitions'][number]) => number) =>
    new Map(
      topics.map(({ topicName, partitions }) => {
        const known = partitions.filter(each => each.errorCode === kafkaCode.NONE && number(each) >= 0)
        return [topicName, new Map(known.map(each => [each.partitionIndex, number(each)]))] as const
      }),
    )
  return { starts: numbers(each => each.startOffset), lags: numbers(each => each.lag) }
}

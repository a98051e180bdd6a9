// What groups have committed: many groups in one request to their coordinator (KIP-709), all their topics at once.
import { isMillraceError } from '../../core/errors.ts'
import { offsetFetch } from '../../wire/apis/09-offset-fetch.ts'
import { kafkaCode, kafkaError } from '../../wire/error-codes.ts'
import type { ResponseOf } from '../../wire/schema.ts'
import { type Gap, gapOf } from '../gap.ts'
import { type Found, forgotten, type GroupListing } from './groups.ts'
import type { AskedCluster } from './one-look.ts'

/** A request of so many groups is answered within a fraction of a second, and its answer stays within some megabytes. */
const groupsPerRequest = 50

/** Partition to committed offset. */
export type PartitionCommits = ReadonlyMap<number, number>
/** Topic to partitions; only what is committed. */
export type GroupCommits = ReadonlyMap<string, PartitionCommits>

export interface CommitsRequest {
  readonly groups: readonly GroupListing[]
  /** Since OffsetFetch v10 topics come by id. */
  readonly topicNames: ReadonlyMap<string, string>
  readonly timeoutMs: number
}

export async function readCommits(
  cluster: AskedCluster,
  request: CommitsRequest,
): Promise<Found<Map<string, GroupCommits>>> {
  const found = new Map<string, GroupCommits>()
  const gaps: Gap[] = []
  const byCoordinator = Map.groupBy(request.groups, group => group.coordinator)
  await Promise.all(
    [...byCoordinator].map(async ([broker, groups]) => {
      for (const piece of pieces(groups)) await readPiece(cluster, broker, piece, request, found, gaps)
    }),
  )
  return { found, gaps }
}

function pieces(groups: readonly GroupListing[]): GroupListing[][] {
  const count = Math.ceil(groups.length / groupsPerRequest)
  return Array.from({ length: count }, (_, piece) =>
    groups.slice(piece * groupsPerRequest, (piece + 1) * groupsPerRequest),
  )
}

async function readPiece(
  cluster: AskedCluster,
  broker: number,
  groups: readonly GroupListing[],
  { topicNames, timeoutMs }: CommitsRequest,
  found: Map<string, GroupCommits>,
  gaps: Gap[],
): Promise<void> {
  const asked = groups.map(({ groupId }) => ({ groupId, topics: null }))
  try {
    // Not `requireStable`: a group with an open transaction would only be told to come again.
    const body = { groupId: asked[0]!.groupId, topics: null, groups: asked, requireStable: false }
    const answer = await cluster.send({ broker }, offsetFetch, body, { timeoutMs })
    for (const group of answer.groups) {
      if (group.errorCode === kafkaCode.NONE) found.set(group.groupId, commitsOf(group, topicNames))
      else gaps.push(gapOf('group', group.groupId, kafkaError(group.errorCode, `offsets of group ${group.groupId}`)))
    }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    forgotten(cluster, error)
    gaps.push(...groups.map(({ groupId }) => gapOf('group', groupId, error)))
  }
}

function commitsOf(
  { topics }: Pick<ResponseOf<typeof offsetFetch>['groups'][number], 'topics'>,
  topicNames: ReadonlyMap<string, string>,
): GroupCommits {
  const commits = new Map<string, Map<number, number>>()
  for (const { name, topicId, partitions } of topics) {
    // The id of a topic that was deleted after the metadata was read has no name any more.
    const topic = name || topicNames.get(topicId)
    if (topic === undefined) continue
    const offsets = new Map<number, number>()
    for (const { partitionIndex, committedOffset, errorCode } of partitions) {
      if (errorCode === kafkaCode.NONE && committedOffset >= 0) offsets.set(partitionIndex, committedOffset)
    }
    if (offsets.size > 0) commits.set(topic, offsets)
  }
  return commits
}

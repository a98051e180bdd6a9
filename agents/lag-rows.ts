// A snapshot as rows, one for each partition that a group has committed or is assigned: the table of `millrace lag`, and what
// exporters count. Pure.
import { type OffsetLag, offsetLag, type PartitionEnds } from './evaluate/offset-lag.ts'
import type { GroupSnapshot, LagSnapshot } from './snapshot.ts'
import type { OffsetAnswer, OffsetQuestion } from './source/commit-times.ts'
import type { Member } from './source/members.ts'

/** Why a row has no lag; not_told: a share group of a broker before Kafka 4.2. */
export type Unknown = 'no_commit' | 'no_ends' | 'not_told'

export interface LagRow {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly committed: number | undefined
  readonly ends: PartitionEnds | undefined
  readonly lag: OffsetLag | undefined
  readonly unknown: Unknown | undefined
  /** The member that is to read it; undefined: nobody. */
  readonly member: Member | undefined
}

/** By group, topic and partition. */
export function lagRows({ groups, ends }: LagSnapshot): LagRow[] {
  return groups.flatMap(group => {
    const rows = [...partitionsOf(group)].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, member]) => {
        const committed = group.commits?.get(topic)?.get(partition)
        const row = rowOf(
          { groupId: group.groupId, topic, partition, committed, member },
          ends.get(topic)?.get(partition),
        )
        return group.type === 'share' ? shareRow(row, group.shareLags?.get(topic)?.get(partition)) : row
      }),
    )
    return rows.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
  })
}

function rowOf(
  row: Pick<LagRow, 'groupId' | 'topic' | 'partition' | 'committed' | 'member'>,
  ends: PartitionEnds | undefined,
): LagRow {
  const { committed } = row
  const lag = committed === undefined || ends === undefined ? undefined : offsetLag(committed, ends)
  const unknown = lag !== undefined ? undefined : committed === undefined ? 'no_commit' : 'no_ends'
  return { ...row, ends, lag, unknown }
}

/** What a share group has done with out of order counts too, so its lag is what the broker says, or not known. */
function shareRow(row: LagRow, brokerLag: number | undefined): LagRow {
  const { lag, unknown } = row
  if (lag === undefined) return row
  if (brokerLag === undefined) return { ...row, lag: undefined, unknown: unknown ?? 'not_told' }
  return { ...row, lag: { ...lag, toEnd: brokerLag, toStable: brokerLag, toRead: brokerLag } }
}

function partitionsOf({ commits, description }: GroupSnapshot): Map<string, Map<number, Member | undefined>> {
  const partitions = new Map<string, Map<number, Member | undefined>>()
  const of = (topic: string) => {
    if (!partitions.has(topic)) partitions.set(topic, new Map())
    return partitions.get(topic)!
  }
  for (const [topic, offsets] of commits ?? [])
    for (const partition of offsets.keys()) of(topic).set(partition, undefined)
  for (const member of description?.members ?? []) {
    for (const { topic, partition } of member.assigned) of(topic).set(partition, member)
  }
  return partitions
}

// ---- seconds, from the record that is next to be read ----

/**
 * Of the next record that is still there. A share group is done with offsets beyond its start too: as many as its lag wait, so the
 * first of them is at most so far from the end, and is just there when the group reads in order.
 */
const nextOffset = ({ highWatermark }: PartitionEnds, { toRead }: OffsetLag) => highWatermark - toRead

/** Where the next record of each row lies that is behind; rows that have caught up need no answer. */
export function timeQuestions(rows: readonly LagRow[]): OffsetQuestion[] {
  return rows.flatMap(({ topic, partition, ends, lag }) => {
    if (lag === undefined || lag.toRead === 0) return []
    return [{ topic, partition, offset: nextOffset(ends!, lag) }]
  })
}

/** Seconds since the next record was written; 0 when there is none, also where only markers are left; undefined: not known. */
export function exactTimeLag(answers: readonly OffsetAnswer[], nowMs: number): (row: LagRow) => number | undefined {
  const byOffset = new Map(answers.map(each => [`${each.topic}-${each.partition} ${each.offset}`, each]))
  return ({ topic, partition, ends, lag }) => {
    if (lag === undefined) return undefined
    if (lag.toRead === 0) return lag.ahead === 0 ? 0 : undefined
    const answer = byOffset.get(`${topic}-${partition} ${nextOffset(ends!, lag)}`)
    if (answer?.markersUntil !== undefined && answer.markersUntil >= ends!.highWatermark) return 0
    const timestampMs = answer?.timestampMs
    return timestampMs === undefined || timestampMs < 0 ? undefined : Math.max(0, (nowMs - timestampMs) / 1000)
  }
}

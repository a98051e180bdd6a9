// One look at the lag of a cluster, finished: rows, groups, and what could not be found out. This is what `millrace lag`
// prints and what it writes as JSON.
import type { Cluster } from '../wire/cluster.ts'
import type { Gap } from './gap.ts'
import { exactTimeLag, type LagRow, lagRows, timeQuestions } from './lag-rows.ts'
import { type GroupSnapshot, type SnapshotOptions, takeLagSnapshot } from './snapshot.ts'
import { readRecordTimes } from './source/commit-times.ts'
import type { GroupType } from './source/groups.ts'
import { OneLook } from './source/one-look.ts'

/** Records looked up for one report; each costs the broker a read of one batch. */
export const timeQuestionsMax = 1_000

export interface PartitionReport extends LagRow {
  /** Since the next record was written; 0: caught up; absent: not known. */
  readonly lagSeconds: number | undefined
}

export interface GroupReport {
  readonly groupId: string
  readonly type: GroupType
  readonly state: string
  readonly assignor: string | undefined
  readonly coordinator: number
  /** Undefined: not known. */
  readonly members: number | undefined
  readonly partitions: readonly PartitionReport[]
  readonly lag: number
  /** Of the partition that is furthest behind; undefined when it is not known of one that is behind. */
  readonly lagSecondsMax: number | undefined
  readonly lost: number
  /** Partitions without a lag, because nothing is committed or no end is known. */
  readonly unknownPartitions: number
}

export interface LagReport {
  readonly clusterId: string | null
  readonly takenAtMs: number
  /** Largest lag first. */
  readonly groups: readonly GroupReport[]
  readonly gaps: readonly Gap[]
}

export interface LagReportOptions extends SnapshotOptions {
  /** Seconds cost a read of one batch for each partition that is behind. */
  readonly withSeconds: boolean
}

export async function takeLagReport(cluster: Cluster, options: LagReportOptions): Promise<LagReport> {
  const look = new OneLook(cluster)
  const snapshot = await takeLagSnapshot(look, options)
  const rows = lagRows(snapshot)
  const { metadata } = snapshot
  const questions = options.withSeconds ? timeQuestions(rows).slice(0, timeQuestionsMax) : []
  const times = await readRecordTimes(look, { questions, metadata, timeoutMs: options.timeoutMs })
  const secondsOf = options.withSeconds ? exactTimeLag(times.found, options.nowMs()) : () => undefined
  const byGroup = Map.groupBy(rows, ({ groupId }) => groupId)
  const groups = snapshot.groups.map(group =>
    reportOf(
      group,
      (byGroup.get(group.groupId) ?? []).map(row => ({ ...row, lagSeconds: secondsOf(row) })),
    ),
  )
  return {
    clusterId: snapshot.clusterId,
    takenAtMs: snapshot.endsAtMs,
    groups: groups.sort((a, b) => b.lag - a.lag || (a.groupId < b.groupId ? -1 : 1)),
    gaps: [...snapshot.gaps, ...times.gaps],
  }
}

function reportOf(group: GroupSnapshot, partitions: readonly PartitionReport[]): GroupReport {
  const { groupId, type, state, coordinator, description } = group
  const behind = partitions.filter(({ lag }) => lag !== undefined && lag.toRead > 0)
  const isKnown = behind.every(({ lagSeconds }) => lagSeconds !== undefined)
  const seconds = partitions.flatMap(({ lagSeconds }) => lagSeconds ?? [])
  return {
    groupId,
    type,
    // Described a moment later than listed.
    state: description?.state || state,
    assignor: description?.assignor || undefined,
    coordinator,
    members: description?.members.length,
    partitions,
    lag: partitions.reduce((sum, { lag }) => sum + (lag?.toEnd ?? 0), 0),
    lagSecondsMax: isKnown && seconds.length > 0 ? Math.max(...seconds) : undefined,
    lost: partitions.reduce((sum, { lag }) => sum + (lag?.lost ?? 0), 0),
    unknownPartitions: partitions.filter(({ lag }) => lag === undefined).length,
  }
}

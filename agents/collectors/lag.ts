// The lag collector: one look at the groups of a cluster, judged with what was seen before, as families of samples.

import { parseWhole } from '../../core/units.ts'
import { metrics } from '../../metrics/catalog.ts'
import { Family, setState } from '../../metrics/exposition.ts'
import { type CollectorContext, defineCollector, type Look } from '../collector.ts'
import { type Judged, LagMemory } from '../evaluate/lag-memory.ts'
import { lagStates, worstState } from '../evaluate/lag-status.ts'
import { type LagRow, lagRows } from '../lag-rows.ts'
import { type GroupSnapshot, takeLagSnapshot } from '../snapshot.ts'

export interface LagData {
  readonly groups: readonly GroupSnapshot[]
  readonly rows: readonly JudgedRow[]
  /** Rows with series of their own: those with the largest lag are kept, the others count in group and topic. */
  readonly rowsMax: number
}

const settings = {
  'rows-max': {
    placeholder: 'N',
    help: 'group partitions with series of their own, largest lag first; the others count in group and topic',
    fallback: '100000',
    parse: parseWhole(0, 10_000_000),
  },
} as const

export const lagCollector = defineCollector<LagData, typeof settings>({
  name: 'lag',
  help: 'what groups are behind on each partition, in offsets and seconds, and what they are doing',
  isOnByDefault: true,
  interval: '15s',
  timeout: '10s',
  settings,
  make: (context, { 'rows-max': rowsMax }) => {
    const memory = new LagMemory()
    return { look: () => look(context, memory, rowsMax) }
  },
  families: { native: lagFamilies },
})

/** As brokers say them; a newer one is told too. */
const groupStates = [
  'Stable',
  'Empty',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
  'Dead',
  'NotReady',
]

async function look(context: CollectorContext, memory: LagMemory, rowsMax: number): Promise<Look<LagData>> {
  const { cluster, timeoutMs, nowMs, isGroupWanted, isTopicWanted } = context
  const snapshot = await takeLagSnapshot(cluster, { isWanted: isGroupWanted, timeoutMs, nowMs })
  const rows = lagRows(snapshot).filter(({ topic }) => isTopicWanted(topic))
  const judged = memory.look(rows, snapshot.endsAtMs)
  return {
    data: { groups: snapshot.groups, rows: rows.map((row, index) => ({ row, ...judged[index]! })), rowsMax },
    gaps: snapshot.gaps,
    takenAtMs: snapshot.endsAtMs,
  }
}

export interface JudgedRow extends Judged {
  readonly row: LagRow
}

function lagFamilies(cluster: string, { groups, rows, rowsMax }: LagData): Family[] {
  const byGroup = Map.groupBy(rows, ({ row }) => row.groupId)
  const shown = largest(rows, rowsMax)
  const dropped = new Family(metrics.seriesDropped)
  dropped.set({ cluster, collector: 'lag' }, rows.length - shown.length)
  return [
    ...groupFamilies(cluster, groups, byGroup),
    ...rowFamilies(cluster, shown),
    ...endFamilies(cluster, shown),
    dropped,
  ]
}

function largest(rows: readonly JudgedRow[], rowsMax: number): readonly JudgedRow[] {
  if (rows.length <= rowsMax) return rows
  const lagOf = ({ row }: JudgedRow) => row.lag?.toEnd ?? -1
  return rows.toSorted((a, b) => lagOf(b) - lagOf(a)).slice(0, rowsMax)
}

function groupFamilies(
  cluster: string,
  groups: readonly GroupSnapshot[],
  byGroup: ReadonlyMap<string, readonly JudgedRow[]>,
): Family[] {
  const info = new Family(metrics.groupInfo)
  const state = new Family(metrics.groupState)
  const status = new Family(metrics.groupStatus)
  const members = new Family(metrics.groupMembers)
  const lag = new Family(metrics.groupLag)
  const seconds = new Family(metrics.groupLagSeconds)
  const topicLag = new Family(metrics.groupTopicLag)
  for (const { groupId, type, state: listed, description } of groups) {
    const labels = { cluster, group: groupId }
    const rows = byGroup.get(groupId) ?? []
    info.set({ ...labels, type, assignor: description?.assignor ?? '' }, 1)
    members.set(labels, description?.members.length)
    const current = description?.state || listed
    const states = groupStates.includes(current) ? groupStates : [...groupStates, current]
    if (current !== '') setState(state, 'state', labels, states, current)
    setState(status, 'status', labels, lagStates, worstState(rows.map(row => row.state)))
    const known = rows.filter(({ row }) => row.lag !== undefined)
    if (known.length === 0) continue
    lag.set(labels, sumOf(known))
    seconds.set(labels, secondsOf(known))
    for (const [topic, ofTopic] of Map.groupBy(known, ({ row }) => row.topic))
      topicLag.set({ ...labels, topic }, sumOf(ofTopic))
  }
  return [info, state, status, members, lag, seconds, topicLag]
}

const sumOf = (rows: readonly JudgedRow[]) => rows.reduce((sum, { row }) => sum + row.lag!.toEnd, 0)

/** Of the partition furthest behind; a bound from below would understate, so one such partition leaves it unknown. */
function secondsOf(rows: readonly JudgedRow[]): number | undefined {
  let highSec = 0
  for (const { timeLag } of rows) {
    if (timeLag.kind === 'unknown' && timeLag.reason === 'ahead') continue
    if (timeLag.kind !== 'known') return undefined
    highSec = Math.max(highSec, timeLag.highSec)
  }
  return highSec
}

function rowFamilies(cluster: string, rows: readonly JudgedRow[]): Family[] {
  const committed = new Family(metrics.partitionCommitted)
  const lag = new Family(metrics.partitionLag)
  const stable = new Family(metrics.partitionLagStable)
  const readable = new Family(metrics.partitionLagReadable)
  const lost = new Family(metrics.partitionLost)
  const ahead = new Family(metrics.partitionAhead)
  const low = new Family(metrics.partitionLagSecondsLow)
  const high = new Family(metrics.partitionLagSecondsHigh)
  for (const { row, timeLag } of rows) {
    const labels = { cluster, group: row.groupId, topic: row.topic, partition: String(row.partition) }
    committed.set(labels, row.committed)
    lag.set(labels, row.lag?.toEnd)
    stable.set(labels, row.lag?.toStable)
    readable.set(labels, row.lag?.toRead)
    lost.set(labels, row.lag?.lost)
    ahead.set(labels, row.lag?.ahead)
    low.set(labels, timeLag.kind === 'unknown' ? undefined : timeLag.lowSec)
    high.set(labels, timeLag.kind === 'known' ? timeLag.highSec : undefined)
  }
  return [committed, lag, stable, readable, lost, ahead, low, high]
}

/** Each partition once, however many groups read it. */
function endFamilies(cluster: string, rows: readonly JudgedRow[]): Family[] {
  const start = new Family(metrics.partitionLogStart)
  const stable = new Family(metrics.partitionLastStable)
  const end = new Family(metrics.partitionHighWatermark)
  const seen = new Set<string>()
  for (const { row } of rows) {
    const key = `${row.topic}\0${row.partition}`
    if (row.ends === undefined || seen.has(key)) continue
    seen.add(key)
    const labels = { cluster, topic: row.topic, partition: String(row.partition) }
    start.set(labels, row.ends.logStart)
    stable.set(labels, row.ends.lastStable)
    end.set(labels, row.ends.highWatermark)
  }
  return [start, stable, end]
}

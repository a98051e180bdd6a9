// What the lag collector found, by millrace's own names. Series of single partitions that would say what another one says already are
// left out: a lag that is the same to the stable end, nothing lost, nothing ahead.
import { metrics } from '../../metrics/catalog.ts'
import { Family, setState } from '../../metrics/exposition.ts'
import type { Metric } from '../../metrics/metric.ts'
import type { GroupLag, LagData } from '../collectors/lag.ts'
import { lagStates } from '../evaluate/lag-status.ts'
import type { GroupRows } from '../lag/group-rows.ts'
import { catchUpSec, lagMethods } from '../lag/totals.ts'
import { eachRow } from './columns.ts'

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

export function lagFamilies(cluster: string, data: LagData): Family[] {
  const { groups, dropped, topics, isByPartition, methods } = data
  const methodRows = new Family(metrics.lagSecondsRows)
  for (const method of lagMethods) methodRows.set({ cluster, method }, methods[method])
  const labels = { cluster, collector: 'lag' }
  return [
    ...stateFamilies(cluster, groups),
    ...sumFamilies(cluster, groups),
    ...topicFamilies(cluster, groups),
    ...(isByPartition ? rowFamilies(cluster, groups) : []),
    ...endFamilies(cluster, topics),
    methodRows,
    new Family(metrics.seriesDropped).set(labels, dropped.rows),
    new Family(metrics.groupsDropped).set(labels, dropped.groups),
    new Family(metrics.groupsDroppedLag).set(labels, dropped.groupsLag),
  ]
}

function stateFamilies(cluster: string, groups: readonly GroupLag[]): Family[] {
  const info = new Family(metrics.groupInfo)
  const state = new Family(metrics.groupState)
  const status = new Family(metrics.groupStatus)
  const members = new Family(metrics.groupMembers)
  const unknown = new Family(metrics.groupUnknownPartitions)
  for (const { snapshot, totals } of groups) {
    const { groupId, type, description } = snapshot
    const labels = { cluster, group: groupId }
    info.set({ ...labels, type, assignor: description?.assignor ?? '' }, 1)
    members.set(labels, description?.members.length)
    // Described a moment later than listed.
    const current = description?.state || snapshot.state
    const states = groupStates.includes(current) ? groupStates : [...groupStates, current]
    if (current !== '') setState(state, 'state', labels, states, current)
    setState(status, 'status', labels, lagStates, totals.state)
    for (const [reason, count] of Object.entries(totals.unknown)) unknown.set({ ...labels, reason }, count || undefined)
  }
  return [info, state, status, members, unknown]
}

function sumFamilies(cluster: string, groups: readonly GroupLag[]): Family[] {
  const families = {
    lag: new Family(metrics.groupLag),
    stable: new Family(metrics.groupLagStable),
    readable: new Family(metrics.groupLagReadable),
    lost: new Family(metrics.groupLost),
    ahead: new Family(metrics.groupAhead),
  }
  const seconds = new Family(metrics.groupLagSeconds)
  const consumed = new Family(metrics.groupConsumeRate)
  const drained = new Family(metrics.groupDrainRate)
  const catchUp = new Family(metrics.groupCatchUp)
  const noProgress = new Family(metrics.groupNoProgress)
  for (const { snapshot, totals } of groups) {
    if (totals.known === 0) continue
    const labels = { cluster, group: snapshot.groupId }
    for (const [key, family] of Object.entries(families)) family.set(labels, totals[key as keyof typeof families])
    seconds.set(labels, known(totals.highSec))
    catchUp.set(labels, catchUpSec(totals))
    noProgress.set(labels, totals.noProgressSec ?? 0)
    if (totals.rated === 0) continue
    consumed.set(labels, totals.consumedPerSec)
    drained.set(labels, totals.drainedPerSec)
  }
  return [...Object.values(families), seconds, consumed, drained, catchUp, noProgress]
}

const known = (value: number) => (Number.isNaN(value) ? undefined : value)

function topicFamilies(cluster: string, groups: readonly GroupLag[]): Family[] {
  const lag = new Family(metrics.groupTopicLag)
  const headroom = new Family(metrics.groupTopicHeadroom)
  for (const { snapshot, topics } of groups) {
    for (const { rows, totals, headroomSec } of topics) {
      const labels = { cluster, group: snapshot.groupId, topic: rows.topic.name }
      if (totals.known > 0) lag.set(labels, totals.lag)
      headroom.set(labels, headroomSec)
    }
  }
  return [lag, headroom]
}

function rowFamilies(cluster: string, groups: readonly GroupLag[]): Family[] {
  const labelsOf = (group: string, topic: string) => ({ cluster, group, topic })
  const each = (metric: Metric, value: (rows: GroupRows, at: number) => number) =>
    eachRow(metric, groups, labelsOf, value)
  const unless = (value: number, other: number) => (value === other ? Number.NaN : value)
  return [
    each(metrics.partitionCommitted, (rows, at) => rows.commit(at)),
    each(metrics.partitionLag, (rows, at) => rows.lag(at)),
    each(metrics.partitionLagStable, (rows, at) => unless(rows.stableLag(at), rows.lag(at))),
    each(metrics.partitionLagReadable, (rows, at) => unless(rows.readableLag(at), rows.lag(at))),
    each(metrics.partitionLost, (rows, at) => unless(rows.lost(at), 0)),
    each(metrics.partitionAhead, (rows, at) => unless(rows.ahead(at), 0)),
    each(metrics.partitionLagSecondsLow, (rows, at) => rows.lowSeconds(at)),
    each(metrics.partitionLagSecondsHigh, (rows, at) => rows.highSeconds(at)),
  ]
}

/** Each partition once, however many groups read it. */
function endFamilies(cluster: string, topics: LagData['topics']): Family[] {
  const start = new Family(metrics.partitionLogStart)
  const stable = new Family(metrics.partitionLastStable)
  const end = new Family(metrics.partitionHighWatermark)
  for (const { name, partitions, logStart, lastStable, highWatermark } of topics) {
    const labels = { cluster, topic: name }
    start.setEach(labels, partitions, logStart)
    stable.setEach(labels, partitions, lastStable)
    end.setEach(labels, partitions, highWatermark)
  }
  return [start, stable, end]
}

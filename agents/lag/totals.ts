// What rows come to together, for a group on a topic and for a group. Pure.
import { type LagState, worstState } from '../evaluate/lag-status.ts'
import type { Unknown } from '../lag-rows.ts'
import type { GroupRows } from './group-rows.ts'
import type { LagTable } from './lag-table.ts'

export interface Totals {
  /** Rows with a lag. */
  known: number
  readonly unknown: Record<Unknown, number>
  lag: number
  stable: number
  readable: number
  lost: number
  ahead: number
  /** Of the row that is furthest behind, upper bound; NaN: not known of one that is behind. */
  highSec: number
  consumedPerSec: number
  drainedPerSec: number
  /** Rows that have been seen long enough for a rate. */
  rated: number
  /** How long no row for which records wait has got on; undefined: nothing waits. */
  noProgressSec: number | undefined
  state: LagState
}

export const lagMethods = ['caught_up', 'exact', 'stamped', 'interpolated', 'at_least', 'unknown'] as const
export type LagMethod = (typeof lagMethods)[number]
export type MethodCounts = Record<LagMethod, number>

export const noMethods = (): MethodCounts => ({
  ...{ caught_up: 0, exact: 0, stamped: 0, interpolated: 0, at_least: 0, unknown: 0 },
})

export function totalsOf(rows: GroupRows, table: LagTable, methods: MethodCounts): Totals {
  const totals = none()
  const states = new Set<LagState>()
  for (let at = 0; at < rows.length; at++) {
    states.add(rows.state(at))
    const lag = rows.lag(at)
    if (Number.isNaN(lag)) totals.unknown[reasonOf(rows, at)]++
    else addLags(totals, rows, at, lag)
    addSeconds(totals, rows, at, methods)
    const changed = table.changes(rows, at)
    if (changed === undefined) continue
    totals.rated++
    totals.consumedPerSec += changed.consumed / changed.sec
    totals.drainedPerSec -= changed.lagAdded / changed.sec
  }
  totals.state = worstState(states)
  totals.noProgressSec = rows.noProgressMs === undefined ? undefined : rows.noProgressMs / 1000
  return totals
}

function none(): Totals {
  return {
    ...{ known: 0, lag: 0, stable: 0, readable: 0, lost: 0, ahead: 0, highSec: 0 },
    unknown: { no_commit: 0, no_ends: 0, not_told: 0 },
    ...{ consumedPerSec: 0, drainedPerSec: 0, rated: 0, noProgressSec: undefined, state: 'unknown' },
  }
}

function addLags(totals: Totals, rows: GroupRows, at: number, lag: number): void {
  totals.known++
  totals.lag += lag
  totals.stable += rows.stableLag(at)
  totals.readable += rows.readableLag(at)
  totals.lost += rows.lost(at)
  totals.ahead += rows.ahead(at)
}

/** A bound from below would understate, so one such row leaves the whole unknown; a commit beyond the end has no age. */
function addSeconds(totals: Totals, rows: GroupRows, at: number, methods: MethodCounts): void {
  const seconds = rows.timeLag(at)
  methods[methodOf(seconds)]++
  if (Number.isNaN(rows.lag(at)) || (seconds.kind === 'unknown' && seconds.reason === 'ahead')) return
  totals.highSec = seconds.kind === 'known' ? Math.max(totals.highSec, seconds.highSec) : Number.NaN
}

export function methodOf(seconds: ReturnType<GroupRows['timeLag']>): LagMethod {
  if (seconds.kind === 'unknown') return 'unknown'
  if (seconds.kind === 'at-least') return 'at_least'
  if (seconds.method !== undefined) return seconds.method
  return seconds.highSec === 0 ? 'caught_up' : 'interpolated'
}

function reasonOf(rows: GroupRows, at: number): Unknown {
  if (Number.isNaN(rows.commit(at))) return 'no_commit'
  return Number.isNaN(rows.topic.highWatermark[rows.partition(at)]!) ? 'no_ends' : 'not_told'
}

export function sumOf(parts: readonly Totals[]): Totals {
  const sum = none()
  for (const part of parts) {
    for (const key of [
      'known',
      'lag',
      'stable',
      'readable',
      'lost',
      'ahead',
      'consumedPerSec',
      'drainedPerSec',
      'rated',
    ] as const)
      sum[key] += part[key]
    for (const reason of ['no_commit', 'no_ends', 'not_told'] as const) sum.unknown[reason] += part.unknown[reason]
    sum.highSec = Math.max(sum.highSec, part.highSec)
  }
  const waits = parts.flatMap(({ noProgressSec }) => noProgressSec ?? [])
  sum.noProgressSec = waits.length === 0 ? undefined : Math.min(...waits)
  sum.state = worstState(parts.map(({ state }) => state))
  return sum
}

/** 0 without lag; undefined while it does not shrink. */
export function catchUpSec({ lag, drainedPerSec, rated }: Totals): number | undefined {
  if (lag === 0) return 0
  return rated > 0 && drainedPerSec > 0 ? lag / drainedPerSec : undefined
}

/** Seconds until retention may delete the oldest unread record, at the row that is nearest to it; undefined: none, or not known. */
export function headroomSec(rows: GroupRows, retentionMs: number | undefined): number | undefined {
  if (retentionMs === undefined || retentionMs < 0) return undefined
  let headroom = Number.POSITIVE_INFINITY
  for (let at = 0; at < rows.length; at++) {
    if (!(rows.readableLag(at) > 0)) continue
    // Brokers go by the time that a record carries, whatever it is.
    const ageSec = rows.stampedSeconds(at) ?? rows.highSeconds(at)
    if (Number.isNaN(ageSec)) return undefined
    headroom = Math.min(headroom, Math.max(0, retentionMs / 1000 - Math.max(0, ageSec)))
  }
  return headroom === Number.POSITIVE_INFINITY ? undefined : headroom
}

// From the windows of a result to lines over time.
import type { Result, Window } from '../../../result.ts'

export type Points = (number | null)[]

export interface TimeLines {
  readonly sec: number[]
  readonly offered: Points
  readonly acked: Points
  readonly consumed: Points
  readonly recordsCommitted: Points
  readonly forwarded: Points
  readonly deadLettered: Points
  /** Transactions. */
  readonly committed: Points
  readonly aborted: Points
  readonly failed: Points
  readonly lag: Points
  readonly backlog: Points
  readonly errors: Points
  readonly retries: Points
  readonly cpu: Points
  readonly steal: Points
}

/** More points than a chart has pixels only make it slow: neighbours become one. */
const pointsMax = 1800
/** Of a window that is shorter, there is no rate of what comes all at once. */
const committedSecMin = 0.3

export const has = (points: Points): boolean => points.some(point => point !== null)

export function timeLines({ windows }: Result): TimeLines {
  const merged = thinned(windows)
  const line = (of: (window: Window) => number | undefined): Points => merged.map(window => of(window) ?? null)
  const perSec = (of: (window: Window) => number | undefined): Points =>
    line(window => {
      const count = of(window)
      return count === undefined || window.seconds === 0 ? undefined : count / window.seconds
    })
  /** What is committed comes all at once: of the last milliseconds of a run there is no rate. */
  const committedPerSec = (of: (window: Window) => number | undefined): Points =>
    perSec(window => (window.seconds < committedSecMin ? undefined : of(window)))
  let owed = 0
  return {
    sec: merged.map(({ sec }) => Math.round(sec * 1000) / 1000),
    offered: perSec(({ offered }) => offered),
    acked: perSec(({ produced }) => produced),
    consumed: perSec(({ consumed }) => consumed),
    recordsCommitted: committedPerSec(({ recordsCommitted }) => recordsCommitted),
    forwarded: committedPerSec(({ forwarded }) => forwarded),
    deadLettered: committedPerSec(({ deadLettered }) => deadLettered),
    committed: committedPerSec(({ transactionsCommitted }) => transactionsCommitted),
    aborted: committedPerSec(({ transactionsAborted }) => transactionsAborted),
    failed: committedPerSec(({ transactionsFailed }) => transactionsFailed),
    lag: line(({ consumeLag }) => consumeLag),
    backlog: line(({ offered, produced = 0 }) => {
      if (offered === undefined) return undefined
      owed = Math.max(0, owed + offered - produced)
      return owed
    }),
    errors: line(({ produceErrors }) => produceErrors),
    retries: line(({ produceRetries }) => produceRetries),
    cpu: line(({ cpuPercent }) => cpuPercent),
    steal: line(({ stealPercent }) => stealPercent),
  }
}

export const latencyKinds = ['response', 'e2e', 'commit'] as const
export type LatencyKind = (typeof latencyKinds)[number]
const keys = {
  response: { p50: 'produceP50Ms', p99: 'produceP99Ms', p999: 'produceP999Ms', max: 'produceMaxMs' },
  e2e: { p50: 'e2eP50Ms', p99: 'e2eP99Ms', p999: 'e2eP999Ms', max: 'e2eMaxMs' },
  commit: { p50: 'commitP50Ms', p99: 'commitP99Ms', p999: 'commitP999Ms', max: 'commitMaxMs' },
} as const

export type LatencyLine = keyof (typeof keys)['response']

/** A logarithmic axis has no zero. */
export const latencyLine = ({ windows }: Result, kind: LatencyKind, line: LatencyLine): Points =>
  thinned(windows).map(window => {
    const ms = window[keys[kind][line]]
    return ms === undefined || ms <= 0 ? null : ms
  })

const sums = [
  'offered',
  'sent',
  'produced',
  'produceBytes',
  'produceErrors',
  'produceRetries',
  'consumed',
  'consumeBytes',
  'transactionsCommitted',
  'transactionsAborted',
  'transactionsFailed',
  'recordsCommitted',
  'recordsAborted',
  'forwarded',
  'deadLettered',
  'skipped',
  'failedTries',
] as const

function thinned(windows: readonly Window[]): Window[] {
  const size = Math.ceil(windows.length / pointsMax)
  if (size <= 1) return [...windows]
  const merged: Window[] = []
  for (let i = 0; i < windows.length; i += size) merged.push(windows.slice(i, i + size).reduce(together))
  return merged
}

/** Counts add up; of everything else the worse one is told. */
function together(one: Window, other: Window): Window {
  const both: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(other)) {
    if (typeof value !== 'number') continue
    const before = both[key]
    both[key] = typeof before === 'number' ? Math.max(before, value) : value
  }
  for (const key of [...sums, 'seconds'] as const) {
    if (one[key] !== undefined || other[key] !== undefined) both[key] = (one[key] ?? 0) + (other[key] ?? 0)
  }
  return both as unknown as Window
}

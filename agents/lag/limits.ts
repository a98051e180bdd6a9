// What has series of its own when there is more than there may be: what lags most. The rest counts in sums, and is counted. Pure.
import type { GroupRows } from './group-rows.ts'

/** Marks the rows with the largest lags; returns how many are left out. */
export function limitRows(all: readonly GroupRows[], rowsMax: number): number {
  const count = all.reduce((sum, { length }) => sum + length, 0)
  for (const rows of all) rows.shown = undefined
  if (count <= rowsMax) return 0
  const lags = new Float64Array(count)
  let next = 0
  for (const rows of all) for (let at = 0; at < rows.length; at++) lags[next++] = rankOf(rows, at)
  lags.sort()
  const least = rowsMax === 0 ? Number.POSITIVE_INFINITY : lags[count - rowsMax]!
  let ties = rowsMax - countAbove(lags, least)
  for (const rows of all) {
    rows.shown = Uint8Array.from({ length: rows.length }, (_, at) => {
      const rank = rankOf(rows, at)
      return rank > least || (rank === least && ties-- > 0) ? 1 : 0
    })
  }
  return count - rowsMax
}

/** What has no lag comes last. */
const rankOf = (rows: GroupRows, at: number) => {
  const lag = rows.lag(at)
  return Number.isNaN(lag) ? -1 : lag
}

const countAbove = (sorted: Float64Array, least: number) =>
  sorted.length - (sorted.findLastIndex(lag => lag <= least) + 1)

/** Those with the largest number, in their order; the rest apart. */
export function largest<T>(items: readonly T[], numberOf: (item: T) => number, max: number): { kept: T[]; rest: T[] } {
  if (items.length <= max) return { kept: [...items], rest: [] }
  const ranked = new Set(items.toSorted((a, b) => numberOf(b) - numberOf(a)).slice(0, max))
  return { kept: items.filter(item => ranked.has(item)), rest: items.filter(item => !ranked.has(item)) }
}

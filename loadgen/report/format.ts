// Numbers as people read them, the same on every machine: no locale, a comma every three digits, units after a space.

/** 1234567.8 -> "1,234,568" */
export const countText = (value: number): string => fixedText(value, 0)

/** A fixed number of decimals, thousands grouped: 1234.5 with 2 -> "1,234.50" */
export function fixedText(value: number, decimals: number): string {
  const [whole = '', fraction] = value.toFixed(decimals).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A rate of what there may be few of: "4.2", "1,234" */
export const rateNumberText = (perSec: number): string => fixedText(perSec, perSec < 100 ? 1 : 0)

export const rateText = (perSec: number): string => `${rateNumberText(perSec)}/s`

export const msText = (valueMs: number): string => fixedText(valueMs, 2)

/** MB are 10^6 bytes, as brokers and networks count them; MiB are 2^20, as memory is counted. */
export const mbText = (bytes: number): string => fixedText(bytes / 1e6, 2)

export const mibText = (bytes: number): string => fixedText(bytes / 2 ** 20, 1)

/** 1 record, 2 records */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`

/** Counts by code, the most frequent first: "NOT_LEADER_OR_FOLLOWER 12, REQUEST_TIMED_OUT 3" */
export function countsText(countByCode: Readonly<Record<string, number>>): string {
  const entries = Object.entries(countByCode).filter(([, count]) => count > 0)
  entries.sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1))
  return entries.map(([code, count]) => `${code} ${countText(count)}`).join(', ')
}

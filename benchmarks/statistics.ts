// The few numbers that the page quotes.

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly count: number
}

export function spread(values: readonly number[]): Spread | undefined {
  const middle = median(values)
  if (middle === undefined) return undefined
  return { median: middle, min: Math.min(...values), max: Math.max(...values), count: values.length }
}

// Sequences as ranges, from and to (excluded): in order, and apart from each other. Pure.
import type { Gap, StreamAccount } from './ledger.ts'

export type Ranges = readonly Gap[]

export const sizeOf = (ranges: Ranges): number => ranges.reduce((sum, [from, to]) => sum + to - from, 0)

export const inOrder = (ranges: Ranges): Gap[] => [...ranges].sort(([one], [other]) => one - other)

/** How many sequences both hold. */
export function overlap(some: Ranges, others: Ranges): number {
  let count = 0
  for (let one = 0, other = 0; one < some.length && other < others.length; ) {
    const [from, to] = some[one]!
    const [otherFrom, otherTo] = others[other]!
    count += Math.max(0, Math.min(to, otherTo) - Math.max(from, otherFrom))
    if (to < otherTo) one++
    else other++
  }
  return count
}

/** Where the first of these begins that the others do not cover. */
export function firstBeyond(ranges: Ranges, others: Ranges): number | undefined {
  let next = 0
  for (const [from, to] of ranges) {
    while (next < others.length && others[next]![1] <= from) next++
    let covered = from
    for (let at = next; at < others.length && others[at]![0] <= covered && covered < to; at++) {
      covered = Math.max(covered, others[at]![1])
    }
    if (covered < to) return from
  }
  return undefined
}

/** All between the first and the last sequence that was seen, but for the holes. */
export function rangesSeen({ first, next, gaps }: StreamAccount): Gap[] {
  const starts = [first, ...gaps.map(([, to]) => to)]
  const ends = [...gaps.map(([from]) => from), next]
  return starts.map((from, index): Gap => [from, ends[index]!]).filter(([from, to]) => from < to)
}

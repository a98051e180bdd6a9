// What several consumers have seen of one producer and partition, put together: partitions of a group change hands, and the
// records of one sequence are then in the ledgers of several. Pure.
import type { Gap, StreamAccount } from './worker/ledger.ts'

/** One account for each run and stream. */
export function mergeAccounts(accounts: readonly StreamAccount[]): StreamAccount[] {
  const byStream = Map.groupBy(accounts, ({ run, stream }) => `${run} ${stream}`)
  return [...byStream.values()].map(parts => (parts.length === 1 ? parts[0]! : merge(parts)))
}

/** Missing is what nobody has seen. Nobody reads an offset that another has read, so whoever has a sequence twice has a duplicate. */
function merge(parts: readonly StreamAccount[]): StreamAccount {
  const first = Math.min(...parts.map(part => part.first))
  const next = Math.max(...parts.map(part => part.next))
  const sum = (of: (part: StreamAccount) => number) => parts.reduce((total, part) => total + of(part), 0)
  const gaps = parts.map(part => missingOf(part, first, next)).reduce((all, more) => intersection(all, more))
  const forgotten = sum(part => part.forgotten)
  const distinct = Math.max(0, next - first - gaps.reduce((total, [from, to]) => total + to - from, 0) - forgotten)
  const seen = sum(part => part.received)
  return {
    ...{ run: parts[0]!.run, stream: parts[0]!.stream, first, next, gaps, forgotten },
    received: Math.min(seen, distinct),
    duplicated: sum(part => part.duplicated) + Math.max(0, seen - distinct),
    reordered: sum(part => part.reordered),
    early: sum(part => part.early),
  }
}

function missingOf(part: StreamAccount, first: number, next: number): Gap[] {
  const before: Gap[] = part.first > first ? [[first, part.first]] : []
  const behind: Gap[] = part.next < next ? [[part.next, next]] : []
  return [...before, ...part.gaps, ...behind]
}

/** Both in order. */
function intersection(some: readonly Gap[], others: readonly Gap[]): Gap[] {
  const both: Gap[] = []
  for (let one = 0, other = 0; one < some.length && other < others.length; ) {
    const from = Math.max(some[one]![0], others[other]![0])
    const to = Math.min(some[one]![1], others[other]![1])
    if (from < to) both.push([from, to])
    if (some[one]![1] < others[other]![1]) one++
    else other++
  }
  return both
}

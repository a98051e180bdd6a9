// Who made what, who has seen what, and where the two differ: the books of the producers against the ledgers of the
// consumers, by producer and partition. Pure; called once, when a run is over.
//
// Lost is what was acknowledged and not seen. What was sent and never acknowledged may be there or not: it is told apart.
import type { ErrorCode } from '../core/errors.ts'
import { runText } from './identity.ts'
import { streamWord } from './payload/stamp.ts'
import type { ProducePlan } from './plan.ts'
import type { Accounting } from './result.ts'
import type { Outcome, PartitionBook } from './worker/contract.ts'
import type { Gap, LedgerOutcome, StreamAccount } from './worker/ledger.ts'

export interface Reconciled {
  readonly run: number
  /** Absent: the producers are not of this process, and what is expected is told by the sequences alone. */
  readonly producers?: readonly Outcome[]
  readonly consumers: readonly Outcome[]
  /** Everything that is in the log has been read: what has not been seen will not come. */
  readonly isReadToTheEnd: boolean
}

type Stream = Accounting['worst'][number]

const worstMax = 10

export function reconcile({ run, producers, consumers, isReadToTheEnd }: Reconciled): Accounting {
  const ledgers = consumers.flatMap(outcome => outcome.ledgers)
  const accounts = ledgers.flatMap(ledger => ledger.streams)
  const streams =
    producers === undefined ? accounts.map(seenOnly) : expectedStreams(run, producers, accounts, isReadToTheEnd)
  const total = (of: (stream: Full) => number) => streams.reduce((sum, stream) => sum + of(stream), 0)
  const sumOf = (name: 'foreign' | 'unstamped' | 'unaccounted') =>
    ledgers.reduce((sum, ledger: LedgerOutcome) => sum + ledger[name], 0)
  const forgotten = accounts.reduce((sum, account) => sum + account.forgotten, 0)
  return {
    expectedFrom: producers === undefined ? 'sequences' : 'producers',
    runs: runsOf(run, producers, accounts),
    streams: streams.length,
    expected: total(stream => stream.expected),
    received: total(stream => stream.received),
    lost: total(stream => stream.lost),
    duplicated: total(stream => stream.duplicated),
    reordered: total(stream => stream.reordered),
    unread: total(stream => stream.unread),
    unacknowledged: total(stream => stream.unacknowledged),
    unacknowledgedReceived: total(stream => stream.unacknowledgedReceived),
    early: accounts.reduce((sum, account) => sum + account.early, 0),
    foreign: sumOf('foreign'),
    unstamped: sumOf('unstamped'),
    exact: forgotten === 0 && sumOf('unaccounted') === 0,
    worst: worstOf(streams),
  }
}

/** Why books that do not balance fail a run. */
export function accountingReasons(accounting: Accounting, produce: Pick<ProducePlan, 'idempotent'> | undefined) {
  const { lost, duplicated, reordered, expected } = accounting
  const reasons: { code: ErrorCode; message: string }[] = []
  if (lost > 0) reasons.push({ code: 'RECORDS_LOST', message: imbalanceText(accounting) })
  else if (duplicated > 0) reasons.push({ code: 'RECORDS_DUPLICATED', message: imbalanceText(accounting) })
  // Without idempotence a retry may be overtaken: Kafka promises no order then, so that is told and is no failure.
  if (reordered > 0 && produce?.idempotent) {
    const message = `${reordered} of ${expected} records came after later ones of their producer and partition`
    reasons.push({ code: 'RECORDS_REORDERED', message })
  }
  return reasons
}

/** Where to begin to look. */
export function imbalanceText({ lost, duplicated, expected, worst }: Accounting): string {
  const parts = [lost > 0 ? `${lost} lost` : '', duplicated > 0 ? `${duplicated} duplicated` : '']
  const [first] = worst
  const where = first === undefined ? '' : `, most in partition ${first.partition} from producer ${first.producer}`
  const at = first?.firstLost === undefined ? '' : ` (first: sequence ${first.firstLost})`
  return `of ${expected} records ${parts.filter(part => part !== '').join(' and ')}${where}${at}`
}

interface Full extends Stream {
  readonly unread: number
  readonly unacknowledged: number
  readonly unacknowledgedReceived: number
}

function runsOf(own: number, producers: Reconciled['producers'], accounts: readonly StreamAccount[]): string[] {
  const runs = producers === undefined ? accounts.map(({ run }) => run) : [own]
  return [...new Set(runs)].slice(0, worstMax).map(runText)
}

function worstOf(streams: readonly Full[]): Stream[] {
  const wrong = streams.filter(({ lost, duplicated, reordered }) => lost + duplicated + reordered > 0)
  const badness = ({ lost, duplicated, reordered }: Stream) => lost * 1e6 + duplicated * 1e3 + reordered
  return wrong
    .sort((one, other) => badness(other) - badness(one))
    .slice(0, worstMax)
    .map(({ unread, unacknowledged, unacknowledgedReceived, ...stream }) => stream)
}

/** Between the first and the last sequence seen, everything should have come. */
function seenOnly(account: StreamAccount): Full {
  const { stream, first, next, received, duplicated, reordered, gaps } = account
  return {
    ...namesOf(stream),
    expected: next - first,
    received,
    lost: next - first - received,
    duplicated,
    reordered,
    unread: 0,
    unacknowledged: 0,
    unacknowledgedReceived: 0,
    ...(gaps[0] === undefined ? {} : { firstLost: gaps[0][0] }),
  }
}

const namesOf = (stream: number) => ({ producer: stream >>> 20, partition: stream % 2 ** 20 })

function expectedStreams(
  run: number,
  producers: readonly Outcome[],
  accounts: readonly StreamAccount[],
  isReadToTheEnd: boolean,
): Full[] {
  const byStream = new Map(accounts.filter(each => each.run === run).map(each => [each.stream, each]))
  return producers.flatMap(({ books }, producer) =>
    books.flatMap((book, partition) => {
      const account = byStream.get(streamWord(producer, partition))
      if (book.made === 0 && account === undefined) return []
      return [compare({ producer, partition }, book, account, isReadToTheEnd)]
    }),
  )
}

function compare(
  names: { producer: number; partition: number },
  { made, acked, unacknowledged }: PartitionBook,
  account: StreamAccount | undefined,
  isReadToTheEnd: boolean,
): Full {
  const next = account?.next ?? 0
  const tail: Gap[] = next < made ? [[next, made]] : []
  const gaps = account?.gaps ?? []
  const missing = [...gaps, ...(isReadToTheEnd ? tail : [])]
  const inDoubt = unacknowledged.reduce((sum, [from, to]) => sum + to - from, 0)
  const unreadInDoubt = isReadToTheEnd ? 0 : overlap(tail, unacknowledged)
  const missingInDoubt = overlap(missing, unacknowledged)
  const lost = sizeOf(missing) + (account?.forgotten ?? 0) - missingInDoubt
  const firstLost = missing.find(gap => overlap([gap], unacknowledged) < gap[1] - gap[0])
  return {
    ...names,
    expected: acked,
    received: account?.received ?? 0,
    lost,
    duplicated: account?.duplicated ?? 0,
    reordered: account?.reordered ?? 0,
    unread: isReadToTheEnd ? 0 : sizeOf(tail) - unreadInDoubt,
    unacknowledged: inDoubt,
    unacknowledgedReceived: inDoubt - missingInDoubt - unreadInDoubt,
    ...(firstLost === undefined ? {} : { firstLost: firstLost[0] }),
  }
}

const sizeOf = (gaps: readonly Gap[]): number => gaps.reduce((sum, [from, to]) => sum + to - from, 0)

/** Sequences that both lists hold. Lists are short: holes, and batches in flight at a failure. */
function overlap(gaps: readonly Gap[], others: readonly Gap[]): number {
  let count = 0
  for (const [from, to] of others) {
    for (const gap of gaps) count += Math.max(0, Math.min(to, gap[1]) - Math.max(from, gap[0]))
  }
  return count
}

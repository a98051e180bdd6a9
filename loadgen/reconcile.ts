// Who made what, who has seen what, and where the two differ: the books of the producers against the ledgers of the
// consumers, by producer and partition. Pure; called once, when a run is over.
//
// Lost is what was acknowledged and not seen. What was sent and never acknowledged may be there or not: it is told apart.
import type { ErrorCode } from '../core/errors.ts'
import { type RunBooks, type StreamBook, streamBooksOf } from './books/model.ts'
import { runText } from './identity.ts'
import { mergeAccounts } from './merge-accounts.ts'
import { streamWord } from './payload/stamp.ts'
import type { Accounting } from './result.ts'
import type { Outcome } from './worker/contract.ts'
import type { Gap, LedgerOutcome, StreamAccount } from './worker/ledger.ts'
import { firstBeyond, inOrder, overlap, rangesSeen, sizeOf } from './worker/ranges.ts'

export interface Reconciled {
  readonly run: number
  /** Absent: the producers are not of this process. */
  readonly producers?: readonly Outcome[]
  /** Of producers elsewhere; absent too: what is expected is told by the sequences alone. */
  readonly books?: readonly RunBooks[]
  readonly consumers: readonly Outcome[]
  /** Where reading began, by partition; those that are missing were not read. Needed for books of elsewhere. */
  readonly startOffsets?: ReadonlyMap<number, number>
  /** Everything that is in the log has been read: what has not been seen will not come. */
  readonly isReadToTheEnd: boolean
}

type Stream = Accounting['worst'][number]

const worstMax = 10

export function reconcile(reconciled: Reconciled): Accounting {
  const { producers, books, consumers } = reconciled
  const ledgers = consumers.flatMap(outcome => outcome.ledgers)
  const accounts = mergeAccounts(ledgers.flatMap(ledger => ledger.streams))
  const passedOver = mergeAccounts(ledgers.flatMap(ledger => ledger.passedOver ?? []))
  const expected = expectedStreams(reconciled, accounts)
  const streams = expected ?? accounts.map(account => seenOnly(account, passedOver))
  const total = (of: (stream: Full) => number) => streams.reduce((sum, stream) => sum + of(stream), 0)
  const sumOf = (name: 'foreign' | 'unstamped' | 'unaccounted') =>
    ledgers.reduce((sum, ledger: LedgerOutcome) => sum + ledger[name], 0)
  const forgotten = accounts.reduce((sum, account) => sum + account.forgotten, 0)
  const aborted = total(stream => stream.aborted)
  const others = books === undefined ? [] : accounts.filter(account => books.every(each => each.run !== account.run))
  const ofOthers = others.reduce((sum, { received, duplicated, early }) => sum + received + duplicated + early, 0)
  return {
    expectedFrom: expected === undefined ? 'sequences' : producers === undefined ? 'books' : 'producers',
    runs: runsOf(reconciled, accounts),
    streams: streams.length,
    expected: total(stream => stream.expected),
    received: total(stream => stream.received),
    lost: total(stream => stream.lost),
    duplicated: total(stream => stream.duplicated),
    reordered: total(stream => stream.reordered),
    unread: total(stream => stream.unread),
    unacknowledged: total(stream => stream.unacknowledged),
    unacknowledgedReceived: total(stream => stream.unacknowledgedReceived),
    ...(aborted === 0 ? {} : { aborted, abortedReceived: total(stream => stream.abortedReceived) }),
    ...(books === undefined ? {} : { unbooked: total(stream => stream.unbooked) }),
    early: accounts.reduce((sum, account) => sum + account.early, 0),
    foreign: sumOf('foreign') + ofOthers,
    unstamped: sumOf('unstamped'),
    exact: forgotten === 0 && total(stream => stream.abortedForgotten) === 0 && sumOf('unaccounted') === 0,
    worst: worstOf(streams),
  }
}

/** Why books that do not balance fail a run. */
export function accountingReasons(accounting: Accounting, isOrderPromised: boolean, isCommittedOnly = false) {
  const { lost, duplicated, reordered, expected, expectedFrom, unread, unbooked = 0, abortedReceived = 0 } = accounting
  const reasons: { code: ErrorCode; message: string }[] = []
  if (abortedReceived > 0 && isCommittedOnly) {
    const message = `${abortedReceived} records of aborted transactions were read, with read_committed`
    reasons.push({ code: 'ABORTED_RECORDS_READ', message })
  }
  if (lost > 0) reasons.push({ code: 'RECORDS_LOST', message: imbalanceText(accounting) })
  else if (duplicated > 0) reasons.push({ code: 'RECORDS_DUPLICATED', message: imbalanceText(accounting) })
  // Without idempotence a retry may be overtaken: Kafka promises no order then, so that is told and is no failure.
  if (reordered > 0 && isOrderPromised) {
    const message = `${reordered} of ${expected} records came after later ones of their producer and partition`
    reasons.push({ code: 'RECORDS_REORDERED', message })
  }
  if (expectedFrom !== 'books') return reasons
  if (unbooked > 0) {
    reasons.push({ code: 'BOOKS_MISMATCH', message: `${unbooked} records were read that the books do not know of` })
  }
  if (unread > 0) {
    const why = 'reading began behind the first record of the run, or ended before its last'
    reasons.push({
      code: 'RECORDS_MISSING',
      message: `of ${expected} acknowledged records ${unread} were not read: ${why}`,
    })
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
  readonly unbooked: number
  readonly unread: number
  readonly unacknowledged: number
  readonly unacknowledgedReceived: number
  readonly aborted: number
  readonly abortedReceived: number
  readonly abortedForgotten: number
}

function runsOf({ run, producers, books }: Reconciled, accounts: readonly StreamAccount[]): string[] {
  const known = producers === undefined ? books?.map(each => each.run) : [run]
  return [...new Set(known ?? accounts.map(account => account.run))].slice(0, worstMax).map(runText)
}

function worstOf(streams: readonly Full[]): Stream[] {
  const wrong = streams.filter(({ lost, duplicated, reordered }) => lost + duplicated + reordered > 0)
  const badness = ({ lost, duplicated, reordered }: Stream) => lost * 1e6 + duplicated * 1e3 + reordered
  return wrong
    .sort((one, other) => badness(other) - badness(one))
    .slice(0, worstMax)
    .map(({ producer, partition, expected, received, lost, duplicated, reordered, firstLost }) => ({
      ...{ producer, partition, expected, received, lost, duplicated, reordered },
      ...(firstLost === undefined ? {} : { firstLost }),
    }))
}

/** Between the first and the last sequence seen, everything should have come, but for what was aborted. */
function seenOnly(account: StreamAccount, allPassedOver: readonly StreamAccount[]): Full {
  const { run, stream, first, next, received, duplicated, reordered, gaps } = account
  const passedOver = allPassedOver.find(each => each.run === run && each.stream === stream)
  const aborted = passedOver === undefined ? 0 : overlap(gaps, rangesSeen(passedOver))
  return {
    ...namesOf(stream),
    ...{ aborted, abortedReceived: 0, abortedForgotten: 0 },
    expected: next - first - aborted,
    received,
    lost: next - first - received - aborted,
    duplicated,
    reordered,
    unread: 0,
    unacknowledged: 0,
    unacknowledgedReceived: 0,
    unbooked: 0,
    ...(gaps[0] === undefined ? {} : { firstLost: gaps[0][0] }),
  }
}

const namesOf = (stream: number) => ({ producer: stream >>> 20, partition: stream % 2 ** 20 })

type Booked = Pick<RunBooks, 'run' | 'streams' | 'offsets'>

/** Undefined: nobody says what there should be. */
function expectedStreams(reconciled: Reconciled, accounts: readonly StreamAccount[]): Full[] | undefined {
  const { run, producers, books, isReadToTheEnd } = reconciled
  const streams = producers && streamBooksOf(producers.map(outcome => outcome.books))
  const own: Booked[] | undefined = streams && [{ run, streams }]
  const range = producers === undefined ? readRange(reconciled) : () => ({ fromStart: true, toEnd: isReadToTheEnd })
  return (own ?? books)?.flatMap(each => {
    const ofRun = new Map(
      accounts.filter(account => account.run === each.run).map(account => [account.stream, account]),
    )
    const known = new Set(each.streams.map(({ producer, partition }) => streamWord(producer, partition)))
    const unknown = [...ofRun.values()].filter(({ stream }) => !known.has(stream))
    return [
      ...each.streams.map(book => {
        return compare(book, ofRun.get(streamWord(book.producer, book.partition)), range(each, book.partition))
      }),
      ...unknown.map(account => compare({ ...namesOf(account.stream), ...nothingMade }, account, range(each, 0))),
    ]
  })
}

const nothingMade = { made: 0, acked: 0, unacknowledged: [] }

/** How much was read of the part of a partition in which the records of a run lie. */
interface ReadRange {
  readonly fromStart: boolean
  readonly toEnd: boolean
}

function readRange({ consumers, startOffsets, isReadToTheEnd }: Reconciled) {
  const ends = Object.assign({}, ...consumers.map(({ positions }) => positions)) as Record<number, number>
  return ({ offsets }: Booked, partition: number): ReadRange => {
    const start = startOffsets?.get(partition)
    if (start === undefined) return { fromStart: false, toEnd: false }
    const lie = offsets?.get(partition)
    if (lie === undefined) return { fromStart: start === 0, toEnd: isReadToTheEnd }
    return { fromStart: start <= lie.from, toEnd: (ends[partition] ?? start) >= lie.to }
  }
}

function compare(book: StreamBook, account: StreamAccount | undefined, { fromStart, toEnd }: ReadRange): Full {
  const { producer, partition, made, acked } = book
  const unacknowledged = inOrder(book.unacknowledged)
  const next = account?.next ?? 0
  const gaps = within(account?.gaps ?? [], 0, made)
  const tail = within([[next, made]], 0, made)
  // What lies before the first record seen, or behind the last, may be there and was not read.
  const isUnread = ([from, to]: Gap) => (from === 0 && !fromStart) || (to === made && from >= next && !toEnd)
  const unread = [...gaps, ...tail].filter(isUnread)
  const missing = [...gaps, ...tail].filter(gap => !isUnread(gap))
  const inDoubt = sizeOf(unacknowledged)
  const unreadInDoubt = overlap(unread, unacknowledged)
  const missingInDoubt = overlap(missing, unacknowledged)
  const { aborted = [], abortedForgotten = 0 } = book
  const unreadAborted = overlap(unread, aborted)
  const missingAborted = overlap(missing, aborted)
  const missed = sizeOf(missing) + (account?.forgotten ?? 0) - missingInDoubt - missingAborted
  const lost = Math.max(0, missed - abortedForgotten)
  const firstLost = lost === 0 ? undefined : firstBeyond(missing, inOrder([...unacknowledged, ...aborted]))
  const abortedReceived = sizeOf(aborted) - unreadAborted - missingAborted
  const unbooked = Math.max(0, next - made) - sizeOf(within(account?.gaps ?? [], made, next))
  return {
    ...{ producer, partition },
    expected: acked,
    received: (account?.received ?? 0) - unbooked - abortedReceived,
    lost,
    duplicated: account?.duplicated ?? 0,
    reordered: account?.reordered ?? 0,
    unread: sizeOf(unread) - unreadInDoubt - unreadAborted,
    unacknowledged: inDoubt,
    unacknowledgedReceived: inDoubt - missingInDoubt - unreadInDoubt,
    unbooked,
    ...{ aborted: sizeOf(aborted) + abortedForgotten, abortedReceived, abortedForgotten },
    ...(firstLost === undefined ? {} : { firstLost }),
  }
}

/** The parts of the gaps between two sequences. */
const within = (gaps: readonly Gap[], low: number, high: number): Gap[] =>
  gaps.map(([from, to]): Gap => [Math.max(from, low), Math.min(to, high)]).filter(([from, to]) => from < to)

// The lines of a text report on what was consumed.
import type { Result } from '../result.ts'
import { countText, msText, plural } from './format.ts'
import { line } from './lines.ts'
import { batchLines, errorLines, latencyLines, type TimeRow } from './side-text.ts'
import { timingLines } from './timing-text.ts'

type Consume = NonNullable<Result['consume']>

export function consumeLines(consume: Consume): string[] {
  const depth = consume.decode === 'records' ? 'every record decoded' : 'batch headers only'
  const crc = consume.crcVerified ? 'checksum of every batch verified' : 'checksums not verified'
  const end = consume.reachedEnd ? '; the end of the log was reached' : ''
  return [
    line(
      'read',
      `${plural(consume.records, 'record')}, ${plural(consume.totalRecords, 'record')} in the whole run${end}`,
    ),
    line('checked', `${depth}, ${crc}`),
    ...redeliveredLines(consume),
    ...accountingLines(consume.accounting),
    ...behindLines(consume),
    ...timingLines(consume.timing),
    ...latencyLines(consume.latency, endsOf(consume)),
    ...batchLines(consume, plural(consume.fetches, 'fetch', 'fetches')),
    ...errorLines(consume),
  ]
}

/** Where nothing was made late, both starts are one. */
function endsOf({ latency, latencySinceSent }: Consume): readonly TimeRow[] {
  if (latency === undefined || latencySinceSent === undefined || latency.meanMs === latencySinceSent.meanMs) return []
  return [{ label: 'since sent', time: latencySinceSent, about: 'from when the record was made: what lateness hides' }]
}

function redeliveredLines({ redelivered }: Consume): string[] {
  if (redelivered === undefined) return []
  return [
    line(
      'redelivered',
      `${plural(redelivered, 'record')} read again, after a seek or a rebalance: no duplicates of the log`,
    ),
  ]
}

function behindLines({ lag, processing }: Consume): string[] {
  if (lag === undefined) return []
  const parts = [`${plural(lag.max, 'offset')} at most, ${countText(lag.end)} at the end`]
  if (processing !== undefined) parts.push(`an answer read in ${msText(processing.p99Ms)} ms (p99)`)
  return [line('behind', parts.join('; '))]
}

function accountingLines(accounting: Consume['accounting']): string[] {
  if (accounting === undefined || accounting.streams + accounting.foreign === 0) return []
  const {
    expectedFrom,
    expected,
    received,
    lost,
    duplicated,
    reordered,
    foreign,
    unstamped,
    unread,
    unbooked = 0,
    aborted = 0,
    abortedReceived = 0,
    exact,
  } = accounting
  const counts = [`${countText(received)} of ${countText(expected)} expected`, `${countText(lost)} lost`]
  counts.push(`${countText(duplicated)} duplicated`, `${countText(reordered)} reordered`)
  const asides = [
    expectedFrom === 'books' ? 'by the books of the producing run' : '',
    aborted === 0 ? '' : `${countText(aborted)} of aborted transactions, ${countText(abortedReceived)} of them read`,
    unread === 0 ? '' : `${countText(unread)} not read`,
    unbooked === 0 ? '' : `${countText(unbooked)} that the books do not know of`,
    foreign === 0 ? '' : `${countText(foreign)} of other runs`,
    unstamped === 0 ? '' : `${countText(unstamped)} without a stamp`,
    exact ? '' : 'not exact: too many holes',
  ].filter(text => text !== '')
  return [line('accounted for', counts.join(', ')), ...(asides.length === 0 ? [] : [line('', asides.join(', '))])]
}

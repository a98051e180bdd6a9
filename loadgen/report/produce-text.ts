// The lines of a text report on what was produced.
import { isBalanced } from '../accounting.ts'
import type { Result } from '../result.ts'
import { countText, fixedText, plural } from './format.ts'
import { labelled, line } from './lines.ts'
import { batchLines, errorLines, latencyLines, type TimeRow } from './side-text.ts'
import { transactionLines } from './transaction-text.ts'

type Produce = NonNullable<Result['produce']>

const partitionsNamedMax = 10

export function produceLines(produce: Produce, { measuredSeconds, delivery }: Result): string[] {
  const { offered, schedule } = produce
  return [
    line('acknowledged', recordsText(produce, measuredSeconds)),
    ...(schedule === undefined ? [] : labelled('schedule', schedule)),
    ...(offered === undefined ? [] : offeredLines(offered, produce)),
    ...(delivery === undefined ? [] : deliveryLines(delivery)),
    ...transactionLines(produce.transactions),
    ...latencyLines(produce.latency, partsOf(produce)),
    ...batchLines(produce, plural(produce.requests, 'request')),
    ...errorLines(produce),
  ]
}

const recordsText = ({ records, totalRecords }: Produce, seconds: number): string =>
  `${plural(records, 'record')} in ${fixedText(seconds, 1)} s, ${countText(totalRecords)} in the whole run`

/** Where all of it was sent there is nothing to balance. */
function offeredLines(offered: number, { sent = offered, dropped = 0, owed = 0 }: Produce): string[] {
  const asked = `${plural(offered, 'record')} by the schedule`
  if (sent === offered) return [line('asked for', `${asked}, all sent`)]
  const share = fixedText((dropped / offered) * 100, 2)
  const parts = [
    `${countText(sent)} sent`,
    ...(dropped === 0 ? [] : [`${countText(dropped)} (${share} %) DROPPED as too late`]),
    ...(owed === 0 ? [] : [`${countText(owed)} still owed at the end`]),
  ]
  return [line('asked for', asked), line('', parts.join(', '))]
}

function deliveryLines({ confirmed, acked, brokerDelta, partitions }: NonNullable<Result['delivery']>): string[] {
  const growth = `end offsets of ${plural(partitions.length, 'partition')} grew by ${countText(brokerDelta)}`
  const markers = partitions.reduce((sum, { markers = 0 }) => sum + markers, 0)
  const uncertain = partitions.reduce((sum, { uncertain = 0 }) => sum + uncertain, 0)
  const beside = markers + uncertain === 0 ? '' : `, and ${plural(markers, 'marker')} of transactions`
  const doubt = uncertain === 0 ? '' : ` (${countText(uncertain)} more or less: tried again, or without an answer)`
  if (confirmed) return [line('on brokers', `${growth}: exactly what was acknowledged${beside}${doubt}`)]
  const wrong = partitions.filter(each => !isBalanced(each))
  const named = wrong.slice(0, partitionsNamedMax).map(({ partition }) => partition)
  const rest = wrong.length > named.length ? ` and ${wrong.length - named.length} more` : ''
  return [
    line('on brokers', `${growth}, but ${countText(acked)} were acknowledged`),
    ...(wrong.length === 0 ? [] : [line('', `partitions that differ: ${named.join(', ')}${rest}`)]),
  ]
}

/** What a response is made of. Flat out the wait in the buffer is of the run's own making and says nothing. */
function partsOf({ serviceLatency, lateness }: Produce): readonly TimeRow[] {
  if (serviceLatency === undefined || lateness === undefined) return []
  return [
    { label: 'lateness', time: lateness, about: 'of which before sending: linger, full buffers, the generator itself' },
    { label: 'service', time: serviceLatency, about: 'and from sending to acknowledgement: brokers and network' },
  ]
}

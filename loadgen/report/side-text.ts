// The lines of a text report that both sides have: latencies, batches, errors.
import type { LatencySummary, Result } from '../result.ts'
import { countsText, countText, fixedText, mbText, msText, plural } from './format.ts'
import { line } from './lines.ts'

type Produce = NonNullable<Result['produce']>
type Consume = NonNullable<Result['consume']>

const percentiles = [
  ['p50', 'p50Ms'],
  ['p75', 'p75Ms'],
  ['p90', 'p90Ms'],
  ['p95', 'p95Ms'],
  ['p99', 'p99Ms'],
  ['p99.9', 'p999Ms'],
  ['p99.99', 'p9999Ms'],
  ['max', 'maxMs'],
  ['mean', 'meanMs'],
] as const satisfies readonly (readonly [string, keyof LatencySummary])[]

const clockStart: Readonly<Record<LatencySummary['from'], string>> = {
  intended: 'from the moment the schedule asked for the record, to its acknowledgement',
  appended: 'from the moment the record was appended to its batch, to its acknowledgement',
  sent: 'from the moment the batch was first sent, to its acknowledgement',
  stamp: 'end to end: from the intended time stamped into the record, to the consumer',
  stampSent: 'end to end: from when the record was made, to the consumer',
  createTime: "end to end: from the record's CreateTime (whole milliseconds), to the consumer",
  logAppendTime: 'end to end: from the time at which the broker appended the batch (LogAppendTime), to the consumer',
  commitAsked: 'from asking for the commit of a transaction, to the answer',
  fetched: 'from the answer of a fetch being there, to its records being read',
}

export interface TimeRow {
  readonly label: string
  readonly time: LatencySummary
  readonly about: string
}

export function latencyLines(latency: LatencySummary | undefined, parts: readonly TimeRow[] = []): string[] {
  if (latency === undefined || latency.count === 0) return []
  const rows = [{ label: '  ms', time: latency, about: clockStart[latency.from] }, ...parts.map(indented)]
  const columns = percentiles.map(([label, key]) => {
    const values = rows.map(({ time }) => msText(time[key]))
    const width = Math.max(label.length, ...values.map(value => value.length))
    return [label, ...values].map(cell => cell.padStart(width))
  })
  const cells = (row: number) => columns.map(column => column[row]!).join('  ')
  return [
    line('latency', cells(0)),
    ...rows.flatMap(({ label, about }, row) => [line(label, cells(row + 1)), line('', about)]),
  ]
}

const indented = (row: TimeRow): TimeRow => ({ ...row, label: `  ${row.label}` })

export function batchLines(part: Produce | Consume, calls: string): string[] {
  const { batches, records, wireBytes } = part
  if (batches === 0) return [line('batches', 'none')]
  const ratio = 'compressionRatio' in part ? part.compressionRatio : undefined
  const each = `${fixedText(records / batches, 1)} records and ${countText(wireBytes / batches)} bytes each`
  const compressed = ratio === undefined ? '' : `, compressed ${fixedText(ratio, 2)} : 1`
  return [
    line('batches', `${plural(batches, 'batch', 'batches')} in ${calls}, ${each}`),
    line('on the wire', `${mbText(wireBytes)} MB${compressed}`),
  ]
}

export function errorLines({ errors, errorsByCode, retries, retriesByCode }: Produce | Consume): string[] {
  const named = (total: number, byCode: Readonly<Record<string, number>>) => {
    const names = countsText(byCode)
    return total === 0 ? 'none' : `${countText(total)}${names === '' ? '' : `: ${names}`}`
  }
  return [line('errors', named(errors, errorsByCode)), line('retries', named(retries, retriesByCode))]
}

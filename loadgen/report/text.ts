// The summary that ends a run on a terminal: first what a newcomer came for (how fast, is it true, how late, at what
// cost), then what it was measured with, and last the verdict, which is where the eye rests when the screen stops.
import type { LatencySummary, Result } from '../result.ts'
import { auditLines, validityLines } from './audit-text.ts'
import { countsText, countText, fixedText, mbText, mibText, msText, plural } from './format.ts'
import { headroomTexts } from './headroom-text.ts'
import { labelWidth, line } from './lines.ts'

type Produce = NonNullable<Result['produce']>
type Consume = NonNullable<Result['consume']>

const lineWidthMax = 118
const partitionsNamedMax = 10
/** Of a list of settings that are more than a word each; the JSON result has them all. */
const entriesNamedMax = 4

export function textReport(result: Result): string {
  const { produce, consume } = result
  const blocks = [
    headlines(result),
    produce && section('produced', produceLines(produce, result)),
    consume && section('consumed', consumeLines(consume)),
    section('cost', costLines(result)),
    result.audit && section('audit', auditLines(result.audit)),
    section('measured with', environmentLines(result)),
    section('settings', settingLines(result)),
    verdict(result),
  ]
  return `${blocks.filter(block => block !== undefined && block !== '').join('\n\n')}\n`
}

function headlines(result: Result): string {
  const { mode, environment, measuredSeconds } = result
  const title = `millrace bench ${mode}: topic ${environment.topic.name}, ${fixedText(measuredSeconds, 1)} s measured`
  const nothing = ['  nothing was measured: the run ended before its warm-up did']
  return [
    title,
    '',
    ...(measuredSeconds === 0 ? nothing : [...headlineNumbers(result), ...validityLines(result)]),
  ].join('\n')
}

function headlineNumbers({ mode, cpuUsPerRecord, produce, consume, delivery }: Result): string[] {
  const verb = (word: string) => (mode === 'roundtrip' ? word : '')
  return [
    ...(produce ? headline(produce, verb('produced'), deliveryWord(delivery)) : []),
    ...(consume ? headline(consume, verb('consumed'), consume.crcVerified ? 'checksums verified' : '') : []),
    ...(cpuUsPerRecord === null ? [] : [`  ${fixedText(cpuUsPerRecord, 2)} µs of CPU per message`]),
  ]
}

function headline({ latency, ...rates }: Produce | Consume, verb: string, proof: string): string[] {
  const speed = `${countText(rates.recordsPerSec)} msg/s   ${fixedText(rates.mbPerSec, 2)} MB/s (${fixedText(rates.mibPerSec, 2)} MiB/s)`
  const lines = [`  ${[speed, verb, proof].filter(part => part !== '').join('   ')}`]
  if (latency !== undefined && latency.count > 0) {
    const { p50Ms, p99Ms, maxMs } = latency
    lines.push(`  latency p50 ${msText(p50Ms)} ms   p99 ${msText(p99Ms)} ms   max ${msText(maxMs)} ms`)
  }
  return lines
}

function deliveryWord(delivery: Result['delivery']): string {
  if (delivery === undefined) return 'not confirmed'
  return delivery.confirmed ? 'confirmed by the brokers' : 'NOT CONFIRMED by the brokers'
}

function produceLines(produce: Produce, { measuredSeconds, delivery }: Result): string[] {
  const { offered, schedule } = produce
  return [
    line('acknowledged', recordsText(produce, measuredSeconds)),
    ...(schedule === undefined ? [] : labelled('schedule', schedule)),
    ...(offered === undefined ? [] : offeredLines(offered, produce)),
    ...(delivery === undefined ? [] : deliveryLines(delivery)),
    ...latencyLines(produce.latency, partsOf(produce)),
    ...batchLines(produce, plural(produce.requests, 'request')),
    ...errorLines(produce),
  ]
}

function consumeLines(consume: Consume): string[] {
  const depth = consume.decode === 'records' ? 'every record decoded' : 'batch headers only'
  const crc = consume.crcVerified ? 'checksum of every batch verified' : 'checksums not verified'
  const end = consume.reachedEnd ? '; the end of the log was reached' : ''
  return [
    line(
      'read',
      `${plural(consume.records, 'record')}, ${plural(consume.totalRecords, 'record')} in the whole run${end}`,
    ),
    line('checked', `${depth}, ${crc}`),
    ...accountingLines(consume.accounting),
    ...behindLines(consume),
    ...timingLines(consume.timing),
    ...latencyLines(consume.latency),
    ...batchLines(consume, plural(consume.fetches, 'fetch', 'fetches')),
    ...errorLines(consume),
  ]
}

function timingLines(timing: Consume['timing']): string[] {
  if (timing === undefined) return []
  const { negative, ofOtherHosts, logAppendTime } = timing
  const parts = [
    negative === 0 ? '' : `${plural(negative, 'record')} read before their time, by clocks that differ: counted as 0`,
    ofOtherHosts === 0 ? '' : `${plural(ofOtherHosts, 'record')} of other hosts, not timed`,
    logAppendTime ? "timestamps are the broker's (LogAppendTime)" : '',
  ].filter(text => text !== '')
  return parts.length === 0 ? [] : [line('clocks', parts.join('; '))]
}

function behindLines({ lag, processing }: Consume): string[] {
  if (lag === undefined) return []
  const parts = [`${plural(lag.max, 'offset')} at most, ${countText(lag.end)} at the end`]
  if (processing !== undefined) parts.push(`an answer read in ${msText(processing.p99Ms)} ms (p99)`)
  return [line('behind', parts.join('; '))]
}

function accountingLines(accounting: Consume['accounting']): string[] {
  if (accounting === undefined || accounting.streams + accounting.foreign === 0) return []
  const { expected, received, lost, duplicated, reordered, foreign, unstamped, unread, exact } = accounting
  const counts = [`${countText(received)} of ${countText(expected)} expected`, `${countText(lost)} lost`]
  counts.push(`${countText(duplicated)} duplicated`, `${countText(reordered)} reordered`)
  const asides = [
    unread === 0 ? '' : `${countText(unread)} not read`,
    foreign === 0 ? '' : `${countText(foreign)} of other runs`,
    unstamped === 0 ? '' : `${countText(unstamped)} without a stamp`,
    exact ? '' : 'not exact: too many holes',
  ].filter(text => text !== '')
  return [line('accounted for', counts.join(', ')), ...(asides.length === 0 ? [] : [line('', asides.join(', '))])]
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
  if (confirmed) return [line('on brokers', `${growth}: exactly what was acknowledged`)]
  const wrong = partitions.filter(({ startOffset, endOffset, acked }) => endOffset - startOffset !== acked)
  const named = wrong.slice(0, partitionsNamedMax).map(({ partition }) => partition)
  const rest = wrong.length > named.length ? ` and ${wrong.length - named.length} more` : ''
  return [
    line('on brokers', `${growth}, but ${countText(acked)} were acknowledged`),
    ...(wrong.length === 0 ? [] : [line('', `partitions that differ: ${named.join(', ')}${rest}`)]),
  ]
}

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
  stamp: 'end to end: from the time stamped into the record, to the consumer',
  createTime: "end to end: from the record's CreateTime (whole milliseconds), to the consumer",
  logAppendTime: 'end to end: from the time at which the broker appended the batch (LogAppendTime), to the consumer',
  fetched: 'from the answer of a fetch being there, to its records being read',
}

/** What a response is made of. Flat out the wait in the buffer is of the run's own making and says nothing. */
function partsOf({ serviceLatency, lateness }: Produce): readonly TimeRow[] {
  if (serviceLatency === undefined || lateness === undefined) return []
  return [
    { label: 'lateness', time: lateness, about: 'of which before sending: linger, full buffers, the generator itself' },
    { label: 'service', time: serviceLatency, about: 'and from sending to acknowledgement: brokers and network' },
  ]
}

interface TimeRow {
  readonly label: string
  readonly time: LatencySummary
  readonly about: string
}

function latencyLines(latency: LatencySummary | undefined, parts: readonly TimeRow[] = []): string[] {
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

function batchLines(part: Produce | Consume, calls: string): string[] {
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

function errorLines({ errors, errorsByCode, retries, retriesByCode }: Produce | Consume): string[] {
  const named = (total: number, byCode: Readonly<Record<string, number>>) => {
    const names = countsText(byCode)
    return total === 0 ? 'none' : `${countText(total)}${names === '' ? '' : `: ${names}`}`
  }
  return [line('errors', named(errors, errorsByCode)), line('retries', named(retries, retriesByCode))]
}

function costLines({ cpuUsPerRecord, cpu, memory, headroom }: Result): string[] {
  const perRecord = cpuUsPerRecord === null ? '' : `${fixedText(cpuUsPerRecord, 2)} µs/msg, `
  const split = `${fixedText(cpu.userSeconds, 1)} s user, ${fixedText(cpu.systemSeconds, 1)} s system`
  return [
    line('CPU', `${perRecord}${countText(cpu.percent)} % of one core (${split})`),
    line('memory', `${mibText(memory.rssBytesMax)} MiB at most, ${mibText(memory.rssBytesEnd)} MiB at the end`),
    ...(headroom === undefined
      ? []
      : headroomTexts(headroom).map((text, index) => line(index ? '' : 'headroom', text))),
  ]
}

function environmentLines({ environment, measuredSeconds, warmupSeconds }: Result): string[] {
  const { host, cluster, topic } = environment
  const brokers = cluster.brokers.map(({ id, host, port }) => `${id}=${host}:${port}`)
  const origin = topic.created ? 'created by this run' : 'existing'
  const configs = Object.entries(topic.configs).map(([key, value]) => `${key}=${value}`)
  const memoryGib = fixedText(host.memoryBytes / 2 ** 30, 0)
  return [
    line('generator', `millrace ${environment.millrace}, Node ${environment.node}`),
    line('host', `${host.cpuModel}, ${plural(host.cpus, 'CPU')}, ${memoryGib} GiB, ${host.os}`),
    line('cluster', `Kafka ${cluster.version}, ${plural(cluster.brokers.length, 'broker')}`),
    ...continued(brokers),
    line('topic', `${plural(topic.partitions, 'partition')}, replication factor ${topic.replicationFactor}, ${origin}`),
    ...continued(configs),
    line(
      'time',
      `${environment.startedAt}, ${fixedText(warmupSeconds, 1)} s warm-up, ${fixedText(measuredSeconds, 1)} s measured`,
    ),
  ]
}

/** `key=value` words, wrapped: settings are data whose shape this file does not need to know. */
const settingLines = ({ settings }: Result): string[] =>
  wrapped(words('', settings), lineWidthMax - 2).map(text => `  ${text}`)

function wrapped(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of words) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = ''
    }
    current += current === '' ? word : ` ${word}`
  }
  return current === '' ? lines : [...lines, current]
}

function words(path: string, value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every(item => typeof item !== 'object')) {
    return value.length === 0 ? [] : [`${path}=${value.join(',')}`]
  }
  if (Array.isArray(value) && value.length > entriesNamedMax) return [`${path}=(${value.length} entries)`]
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, inner]) => words(path === '' ? key : `${path}.${key}`, inner))
  }
  return [`${path}=${String(value)}`]
}

function verdict({ verdict, reasons }: Result): string {
  const width = Math.max(labelWidth, ...reasons.map(({ code }) => code.length))
  const details = reasons.map(({ code, message }) => `  ${code.padEnd(width)} ${message}`)
  return [`verdict: ${verdict}`, ...details].join('\n')
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [title, ...lines].join('\n')

const continued = (words: readonly string[]): string[] =>
  wrapped(words, lineWidthMax - labelWidth - 3).map(text => line('', text))

const labelled = (label: string, text: string): string[] =>
  wrapped(text.split(' '), lineWidthMax - labelWidth - 3).map((part, index) => line(index === 0 ? label : '', part))

// The summary that ends a run on a terminal: first what a newcomer came for (how fast, is it true, how late, at what
// cost), then what it was measured with, and last the verdict, which is where the eye rests when the screen stops.
import type { Result } from '../result.ts'
import { auditLines, validityLines } from './audit-text.ts'
import { catchUpLines } from './catch-up-text.ts'
import { clientLines } from './client-text.ts'
import { consumeLines } from './consume-text.ts'
import { countText, fixedText, mibText, msText, plural } from './format.ts'
import { groupLines } from './group-text.ts'
import { headroomTexts } from './headroom-text.ts'
import { benchGroups, totalResults } from './k6-text.ts'
import { continued, labelWidth, line, lineWidthMax, wrapped } from './lines.ts'
import { processLines } from './process-text.ts'
import { produceLines } from './produce-text.ts'
import { thresholdBlock } from './threshold-text.ts'

type Produce = NonNullable<Result['produce']>
type Consume = NonNullable<Result['consume']>

/** Of a list of settings that are more than a word each; the JSON result has them all. */
const entriesNamedMax = 4

export function textReport(result: Result): string {
  const { produce, consume } = result
  const blocks = [
    headlines(result),
    thresholdBlock(result),
    totalResults(benchGroups(result)),
    '  █ KAFKA',
    produce && section('produced', produceLines(produce, result)),
    consume && section('consumed', consumeLines(consume)),
    result.process && section('processed', processLines(result.process)),
    result.rebalances && section('group', groupLines(result.rebalances)),
    result.catchUp && section('catch-up', catchUpLines(result.catchUp)),
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

function environmentLines({ environment, measuredSeconds, warmupSeconds, client }: Result): string[] {
  const { host, cluster, topic } = environment
  const brokers = cluster.brokers.map(({ id, host, port }) => `${id}=${host}:${port}`)
  const origin = topic.created ? 'created by this run' : 'existing'
  const configs = Object.entries(topic.configs).map(([key, value]) => `${key}=${value}`)
  const memoryGib = fixedText(host.memoryBytes / 2 ** 30, 0)
  return [
    line('generator', `millrace ${environment.millrace}, Node ${environment.node}`),
    ...clientLines(client),
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

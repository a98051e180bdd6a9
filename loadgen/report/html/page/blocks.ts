// The parts of the page that are words and numbers: head, thresholds, tables. All of them are made anew from a result, so
// that a page that grows and one that is read from a file cannot differ.

import type { LatencySummary, Result } from '../../../result.ts'
import { unitValueText } from '../../../verdict/thresholds/text.ts'
import { compared, differenceText, verdictsText } from '../../comparison.ts'
import { countText, fixedText, mbText, mibText, msText } from '../../format.ts'
import type { PageModel, PageRun } from '../model.ts'
import { badge, type Child, card, facts, h, type Tone, table, value } from './dom.ts'
import { commitLatencyOf } from './transaction-blocks.ts'

export const verdictTones: Readonly<Record<Result['verdict'], Tone>> = {
  ok: 'good',
  failed: 'bad',
  interrupted: 'warn',
}

export function head({ runs, live }: PageModel): HTMLElement {
  const { result } = runs[0]!
  const { mode, environment, verdict, validity, reasons, measuredSeconds } = result
  const { topic, cluster, startedAt } = environment
  const verdicts = live
    ? [badge('running', 'live', 'verdict')]
    : [
        badge(verdict, verdictTones[verdict], 'verdict'),
        validity && badge(validity.verdict, validity.verdict === 'valid' ? 'good' : 'warn', 'validity.verdict'),
      ]
  const about = [
    `topic ${topic.name}`,
    `${topic.partitions} partitions, replication factor ${topic.replicationFactor}`,
    `Kafka ${cluster.version}, ${cluster.brokers.length} ${cluster.brokers.length === 1 ? 'broker' : 'brokers'}`,
    `${startedAt.slice(0, 19).replace('T', ' ')} UTC`,
    `${fixedText(measuredSeconds, 1)} s measured`,
  ]
  const notes = live ? [] : [...reasons, ...(validity?.reasons ?? [])]
  return h(
    'header',
    {},
    h('div', { class: 'title' }, h('h1', {}, `millrace bench ${mode}`), ...verdicts),
    h('p', { class: 'about' }, about.join(' · ')),
    notes.length === 0
      ? undefined
      : h(
          'ul',
          { class: 'notes' },
          ...notes.map(({ code, message }) => h('li', {}, h('code', {}, code), ` ${message}`)),
        ),
    live || validity === undefined
      ? undefined
      : h('p', { class: 'about' }, `limited by: ${validity.limiter} (${validity.finding})`),
  )
}

export function thresholds({ thresholds: all = [] }: Pick<Result, 'thresholds'>): HTMLElement | undefined {
  if (all.length === 0) return undefined
  const rows = all.map(
    ({ ok, metric, expression, method, value: judged, unit, samples, failedAtSec, aborted }, index) => {
      const said = samples === 0 ? 'no samples' : `${method} = ${unitValueText(judged, unit)}`
      const when =
        failedAtSec === undefined ? '' : ` (first at ${failedAtSec.toFixed(0)} s${aborted ? ', ended the run' : ''})`
      return [
        { text: h('span', { class: ok ? 'tick' : 'cross', 'data-path': `thresholds.${index}.ok` }, ok ? '✓' : '✗') },
        { text: h('code', {}, metric) },
        { text: h('code', {}, expression) },
        { text: `${said}${when}` },
      ]
    },
  )
  return card(
    'Thresholds',
    table(
      ['', 'metric', 'must hold', 'was'].map(text => ({ text })),
      rows,
    ),
  )
}

const percentileColumns = [
  ['min', 'minMs'],
  ['p50', 'p50Ms'],
  ['p90', 'p90Ms'],
  ['p95', 'p95Ms'],
  ['p99', 'p99Ms'],
  ['p99.9', 'p999Ms'],
  ['p99.99', 'p9999Ms'],
  ['max', 'maxMs'],
  ['mean', 'meanMs'],
] as const

export function latencyTable(result: Result): HTMLElement | undefined {
  const { produce, consume } = result
  const commit = commitLatencyOf(result)
  const all: (readonly [string, string, LatencySummary | undefined])[] = [
    ['response', 'produce.latency', produce?.latency],
    ['of which before sending', 'produce.lateness', produce?.lateness],
    ['of which brokers and network', 'produce.serviceLatency', produce?.serviceLatency],
    ['end to end', 'consume.latency', consume?.latency],
    ['processing', 'consume.processing', consume?.processing],
    ['commit', commit?.path ?? '', commit?.latency],
  ]
  const rows = all.flatMap(([name, path, latency]) =>
    latency === undefined
      ? []
      : [
          [
            { text: name },
            ...percentileColumns.map(([, key]) => ({
              text: value(`${path}.${key}`, msText(latency[key])),
              number: true,
            })),
            { text: value(`${path}.count`, countText(latency.count)), number: true },
          ],
        ],
  )
  if (rows.length === 0) return undefined
  const heads = ['ms', ...percentileColumns.map(([name]) => name), 'count'].map((text, index) => ({
    text,
    number: index > 0,
  }))
  return card('Latency of the measured time', table(heads, rows))
}

export function books(result: Result): HTMLElement {
  const { produce, consume, delivery } = result
  const accounting = consume?.accounting
  const entries: (readonly [string, Child])[] = [
    ['schedule', produce?.schedule],
    ['offered', produce?.offered === undefined ? undefined : value('produce.offered', countText(produce.offered))],
    ['sent', produce?.sent === undefined ? undefined : value('produce.sent', countText(produce.sent))],
    [
      'dropped as too late',
      produce?.dropped === undefined ? undefined : value('produce.dropped', countText(produce.dropped)),
    ],
    ['acknowledged', produce && value('produce.records', countText(produce.records))],
    ['acknowledged in the whole run', produce && value('produce.totalRecords', countText(produce.totalRecords))],
    ['brokers hold more', delivery && value('delivery.brokerDelta', countText(delivery.brokerDelta))],
    ['consumed', consume && value('consume.records', countText(consume.records))],
    ['lost', accounting && value('consume.accounting.lost', countText(accounting.lost))],
    ['duplicated', accounting && value('consume.accounting.duplicated', countText(accounting.duplicated))],
    ['reordered', accounting && value('consume.accounting.reordered', countText(accounting.reordered))],
    ['batches', produce && value('produce.batches', countText(produce.batches))],
    ['on the wire', produce && `${mbText(produce.wireBytes)} MB`],
  ]
  return card('Records', facts(entries))
}

export function errors(result: Result): HTMLElement | undefined {
  const rows = (['produce', 'consume'] as const).flatMap(side => {
    const part = result[side]
    if (part === undefined) return []
    const list = (what: string, byCode: Readonly<Record<string, number>>) =>
      Object.entries(byCode).map(([code, count]) => [
        { text: `${side} ${what}` },
        { text: h('code', {}, code) },
        { text: value(`${side}.${what}ByCode.${code}`, countText(count)), number: true },
      ])
    return [...list('errors', part.errorsByCode), ...list('retries', part.retriesByCode)]
  })
  if (rows.length === 0) return undefined
  return card('Errors and retries', table([{ text: 'what' }, { text: 'code' }, { text: 'count', number: true }], rows))
}

export function generator(result: Result): HTMLElement {
  const { cpu, memory, headroom, environment, audit } = result
  const { host, node, millrace } = environment
  const busiest = audit?.workers.reduce((most, worker) => Math.max(most, worker.cpuPercent), 0)
  return card(
    'Generator',
    facts([
      ['CPU', `${countText(cpu.percent)} % of one core`],
      ['busiest worker', busiest === undefined ? undefined : `${countText(busiest)} % of the time running`],
      ['memory', `${mibText(memory.rssBytesMax)} MiB at most`],
      [
        'headroom',
        headroom?.kind === 'known'
          ? `${countText(headroom.usedPercent)} % of the measured ceiling used`
          : headroom && 'not calibrated',
      ],
      ['host', `${host.cpuModel}, ${host.cpus} CPUs, ${host.os}`],
      ['millrace', `${millrace}, Node ${node}`],
    ]),
  )
}

export function settings({ settings: given, environment }: Result): HTMLElement {
  return h(
    'details',
    { class: 'card' },
    h('summary', {}, 'Settings and environment'),
    h('pre', {}, JSON.stringify({ settings: given, environment }, undefined, 2)),
  )
}

/** Runs side by side, each number with its difference to the first. */
export function comparison(runs: readonly PageRun[]): HTMLElement {
  const rows = compared(runs).map(({ name, path, values, text }) => [
    { text: name },
    ...values.map((each, index) => ({
      text:
        each === undefined
          ? '–'
          : comparedCell(index, path, text(each), index === 0 ? '' : differenceText(each, values[0])),
      number: true,
    })),
  ])
  const verdicts = runs.map(({ result }) => ({ text: verdictsText(result), number: true }))
  const heads = [{ text: '' }, ...runs.map(({ label }) => ({ text: label, number: true }))]
  return card('Runs beside each other', table(heads, [...rows, [{ text: 'verdict' }, ...verdicts]]))
}

const comparedCell = (run: number, path: string, text: string, difference: string): HTMLElement =>
  h(
    'span',
    {},
    value(`${run}:${path}`, text),
    difference === '' ? undefined : h('small', { class: 'difference' }, ` ${difference}`),
  )

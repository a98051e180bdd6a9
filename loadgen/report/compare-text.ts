// A comparison of clients on the terminal: of each scenario one table and one chart, and what is to be known about both.
import type { ClientFigures, Comparison } from '../compare/model.ts'
import { countText, fixedText, mibText, msText, plural } from './format.ts'
import { lineWidthMax, wrapped } from './lines.ts'

type Spread = ClientFigures['recordsPerSec']

const barCells = 40
const gap = '  '
const unknown = '-'

interface Column {
  readonly head: string
  cell(figures: ClientFigures): string
}

const median = (spread: Spread | null, text: (value: number) => string): string =>
  spread === null || spread.count === 0 ? unknown : text(spread.median)

/** `>`: a number. */
export const compareColumns: readonly Column[] = [
  { head: 'client', cell: ({ client }) => client },
  { head: 'version', cell: ({ version }) => version },
  { head: '>msg/s', cell: ({ recordsPerSec }) => median(recordsPerSec, countText) },
  { head: '>least', cell: ({ recordsPerSec: { count, min } }) => (count === 0 ? unknown : countText(min)) },
  { head: '>most', cell: ({ recordsPerSec: { count, max } }) => (count === 0 ? unknown : countText(max)) },
  { head: '>ratio', cell: ({ recordsPerSec, ratio }) => (recordsPerSec.count === 0 ? unknown : fixedText(ratio, 3)) },
  { head: '>CPU µs/msg', cell: ({ cpuUsPerRecord }) => median(cpuUsPerRecord, value => fixedText(value, 2)) },
  { head: '>p50 ms', cell: ({ latencyP50Ms }) => median(latencyP50Ms, msText) },
  { head: '>p99 ms', cell: ({ latencyP99Ms }) => median(latencyP99Ms, msText) },
  { head: '>memory MiB', cell: ({ rssBytesMax }) => median(rssBytesMax, mibText) },
]

export function compareText(comparison: Comparison): string {
  const { parts } = comparison
  const blocks = parts.flatMap(({ scenario, mode, clients }) => [
    scenario === undefined ? '' : `  scenario ${scenario}, which is to ${mode}`,
    table(clients),
    chart(clients),
  ])
  return `${[compareTitle(comparison), ...blocks, notes(comparison)].filter(text => text !== '').join('\n\n')}\n`
}

export function compareTitle({ script, rounds, parts, order }: Comparison): string {
  const clients = [...new Set(order.flat())].join(', ')
  return `millrace compare-clients ${script ?? parts[0]?.mode ?? ''}: ${clients}; ${plural(rounds, 'round')}, medians`
}

function table(clients: readonly ClientFigures[]): string {
  const rows = [
    compareColumns.map(({ head }) => head.replace('>', '')),
    ...clients.map(each => compareColumns.map(column => column.cell(each))),
  ]
  const widths = compareColumns.map((_, index) => Math.max(...rows.map(row => row[index]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) =>
        compareColumns[index]!.head.startsWith('>') ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
      )
      .join(gap)
  return rows.map(row => `  ${line(row)}`.trimEnd()).join('\n')
}

/** From zero, or a small difference would look like a large one. */
function chart(clients: readonly ClientFigures[]): string {
  const most = Math.max(...clients.map(({ recordsPerSec }) => recordsPerSec.median))
  if (most === 0) return ''
  const width = Math.max(...clients.map(({ client }) => client.length))
  const bar = (value: number) => '█'.repeat(Math.max(value > 0 ? 1 : 0, Math.round((value / most) * barCells)))
  return clients
    .map(
      ({ client, recordsPerSec: { median: value } }) =>
        `  ${client.padEnd(width)}${gap}${bar(value).padEnd(barCells)}${gap}${countText(value)} msg/s`,
    )
    .join('\n')
}

/** What is to be known about both, a sentence each. */
export function compareNotes({ order, balanced, skipped, parts }: Comparison): string[] {
  const told = parts.flatMap(({ scenario, clients }) => {
    const named = (client: string) => (scenario === undefined ? client : `${client} in ${scenario}`)
    return clients.flatMap(({ client, failed, notValid, notHonoured }) => [
      ...(failed === 0 ? [] : [`${named(client)}: ${plural(failed, 'run')} failed and not counted`]),
      ...(notValid === 0 ? [] : [`${named(client)}: ${plural(notValid, 'run')} disturbed`]),
      ...notHonoured.map(({ setting, why }) => `${client}: ${setting} not honoured: ${why}`),
    ])
  })
  return [
    `order: ${order.map(round => round.join(' ')).join(' | ')}${balanced ? ', balanced' : ', not balanced: more rounds would be'}`,
    'each run a process of its own; settings, cluster and topic layout were the same for all (checked)',
    ...(parts.length > 1 ? ['CPU and memory are of the whole process, in each scenario: they do not add up'] : []),
    ...(parts.every(({ mode }) => mode === 'produce') ? [] : ['latency: end to end, where records are timed']),
    ...new Set(told),
    ...skipped.map(({ client, reason }) => `${client}: left out: ${reason}`),
  ]
}

const notes = (comparison: Comparison): string =>
  compareNotes(comparison)
    .flatMap(text =>
      wrapped(text.split(' '), lineWidthMax - 4).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`),
    )
    .join('\n')

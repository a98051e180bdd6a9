// A comparison of clients on the terminal: one table, one chart, and what is to be known about both.
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

const columns: readonly Column[] = [
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
  const { mode, rounds, clients } = comparison
  const title = `millrace compare-clients ${mode}: ${clients.map(({ client }) => client).join(', ')}; ${plural(rounds, 'round')}, medians`
  return `${[title, table(clients), chart(clients), notes(comparison)].filter(part => part !== '').join('\n\n')}\n`
}

function table(clients: readonly ClientFigures[]): string {
  const rows = [
    columns.map(({ head }) => head.replace('>', '')),
    ...clients.map(each => columns.map(column => column.cell(each))),
  ]
  const widths = columns.map((_, index) => Math.max(...rows.map(row => row[index]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) =>
        columns[index]!.head.startsWith('>') ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
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

function notes({ order, balanced, skipped, clients, mode }: Comparison): string {
  const texts = [
    `order: ${order.map(round => round.join(' ')).join(' | ')}${balanced ? ', balanced' : ', not balanced: more rounds would be'}`,
    'each run a process of its own; settings, cluster and topic layout were the same for all (checked)',
    ...(mode === 'produce' ? [] : ['latency: end to end, where records are timed']),
    ...clients.flatMap(({ client, failed }) =>
      failed === 0 ? [] : [`${client}: ${plural(failed, 'run')} failed and not counted`],
    ),
    ...clients.flatMap(({ client, notValid }) =>
      notValid === 0 ? [] : [`${client}: ${plural(notValid, 'run')} disturbed`],
    ),
    ...clients.flatMap(({ client, notHonoured }) =>
      notHonoured.map(({ setting, why }) => `${client}: ${setting} not honoured: ${why}`),
    ),
    ...skipped.map(({ client, reason }) => `${client}: left out: ${reason}`),
  ]
  return texts
    .flatMap(text =>
      wrapped(text.split(' '), lineWidthMax - 4).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`),
    )
    .join('\n')
}

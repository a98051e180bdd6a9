// The plan on a terminal and as Markdown: the table, the formulas with their numbers, where each input comes from, warnings.
import { formatBytes, formatDuration } from '../../../core/format.ts'
import { countText, fixedText } from '../../report/format.ts'
import type { Column, Input, Line, SizeReport } from './model.ts'

const rate = (bytesPerSec: number): string => `${fixedText(bytesPerSec / 1e6, 1)} MB/s`
const percent = (share: number): string => `${fixedText(100 * share, 0)} %`

export function inputText({ value, unit }: Input): string {
  if (unit === 'B/s') return rate(value)
  if (unit === 'B') return formatBytes(value)
  if (unit === 's') return formatDuration(1000 * value)
  return String(Number(value.toPrecision(6)))
}

type Row = readonly [what: string, of: (column: Column) => string]

export const sizeRows: readonly Row[] = [
  ['on the wire', ({ wireBytesPerSec }) => rate(wireBytesPerSec)],
  ['brokers', ({ brokers }) => countText(brokers)],
  ['decided by', ({ decidedBy }) => decidedBy],
  ['partitions', ({ partitions }) => countText(partitions)],
  ['replicas a broker', ({ replicasPerBroker }) => countText(replicasPerBroker)],
  ['disk, all brokers', ({ diskBytes }) => formatBytes(diskBytes)],
  ['in, one broker', ({ perBroker }) => `${rate(perBroker.inBytesPerSec)} (${percent(perBroker.inShare)})`],
  ['out, one broker', ({ perBroker }) => `${rate(perBroker.outBytesPerSec)} (${percent(perBroker.outShare)})`],
  ['disk, one broker', ({ perBroker }) => formatBytes(perBroker.diskBytes)],
  ['in, one broker lost', ({ oneLost }) => `${rate(oneLost.inBytesPerSec)} (${percent(oneLost.inShare)})`],
  ['out, one broker lost', ({ oneLost }) => `${rate(oneLost.outBytesPerSec)} (${percent(oneLost.outShare)})`],
  ['disk, one broker lost', ({ oneLost }) => formatBytes(oneLost.diskBytes)],
]

export const columnHead = ({ multiple, isPlanned }: Column): string => `${multiple}x${isPlanned ? ' (planned)' : ''}`

export const headroomNote = (inputs: readonly Input[]): string => {
  const of = (name: string) => inputs.find(input => input.name === name)!
  return `Shares are of what was measured. ${percent(of('headroom').value)} of it stays free for uneven partitions, compaction, the copying of replicas and noisy hours; disks are filled to ${percent(of('disk fill').value)}, as segments are deleted late and copies come in whole; groups that were away for ${inputText(of('outage'))} catch up within ${inputText(of('drain'))}; and all of it holds with one broker lost.`
}

const lineText = ({ what, formula, filled, result }: Line): string[] => [
  `  ${what} = ${formula}`,
  `    ${filled} = ${result}`,
]

export function sizeText(report: SizeReport): string {
  const { columns, inputs, warnings } = report
  const rows = [['', ...columns.map(columnHead)], ...sizeRows.map(([what, of]) => [what, ...columns.map(of)])]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const table = rows.map(row =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  )
  const width = Math.max(...inputs.map(({ name }) => name.length))
  return `${[
    ...table,
    '',
    headroomNote(inputs),
    '',
    'From',
    ...inputs.map(input => `  ${input.name.padEnd(width)}  ${inputText(input)}  (${input.from})`),
    ...columns.flatMap(column => ['', `At ${columnHead(column)}`, ...column.lines.flatMap(lineText)]),
    '',
    ...warnings.map(warning => `warning: ${warning}`),
  ].join('\n')}\n`
}

export function sizeMarkdown({ columns, inputs, warnings }: SizeReport): string {
  const table = [
    `| | ${columns.map(columnHead).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length)}`,
    ...sizeRows.map(([what, of]) => `| ${what} | ${columns.map(of).join(' | ')} |`),
  ]
  const from = [
    '| input | value | from |',
    '| --- | --- | --- |',
    ...inputs.map(input => `| ${input.name} | ${inputText(input)} | ${input.from} |`),
  ]
  const lines = columns.map(
    column =>
      `### At ${columnHead(column)}\n\n${column.lines.map(({ what, formula, filled, result }) => `- ${what} = ${formula}\\\n  ${filled} = **${result}**`).join('\n')}`,
  )
  return `${['## Sizing', table.join('\n'), headroomNote(inputs), from.join('\n'), ...lines, ...warnings.map(warning => `> ${warning}`)].join('\n\n')}\n`
}

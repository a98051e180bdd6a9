// What a calibration looks like: a line for each point as it comes, and the table at the end.
import type { Calibration, CalibrationPoint } from '../loadgen/headroom/calibration.ts'
import { ceilingPerSec } from '../loadgen/headroom/ceiling.ts'
import { countText, fixedText, plural } from '../loadgen/report/format.ts'

/** A neighbour that takes more than this of the machine may have slowed the generator down. */
const stealPercentMax = 5

const sizeText = (bytes: number): string => (bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} B`)

export const pointLine = ({
  direction,
  recordBytes,
  workers,
  recordsPerSec,
  cpuUsPerRecord,
}: CalibrationPoint): string =>
  `${direction.padEnd(7)}  ${sizeText(recordBytes).padStart(8)}  ${plural(workers, 'worker').padEnd(10)} ${countText(recordsPerSec).padStart(12)} msg/s  ${fixedText(cpuUsPerRecord, 3).padStart(7)} µs of CPU a message`

interface Column {
  readonly head: readonly [string, string]
  readonly width: number
  cell(point: CalibrationPoint, calibration: Calibration): string
}

const columns: readonly Column[] = [
  { head: ['', ''], width: 9, cell: point => point.direction },
  { head: ['record', 'size'], width: 8, cell: point => sizeText(point.recordBytes) },
  { head: ['', 'workers'], width: 9, cell: point => String(point.workers) },
  { head: ['ceiling', 'msg/s'], width: 13, cell: (point, { machine }) => countText(ceilingOf(point, machine.cpus)) },
  {
    head: ['ceiling', 'MB/s'],
    width: 9,
    cell: (point, { machine }) => countText((ceilingOf(point, machine.cpus) * point.recordBytes) / 1e6),
  },
  { head: ['CPU µs', 'a message'], width: 11, cell: point => fixedText(point.cpuUsPerRecord, 3) },
  { head: ['reached', 'msg/s'], width: 13, cell: point => countText(point.recordsPerSec) },
  { head: ['CPU %', 'generator'], width: 11, cell: point => countText(point.cpuPercent) },
  { head: ['CPU %', 'broker'], width: 8, cell: point => countText(point.brokerCpuPercent) },
]

const ceilingOf = (point: CalibrationPoint, cpus: number): number =>
  ceilingPerSec(point.cpuUsPerRecord, point.workers, cpus)

export function calibrationTable(calibration: Calibration): string {
  const { machine, points } = calibration
  const row = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(columns[0]!.width) : cell.padStart(columns[index]!.width)))
  const heads = [0, 1].map(line => row(columns.map(({ head }) => head[line]!)).join(''))
  const lines = points.map(point => row(columns.map(({ cell }) => cell(point, calibration))).join(''))
  return [
    `millrace calibrate: ${machine.cpuModel}, ${plural(machine.cpus, 'CPU')}, Node ${machine.node}, millrace ${machine.millrace}`,
    '',
    ...[...heads, ...lines].map(text => text.trimEnd()),
    '',
    'ceiling: what so many workers do with a CPU each (all CPUs, if they are fewer), the brokers being elsewhere.',
    'reached: what they did here, where the embedded broker took its share of the same CPUs.',
    ...stolenLines(points),
    '',
  ].join('\n')
}

function stolenLines(points: readonly CalibrationPoint[]): string[] {
  const worst = Math.max(...points.map(({ stealPercent = 0 }) => stealPercent))
  if (worst <= stealPercentMax) return []
  return [
    `up to ${fixedText(worst, 0)} % of this machine went to other guests of its host meanwhile: better calibrate again.`,
  ]
}

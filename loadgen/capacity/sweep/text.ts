// The sweep on a terminal and as Markdown.
import { countText, fixedText } from '../../report/format.ts'
import type { SweepCurve, SweepPoint, SweepReport } from './report.ts'
import { type Between, extrapolationMax, predict } from './usl.ts'

export const sweepColumns = [
  'produced/s',
  'MB/s',
  'consumed/s',
  'produce MB/s a partition',
  'consume MB/s a partition',
  'CPU us',
  'limited by',
] as const

const mb = (bytesPerSec: number | undefined): string =>
  bytesPerSec === undefined ? '-' : fixedText(bytesPerSec / 1e6, 2)

export function sweepCells(point: SweepPoint): string[] {
  const {
    producePerSec,
    produceBytesPerSec,
    consumePerSec,
    consumeBytesPerSec,
    partitions,
    cpuUsPerRecord,
    limiter,
    failed,
  } = point
  if (failed !== undefined) return ['-', '-', '-', '-', '-', '-', failed]
  const share = (bytesPerSec: number | undefined) => (bytesPerSec === undefined ? undefined : bytesPerSec / partitions)
  return [
    countText(producePerSec),
    mb(produceBytesPerSec),
    consumePerSec === undefined ? '-' : countText(consumePerSec),
    mb(share(produceBytesPerSec)),
    mb(share(consumeBytesPerSec)),
    cpuUsPerRecord === null ? '-' : fixedText(cpuUsPerRecord, 2),
    limiter,
  ]
}

const between = ({ low, high }: Between): string => `${short(low)} to ${short(high)}`
const short = (value: number): string => String(Number(value.toPrecision(3)))

export function curveName({ over, at }: SweepCurve): string {
  const others = Object.entries(at).map(([name, value]) => `${name}=${value}`)
  return `over ${over}${others.length === 0 ? '' : ` at ${others.join(', ')}`}`
}

export function curveLines({ answer, points, over }: SweepCurve): string[] {
  if (answer.kind === 'refused') return [`no curve: ${answer.why}`]
  const { fit } = answer
  const { gamma, alpha, beta, confidence, r2, peak, asymptotePerSec, nMax } = fit
  const generator = points.filter(({ limiter }) => limiter === 'generator').length
  const twice = extrapolationMax * nMax
  return [
    `X(N) = ${countText(gamma)} N / (1 + ${short(alpha)} (N - 1) + ${short(beta)} N (N - 1)), R2 ${fixedText(r2, 3)}`,
    `95 %: g ${between(confidence.gamma)}, a ${between(confidence.alpha)}, b ${between(confidence.beta)}`,
    peak === undefined
      ? `no peak within ${twice} ${over}, beyond which nothing is said${asymptotePerSec === undefined ? '' : `; contention alone would allow ${countText(asymptotePerSec)} records/s`}`
      : `peak at ${fixedText(peak.n, 1)} ${over}: ${countText(peak.perSec)} records/s`,
    `at ${twice} ${over}, twice what was measured: ${countText(predict(fit, twice)!)} records/s`,
    ...(generator > 0
      ? [
          `${generator} of ${points.length} points were limited by the generator: the curve is partly that of this machine`,
        ]
      : []),
  ]
}

export function sweepText(report: SweepReport): string {
  const { axes, points, combinations, curves } = report
  const heads = [...axes.map(({ name }) => name), ...sweepColumns]
  const rows = [heads, ...points.map(point => [...axes.map(({ name }) => point.settings[name]!), ...sweepCells(point)])]
  const widths = heads.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const table = rows.map(row =>
    row.map((cell, column) => (column === heads.length - 1 ? cell : cell.padStart(widths[column]!))).join('  '),
  )
  const told = curves.flatMap(curve => ['', `USL ${curveName(curve)}`, ...curveLines(curve).map(line => `  ${line}`)])
  return `${[`${points.length} of ${combinations} combinations, flat out`, '', ...table, ...told].join('\n')}\n`
}

export function sweepMarkdown(report: SweepReport): string {
  const { axes, points, combinations, curves } = report
  const heads = [...axes.map(({ name }) => name), ...sweepColumns]
  const rows = points.map(
    point => `| ${[...axes.map(({ name }) => point.settings[name]!), ...sweepCells(point)].join(' | ')} |`,
  )
  const told = curves.map(
    curve =>
      `### USL ${curveName(curve)}\n\n${curveLines(curve)
        .map(line => `- ${line}`)
        .join('\n')}`,
  )
  return `${[`## ${points.length} of ${combinations} combinations, flat out`, [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...rows].join('\n'), ...told].join('\n\n')}\n`
}

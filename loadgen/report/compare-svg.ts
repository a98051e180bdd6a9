// The chart of a comparison as one self-contained SVG: a bar for each client in each of four figures, each figure on a scale of
// its own that begins at zero, with the range of the runs as a line over the bar.
import type { ClientFigures, ComparedPart, Comparison } from '../compare/model.ts'
import { countText, fixedText, mibText, msText, plural } from './format.ts'

type Spread = ClientFigures['recordsPerSec']

interface Figure {
  readonly title: string
  readonly isMoreBetter: boolean
  pick(figures: ClientFigures): Spread | null
  text(value: number): string
}

const figures: readonly Figure[] = [
  { title: 'Throughput, msg/s', isMoreBetter: true, pick: each => each.recordsPerSec, text: countText },
  { title: 'CPU, µs/msg', isMoreBetter: false, pick: each => each.cpuUsPerRecord, text: value => fixedText(value, 2) },
  { title: 'Latency p99, ms', isMoreBetter: false, pick: each => each.latencyP99Ms, text: msText },
  { title: 'Memory, MiB', isMoreBetter: false, pick: each => each.rssBytesMax, text: mibText },
]

const size = { width: 760, label: 120, bar: 460, row: 22, head: 34, foot: 14 } as const

const style = `text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.m{fill:#59636e}.b{fill:#3b6ea8}.r{stroke:#1f2328;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.b{fill:#6ea8e0}.r{stroke:#e6edf3}}`

/** All scenarios under each other. */
export function compareSvg({ parts, rounds, script }: Comparison): string {
  const charts = parts.map(part => chartOf(part, rounds, script))
  const height = charts.reduce((sum, chart) => sum + chart.height, 0)
  let top = 0
  const placed = charts.map(chart => {
    const text = `<g transform="translate(0 ${top})">${chart.text}</g>`
    top += chart.height
    return text
  })
  return `${svg(height, charts.map(({ title }) => title).join('; '), placed.join('\n'))}\n`
}

/** Of one scenario, for a page. */
export function comparePartSvg(part: ComparedPart, rounds: number, script: string | undefined): string {
  const { height, title, text: content } = chartOf(part, rounds, script)
  return svg(height, title, content)
}

const svg = (height: number, title: string, content: string): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${style}</style>`,
    content,
    '</svg>',
  ].join('\n')

function chartOf({ scenario, mode, clients }: ComparedPart, rounds: number, script: string | undefined) {
  const of = script === undefined ? mode : `${script}${scenario === undefined ? '' : ` ${scenario}`}`
  const title = `compare-clients ${of}, medians of ${plural(rounds, 'round')}; the line over a bar: least and most`
  const blocks = figures.map((figure, index) => block(figure, clients, 40 + index * blockHeight(clients.length)))
  const height = 40 + figures.length * blockHeight(clients.length)
  return { title, height, text: [text(0, 20, title, 'm'), ...blocks].join('\n') }
}

const blockHeight = (rows: number): number => size.head + rows * size.row + size.foot

function block(
  { title, isMoreBetter, pick, text: show }: Figure,
  clients: readonly ClientFigures[],
  top: number,
): string {
  const spreads = clients.map(pick)
  const most = Math.max(0, ...spreads.map(spread => spread?.max ?? 0))
  const x = (value: number) => (size.label + (most === 0 ? 0 : (value / most) * size.bar)).toFixed(1)
  const rows = clients.flatMap(({ client }, index) => {
    const spread = spreads[index]
    const y = top + size.head + index * size.row
    const name = text(0, y + 4, client)
    if (spread === null || spread === undefined || spread.count === 0)
      return [name, text(size.label, y + 4, 'not measured', 'm')]
    const { median, min, max } = spread
    return [
      name,
      `<rect class="b" x="${size.label}" y="${y - 7}" width="${(Number(x(median)) - size.label).toFixed(1)}" height="14"/>`,
      `<line class="r" x1="${x(min)}" y1="${y}" x2="${x(max)}" y2="${y}"/>`,
      text(size.label + size.bar + 10, y + 4, show(median)),
    ]
  })
  const hint = isMoreBetter ? 'more is better' : 'less is better'
  return [text(0, top + 12, title, 't'), text(size.label + size.bar + 10, top + 12, hint, 'm'), ...rows].join('\n')
}

const text = (x: number, y: number, content: string, className?: string): string =>
  `<text x="${x}" y="${y}"${className === undefined ? '' : ` class="${className}"`}>${escaped(content)}</text>`

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

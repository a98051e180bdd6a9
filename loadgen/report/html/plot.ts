// A plane with two axes as SVG, for pages without a script: dots, lines, bands, marks. Colours are those of the page.
import { type Html, html } from '../../../core/html.ts'

export interface Axis {
  readonly label: string
  readonly min: number
  readonly max: number
  readonly log: boolean
  readonly text: (value: number) => string
}

export interface Dot {
  readonly x: number
  readonly y: number
  readonly color: string
  readonly title: string
  readonly hollow?: boolean
}

export interface PlotLine {
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly color: string
  readonly label?: string
  readonly dash?: boolean
}

export interface Plot {
  readonly x: Axis
  readonly y: Axis
  readonly dots: readonly Dot[]
  readonly lines?: readonly PlotLine[]
  /** Between two values of x, over the whole height. */
  readonly bands?: readonly {
    readonly from: number
    readonly to: number
    readonly color: string
    readonly label: string
  }[]
  /** At a value of x. */
  readonly marks?: readonly { readonly at: number; readonly label: string }[]
}

const size = { width: 1000, height: 420, left: 70, right: 20, top: 20, bottom: 44 }

export function plotSvg({ x, y, dots, lines = [], bands = [], marks = [] }: Plot): Html {
  const px = scale(x, size.left, size.width - size.right)
  const py = scale(y, size.height - size.bottom, size.top)
  const n = (value: number) => value.toFixed(1)
  const [top, bottom] = [size.top, size.height - size.bottom]
  return html`<svg class="plot" viewBox="0 0 ${size.width} ${size.height}" role="img">
${bands.map(
  ({ from, to, color, label }) =>
    html`<rect x="${n(px(from))}" y="${top}" width="${n(Math.max(2, px(to) - px(from)))}" height="${bottom - top}" style="fill:var(${color});opacity:.18"><title>${label}</title></rect><text class="ink" x="${n((px(from) + px(to)) / 2)}" y="${top - 6}" text-anchor="middle">${label}</text>`,
)}
${ticks(x).map(
  at =>
    html`<line x1="${n(px(at))}" x2="${n(px(at))}" y1="${top}" y2="${bottom}" style="stroke:var(--grid)"/><text x="${n(px(at))}" y="${bottom + 17}" text-anchor="middle">${x.text(at)}</text>`,
)}
${ticks(y).map(
  at =>
    html`<line x1="${size.left}" x2="${size.width - size.right}" y1="${n(py(at))}" y2="${n(py(at))}" style="stroke:var(--grid)"/><text x="${size.left - 8}" y="${n(py(at) + 4)}" text-anchor="end">${y.text(at)}</text>`,
)}
${lines.map(
  ({ points, color, label, dash }) =>
    html`<polyline points="${points.map(([at, value]) => `${n(px(at))},${n(py(value))}`).join(' ')}" style="fill:none;stroke:var(${color});stroke-width:2${dash ? ';stroke-dasharray:6 4' : ''}"/>${
      label !== undefined &&
      points.length > 0 &&
      html`<text x="${n(px(points.at(-1)![0]) - 4)}" y="${n(py(points.at(-1)![1]) - 6)}" text-anchor="end">${label}</text>`
    }`,
)}
${marks.map(
  ({ at, label }) =>
    html`<line x1="${n(px(at))}" x2="${n(px(at))}" y1="${top}" y2="${bottom}" style="stroke:var(--c4);stroke-dasharray:3 3"/><text class="ink" x="${n(px(at) + 5)}" y="${top + 12}">${label}</text>`,
)}
${dots.map(
  ({ x: at, y: value, color, title, hollow }) =>
    html`<circle cx="${n(px(at))}" cy="${n(py(value))}" r="5" style="fill:${hollow ? 'var(--card)' : `var(${color})`};stroke:var(${color});stroke-width:2"><title>${title}</title></circle>`,
)}
<text x="${(size.left + size.width - size.right) / 2}" y="${size.height - 8}" text-anchor="middle">${x.label}</text>
<text x="14" y="${(top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(top + bottom) / 2})">${y.label}</text>
</svg>`
}

function scale({ min, max, log }: Axis, from: number, to: number): (value: number) => number {
  const of = (value: number) => (log ? Math.log(Math.max(value, min)) : value)
  const [low, high] = [of(min), of(max)]
  return value => from + ((Math.min(high, Math.max(low, of(value))) - low) / (high - low || 1)) * (to - from)
}

/** Round values within the axis: powers of ten with 2 and 5, or six even steps. */
export function ticks({ min, max, log }: Axis): number[] {
  if (log) {
    const from = Math.floor(Math.log10(min))
    const count = Math.ceil(Math.log10(max)) - from + 1
    const decades = Array.from({ length: count }, (_, index) => 10 ** (from + index))
    return decades
      .flatMap(decade => (count > 4 ? [decade] : [decade, 2 * decade, 5 * decade]))
      .filter(at => at >= min && at <= max)
  }
  const rough = (max - min) / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough)!
  const first = Math.ceil(min / step)
  return Array.from({ length: Math.floor(max / step) - first + 1 }, (_, index) => (first + index) * step)
}
